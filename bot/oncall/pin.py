"""A PIN tapped on buttons: digits live in memory alone, what is kept is an Argon2id hash (docs/decisions/0011)."""

from __future__ import annotations

from enum import Enum
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHash

from bot.oncall.model import MISSES as MISSES

KEYPAD_SECONDS = 60.0
"""Without a tap for so long a keypad is over: a phone that was put down opens nothing."""
SHORTEST, LONGEST = 4, 6
_HASHER = PasswordHasher()


class Said(Enum):
    """What a keypad says instead of digits."""

    AGAIN = "again"
    DIFFERENT = "different"


AGAIN: Final = Said.AGAIN
DIFFERENT: Final = Said.DIFFERENT


class Keypad:
    """`purpose` "set" asks for the digits twice; any other once. Times are seconds since the epoch."""

    __slots__ = ("_digits", "_first", "_touched", "purpose")

    def __init__(self, purpose: str, now: float) -> None:
        self.purpose = purpose
        self._digits, self._first, self._touched = "", "", now

    def old(self, now: float) -> bool:
        return now - self._touched >= KEYPAD_SECONDS

    def press(self, key: str, now: float) -> str | Said | None:
        """One tap: a digit, "back" or "ok". Returns the digits once they are complete, `AGAIN` when they are wanted a second time,
        `DIFFERENT` when the two were not the same and both are wanted anew, else None. "ok" before the fourth digit, a digit
        after the sixth and any other key change nothing."""
        if self.old(now):
            self._digits = self._first = ""
            return None
        self._touched = now
        if key == "back":
            self._digits = self._digits[:-1]
        elif key == "ok" and len(self._digits) >= SHORTEST:
            return self._complete()
        elif len(key) == 1 and key in "0123456789" and len(self._digits) < LONGEST:
            self._digits += key
        return None

    def _complete(self) -> str | Said:
        digits, first, self._digits = self._digits, self._first, ""
        if self.purpose != "set":
            return digits
        self._first = "" if first else digits
        if not first:
            return AGAIN
        return digits if digits == first else DIFFERENT


def hashed(digits: str) -> str:
    """Argon2id with argon2-cffi's defaults. Raises ValueError for what is no PIN."""
    if not (SHORTEST <= len(digits) <= LONGEST and digits.isascii() and digits.isdigit()):
        raise ValueError("a PIN has four to six digits")
    return _HASHER.hash(digits)


def right(kept: str | None, digits: str) -> bool:
    """Whether the digits are those of the hash; False where there is none or it is damaged."""
    try:
        return bool(kept) and _HASHER.verify(kept or "", digits)
    except (Argon2Error, InvalidHash):
        return False
