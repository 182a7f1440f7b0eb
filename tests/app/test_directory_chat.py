"""The directory in a conversation: for an officer by place, for a guest on a tap, and nothing of a place is kept but a short name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.library import loading
from bot.library.directory.shelf import EXAMPLE, Shelf
from bot.review import Reviews, strings
from bot.stages import local
from bot.store.schema import chat as chats_table
from bot.store.schema import outbox
from tests.app.parts import OFFICER, WOMAN
from tests.app.talking import Heard, ScriptedNlu, Talking
from tests.store.virtual import VirtualClock

NOW = datetime(2026, 11, 26, 16, 0, tzinfo=UTC)
ROW = Heard("officer_local_partners")
READ = dict.fromkeys(("who do i call in Tulsa county", "a quién llamo en el condado de tulsa", "who do i call here", "who can i call in Texas", "legal aid in tulsa", "groups near tulsa", "Quetzalcoatl county please"), ROW) | {"dont share anything": Heard("withdraw_consent"), "i need a lawyer": Heard("legal_help_survivor"), "never mind": Heard("thanks")}  # fmt: skip


def furnish(monkeypatch: pytest.MonkeyPatch, shelf: Shelf) -> None:
    library = replace(loading.load(), directory=shelf)
    monkeypatch.setattr(loading, "shared", lambda: library)


@pytest.fixture
def talking(tmp_path: Path, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Talking]:
    furnish(monkeypatch, Shelf(EXAMPLE, fictional=True, now=lambda: NOW))
    made = Talking(tmp_path / "home", clock, ScriptedNlu(dict(READ)))
    yield made
    made.close()


async def says(world: Talking, chat: int, text: str) -> list[str]:
    before = len(world.platform.texts(chat))
    await world.says(chat, text)
    await world.work()
    return world.platform.texts(chat)[before:]


async def taps(world: Talking, chat: int, payload: str) -> list[str]:
    before = len(world.platform.texts(chat))
    await world.taps(chat, payload)
    await world.work()
    return world.platform.texts(chat)[before:]


@pytest.fixture
async def officer(talking: Talking) -> int:
    await talking.person(OFFICER, role="officer", greeted=1, lang="en")
    return OFFICER


@pytest.fixture
async def guest(talking: Talking) -> int:
    await talking.person(WOMAN, greeted=1, lang="en")
    return WOMAN


async def test_an_officer_gets_what_is_listed_for_the_place_and_what_works_anywhere(
    talking: Talking, officer: int
) -> None:
    listed, anywhere = await says(talking, officer, "who do i call in Tulsa county")
    assert listed.startswith("Listed for Tulsa County, OK:")
    assert "Example Tulsa Task Force: 918-555-0166" in listed
    assert "checked 6 days ago" in listed
    assert "Ways that work anywhere" in anywhere


async def test_the_same_in_spanish(talking: Talking) -> None:
    await talking.person(OFFICER, role="officer", greeted=1, lang="es")
    listed, _ = await says(talking, OFFICER, "a quién llamo en el condado de tulsa")
    assert "condado de Tulsa, OK" in listed
    assert "comprobado hace 6 días" in listed


async def test_an_officer_is_asked_where_and_may_tap_or_type(talking: Talking, officer: int) -> None:
    asked, anywhere = await says(talking, officer, "who do i call here")
    assert asked.startswith("Which state?")
    assert "Ways that work anywhere" in anywhere
    assert (await talking.row(officer)).awaiting == local.ASKED
    (listed,) = await says(talking, officer, "Tulsa")
    assert listed.startswith("Listed for Tulsa County, OK:")
    assert (await talking.row(officer)).awaiting is None
    (kansas,) = await taps(talking, officer, "d:any:KS:0")
    assert "Example Sunflower Pantry" in kansas


async def test_whoever_does_not_say_where_is_read_like_anybody(talking: Talking, officer: int) -> None:
    await says(talking, officer, "who do i call here")
    (answer,) = await says(talking, officer, "never mind")
    assert "Listed" not in answer
    assert "Which state" not in answer
    assert (await talking.row(officer)).awaiting is None


async def test_ok_is_a_state_in_capitals_and_a_small_word_otherwise(talking: Talking, officer: int) -> None:
    await says(talking, officer, "who do i call here")
    (listed,) = await says(talking, officer, "OK")
    assert listed.startswith("Listed for Oklahoma:")
    await says(talking, officer, "who do i call here")
    (small,) = await says(talking, officer, "ok")
    assert "Listed" not in small
    assert (await talking.row(officer)).awaiting is None


async def test_nothing_listed_there_is_said_and_the_answer_of_before_stays(
    talking: Talking, officer: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (listed, anywhere) = await says(talking, officer, "who can i call in Texas")
    assert listed.startswith("Listed for Texas:")
    assert "Example Papers Project" in listed, "the whole country takes Texas in"
    assert "Ways that work anywhere" in anywhere
    shelf = talking.library.directory
    shelf.entries = tuple(e for e in shelf.entries if not e.national)
    (nothing, anywhere) = await says(talking, officer, "who can i call in Texas")
    assert nothing.startswith("Nothing is listed here for Texas yet")
    assert "Ways that work anywhere" in anywhere


async def test_without_a_directory_an_officer_hears_that_there_is_none(talking: Talking, officer: int) -> None:
    talking.library.directory.entries = ()
    (empty, anywhere) = await says(talking, officer, "who do i call in Tulsa county")
    assert "not filled yet" in empty
    assert "Ways that work anywhere" in anywhere


async def test_one_need_that_is_named_is_what_is_looked_for(talking: Talking, officer: int) -> None:
    listed, _ = await says(talking, officer, "legal aid in tulsa")
    assert "Red Oak" in listed
    assert "Task Force" not in listed


async def test_r08_a_guest_who_says_no_place_is_not_asked_for_one(talking: Talking, guest: int) -> None:
    answers = await says(talking, guest, "i need a lawyer")
    assert not any("Which state" in text for text in answers)
    (asked,) = await taps(talking, guest, "d:legal_help_survivor")
    assert "You need not say where you are" in asked
    (anywhere,) = await taps(talking, guest, "d:legal_help_survivor:-:0")
    assert "Example Red Oak Legal Aid" in anywhere
    assert (await talking.row(guest)).awaiting is None


async def test_a_guest_who_named_a_place_gets_what_is_listed_there(talking: Talking, guest: int) -> None:
    answers = await says(talking, guest, "groups near tulsa")
    assert answers[0].startswith("Listed for Tulsa County, OK:")
    assert "Task Force" not in "".join(answers), "the police are for who asks for them (R1)"


async def test_r25_of_a_place_nothing_is_kept_but_its_short_name(talking: Talking, officer: int) -> None:
    """Rows hold a need and a place of an entry, or a state; what was typed is in none, and what is no place of ours becomes none."""
    await talking.says(officer, "Quetzalcoatl county please")
    await talking.says(officer, "who do i call in Tulsa county")
    while await talking.worker.step() or talking.worker._busy:
        await talking.worker.drain()
    rows = [row.content for row in await talking.database.read(lambda c: c.execute(outbox.select()).all())]
    assert rows
    said = [row for row in map(_loaded, rows) if "part" in row]
    parts = [row["part"] for row in said if row["part"][0].startswith("directory:")]
    assert parts == [
        ["directory:directory.where", 0, {"need": "any"}],
        ["directory:directory.found", 0, {"need": "any", "place": "OK:tulsa"}],
    ]
    assert "uetzalcoatl" not in repr(rows)
    kept = await talking.database.read(lambda c: c.execute(chats_table.select()).all())
    assert "ulsa" not in repr(kept)


def _loaded(content: Any) -> dict[str, Any]:
    import orjson

    found: dict[str, Any] = orjson.loads(content) if isinstance(content, str | bytes) else content
    return found


async def test_r42_saying_no_to_sharing_takes_nothing_of_the_directory_away(talking: Talking, guest: int) -> None:
    before = [
        await taps(talking, guest, payload) for payload in ("d:any", "d:any:OK:0", "d:legal:OK:tulsa:0", "c:lines")
    ]
    await says(talking, guest, "dont share anything")
    after = [
        await taps(talking, guest, payload) for payload in ("d:any", "d:any:OK:0", "d:legal:OK:tulsa:0", "c:lines")
    ]
    assert before == after
    assert all(before)
    await taps(talking, guest, "c:erase")
    assert before[1][0] in await taps(talking, guest, "d:any:OK:0"), "nor does erasing"


@pytest.mark.parametrize(
    "payload",
    [
        "d:",
        "d:nonsense",
        "d:any:XX:0",
        "d:any:OK:nowhere:0",
        "d:any:OK",
        "d:any:OK:x",
        "d:any:OK:99999",
        "d:any:../x:0",
        "d:any:?:y",
    ],
)
async def test_a_button_that_means_nothing_any_more_says_so(talking: Talking, guest: int, payload: str) -> None:
    answers = await taps(talking, guest, payload)
    assert answers
    assert not any("Listed" in text for text in answers)


async def test_a_page_that_is_gone_says_that_nothing_is_listed(talking: Talking, guest: int) -> None:
    (text,) = await taps(talking, guest, "d:any:OK:99")
    assert "Nothing is listed" in text


async def test_r10_over_telegram_the_words_around_entries_are_reviewed_first(
    tmp_path: Path, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    furnish(monkeypatch, Shelf(EXAMPLE, fictional=True, now=lambda: NOW))
    library = loading.shared()
    words = [name for name in strings(library) if name.startswith("message:directory.")]
    others = [name for name in strings(library) if name not in words]
    for home, names, shown in (("shut", others, False), ("open", [*others, *words], True)):
        (tmp_path / home).mkdir()
        Reviews(tmp_path / home).confirm(library, names, "A. Person")
        world = Talking(tmp_path / home, clock, ScriptedNlu(dict(READ)), unreviewed_allowed=False)
        await world.person(WOMAN, greeted=1, lang="en")
        assert any("Listed for" in text for text in await taps(world, WOMAN, "d:any:OK:0")) is shown
        part = {"part": [_topic(library), 0, {}], "lang": "en", "role": "guest"}
        buttons = [payload for _, payload in world.sender._wording.words(part, "guest").buttons]
        assert any(payload.startswith("d:") for payload in buttons) is shown
        world.close()


def _topic(library: Any) -> str:
    return f"topic:{next(t.id for t in library.topics_for('legal_help_survivor', 'en', officer=False) if t.default)}"
