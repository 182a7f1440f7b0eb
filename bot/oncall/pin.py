"""The keypad that guards an advocate's screen, and the PIN's hash. Digits live in memory only, never in a message or a row.

Argon2id with the parameters of argon2-cffi (RFC 9106, low memory). docs/decisions/0011-keypads-in-memory.md says why so.
"""

from __future__ import annotations

from enum import Enum
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from bot.oncall.model import MISSES

SHORTEST, LONGEST = 4, 6
"""Digits of a PIN."""
KEYPAD_SECONDS = 60
"""A keypad that nobody touches is refused after so long."""


class Said(Enum):
    """What a keypad answers beside digits."""

    AGAIN = "again"
    DIFFERENT = "different"


AGAIN: Final = Said.AGAIN
"""A new PIN was tapped once; now the same again."""
DIFFERENT: Final = Said.DIFFERENT
"""The second time was not the same; it begins anew."""

_hasher = PasswordHasher()


class Keypad:
    """Taps of one advocate for one `purpose`; "set" asks for the same digits twice."""

    def __init__(self, purpose: str, now: float) -> None:
        self.purpose = purpose
        self._touched = now
        self._digits = ""
        self._first: str | None = None

    def __repr__(self) -> str:
        return f"Keypad({self.purpose!r})"  # never the digits: a traceback may print it

    def old(self, now: float) -> bool:
        """Whether nobody has touched it for `KEYPAD_SECONDS`."""
        return now - self._touched >= KEYPAD_SECONDS

    def press(self, key: str, now: float) -> str | Said | None:
        """`key`: a digit, "back" or "ok"; anything else does nothing. Returns the digits when complete, `AGAIN` or `DIFFERENT` where
        a new PIN is set, and None for more taps. Digits beyond the longest PIN are not heard."""
        self._touched = now
        if key == "back":
            self._digits = self._digits[:-1]
        elif key == "ok":
            return self._complete()
        elif len(key) == 1 and key in "0123456789" and len(self._digits) < LONGEST:
            self._digits += key
        return None

    def _complete(self) -> str | Said | None:
        if len(self._digits) < SHORTEST:
            return None
        digits, self._digits = self._digits, ""
        if self.purpose != "set":
            return digits
        first, self._first = self._first, None
        if first is None:
            self._first = digits
            return AGAIN
        return digits if digits == first else DIFFERENT


def hashed(digits: str) -> str:
    """Argon2id, with its own salt."""
    return _hasher.hash(digits)


def right(kept: str | None, digits: str) -> bool:
    """Whether the digits are those that were hashed; False where nothing is kept or it is no hash."""
    try:
        return kept is not None and _hasher.verify(kept, digits)
    except (VerificationError, InvalidHashError):
        return False


__all__ = ["AGAIN", "DIFFERENT", "KEYPAD_SECONDS", "LONGEST", "MISSES", "SHORTEST", "Keypad", "Said", "hashed", "right"]
