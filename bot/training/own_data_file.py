"""The file of everything that is kept about an officer, made when it is sent, also for who has left and may still erase it (R23)."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import orjson

from bot.library.replies import Attachment
from bot.shown import Shown
from bot.store import training_held as held
from bot.store.training_after import TOLD
from bot.store.training_drafts import LEFT
from bot.training.rooms import Ask

FILE = "mine.file"
_JSON = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE | orjson.OPT_NON_STR_KEYS
HIDDEN = ("chat", "officer_id", "planned_to")
"""Columns of a row of `member` that are a keyed hash, a mark of the planner's, or said in clear beside it."""
KEYS = ("codes",)
"""Of what is being asked: links that were made for others, and stand in clear nowhere else."""


def file(ask: Ask) -> Shown | None:
    """None where nothing is kept of whoever asks."""
    drafts, here = ask.rooms.drafts, ask.here
    rows = [ask.rooms.people.by_number(here.c, number) for number in drafts.left(here.c, here.chat)]
    before = [_of(ask, row) for row in rows if row is not None]
    if here.member is None and not before:
        return None
    draft = drafts.get(here.c, here.chat)
    asked = {} if draft.get("clerk") == LEFT else {key: value for key, value in draft.items() if key not in KEYS}
    body = {
        **(_of(ask, here.member) if here.member is not None else {}), "left": before, "join_requests": _joins(ask), "being_asked": asked,
    }  # fmt: skip
    data = orjson.dumps(body, option=_JSON)
    shown = ask.message(FILE if here.member is not None else "left.file")
    return Shown(replace(shown, file=Attachment(f"{ask.word('data_file')}.json", "application/json", data)))


def _of(ask: Ask, who: Any) -> dict[str, Any]:
    """Of one row of `member`: the row itself, what was sent, answers, memory, completions."""
    c, people = ask.here.c, ask.rooms.people
    done = [{**asdict(kept.what), "at": kept.at} for kept in ask.rooms.completions.of_member(c, who.id)]
    return {
        "department": people.department(c, who.department).name, "unit": held.unit_name(c, who.unit),
        "officer_id": people.officer_id(who),
        "member": {**{key: value for key, value in who._mapping.items() if key not in HIDDEN}, "silences": who.silences % TOLD},
        **held.of_member(c, who.id), "completions": done,
    }  # fmt: skip


def _joins(ask: Ask) -> list[dict[str, Any]]:
    asked = held.asked_to_join(ask.here.c, ask.here.chat)
    return [{**said, "officer_id": ask.rooms.people.asked_id(row)} for row, said in asked]
