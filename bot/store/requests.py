"""Requests for a safe place, what was agreed to, and the words between advocate and person. Functions of a connection.

Answers and words are sealed under the request's own key (rulings 10). Dropping the rows and destroying the key is what erasing
means: from then on neither this database nor any copy of it opens (R23).
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import orjson
from cryptography.exceptions import InvalidTag
from sqlalchemy import Connection, Table, and_, bindparam, delete, or_, select, update

from bot.store import tallies
from bot.store.database import after_commit
from bot.store.keys import Clock, KeyGone, KeyRing
from bot.store.schema import advocate, chat, relay, release, request, rung, shift
from nlu.text import fold

HOUR, DAY = 3600.0, 86400.0
DRAFT_LIFE = 24 * HOUR
SILENCE = 72 * HOUR
"""Without a word from the person for so long, a request closes by itself (R24)."""
CLOSED_LIFE = 7 * DAY
CEILING = 45 * DAY
"""No request is older, whatever its state; only a hold stops this (R24)."""
HOLD_LIFE = 90 * DAY
"""A hold that nobody renews is over (rulings 23)."""
PURGE_AT_ONCE = 200
"""Requests dropped in one transaction, so that no message waits for them; the rest comes with the next tick."""
MARKER_LIFE = 60.0
"""A transaction that dropped a request has ended by then, whatever came of it."""
ORPHAN_LIFE = 24 * HOUR
"""A key whose row never came (its transaction failed) opens nothing. It waits this long, so that a start with the wrong
database by mistake does not destroy the keys of the right one."""
ALPHABET = "34679CDFGHJKMNPQRTWXY"
"""No vowels, and nothing that looks or sounds like another: a number is read aloud, over a bad line."""
NUMBER_LENGTH = 6

DRAFT, SENT, TAKEN, NOBODY, CLOSED, WITHDRAWN = "draft", "sent", "taken", "nobody", "closed", "withdrawn"
_OVER = (NOBODY, CLOSED, WITHDRAWN)
_ERASED = "erased"
"""Reason of a request that its person erased while a hold kept it; it goes as soon as the hold is over."""
_WAITING, _HELD = 0, 1
Lost = Callable[[Connection, str, str | None, float], None]
"""What is done for a request that closed by itself: its id, who held it, the time."""


# Asked for every message, so it is built once.
_WORDS = (
    select(request.c.chat, request.c.id, request.c.word, request.c.not_me, request.c.lang)
    .where(
        request.c.chat.in_(bindparam("chats", expanding=True)),
        or_(request.c.word.is_not(None), request.c.not_me.is_not(None)),
    )
    .order_by(request.c.created_at.desc(), request.c.id)
)


@dataclass(frozen=True, slots=True)
class Open:
    """One request, opened with its key. `walk` is `bot.intake.model.Walk` as a dict; times are seconds since the epoch."""

    id: str
    number: str
    chat: str
    asker: str
    lang: str
    state: str
    walk: dict[str, Any]
    told: str | None
    muted: bool
    created_at: float
    touched_at: float
    sent_at: float | None
    taken_by: str | None
    taken_at: float | None
    closed_at: float | None
    outcome: str | None
    reason: str | None = None
    hold_until: float | None = None


@dataclass(frozen=True, slots=True)
class Release:
    """What a person agreed to (R41): one program, a purpose, listed fields, until when, in which words."""

    id: int
    program: str
    purpose: str
    fields: tuple[str, ...]
    lang: str
    text_version: str
    given_at: float
    expires_at: float


@dataclass(frozen=True, slots=True)
class Relay:
    """Words of one of the two for the other. `held` ones wait for a second yes of who wrote them."""

    id: int
    to_advocate: bool
    text: str
    held: bool


class Requests:
    """`clock` gives seconds since the epoch where a function takes no `now`; the key ring's by default."""

    def __init__(self, keys: KeyRing, clock: Clock | None = None) -> None:
        self._keys, self._clock = keys, clock or keys.clock

    # -- one request -------------------------------------------------------------------------------------------------

    def begin(self, c: Connection, chat_hash: str, asker: str, lang: str, walk: dict[str, Any], now: float) -> Open:
        """A draft, and the chat is about it. Its key is on the disk before its row (rulings 10)."""
        request_id = secrets.token_hex(16)
        key = self._keys.make_for_request(request_id)
        number = _number(c)
        c.execute(
            request.insert().values(
                id=request_id, number=number, chat=chat_hash, asker=asker, lang=lang, state=DRAFT, key_name=key,
                answers=self._seal(key, request_id, walk), created_at=now, touched_at=now, muted=0,
            )
        )  # fmt: skip
        self.attach(c, chat_hash, request_id)
        nothing = (None,) * 5
        return Open(request_id, number, chat_hash, asker, lang, DRAFT, walk, None, False, now, now, *nothing)

    def of_chat(self, c: Connection, chat_hash: str) -> Open | None:
        """The request that this conversation is about."""
        query = select(request).join(chat, chat.c.request == request.c.id).where(chat.c.chat == chat_hash)
        return self._opened(c.execute(query).first())

    def get(self, c: Connection, request_id: str) -> Open | None:
        """None where there is none, its key is gone or its row was tampered with."""
        return self._opened(c.execute(select(request).where(request.c.id == request_id)).first())

    def all_of(self, c: Connection, chat_hash: str) -> list[str]:
        """Ids of all requests that a chat began, the newest first, whether or not they open."""
        query = (
            select(request.c.id).where(request.c.chat == chat_hash).order_by(request.c.created_at.desc(), request.c.id)
        )
        return list(c.scalars(query))

    def searching(self, c: Connection) -> list[str]:
        """Ids of requests that nobody has taken yet, the one that waits longest first."""
        return list(
            c.scalars(select(request.c.id).where(request.c.state == SENT).order_by(request.c.sent_at, request.c.id))
        )

    def lock(self, c: Connection, request_id: str, wait: bool = True) -> bool:
        """Until the end of the transaction nobody else changes this request. False where it is gone, or (without `wait`) somebody is at
        it already. SQLite has one writer anyway."""
        query = select(request.c.id).where(request.c.id == request_id)
        if c.dialect.name == "postgresql":
            query = query.with_for_update(skip_locked=not wait)
        return c.scalar(query) is not None

    def held_by(self, c: Connection, advocate_chat: str) -> list[str]:
        """Ids of requests that this advocate has taken and that are open, the oldest first."""
        query = select(request.c.id).where(request.c.taken_by == advocate_chat, request.c.state == TAKEN)
        return list(c.scalars(query.order_by(request.c.taken_at, request.c.id)))

    def holders(self, c: Connection) -> set[str]:
        """Chats of advocates who hold an open request."""
        query = select(request.c.taken_by).where(request.c.state == TAKEN, request.c.taken_by.is_not(None))
        return set(c.scalars(query))

    def save(self, c: Connection, request_id: str, walk: dict[str, Any], now: float) -> None:
        """Seal the walk anew; nothing happens where the request is gone."""
        key = c.scalar(select(request.c.key_name).where(request.c.id == request_id))
        if key is not None:
            _change(c, request_id, answers=self._seal(key, request_id, walk), touched_at=now)

    def touch(self, c: Connection, request_id: str, now: float) -> None:
        """The person wrote or tapped: the time without a word begins again (R24)."""
        _change(c, request_id, touched_at=now)

    def mute(self, c: Connection, request_id: str, muted: bool) -> None:
        _change(c, request_id, muted=int(muted))

    def attach(self, c: Connection, chat_hash: str, request_id: str | None) -> None:
        """What this conversation is about from now on; None after an exit (R7)."""
        c.execute(update(chat).where(chat.c.chat == chat_hash).values(request=request_id))

    # -- words to come back with (R7) ----------------------------------------------------------------------------------

    def choose_words(self, c: Connection, request_id: str, word: str | None, not_me: str | None) -> None:
        """Keep keyed hashes, bound to the chat; None leaves what is there. A word without a letter or digit is not kept, since
        every emoji would bring the request back."""
        owner = c.scalar(select(request.c.chat).where(request.c.id == request_id))
        said = {"word": word, "not_me": not_me}
        values = {k: self._word(owner, v) for k, v in said.items() if v is not None and fold(v)}
        if owner is not None and values:
            _change(c, request_id, (), **values)

    def has_word(self, c: Connection, request_id: str) -> bool:
        return c.scalar(select(request.c.word).where(request.c.id == request_id)) is not None

    def words_of(self, c: Connection, chat_hash: str) -> tuple[tuple[str, str, str, str], ...]:
        """(request, hash of its word, hash of the word that means "not me", language) of this chat, the newest first; "" for no hash."""
        query = (
            select(request.c.id, request.c.word, request.c.not_me, request.c.lang)
            .where(request.c.chat == chat_hash, or_(request.c.word.is_not(None), request.c.not_me.is_not(None)))
            .order_by(request.c.created_at.desc(), request.c.id)
        )
        return tuple((row.id, row.word or "", row.not_me or "", row.lang) for row in c.execute(query))

    def words_of_all(self, c: Connection, chats: Iterable[str]) -> dict[str, list[tuple[str, str, str, str]]]:
        """`words_of` for many chats at once: by chat; a chat without any is not in it."""
        found: dict[str, list[tuple[str, str, str, str]]] = {}
        for row in c.execute(_WORDS, {"chats": list(chats)}):
            found.setdefault(row.chat, []).append((row.id, row.word or "", row.not_me or "", row.lang))
        return found

    def by_word(self, c: Connection, chat_hash: str, text: str) -> tuple[str, str] | None:
        """(request, "word" or "not_me") that the text brings back; the same query whether or not there is a request (R7)."""
        found = self.match(chat_hash, text, self.words_of(c, chat_hash))
        return found[:2] if found is not None else None

    def match(
        self, chat_hash: str, text: str, words: Iterable[tuple[str, str, str, str]]
    ) -> tuple[str, str, str] | None:
        """(request, "word" or "not_me", language) of the words of a chat, as `words_of` gives them. At least one comparison, whether or
        not there are any, so that no clock tells (R7)."""
        said = self._word(chat_hash, text)
        found = None
        for request_id, word, not_me, lang in (*words, ("", "", "", "")):
            for kind, kept in (("word", word), ("not_me", not_me)):
                if hmac.compare_digest(said, kept) and found is None:
                    found = (request_id, kind, lang)
        return found if fold(text) else None

    def _word(self, chat_hash: str | None, word: str) -> str:
        return self._keys.hash("word", f"{chat_hash}|{fold(word)}")

    # -- on its way --------------------------------------------------------------------------------------------------------

    def send(self, c: Connection, request_id: str, told: str, now: float) -> None:
        """Draft to sent, once: a second tap on "send" changes nothing (R46). `told`: every, answer, nothing (R6)."""
        _change(c, request_id, (DRAFT,), state=SENT, told=told, sent_at=now, touched_at=now)

    def take(self, c: Connection, request_id: str, advocate_chat: str, now: float) -> bool:
        """Sent to taken. Of two who tap at once exactly one gets it, on either database."""
        return _change(c, request_id, (SENT,), state=TAKEN, taken_by=advocate_chat, taken_at=now)

    def retake(self, c: Connection, request_id: str, advocate_chat: str, now: float) -> bool:
        """From an advocate whose shift is over, or whose PIN is locked, to one who taps "I have it"; exactly one wins. `taken_at` stays
        the moment when a person first answered."""
        holder = c.scalar(select(request.c.taken_by).where(request.c.id == request_id, request.c.state == TAKEN))
        if holder is None or holder == advocate_chat:
            return False
        on_shift = select(shift.c.id).where(
            shift.c.chat == holder, shift.c.starts_at <= now, shift.c.ends_at > now,
            shift.c.confirmed_at.is_not(None), shift.c.out_at.is_(None),
        )  # fmt: skip
        locked = select(advocate.c.chat).where(advocate.c.chat == holder, advocate.c.locked_at.is_not(None))
        away = or_(~on_shift.exists(), locked.exists())
        free = (request.c.id == request_id, request.c.state == TAKEN, request.c.taken_by == holder, away)
        if c.execute(update(request).where(*free).values(taken_by=advocate_chat)).rowcount != 1:
            return False
        c.execute(update(chat).where(chat.c.chat == holder, chat.c.request == request_id).values(request=None))
        return True

    def close(self, c: Connection, request_id: str, outcome: str, reason: str | None, now: float) -> bool:
        """An advocate says how it ended: placed, other_help, could_not (and `reason`), lost_contact. Words that were not delivered are
        gone. False where it had ended already."""
        values = {"state": CLOSED, "outcome": outcome, "reason": reason, "closed_at": now}
        if not _change(c, request_id, (SENT, TAKEN, NOBODY), **values):
            return False
        c.execute(delete(relay).where(relay.c.request == request_id))
        return True

    def close_silent(self, c: Connection, now: float) -> list[tuple[str, str | None]]:
        """Close what had 72 hours without a word of the person (R24). (request, who held it) of each."""
        silent = select(request.c.id, request.c.taken_by).where(
            request.c.state.in_((SENT, TAKEN)), request.c.touched_at <= now - SILENCE
        )
        lost = []
        for row in c.execute(silent).all():
            if not self.close(c, row.id, "lost_contact", None, now):
                continue
            c.execute(
                update(chat).where(chat.c.chat == (row.taken_by or ""), chat.c.request == row.id).values(request=None)
            )
            c.execute(update(rung).where(rung.c.request == row.id, rung.c.state == 0).values(state=3))
            tallies.count(c, now, "outcome", "lost_contact")
            lost.append((row.id, row.taken_by))
        return lost

    def nobody(self, c: Connection, request_id: str, now: float) -> bool:
        """The ladder is over and nobody took it. False where somebody did, or it had ended."""
        return _change(c, request_id, (SENT,), state=NOBODY, outcome="nobody", closed_at=now)

    def withdraw(self, c: Connection, request_id: str, now: float) -> None:
        """The person takes it back: nothing is sent any more, undelivered words of both are gone (R43). The time until it is
        purged runs from when it first ended."""
        ended = c.scalar(select(request.c.closed_at).where(request.c.id == request_id))
        open_states = (DRAFT, SENT, TAKEN, NOBODY)
        values = {
            "state": WITHDRAWN,
            "outcome": "withdrew",
            "closed_at": now if ended is None else ended,
            "touched_at": now,
        }
        if _change(c, request_id, open_states, **values):
            self.revoke(c, request_id, now)
            c.execute(delete(relay).where(relay.c.request == request_id))

    # -- releases (R41) ----------------------------------------------------------------------------------------------------

    def release(
        self, c: Connection, request_id: str, program: str, purpose: str, fields: Iterable[str], lang: str, text_version: str,
        given_at: float, expires_at: float,
    ) -> int:  # fmt: skip
        """Write down a yes. Raises ValueError where it names no program, purpose, field or words, or would hold for no time."""
        listed = list(dict.fromkeys(fields))
        if not (program and purpose and listed and lang and text_version and given_at < expires_at):
            raise ValueError(
                "a release names a program, a purpose, fields, the words that were read, and ends after it begins"
            )
        row = {
            "request": request_id, "program": program, "purpose": purpose, "fields": orjson.dumps(listed).decode(), "lang": lang,
            "text_version": text_version, "given_at": given_at, "expires_at": expires_at,
        }  # fmt: skip
        return _insert(c, release, row)

    def valid_release(self, c: Connection, request_id: str, program: str, now: float) -> Release | None:
        """The latest yes to this program that holds: given, not expired, not revoked, of a request that has not ended."""
        holds = (
            release.c.request == request_id, release.c.program == program, release.c.revoked_at.is_(None),
            release.c.given_at <= now, release.c.expires_at > now, request.c.state.not_in(_OVER),
        )  # fmt: skip
        query = select(release).join(request, request.c.id == release.c.request).where(*holds)
        row = c.execute(query.order_by(release.c.given_at.desc(), release.c.id.desc()).limit(1)).first()
        if row is None:
            return None
        fields = tuple(orjson.loads(row.fields))
        return Release(
            row.id, row.program, row.purpose, fields, row.lang, row.text_version, row.given_at, row.expires_at
        )

    def let_out(self, c: Connection, request_id: str, program: str, now: float) -> dict[str, Any]:
        """The one gate for answers: those that a valid release to this program lists, and {} where there is none (R41)."""
        found, agreed = self.get(c, request_id), self.valid_release(c, request_id, program, now)
        if found is None or agreed is None:
            return {}
        answers = found.walk.get("answers", {})
        return {name: answers[name] for name in agreed.fields if name in answers}

    def revoke(self, c: Connection, request_id: str, now: float) -> list[str]:
        """Take every yes back. Returns the programs that had one that held."""
        live = (release.c.request == request_id, release.c.revoked_at.is_(None))
        query = select(release.c.program).where(*live, release.c.expires_at > now).order_by(release.c.id)
        programs = list(dict.fromkeys(c.scalars(query)))
        c.execute(update(release).where(*live).values(revoked_at=now))
        return programs

    # -- relay -------------------------------------------------------------------------------------------------------------

    def relay_put(
        self, c: Connection, request_id: str, to_advocate: bool, text: str, now: float, held: bool = False
    ) -> int:
        """Seal words until they are delivered. Raises `KeyGone` where the request is gone."""
        row = {
            "request": request_id, "to_advocate": int(to_advocate), "body": b"", "created_at": now,
            "state": _HELD if held else _WAITING,
        }  # fmt: skip
        number = _insert(c, relay, row)
        sealed = self._keys.seal(f"request/{request_id}", _place(request_id, number, to_advocate), text.encode())
        c.execute(update(relay).where(relay.c.id == number).values(body=sealed))
        return number

    def relay_waiting(self, c: Connection, request_id: str, to_advocate: bool) -> list[Relay]:
        """In the order in which they were written; held ones are not among them."""
        query = select(relay).where(
            relay.c.request == request_id, relay.c.to_advocate == int(to_advocate), relay.c.state == _WAITING
        )
        rows = c.execute(query.order_by(relay.c.id)).all()
        return [words for words in map(self._words, rows) if words is not None]

    def relay_one(self, c: Connection, relay_id: int, request_id: str) -> Relay | None:
        row = c.execute(select(relay).where(relay.c.id == relay_id, relay.c.request == request_id)).first()
        return self._words(row) if row is not None else None

    def relay_free(self, c: Connection, relay_id: int, request_id: str) -> bool:
        """The second yes: held words wait to be delivered now. False where there are none such."""
        which = (relay.c.id == relay_id, relay.c.request == request_id, relay.c.state == _HELD)
        return c.execute(update(relay).where(*which).values(state=_WAITING)).rowcount == 1

    def relay_done(self, c: Connection, relay_id: int, request_id: str | None = None) -> None:
        """Delivered, or not wanted any more: gone."""
        which = [relay.c.id == relay_id, *([relay.c.request == request_id] if request_id is not None else [])]
        c.execute(delete(relay).where(*which))

    def _words(self, row: Any) -> Relay | None:
        place = _place(row.request, row.id, bool(row.to_advocate))
        try:
            text = self._keys.open(f"request/{row.request}", place, row.body).decode()
        except (KeyGone, InvalidTag):
            return None
        return Relay(row.id, bool(row.to_advocate), text, row.state == _HELD)

    # -- going -------------------------------------------------------------------------------------------------------------

    def drop(self, c: Connection, request_id: str) -> bool:
        """All rows of a request, and its key once that is on the disk. Under a hold (R24, R47) the rows stay, withdrawn,
        and go when the hold is over; the person learns of it after their word. False then."""
        row = c.execute(select(request).where(request.c.id == request_id)).first()
        if row is None:
            return True
        now = self._clock()
        c.execute(
            update(chat)
            .where(chat.c.chat.in_([row.chat, row.taken_by or ""]), chat.c.request == request_id)
            .values(request=None)
        )
        if row.hold_until is not None and row.hold_until > now:
            if row.state not in _OVER:
                self.withdraw(c, request_id, now)
            _change(c, request_id, reason=_ERASED)
            return False
        self._doom(row.key_name)
        for table in (release, rung, relay):
            c.execute(delete(table).where(table.c.request == request_id))
        c.execute(delete(request).where(request.c.id == request_id))
        after_commit(c, "destroying keys", self.sweep_keys)
        return True

    def _doom(self, key_name: str) -> None:
        try:
            self._keys.doom(key_name)
        except KeyGone:
            return

    def sweep_keys(self, c: Connection) -> int:
        """Destroy keys of requests whose row is gone; returns how many. `Database.write` calls it after a commit that dropped
        one; at start and by the clock it finds what a crash left. Raises RuntimeError inside a transaction, where a row may look
        gone that a rollback brings back."""
        if c.in_transaction():
            raise RuntimeError("keys are destroyed after the commit, never before it")
        now, kept = self._clock(), self._keys.request_keys()
        present: set[str] = set()
        for start in range(0, len(kept), 500):
            names = [key.name for key in kept[start : start + 500]]
            present |= set(c.scalars(select(request.c.key_name).where(request.c.key_name.in_(names))))
        gone = 0
        for key in kept:
            if key.name in present:
                if key.doomed_at is not None and key.doomed_at < now - MARKER_LIFE:  # what doomed it was rolled back
                    self._keys.spare(key.name)
            elif key.doomed_at is not None or key.made_at < now - ORPHAN_LIFE:
                self._keys.destroy(key.name)
                gone += 1
        return gone

    def purge(self, c: Connection, now: float, lost: Lost | None = None) -> dict[str, int]:
        """R24: drafts after 24 h, 72 h without a word, 7 days after the end, never more than 45 days; holds respected. Returns how
        many of each; `lost` were closed, the others are gone, and whoever held one is told by the function `lost`."""
        ended = c.execute(update(request).where(request.c.hold_until <= now).values(hold_until=None)).rowcount
        closed = self.close_silent(c, now)
        if lost is not None:
            for request_id, holder in closed:
                lost(c, request_id, holder, now)
        due = {
            "drafts": and_(request.c.state == DRAFT, request.c.touched_at <= now - DRAFT_LIFE),
            "ended": and_(
                request.c.state.in_(_OVER), or_(request.c.closed_at <= now - CLOSED_LIFE, request.c.reason == _ERASED)
            ),
            "ceiling": request.c.created_at <= now - CEILING,
        }
        counts = {"lost": len(closed), "holds_over": ended}
        left = PURGE_AT_ONCE
        for kind, rule in due.items():
            found = c.scalars(
                select(request.c.id)
                .where(rule, request.c.hold_until.is_(None))
                .order_by(request.c.created_at)
                .limit(left)
            ).all()
            counts[kind] = sum(self.drop(c, request_id) for request_id in found)
            left -= len(found)
        return counts

    # -- holds (R24, R47) --------------------------------------------------------------------------------------------------

    def hold(self, c: Connection, number: str, now: float, renew: bool = False) -> tuple[str, float] | None:
        """Stop purge and erasure of one request for 90 days. (request, until); None where there is no such request, where `renew`
        finds no hold, or where it is held already and not to be renewed."""
        row = self._numbered(c, number)
        if row is None or (row.hold_until is not None and row.hold_until > now) != renew:
            return None
        _change(c, row.id, hold_until=now + HOLD_LIFE)
        return row.id, now + HOLD_LIFE

    def end_hold(self, c: Connection, number: str) -> str | None:
        """The request; None where there is no such request or no hold. What is due goes with the next tick."""
        row = self._numbered(c, number)
        if row is None or row.hold_until is None:
            return None
        _change(c, row.id, hold_until=None)
        return str(row.id)

    def _numbered(self, c: Connection, number: str) -> Any:
        return c.execute(select(request).where(request.c.number == number.strip().upper())).first()

    # -- sealing -----------------------------------------------------------------------------------------------------------

    def _seal(self, key: str, request_id: str, walk: dict[str, Any]) -> bytes:
        return self._keys.seal(key, f"request.answers|{request_id}|1", orjson.dumps(walk))

    def _opened(self, row: Any) -> Open | None:
        if row is None:
            return None
        try:
            walk = orjson.loads(self._keys.open(row.key_name, f"request.answers|{row.id}|1", row.answers))
        except (KeyGone, InvalidTag):
            return None
        return Open(
            row.id, row.number, row.chat, row.asker, row.lang, row.state, walk, row.told, bool(row.muted), row.created_at,
            row.touched_at, row.sent_at, row.taken_by, row.taken_at, row.closed_at, row.outcome, row.reason, row.hold_until,
        )  # fmt: skip


def _change(c: Connection, request_id: str, states: tuple[str, ...] = (), **values: Any) -> bool:
    """Change one row, only while it is in one of `states`; whether it was."""
    which = [request.c.id == request_id, *([request.c.state.in_(states)] if states else [])]
    return c.execute(update(request).where(*which).values(values)).rowcount == 1


def _insert(c: Connection, table: Table, row: dict[str, Any]) -> int:
    """The number of the new row."""
    return int(c.execute(table.insert().values(row).returning(table.c.id)).scalar_one())


def _place(request_id: str, relay_id: int, to_advocate: bool) -> str:
    """With the direction, so that nobody can turn words around by changing a row."""
    return f"relay.body|{request_id}|{relay_id}|{int(to_advocate)}|1"


def _number(c: Connection) -> str:
    """A number that no request has."""
    while True:
        number = "".join(secrets.choice(ALPHABET) for _ in range(NUMBER_LENGTH))
        if c.scalar(select(request.c.id).where(request.c.number == number)) is None:
            return number
