"""Codes of invitations, signed: for one kind, one role, until an end (R60). What was made up or altered is refused without asking the store.

A code is random bytes, its end, and a tag over kind, role and both, in the letters that a link bears. Kind and role themselves stand nowhere in
it: whoever sees the link does not learn what it is for. The tag is made with the pepper, which stays when the master key is replaced, so an
open link outlives `waymark keys rotate`. Whether a code was used or taken back only the store knows, by its keyed hash.
"""

from __future__ import annotations

import hmac
import math
import re
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass

from bot.store.keys import KeyRing

NONCE, END, TAG = 12, 4, 14
"""Bytes. Together a multiple of three, so that each letter counts: no two codes say the same."""
LENGTH = 40
"""Letters of a code; Telegram passes on 64."""
INVITATION, DEPARTMENT, PHONE = "invitation", "department", "phone"
ROLES = {
    INVITATION: ("officer", "coordinator", "operator", "advocate"),
    DEPARTMENT: ("officer", "coordinator"),
    PHONE: ("officer", "coordinator"),
}
"""By kind: for one person from the operator, into a department, for a new phone of somebody who is in one."""
_CODE = re.compile(rf"[A-Za-z0-9_-]{{{LENGTH}}}")
_MINUTE = 60.0


@dataclass(frozen=True, slots=True)
class Signed:
    """What a code is for, and its end in seconds since the epoch. The end is rounded up to a minute: the store's own is exact."""

    role: str
    ends: float


def make(keys: KeyRing, kind: str, role: str, expires_at: float) -> str:
    """Raises ValueError for a role that no code of this kind gives, or an end that does not fit."""
    if role not in ROLES[kind]:
        raise ValueError(f"no {kind} code makes anybody {role}")
    minutes = math.ceil(expires_at / _MINUTE)
    if not 0 <= minutes < 256**END:
        raise ValueError("this end does not fit into a code")
    head = secrets.token_bytes(NONCE) + minutes.to_bytes(END, "big")
    return urlsafe_b64encode(head + _tag(keys, kind, role, head)).decode()


def read(keys: KeyRing, kind: str, code: str) -> Signed | None:
    """None where nobody here signed it for this kind."""
    if not _CODE.fullmatch(code):
        return None
    data = urlsafe_b64decode(code)
    head, tag = data[:-TAG], data[-TAG:]
    right = [role for role in ROLES[kind] if hmac.compare_digest(tag, _tag(keys, kind, role, head))]
    return Signed(right[0], int.from_bytes(head[NONCE:], "big") * _MINUTE) if right else None


def _tag(keys: KeyRing, kind: str, role: str, head: bytes) -> bytes:
    return bytes.fromhex(keys.hash(f"signed {kind} {role}", head.hex()))[:TAG]
