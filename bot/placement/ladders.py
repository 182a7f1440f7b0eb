"""Who is asked next, carried out: alerts queued, rungs written, ends told. The rule itself is `bot/oncall/ladder.py`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from bot.library.replies import Part
from bot.oncall import ladder
from bot.store import queues
from bot.store.chats import Chats
from bot.store.oncall import ASKED, OVER, OnCall
from bot.store.requests import Open, Requests
from bot.store.tallies import count

STAFF = "advocate"


class Ladders:
    def __init__(self, requests: Requests, oncall: OnCall, chats: Chats) -> None:
        self._requests, self._oncall, self._chats = requests, oncall, chats
        self.unanswered: Callable[[], None] = lambda: None
        """Called when a ladder ended without an answer: the operator learns that, and no more."""

    def climb(self, c: Connection, request_id: str, now: float) -> None:
        """One look at one ladder: ask, repeat, go on to the next, or end."""
        found = self._requests.get(c, request_id)
        if found is None or found.state != "sent" or found.sent_at is None:
            return
        programs = [str(p) for p in found.walk.get("answers", {}).get("climb", [])]
        rungs = self._oncall.rungs_of(c, request_id)
        valid = [p for p in programs if self._requests.valid_release(c, request_id, p, now) is not None]
        for act in ladder.step(found.sent_at, valid, rungs, self._oncall.on_now(c, now), now, taken=False):
            match act:
                case ladder.Ask():
                    self._oncall.ask(
                        c, request_id, act.program, act.chat, now, ladder.REPEAT_SECONDS, ladder.RUNG_SECONDS
                    )
                    self._alert(c, found, act.chat, now)
                case ladder.Again():
                    self._oncall.asked_again(c, act.rung.id, now + ladder.REPEAT_SECONDS)
                    self._alert(c, found, act.rung.chat, now)
                case ladder.Over():
                    self._oncall.set_rung(c, act.rung.id, OVER)
                case ladder.End():
                    self._end(c, found, now)

    def tick(self, c: Connection, now: float) -> None:
        """By the clock, every few seconds; after any restart it goes on from the rows."""
        for request_id in self._requests.searching(c):
            self.climb(c, request_id, now)

    def _end(self, c: Connection, found: Open, now: float) -> None:
        self.over(c, found.id)
        self._requests.nobody(c, found.id, now)
        count(c, now, "outcome", "nobody")
        if found.told in ("every", "answer"):  # only who asked to be told is (rulings 12, R6)
            self.tell_person(c, found, "request.end", now)
        self.unanswered()

    def over(self, c: Connection, request_id: str, but: str | None = None) -> list[str]:
        """End every rung that is open; returns the advocates who had been asked, but one."""
        asked = [r for r in self._oncall.rungs_of(c, request_id) if r.state == ASKED]
        for rung in asked:
            if rung.chat != but:
                self._oncall.set_rung(c, rung.id, OVER)
        return [r.chat for r in asked if r.chat != but]

    def holders(self, c: Connection, found: Open) -> list[str]:
        """Advocates who have been shown anything of this request."""
        chats = [r.chat for r in self._oncall.rungs_of(c, found.id)]
        return list(dict.fromkeys([*chats, *([found.taken_by] if found.taken_by else [])]))

    def _alert(self, c: Connection, found: Open, chat: str, now: float) -> None:
        """Age group, region, tonight or later: nothing else (R41). The words are made when it is sent."""
        self.tell(
            c,
            chat,
            Part("private:alert", params={"request": found.id}),
            now,
            key=f"alert:{found.id}:{chat}:{int(now)}",
            lang=None,
        )

    def tell(
        self, c: Connection, chat: str, part: Part, now: float, key: str | None = None, lang: str | None = None
    ) -> None:
        """Queue a message to an advocate."""
        self._put(
            c, chat, part, queues.ALERT, key or f"staff:{chat}:{now:.3f}:{part.content}", now, lang, STAFF, silent=False
        )

    def tell_person(self, c: Connection, found: Open, name: str, now: float) -> None:
        """Unprompted, so silent, harmless in itself, and only in the hours that the person gave (R6). `answer` is the neutral line;
        what it is about comes after their word or their tap."""
        answers = found.walk.get("answers", {})
        start = next_allowed(str(answers.get("hours", "any")), self._zone(c, answers), now)
        key = f"told:{found.id}:{name}"
        self._put(
            c,
            found.chat,
            Part(f"message:{name}"),
            queues.SURVIVOR,
            key,
            now,
            found.lang,
            "guest",
            silent=True,
            not_before=start,
        )

    def _zone(self, c: Connection, answers: dict[str, Any]) -> str:
        zones = {p.id: p.zone for p in self._oncall.programs(c)}
        return next((zones[p] for p in answers.get("climb", []) if p in zones), "UTC")

    def _put(
        self, c: Connection, chat: str, part: Part, lane: int, key: str, now: float, lang: str | None, role: str,
        silent: bool, not_before: float = 0.0,
    ) -> None:  # fmt: skip
        if lang is None:
            row = self._chats.get(c, chat)
            lang = (row.lang or row.heard or "en") if row is not None else "en"
        content: dict[str, Any] = {
            "part": [part.content, part.page, part.params],
            "lang": lang,
            "role": role,
            "silent": silent,
        }
        queues.put_out(
            c,
            [
                {
                    "dedupe": key[:64],
                    "chat": chat,
                    "lane": lane,
                    "content": content,
                    "created_at": now,
                    "not_before": not_before,
                }
            ],
        )


HOURS = {"morning": (7, 12), "day": (9, 17), "evening": (17, 21), "night": (21, 7)}
"""From and to, local hours, as the question in content/intake words them."""


def next_allowed(hours: str, zone: str, now: float) -> float:
    """The first moment from `now` on in the hours that a person gave, in the zone of the program that they chose; "any" is now."""
    if hours not in HOURS:
        return now
    first, last = HOURS[hours]
    local = datetime.fromtimestamp(now, ZoneInfo(zone))
    inside = first <= local.hour < last if first < last else local.hour >= first or local.hour < last
    if inside:
        return now
    later = local.replace(hour=first, minute=0, second=0, microsecond=0)
    if later <= local:
        later += timedelta(days=1)
    return later.astimezone(UTC).timestamp()
