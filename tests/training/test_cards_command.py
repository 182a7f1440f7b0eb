"""`waymark cards`: out, in, on paper."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from datetime import date, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot import cli
from bot.library.loading import CONTENT, Library
from bot.training import cards as content
from bot.training import importing, sheet
from bot.training.cards import Courses

DAY = date(2100, 1, 1)
Read = Callable[[Path], Courses]


@pytest.fixture(scope="module")
def courses() -> Courses:
    return content.shared()


def _run(*words: str) -> Result:
    return CliRunner().invoke(cli.main, ["cards", *words])


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the content that imports may change."""
    copy = tmp_path / "content"
    for lang in ("en", "es"):
        shutil.copytree(CONTENT / lang / "courses", copy / lang / "courses")
        shutil.copy(CONTENT / lang / "training.yml", copy / lang / "training.yml")
    load, plan = content.load, importing.plan
    monkeypatch.setattr(content, "load", lambda where=copy: load(where))
    monkeypatch.setattr(importing, "plan", lambda text, kind, library: plan(text, kind, library, copy, DAY))
    return copy


def _files(folder: Path) -> dict[str, str]:
    return {str(p.relative_to(folder)): p.read_text("utf-8") for p in sorted(folder.rglob("*.yml"))}


@pytest.mark.parametrize("kind", ["gift", "csv"])
@pytest.mark.parametrize("lang", ["en", "es"])
def test_what_goes_out_comes_in_and_changes_nothing(folder: Path, tmp_path: Path, kind: str, lang: str) -> None:
    before = _files(folder)
    out = _run("export", "--course", "basic", "--lang", lang, "--format", kind)
    assert out.exit_code == 0
    path = tmp_path / f"basic.{kind}"
    path.write_bytes(out.stdout_bytes)
    result = _run("import", str(path))
    assert result.exit_code == 0, result.output
    assert "0 new, 0 changed, 0 taken out" in result.stderr
    assert _files(folder) == before


def _changed(tmp_path: Path, old: str, new: str, kind: str = "csv") -> Path:
    text = _run("export", "--course", "partners", "--format", kind).stdout_bytes.decode()
    assert old in text
    path = tmp_path / f"partners.{kind}"
    path.write_bytes(text.replace(old, new, 1).encode())
    return path


def test_a_changed_card_is_written_and_nothing_else(folder: Path, tmp_path: Path) -> None:
    before = _files(folder)
    path = _changed(tmp_path, "Early, before the first long talk", "Early, before any long interview")
    result = _run("import", str(path))
    assert result.exit_code == 0, result.output
    assert "0 new, 1 changed, 0 taken out" in result.stderr
    after = _files(folder)
    assert [name for name in after if after[name] != before[name]] == ["en/courses/partners.local.yml"]
    assert "Early, before any long interview" in after["en/courses/partners.local.yml"]
    assert not list(folder.rglob("*.new"))


def test_a_new_problem_stops_an_import_unless_told_otherwise(folder: Path, tmp_path: Path) -> None:
    before = _files(folder)
    path = _changed(tmp_path, "It refers and links", "Ring 1-212-555-0142. It refers and links")
    result = _run("import", str(path))
    assert result.exit_code == 1
    assert "555-0142" in result.output
    assert "nothing was changed" in result.output
    assert _files(folder) == before
    assert _run("import", str(path), "--anyway").exit_code == 0
    assert "555-0142" in _files(folder)["en/courses/partners.local.yml"]


