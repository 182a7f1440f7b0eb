"""The real courses are in order, each check finds the fault that it is there for, and files that do not fit say what is wrong."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from bot import cli
from bot.library import checking as library_checking
from bot.library.loading import CONTENT, LANGS, ContentError, Library
from bot.training import cards as content
from bot.training import checking
from bot.training.cards import Card, Courses, Option, Wording, asked, version
from bot.training.checks import Check, quiz, shape, telling
from bot.training.checks.quiz import units
from tests.app.test_imports import broken
from tests.training.planting import (
    CARD,
    OTHER,
    each_wording,
    marked,
    right_first,
    right_long,
    right_short,
    with_card,
    with_course,
    with_option,
    with_phrases,
    with_wording,
    without,
)

HERE = Path(__file__).parent
COVERAGE: dict[str, Any] = yaml.safe_load((HERE.parent / "content" / "coverage.yml").read_text("utf-8"))
NEWEST = date(2100, 1, 1)
Plant = Callable[[Courses], Courses]


@pytest.fixture(scope="module")
def courses() -> Courses:
    return content.shared()


@pytest.mark.parametrize("check", checking.CHECKS, ids=lambda c: c.__name__)
def test_the_courses_pass(courses: Courses, library: Library, check: Check) -> None:
    assert list(check(courses, library)) == []


def _first(courses: Courses, lang: str = "en") -> Wording:
    return courses.cards[CARD, lang].wordings[0]


def _two_right(courses: Courses) -> Courses:
    options = [o if o.is_right else Option(right=o.text, because=o.because) for o in _first(courses).options]
    return with_wording(courses, options=options)


def _same_reason(courses: Courses) -> Courses:
    """Two wrong options that differ in signs and capitals only in what is said of them."""
    one, two = (n for n, o in enumerate(_first(courses).options, 1) if not o.is_right)
    said = _first(courses).options[one - 1].because
    return with_option(courses, two, because=said.upper().rstrip(".") + "!")


def _twin(courses: Courses) -> Courses:
    """Another card with the same words in another order."""
    words = _first(courses).question.rstrip("?").split()
    return with_wording(courses, "en", 1, OTHER, question=" ".join([*words[3:], *words[:3]]) + "?")


HARD = "Institutional confidentiality considerations necessitate extraordinarily comprehensive interdisciplinary authorization."
DURO = "La confidencialidad institucional requiere autorizaciones administrativas interdisciplinarias extraordinariamente pormenorizadas."

FAULTS: list[tuple[Check, str, Plant, str]] = [
    (shape.same_courses, "one language", lambda c: replace(c, courses={k: v for k, v in c.courses.items() if k != ("myths", "es")}), "es/courses/myths.yml"),
    (shape.same_courses, "minutes", lambda c: with_course(c, langs=("es",), minutes=1), "minutes differs"),
    (shape.same_courses, "modules", lambda c: with_course(c, langs=("es",), modules=[]), "modules differs"),
    (shape.same_courses, "objectives", lambda c: with_course(c, langs=("es",), objectives=["Una."]), "objectives differs"),
    (shape.same_cards, "no English", lambda c: without(c, CARD, "en"), "not there in English"),
    (shape.same_cards, "sources", lambda c: with_card(c, langs=("es",), sources=["BC"]), "sources differs"),
    (shape.same_cards, "facts", lambda c: with_card(c, langs=("es",), rests_on=["B-99"]), "rests_on differs"),
    (shape.same_cards, "topic", lambda c: with_card(c, langs=("es",), topic="law_1591"), "topic differs"),
    (shape.same_cards, "certainty", lambda c: with_card(c, langs=("es",), certainty="contested"), "certainty differs"),
    (shape.same_cards, "wordings", lambda c: with_card(c, langs=("es",), wordings=c.cards[CARD, "es"].wordings[:1]), "2 wordings in English"),
    (shape.same_cards, "right answer", lambda c: with_wording(c, "es", options=[*_first(c, "es").options[1:], _first(c, "es").options[0]]), "another one is right"),
    (shape.same_cards, "options", lambda c: with_wording(c, "es", options=_first(c, "es").options[:2]), "not as many"),
    (shape.same_cards, "scenario", lambda c: with_wording(c, "es", 2, scenario=None), "scenario"),
    (shape.same_cards, "number", lambda c: with_option(c, 1, "es", because="Desde 2015 es así."), "2015"),
    (shape.sources_exist, "unknown", lambda c: with_card(c, sources=["NOWHERE"]), "NOWHERE"),
    (shape.sources_exist, "none", lambda c: with_card(c, sources=[]), "names no source"),
    (shape.sources_exist, "no fact", lambda c: with_card(c, rests_on=[]), "rests on no fact"),
    (shape.topics_named, "unnamed", lambda c: with_card(c, topic="weather"), "weather has no name"),
    (shape.topics_named, "unused", lambda c: with_phrases(c, "es", topics=c.phrases["es"].topics | {"weather": "Clima"}), "weather has no card"),
    (shape.topics_named, "words", lambda c: with_phrases(c, "es", chart={k: v for k, v in c.phrases["es"].chart.items() if k != "soon"}), "chart.soon is there in one language only"),
    (shape.topics_named, "language", lambda c: with_phrases(c, "en", sheet=c.phrases["en"].sheet | {"more": "x"}), "sheet.more is there in one language only"),
    (shape.topics_named, "sheet", lambda c: with_phrases(c, "es", sheet={k: v for k, v in c.phrases["es"].sheet.items() if k != "credit"}), "sheet.credit"),
    (shape.read_twice, "older", lambda c: with_card(c, reviewed_on=date(2026, 11, 27)), "second_reader_on 2026-11-26 is before reviewed_on 2026-11-27"),
    (shape.minutes_add_up, "sum", lambda c: with_course(c, minutes=1), "its cards take"),
    (shape.minutes_add_up, "card", lambda c: with_card(c, minutes=2), "its cards take 64"),
    (shape.minutes_add_up, "empty module", lambda c: replace(c, cards={k: v for k, v in c.cards.items() if v.module != "law"}), "module law has no card"),
    (quiz.two_wordings, "one", lambda c: with_card(c, wordings=[_first(c)]), "1 wording"),
    (quiz.one_right, "none", lambda c: with_wording(c, options=[Option(wrong=o.text, because=o.because) for o in _first(c).options]), "0 right options"),
    (quiz.one_right, "two", _two_right, "right options; mark exactly one"),
    (quiz.one_right, "few", lambda c: with_wording(c, options=_first(c).options[:2]), "2 options"),
    (quiz.one_right, "many", lambda c: with_wording(c, options=_first(c).options * 2), "6 options"),
    (quiz.reasons, "empty", lambda c: with_option(c, 2, because=" "), "option 2 gives no reason"),
    (quiz.reasons, "repeats", lambda c: with_option(c, 1, because=_first(c).options[0].text.upper() + "!"), "option 1 gives no reason"),
    (quiz.reasons, "the same for two wrong ones", _same_reason, "give the same reason"),
    (quiz.lengths, "question", lambda c: with_wording(c, question="x" * 301), "301 characters; at most 300"),
    (quiz.lengths, "with scenario", lambda c: with_wording(c, "en", 2, scenario="x" * 150, question="y" * 140), "at most 300"),
    (quiz.lengths, "option", lambda c: with_option(c, 3, text="x" * 101), "option 3 has 101 characters"),
    (quiz.lengths, "option in UTF-16", lambda c: with_option(c, 3, text="😀" * 51), "option 3 has 102 characters"),
    (quiz.lengths, "reason", lambda c: with_option(c, 1, because="x" * 201), "reason 1 has 201 characters"),
    (quiz.lengths, "line feeds", lambda c: with_option(c, 1, because="a\nb\nc\nd"), "3 line feeds"),
    (quiz.options_differ, "same", lambda c: with_option(c, 2, text=_first(c).options[0].text.upper() + "."), "are the same"),
    (quiz.length_of_one, "long", lambda c: with_wording(c, options=[o.model_copy(update={"right": o.text + "x" * 40}) if o.is_right else o for o in _first(c).options]), "the longest wrong one"),
    (quiz.length_of_one, "short", lambda c: with_wording(c, options=[o.model_copy(update={"right": "Yes"}) if o.is_right else o for o in _first(c).options]), "the shortest wrong one"),
    (quiz.length_of_all, "longest", lambda c: each_wording(c, "basic", right_long), "is the longest"),
    (quiz.length_of_all, "shortest", lambda c: each_wording(c, "basic", right_short), "is the shortest"),
    (quiz.positions, "always first", lambda c: each_wording(c, "minors", right_first), "place 1"),
    (quiz.no_tell, "only right ones", lambda c: each_wording(c, "basic", lambda w: marked(w, True)), "'verily'"),
    (quiz.no_tell, "only wrong ones", lambda c: each_wording(c, "basic", lambda w: marked(w, False)), "'verily'"),
    (telling.no_phones, "option", lambda c: with_option(c, 1, text="Call 1-212-555-0142"), "555-0142"),
    (telling.no_phones, "a line that is known", lambda c: with_option(c, 1, because="Ring 1-888-373-7888."), "1-888-373-7888"),
    (telling.no_phones, "letters", lambda c: with_wording(c, question="Who is at 1-800-NOT-REAL?"), "18006687325"),
    (telling.no_phones, "short code", lambda c: with_wording(c, "en", 2, scenario="She says: text HELP to 233733"), "233733"),
    (telling.no_phones, "three digits", lambda c: with_option(c, 1, because="Then call 411 for it."), "411"),
    (telling.no_phones, "course", lambda c: with_course(c, title="Basics 212-555-0142"), "555-0142"),
    (telling.no_wrong_claims, "wrong number", lambda c: with_option(c, 1, because="Call 1-800-655-4673."), "rainn_655"),
    (telling.no_wrong_claims, "operator", lambda c: with_option(c, 1, because="The Hotline is run by Polaris."), "polaris_operates"),
    (telling.no_wrong_claims, "share", lambda c: with_card(c, objective="Less than one percent is identified."), "one percent"),
    (telling.no_wrong_claims, "age", lambda c: with_option(c, 1, text="The average age is between 12 and 14"), "average age"),
    (telling.no_wrong_claims, "age in Spanish", lambda c: with_option(c, 1, "es", text="De 12 a 14 años"), "12 a 14"),
    (telling.no_wrong_claims, "children", lambda c: with_option(c, 1, text="It is 300,000 children a year"), "300,000"),
    (telling.no_wrong_claims, "again", lambda c: with_option(c, 1, because="As 80% are trafficked again."), "80%"),
    (telling.no_wrong_claims, "games", lambda c: with_option(c, 1, because="As at each Super Bowl."), "Super Bowl"),
    (telling.no_wrong_claims, "money", lambda c: with_option(c, 1, because="It makes 150 billion dollars."), "billion"),
    (telling.no_addresses, "street", lambda c: with_option(c, 1, because="It is at 12 Oak Street."), "12 Oak Street"),
    (telling.no_state_law, "option", lambda c: with_option(c, 1, because="In Texas it is a felony."), "Texas"),
    (telling.no_state_law, "spanish", lambda c: with_option(c, 1, "es", because="En Nueva York es delito."), "Nueva York"),
    (telling.no_twins, "two cards", _twin, f"asks the same as {CARD}"),
    (telling.no_twins, "two wordings", lambda c: with_wording(c, "en", 2, scenario=None, question=_first(c).question + " "), "two of its wordings"),
    (telling.plain, "english", lambda c: with_card(c, langs=("en",), wordings=[_first(c).model_copy(update={"question": HARD * 3})]), "grade"),
    (telling.plain, "spanish", lambda c: with_card(c, langs=("es",), wordings=[_first(c, "es").model_copy(update={"question": DURO * 3})]), "ease"),
]  # fmt: skip


@pytest.mark.parametrize(("check", "name", "plant", "says"), FAULTS, ids=[f"{f[0].__name__}-{f[1]}" for f in FAULTS])
def test_a_planted_fault_is_found(
    courses: Courses, library: Library, check: Check, name: str, plant: Plant, says: str
) -> None:
    found = list(check(plant(courses), library))
    assert any(says in line for line in found), found
    assert all(len(line) > 30 for line in found)


def test_every_check_has_a_planted_fault_and_says_its_rule() -> None:
    assert {fault[0] for fault in FAULTS} == set(checking.CHECKS)
    for check in checking.CHECKS:
        assert (check.__doc__ or "").strip(), check.__name__


@pytest.mark.parametrize("change", ["card", "second reader", "course", "phrases"])
def test_a_day_in_the_future_is_found(courses: Courses, library: Library, change: str) -> None:
    late = date(2101, 1, 1)
    broken = {
        "card": lambda: with_card(courses, reviewed_on=late),
        "second reader": lambda: with_card(courses, second_reader_on=late),
        "course": lambda: with_course(courses, reviewed_on=late),
        "phrases": lambda: with_phrases(courses, "es", reviewed_on=late),
    }[change]()
    assert any("2101-01-01 is in the future" in line for line in checking.problems(broken, library, NEWEST))
    assert checking.problems(courses, library, NEWEST) == []


@pytest.mark.parametrize(
    "text",
    [
        "18 USC 1591 and 1589",
        "in 2013-17",
        "34 USC 41308",
        "2026-11-30",
        "22 USC 7105(b)(1)(H)",
        "Dial 911.",
        "Call 988.",
    ],
)
def test_no_false_alarm_about_numbers(courses: Courses, library: Library, text: str) -> None:
    assert list(telling.no_phones(with_option(courses, 1, because=text), library)) == []


# --- what the issue asks of the content ---


def test_there_are_enough_cards_and_every_course_is_whole_in_spanish(courses: Courses) -> None:
    by_lang = Counter(lang for _, lang in courses.cards)
    assert by_lang["en"] >= 120
    assert by_lang["es"] >= 60
    for course_id, _ in courses.courses:
        ids = {lang: [c.id for c in courses.of(course_id, lang)] for lang in LANGS}
        assert ids["en"] == ids["es"]
    for module in courses.courses["basic", "en"].modules:
        assert len(courses.of("basic", "en", module.id)) >= 10


def test_every_module_of_the_basic_course_and_most_refreshers_begin_with_survivors(courses: Courses) -> None:
    """Sources in which survivors speak: their stories, advice, surveys, and what they told researchers."""
    survivors = {"NHTH-H2A", "NSN16", "HS14", "SHPDOC", "BERK17", "POL-SP", "NCFY", "SHPONW"}
    heads = [c for (_, lang), c in courses.courses.items() if lang == "en"]
    first = {(h.id, m.id): courses.of(h.id, "en", m.id)[0] for h in heads for m in h.modules}
    without_survivors = {key[0] for key, card in first.items() if not survivors & set(card.sources)}
    assert without_survivors <= {"minors"}  # duties in law: nothing that survivors said of them was found


def test_a_scenario_is_always_shown_as_invented(courses: Courses) -> None:
    count = 0
    for card in courses.cards.values():
        mark = courses.phrases[card.lang].invented
        for wording in card.wordings:
            if wording.scenario:
                count += 1
                assert asked(wording, mark).startswith(f"{mark} {wording.scenario}")
                assert asked(wording, mark).endswith(wording.question)
    assert count > 100


def test_no_scenario_names_a_person(courses: Courses) -> None:
    """Roles, not names: nobody is taken for a real case."""
    given = re.compile(r"\b(?:named|called|se llama|llamad[oa])\s+[A-ZÁÉÍÓÚ]|\bM(?:r|s|rs)\.\s")
    for card in courses.cards.values():
        for wording in card.wordings:
            assert not given.search(wording.scenario or ""), card.id


def test_every_fact_that_a_card_rests_on_is_there() -> None:
    """By number in the list that topics are held to, or by place in the list of those without a number; no place is listed in vain."""
    used = {fact for card in content.shared().cards.values() for fact in card.rests_on}
    numbered = {fact for facts in COVERAGE["cited"].values() for fact in facts}
    placed = set(yaml.safe_load((HERE / "facts.yml").read_text("utf-8")))
    assert used - numbered - placed == set()
    assert placed - used == set()


def test_a_card_names_a_source_in_which_its_fact_was_read(courses: Courses) -> None:
    read: dict[str, list[str]] = COVERAGE["sources"]
    missing = {
        (card.id, fact)
        for card in courses.cards.values()
        for fact in card.rests_on
        if fact in read and not set(read[fact]) & set(card.sources)
    }
    assert missing == set()


def test_the_model_policy_says_who_decides_about_credit() -> None:
    english = (CONTENT / "en" / "policy.md").read_text("utf-8")
    spanish = (CONTENT / "es" / "policy.md").read_text("utf-8")
    assert "Your commission decides about credit; this program grants none." in english
    assert "Su comisión decide sobre los créditos; este programa no otorga ninguno." in spanish
    for text in (english, spanish):
        assert len(text) <= 2950, "one page of ten-point type"
        assert not re.search(r"\d{3}-\d{4}", text)
    assert len(re.findall(r"^## ", english, re.MULTILINE)) == len(re.findall(r"^## ", spanish, re.MULTILINE))


# --- versions ---


def test_a_version_is_of_what_an_officer_reads(courses: Courses) -> None:
    card = courses.cards[CARD, "en"]
    assert re.fullmatch(r"[0-9a-f]{16}", version(card))
    assert version(card) == version(card.model_copy(update={"reviewed_on": date(2030, 1, 1)}))
    assert version(card) == version(card.model_copy(update={"second_reader_on": date(2030, 1, 1)}))
    changed = [
        with_option(courses, 1, because="Another reason."),
        with_option(courses, 1, text="Another option"),
        with_wording(courses, question="Another question?"),
        with_wording(courses, "en", 2, scenario="Another scene."),
        with_wording(courses, options=list(reversed(card.wordings[0].options))),
    ]
    assert len({version(c.cards[CARD, "en"]) for c in changed} | {version(card)}) == 6
    assert len({version(c) for c in courses.cards.values()}) == len(courses.cards)


@pytest.mark.parametrize(("text", "size"), [("", 0), ("año", 3), ("😀", 2)])
def test_length_is_counted_as_the_platform_does(text: str, size: int) -> None:
    assert units(text) == size


# --- loading ---


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for lang in LANGS:
        (tmp_path / lang / "courses").mkdir(parents=True)
        for name in ("training.yml", "courses/partners.yml", "courses/partners.local.yml"):
            (tmp_path / lang / name).write_text((CONTENT / lang / name).read_text("utf-8"), "utf-8")
    return tmp_path


def _refused(folder: Path) -> list[str]:
    with pytest.raises(ContentError) as error:
        content.load(folder)
    return error.value.problems


def _edit(path: Path, change: Callable[[list[dict[str, object]]], None]) -> None:
    data = yaml.safe_load(path.read_text("utf-8"))
    change(data)
    path.write_text(yaml.safe_dump(data, allow_unicode=True), "utf-8")


def test_the_smallest_content_loads(folder: Path) -> None:
    assert set(content.load(folder).courses) == {("partners", "en"), ("partners", "es")}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda d: d[0].pop("sources"), "partner.advocate: sources"),
        (lambda d: d[0].pop("reviewed_on"), "partner.advocate: reviewed_on"),
        (lambda d: d[0].pop("second_reader_on"), "partner.advocate: second_reader_on"),
        (lambda d: d[0].update(sorces=["USC"]), "partner.advocate: sorces"),
        (lambda d: d[0].update(certainty="sure"), "partner.advocate: certainty"),
        (lambda d: d[0].update(minutes=0), "partner.advocate: minutes"),
        (lambda d: d[0].update(audience="everyone"), "partner.advocate: audience"),
        (lambda d: d[0].update(id="No Id"), "No Id: id"),
        (lambda d: d[0]["wordings"][0]["options"][0].pop("because"), "wordings.0.options.0.because"),
        (lambda d: d[0]["wordings"][0]["options"][0].update(right="a", wrong="b"), "either right or wrong"),
        (lambda d: d[0]["wordings"][0].update(question=" padded "), "wordings.0.question"),
        (lambda d: d.append(d[0]), "partner.advocate is there twice"),
        (lambda d: d.append("words"), "an entry is no mapping"),
    ],
)
def test_a_card_that_does_not_fit_is_named(folder: Path, change: Callable[[object], None], says: str) -> None:
    _edit(folder / "en" / "courses" / "partners.local.yml", change)
    assert any("partners.local.yml" in line and says in line for line in _refused(folder)), _refused(folder)


def test_a_file_that_no_course_names_is_refused(folder: Path) -> None:
    (folder / "en" / "courses" / "partners.night.yml").write_text("[]")
    assert any("partners.night.yml: belongs to no course" in line for line in _refused(folder))


def test_a_course_that_is_named_otherwise_than_its_file_is_refused(folder: Path) -> None:
    path = folder / "es" / "courses" / "partners.yml"
    path.write_text(path.read_text("utf-8").replace("id: partners", "id: partner"), "utf-8")
    assert any("has the name of its file" in line for line in _refused(folder))


def test_what_is_not_yaml_is_refused_with_its_line(folder: Path) -> None:
    (folder / "en" / "courses" / "partners.local.yml").write_text("- a: 1\n- b: [1,\n- c: }")
    (folder / "es" / "training.yml").write_text("a: [")
    problems = "\n".join(_refused(folder))
    assert "partners.local.yml: not YAML in line" in problems
    assert "training.yml: not YAML in line" in problems


# --- `waymark check` ---


def test_waymark_check_covers_cards(courses: Courses, library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library_checking, "today", lambda: NEWEST)
    monkeypatch.setattr(checking, "today", lambda: NEWEST)
    monkeypatch.setattr(content, "load", lambda: with_option(courses, 1, because="Call 1-212-555-0142."))
    for command in (["check"], ["cards", "check"]):
        result = CliRunner().invoke(cli.main, command)
        assert result.exit_code == 1, result.output
        assert "law.anything_of_value: 1-212-555-0142 reads like a telephone number" in result.output


def test_content_of_refreshers_knows_the_library_and_nothing_further() -> None:
    """Cards are data: no store, no chat, no clock."""
    names = ("cards", "checking", "exchange", "gift", "table", "importing", "sheet", "checks")
    rooms = [f"bot/training/{name}" + ("" if name == "checks" else ".py") for name in names]
    mine = tuple(f"bot.training.{name}" for name in names)
    assert broken(tuple(rooms), allowed=("bot.library", *mine)) == []


def test_an_option_knows_what_it_is() -> None:
    assert Option(right="a", because="b").is_right
    assert not Option(wrong="a", because="b").is_right
    with pytest.raises(ValueError, match="either right or wrong"):
        Option(because="b")
    assert Card.model_fields["audience"].default == "officer"
