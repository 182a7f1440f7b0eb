"""Who did what to which request, when: append-only, each row bound to the one before, without personal data (R61). See `chain.py`."""

from __future__ import annotations

from sqlalchemy import Connection

from bot.store.chain import CLOSED as CLOSED
from bot.store.chain import KEPT as KEPT
from bot.store.chain import OPEN as OPEN
from bot.store.chain import PURGED as PURGED
from bot.store.chain import Chain, Kind
from bot.store.keys import KeyRing
from bot.store.schema import audit, audit_head

_KIND = Kind(
    audit, audit_head, ("actor", "what", "request"), label="", anchor="audit.anchor", lock=0x61756474, name="the staff log",
    check="waymark audit verify",
)  # fmt: skip


class Audit(Chain):
    """Actor and request are keyed hashes: whoever has them in hand can find their rows, nobody can read them off."""

    def __init__(self, keys: KeyRing) -> None:
        super().__init__(keys, _KIND)

    def note(self, c: Connection, actor_chat: str, what: str, request_id: str | None, now: float) -> None:
        """Append a row. `what` is at most 24 characters."""
        request = None if request_id is None else self.request_hash(request_id)
        self.append(c, now, actor=self._keys.hash("actor", actor_chat), what=what, request=request)

    def request_hash(self, request_id: str) -> str:
        """What stands in `audit.request` for a request."""
        return self._keys.hash("request", request_id)