def test_a_disk_that_is_full_changes_nothing(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Head and cards both change; the second file cannot be written."""
    before = _files(folder)
    path = _changed(tmp_path, "Early, before the first long talk", "Early, before any long interview")
    path.write_text(path.read_text("utf-8").replace("Refresher: local partners", "Refresher: partners"), "utf-8")
    write, written = Path.write_text, []

    def full(self: Path, text: str, *rest: str) -> int:
        if self.suffix == ".new" and written:
            raise OSError(28, "No space left on device", str(self))
        written.append(self)
        return write(self, text, *rest)

    monkeypatch.setattr(Path, "write_text", full)
    result = _run("import", str(path))
    assert result.exit_code == 1
    assert "No space left" in result.output + result.stderr
    assert _files(folder) == before
    assert not list(folder.rglob("*.new"))


@pytest.mark.parametrize(("kind", "new"), [("gift", "// certainty: sure"), ("csv", "certainty,sure")])
def test_a_fault_changes_nothing_and_is_named_by_its_line(folder: Path, tmp_path: Path, kind: str, new: str) -> None:
    before = _files(folder)
    old = "// certainty: verified" if kind == "gift" else ",verified,"
    path = _changed(tmp_path, old, "// certainty: sure" if kind == "gift" else ",sure,", kind)
    result = _run("import", str(path))
    assert result.exit_code == 1
    assert re.search(r"line \d+: partner\.advocate: certainty", result.output), result.output
    assert _files(folder) == before


def test_a_card_of_another_course_is_not_taken(folder: Path, tmp_path: Path) -> None:
    path = _changed(tmp_path, "// card: partner.beds\n", "// card: law.coercion\n", "gift")
    path.write_text(path.read_text("utf-8").replace("::partner.beds ", "::law.coercion "), "utf-8")
    result = _run("import", str(path))
    assert result.exit_code == 1
    assert "law.coercion is a card of another course" in result.output


def test_a_module_that_goes_takes_its_file_along(folder: Path, tmp_path: Path) -> None:
    extra = folder / "en" / "courses"
    head = extra / "partners.yml"
    text = _run("export", "--course", "partners", "--format", "gift").stdout_bytes.decode()
    (extra / "partners.night.yml").write_text("[]")
    head.write_text(head.read_text("utf-8") + '  - id: night\n    title: "Night"\n    objective: "None."\n', "utf-8")
    path = tmp_path / "partners.gift"
    path.write_text(text, "utf-8")
    assert _run("import", str(path)).exit_code == 0
    assert not (extra / "partners.night.yml").exists()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("export", "--course", "cooking"), "there is no course cooking"),
        (("sheet", "--course", "cooking"), "there are basic"),
        (("sheet", "--course", "myths", "--week", "next"), "2026-11-30"),
    ],
)
def test_what_cannot_be_done_says_what_can(words: tuple[str, ...], says: str) -> None:
    result = _run(*words)
    assert result.exit_code != 0
    assert says in result.output


def test_a_course_without_cards_gives_no_sheet(folder: Path) -> None:
    (folder / "es" / "courses" / "myths.numbers.yml").write_text("[]")
    result = _run("sheet", "--course", "myths", "--lang", "es")
    assert result.exit_code == 1
    assert "course myths has no card in es" in result.output


def test_a_file_of_another_kind_is_asked_about(tmp_path: Path) -> None:
    path = tmp_path / "cards.txt"
    path.write_text("x")
    assert "say --format" in _run("import", str(path)).output
    path.write_bytes(b"\xff\xfe")
    assert "UTF-8" in _run("import", str(path), "--format", "csv").output


# --- the sheet ---


class _Tags(HTMLParser):
    """Tags, attributes, and whether every tag is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def _parsed(text: str) -> _Tags:
    tags = _Tags()
    tags.feed(text)
    tags.close()
    assert tags.open == []
    return tags


@pytest.mark.parametrize(("course", "lang"), [("interview", "en"), ("basic", "en"), ("basic", "es")])
def test_a_sheet_is_one_plain_file(courses: Courses, course: str, lang: str) -> None:
    result = _run("sheet", "--course", course, "--lang", lang, "--week", "2026-W49")
    assert result.exit_code == 0, result.output
    tags = _parsed(result.stdout)
    names = {tag for tag, _ in tags.tags}
    assert not names & {"script", "link", "img", "iframe", "object", "form", "input"}
    assert not any(key in ("src", "href") or key.startswith("on") for _, attrs in tags.tags for key in attrs)
    assert not re.search(r"https?:|url\(|@import", result.stdout)
    assert ("html", {"lang": lang}) in tags.tags
    words = courses.phrases[lang].sheet
    text = "".join(tags.text)
    for key in ("title", "sign_in", "answers", "credit", "legal", "safety", "invented_note"):
        if key != "invented_note" or courses.phrases[lang].invented in text:
            assert words[key] in text, key
    assert "2026-11-30" in text
    assert text.count("✓") == 3


def test_the_questions_do_not_tell_the_answer(courses: Courses, library: Library) -> None:
    course = courses.courses["minors", "en"]
    text = sheet.page(courses, library, course, date(2026, 12, 2), 3)
    questions = text[: text.index('<section class="page">')]
    answers = text[text.rindex('<section class="page">') :]
    assert "✓" not in questions
    assert "right" not in re.findall(r'class="?([\w ]+)', questions)
    for card, wording in sheet.of_week(courses.of("minors", "en"), date(2026, 12, 2), 3):
        for option in wording.options:
            assert sheet.escape(option.because) not in questions
            assert sheet.escape(option.because) in answers
        assert card.id in answers


def test_what_is_written_in_a_card_is_never_markup(courses: Courses, library: Library) -> None:
    from tests.training.planting import CARD, with_wording

    evil = '<script>alert(1)</script> & "quotes"'
    broken = with_wording(courses, "en", 1, CARD, question=evil)
    broken = with_wording(broken, "en", 2, CARD, scenario=evil)
    cards = broken.of("basic", "en")
    week = next(
        DAY + timedelta(weeks=n)
        for n in range(70)
        if any(c.id == CARD for c, _ in sheet.of_week(cards, DAY + timedelta(weeks=n), 3))
    )
    text = sheet.page(broken, library, broken.courses["basic", "en"], week, 3)
    assert "&lt;script&gt;" in text
    assert "script" not in {tag for tag, _ in _parsed(text).tags}


def test_weeks_go_through_a_course_and_then_through_its_other_wordings(courses: Courses) -> None:
    cards = courses.of("interview", "en")
    weeks = [DAY + timedelta(weeks=n) for n in range(8)]
    asked = [pair for week in weeks for pair in sheet.of_week(cards, week, 3)]
    assert len(cards) == 12
    assert sorted(c.id for c, _ in asked[:12]) == sorted(c.id for c in cards)
    assert len({(c.id, w.question) for c, w in asked}) == 24
    for offset in range(7):
        day = sheet.monday(DAY) + timedelta(days=offset)
        assert sheet.of_week(cards, day, 3) == sheet.of_week(cards, sheet.monday(DAY), 3)
    assert len(sheet.of_week(cards, DAY, 99)) == 12


def test_the_answers_of_one_sheet_stand_in_different_places(courses: Courses) -> None:
    cards = courses.of("interview", "en")
    firsts = set()
    for n in range(20):
        places = [wording.right for _, wording in sheet.of_week(cards, DAY + timedelta(weeks=n), 3)]
        assert sorted(places) == [0, 1, 2]
        firsts.add(places[0])
    assert firsts == {0, 1, 2}
    for card, wording in sheet.of_week(cards, DAY, 3):
        assert any({o.text for o in w.options} == {o.text for o in wording.options} for w in card.wordings)
