"""Links by which officers and coordinators join a department, made and taken back by the operator (R60).

A code is shown once or stands in the files that were asked for; the store has keyed hashes alone.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from bot import outfiles
from bot.department_store import Desk, change, look, opened
from bot.localtime import local_date
from bot.settings import Settings
from bot.store import training_departments as table
from bot.store.errors import NotThere
from bot.store.training_people import COORDINATOR, OFFICER
from bot.training import cards
from bot.training.invitations import Invitation, picture, sheet
from bot.training.invitations import table as csv_table

NO_BOT = "YOUR_BOT"
"""What stands in a link on the screen where no user name was given."""
_BOT = re.compile(r"[A-Za-z][A-Za-z0-9_]{4,31}")
"""Telegram's rule for user names."""
MOST = 500
"""People that one call invites."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """`count`: people. With `csv` or `sheet` each has a link of their own; else one link is for all of them. `tap`: a coordinator has to say
    yes to each."""

    role: str
    count: int
    days: int
    unit: str | None
    tap: bool
    csv: Path | None = None
    sheet: Path | None = None
    png: Path | None = None

    @property
    def files(self) -> list[Path]:
        return [path for path in (self.csv, self.sheet, self.png) if path is not None]


@dataclass(frozen=True, slots=True)
class Made:
    """`codes` are the keys: `repr` leaves them out. `ends`: the last local day on which they work surely. `nobody`: a tap is needed and
    there is no coordinator yet."""

    codes: tuple[str, ...] = field(repr=False)
    ends: date
    nobody: bool


def check(wanted: Wanted) -> None:
    """Raises `NotThere` for what does not fit together."""
    if not 1 <= wanted.count <= MOST:
        raise NotThere(f"one call invites 1 to {MOST} people")
    if wanted.role == COORDINATOR and wanted.count > 1:
        raise NotThere("a coordinator's link is for one person: make one after the other, and hand each over in person")
    singly = wanted.csv is not None or wanted.sheet is not None
    if wanted.png is not None and singly and wanted.count > 1:
        raise NotThere("a picture shows one code: use --sheet for one code a person")
    if not wanted.tap and wanted.count > 1 and not singly:
        raise NotThere("one link for many needs a coordinator's tap for each: leave --no-tap out")
    if len(set(wanted.files)) != len(wanted.files):
        raise NotThere("each file needs a name of its own")
    for path in wanted.files:
        outfiles.check(path)


def good_bot(name: str, needed: bool) -> str:
    """The bot's user name as it stands in an address. `needed`: the links go into files, where nobody could put it in later. Raises
    `NotThere`."""
    name = name.removeprefix("@")
    if not _BOT.fullmatch(name):
        raise NotThere(f"{name!r} is not the bot's user name: 5 to 32 letters, digits and _, as @BotFather shows it")
    if needed and name == NO_BOT:
        raise NotThere("links in a file need the bot's user name: add --bot-name, as @BotFather shows it")
    return name


async def invite(settings: Settings, named: str, wanted: Wanted, link: Callable[[str], str]) -> Made:
    """Links and files, or neither: where a file cannot be written, its links are taken back. Raises `NotThere`."""
    check(wanted)

    def work(desk: Desk, c: Connection, place: Any, now: float) -> tuple[Any, str | None, Made]:
        unit = desk.unit(c, place, wanted.unit) if wanted.unit is not None else None
        ends_at = now + wanted.days * 86400.0
        links, most = (wanted.count, 1) if wanted.csv or wanted.sheet else (1, wanted.count)
        unit_id = unit.id if unit is not None else None
        codes = tuple(
            desk.people.make_batch(c, place.id, unit_id, most, ends_at, wanted.role, wanted.tap) for _ in range(links)
        )
        ends = local_date(ends_at, place.zone) - timedelta(days=1)
        nobody = wanted.tap and not desk.people.coordinators(c, place.id)
        return place, unit.name if unit is not None else None, Made(codes, ends, nobody)

    place, unit, made = await change(settings, named, "department_invited", work)
    done: list[Path] = []
    try:
        _write(wanted, made, place, unit, link, done)
    except BaseException:
        for path in done:  # only what is ours: another file of that name may have come meanwhile
            path.unlink(missing_ok=True)
        await take_back(settings, list(made.codes))
        raise
    return made


def _write(
    wanted: Wanted, made: Made, place: Any, unit: str | None, link: Callable[[str], str], done: list[Path]
) -> None:
    """`done` gets each file once it is there."""
    if not wanted.files:
        return
    words = cards.shared().phrases[place.lang].invitations
    label = unit or place.name
    found = [Invitation(f"{label} {n}", link(code), made.ends) for n, code in enumerate(made.codes, 1)]
    ways: tuple[tuple[Path | None, Callable[[], bytes]], ...] = (
        (wanted.csv, lambda: csv_table(found, words).data),
        (wanted.sheet, lambda: sheet(found, words, place.lang).data),
        (wanted.png, lambda: picture(found[0], words).data),
    )
    for path, make in ways:
        if path is not None:
            outfiles.write(path, make())
            done.append(path)


async def take_back(settings: Settings, codes: Sequence[str]) -> int:
    """Nobody joins by these any more; who joined stays. Returns how many there were."""
    async with opened(settings) as desk:

        def work(c: Connection) -> int:
            now = time.time()
            count = sum(desk.people.revoke_batch(c, code, now) for code in codes)
            if count:
                desk.note(c, "department_link_ended", now)
            return count

        return await desk.database.write(work)


async def end_all(settings: Settings, named: str) -> int:
    """All open links of a department. Returns how many."""
    return await change(
        settings, named, "department_links_ended", lambda _desk, c, place, now: table.end_links(c, place.id, now)
    )


async def count_open(settings: Settings, named: str) -> int:
    """Links of a department by which somebody can still join."""
    return await look(settings, named, lambda _desk, c, place: table.open_links(c, place.id, time.time()))


ROLES = {True: COORDINATOR, False: OFFICER}
"""By whether `--coordinator` was said."""
