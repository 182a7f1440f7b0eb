"""What of an entry is shown to whom (R1, R10, R11, R14, R29), and the file that is read again when it changes."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.library import loading
from bot.library.calls import Calls
from bot.library.checks.numbers import old_lines
from bot.library.checks.reading import hard, words
from bot.library.directory import exporting
from bot.library.directory.entries import settings
from bot.library.directory.shelf import EXAMPLE, Shelf
from bot.library.directory.showing import NOWHERE
from bot.library.loading import Library
from bot.library.rendering import MAX_BUTTONS, Renderer
from bot.library.replies import Part, Rendered
from tests.directory.making import NOW, TODAY, data, service

SHELF = Shelf(EXAMPLE, fictional=True, now=lambda: NOW)
LIBRARY = replace(loading.shared(), directory=SHELF)
LANGS = ("en", "es")
ROLES = ("guest", "officer")


def shown(
    role: str, lang: str, library: Library = LIBRARY, page: int = 0, name: str = "found", **params: Any
) -> Rendered:
    return Renderer(library, lang, role).render(Part(f"directory:directory.{name}", page, {"need": "any", **params}))


def listing(*services: dict[str, Any], now: datetime = NOW, tmp: Path) -> Library:
    path = tmp / "directory.json"
    path.write_bytes(exporting.tables(data(*services)))
    found = Shelf(path, now=lambda: now)
    assert found.problems == []
    return replace(LIBRARY, directory=found)


def every_page(role: str, lang: str, place: str, need: str = "any") -> list[Rendered]:
    pages = [shown(role, lang, place=place, need=need)]
    while any(p.startswith(f"d:{need}:{place}:") for _, p in pages[-1].buttons):
        assert len(pages) < 20
        pages.append(shown(role, lang, page=len(pages), place=place, need=need))
    return pages


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("place", [NOWHERE, "OK", "OK:tulsa", "KS", "TX"])
def test_r29_every_entry_says_when_it_was_checked(role: str, lang: str, place: str) -> None:
    said = {"en": "checked", "es": "comprobado"}[lang]
    for page in every_page(role, lang, place):
        assert page.text.count("• ") <= 3
        assert page.text.count(said) == page.text.count("• ")
        assert 0 < len(page.buttons) <= MAX_BUTTONS
        assert all(len(p.encode()) <= 64 and len(t) <= 34 for t, p in page.buttons)


@pytest.mark.parametrize("role", ROLES)
def test_pages_show_every_entry_once(role: str) -> None:
    texts = "\n".join(page.text for page in every_page(role, "en", NOWHERE))
    for entry in SHELF.entries:
        police = entry.needs == {"task_force"}
        assert texts.count(f"• {entry.name}:") == (0 if police and role == "guest" else 1)


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("need", ["any", *settings()["needs"], *settings()["rows"]])
def test_r11_what_a_guest_reads_is_short_and_plain(lang: str, need: str) -> None:
    pages = [page for place in (NOWHERE, "OK:tulsa", "TX") for page in every_page("guest", lang, place, need)]
    pages.append(shown("guest", lang, name="where", need=need))
    for page in pages:
        assert words(page.text) <= 60, page.text
        if "•" not in page.text:
            assert not hard(lang, page.text)


@pytest.mark.parametrize("lang", LANGS)
def test_r10_a_guest_reads_no_free_text_of_an_entry_and_no_address(lang: str) -> None:
    for role in ROLES:
        text = "\n".join(page.text for page in every_page(role, lang, NOWHERE))
        assert "Way" not in text.replace("Waymark", "")
        assert "00000" not in text
        assert ("EXAMPLE" in text or "EJEMPLO" in text) is (role == "officer")


def test_r01_a_name_that_tells_is_not_on_a_guests_screen(tmp_path: Path) -> None:
    library = listing(service(name="Anti-Trafficking Legal Unit"), tmp=tmp_path)
    assert "• Legal help: " in shown("guest", "en", library, place="OK:tulsa").text
    assert "• Ayuda legal: " in shown("guest", "es", library, place="OK:tulsa").text
    assert "Anti-Trafficking" in shown("officer", "en", library, place="OK:tulsa").text
    library = listing(service(name="Human Trafficking Law", alternate_name="Red Oak"), tmp=tmp_path)
    assert "• Red Oak: " in shown("guest", "en", library, place="OK:tulsa").text


def test_r01_a_web_address_that_tells_is_not_on_a_guests_screen(tmp_path: Path) -> None:
    library = listing(service(url="https://stop-trafficking.example.org", phones=None), tmp=tmp_path)
    assert "trafficking" not in shown("guest", "en", library, place="OK:tulsa").text
    assert "stop-trafficking" in shown("officer", "en", library, place="OK:tulsa").text


def test_the_words_and_hours_of_an_entry() -> None:
    text = shown("officer", "en", place="OK:tulsa").text
    assert "Listed for Tulsa County, OK:" in text
    assert "Example Red Oak Legal Aid: 918-555-0111" in text
    assert "open now · Spanish spoken" in text
    spanish = shown("officer", "es", place="OK:tulsa").text
    assert "condado de Tulsa, OK" in spanish
    assert "Ejemplo: Ayuda legal Red Oak" in spanish
    assert "EJEMPLO. Abogados" in spanish
    assert text.rstrip().endswith("Call before you go.")


@pytest.mark.parametrize(
    ("days", "says"),
    [(0, "checked today"), (1, "checked 1 day ago"), (180, "checked 180 days ago"), (181, "That is long ago")],
)
def test_r29_how_long_ago_and_a_note_where_it_is_too_long(tmp_path: Path, days: int, says: str) -> None:
    library = listing(service(assured_date=(TODAY - timedelta(days)).isoformat()), tmp=tmp_path)
    text = shown("guest", "en", library, place="OK").text
    assert says in text
    assert ("That is long ago" in text) is (days > 180)
    assert len(library.directory.stale()) == (1 if days > 180 else 0)


def test_where_nothing_is_listed_it_says_so_and_names_people() -> None:
    found = shown("guest", "en", place="TX", need="food")
    assert "Nothing is listed here for Texas yet" in found.text
    assert "1-888-373-7888" in found.text


def test_r08_the_question_where_can_be_passed_over() -> None:
    for role in ROLES:
        asked = shown(role, "en", name="where")
        assert ("No matter where", "d:any:-:0") in asked.buttons
        assert ("Oklahoma", "d:any:OK:0") in asked.buttons


def test_r08_more_states_than_fit_come_on_further_taps(tmp_path: Path) -> None:
    states = ["AL", "AZ", "CA", "CO", "FL", "GA", "KS", "OK", "TX"]
    rows = [
        service(
            id=f"s{n}",
            service_areas=[{"id": f"a{n}", "name": s}],
            phones=None,
            attributes=None,
            service_at_locations=None,
        )
        for n, s in enumerate(states)
    ]
    library, seen, page = listing(*rows, tmp=tmp_path), set(), 0
    while True:
        asked = shown("guest", "en", library, page=page, name="where")
        assert len(asked.buttons) <= MAX_BUTTONS
        seen |= {p.split(":")[2] for _, p in asked.buttons if p.endswith(":0")}
        if not any(p == f"d:any:?:{page + 1}" for _, p in asked.buttons):
            break
        page += 1
    assert seen == {*states, "-"}


@pytest.mark.parametrize("row", list(settings()["rows"]))
def test_near_you_is_offered_only_where_something_is_listed(row: str) -> None:
    for lang in LANGS:
        for topic in LIBRARY.topics_for(row, lang, officer=False):
            part = Part(f"topic:{topic.id}")
            with_ = [p for _, p in Renderer(LIBRARY, lang, "guest").render(part).buttons]
            without = [p for _, p in Renderer(loading.shared(), lang, "guest").render(part).buttons]
            assert sum(p.startswith("d:") for p in with_) == 1
            assert not any(p.startswith("d:") for p in without)
            assert with_[-1] == without[-1] == "c:exit"
            assert not any(p.startswith("d:") for _, p in Renderer(LIBRARY, lang, "officer").render(part).buttons)


def test_near_you_is_not_offered_for_what_is_not_listed(tmp_path: Path) -> None:
    library = listing(service(), tmp=tmp_path)
    topic = next(t for t in library.topics_for("basic_needs", "en", officer=False))
    assert not any(
        p.startswith("d:") for _, p in Renderer(library, "en", "guest").render(Part(f"topic:{topic.id}")).buttons
    )


# -- the file --------------------------------------------------------------------------------------------------------


def _write(path: Path, *services: dict[str, Any]) -> None:
    part = path.with_suffix(".part")
    part.write_bytes(exporting.tables(data(*services)))
    os.replace(part, path)


def test_a_new_file_is_taken_without_a_restart_and_a_bad_one_is_not(tmp_path: Path) -> None:
    path = tmp_path / "directory.json"
    found = Shelf(path, now=lambda: NOW)
    assert found.entries == ()
    assert found.refresh() is False
    _write(path, service())
    assert found.refresh() is True
    assert [e.id for e in found.entries] == ["s1"]
    assert found.places == {"OK:tulsa": "Tulsa County"}
    assert found.refresh() is False, "read once for each change"
    _write(path, service(name="Juniper Safe House"))
    assert found.refresh() is True
    assert [e.name for e in found.entries] == ["Red Oak Legal Aid"], "what was read before stays"
    assert any("address must not be here" in line for line in found.problems)
    path.write_text("{")
    assert found.refresh() is True
    assert len(found.entries) == 1
    _write(
        path, service(), service(id="s2", phones=None, attributes=None, service_areas=None, service_at_locations=None)
    )
    assert found.refresh() is True
    assert found.problems == []
    assert len(found.entries) == 2
    path.unlink()
    assert found.refresh() is True
    assert found.entries == ()
    assert found.refresh() is False


def test_r29_the_example_is_refused_where_it_may_not_be(tmp_path: Path) -> None:
    found = Shelf(EXAMPLE, now=lambda: NOW)
    assert found.entries == ()
    assert found.problems


def test_r29_a_call_is_the_last_check_of_a_line(tmp_path: Path) -> None:
    path = tmp_path / "calls.json"
    library = replace(LIBRARY, calls=Calls(path))
    line = library.lines["nhth"]

    def said(lang: str = "en") -> str:
        return Renderer(library, lang, "guest").render(Part("line:nhth", 1)).text

    assert line.read_on.isoformat() in said()
    later = (line.read_on + timedelta(30)).isoformat()
    path.write_text(f'{{"nhth": {{"on": "{later}", "by": "Ann"}}}}')
    assert f"A person last called it for us on {later}" in said()
    assert later in said("es")
    assert "Ann" not in said()
    earlier = (line.read_on - timedelta(30)).isoformat()
    path.write_text(f'{{"nhth": {{"on": "{earlier}", "by": "Ann"}}}}')
    os.utime(path, (1, 1))
    assert earlier not in said(), "the file was read later than that"
    path.write_text("{")
    os.utime(path, (2, 2))
    assert line.read_on.isoformat() in said()


def test_r29_a_call_keeps_a_line_from_growing_old(tmp_path: Path) -> None:
    path = tmp_path / "calls.json"
    library = replace(LIBRARY, calls=Calls(path))
    old = library.lines["nhth"].read_on + timedelta(91)
    assert any("nhth:" in row for row in old_lines(library, old.toordinal()))
    path.write_text(f'{{"nhth": {{"on": "{old.isoformat()}", "by": "Ann"}}}}')
    assert not any("nhth:" in row for row in old_lines(library, old.toordinal()))
