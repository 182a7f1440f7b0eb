"""The real content is in order, and each check finds the fault that it is there for."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from itertools import combinations, product
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from bot import cli
from bot.library import checking, loading
from bot.library.checks import asking, links, numbers, reading, shape
from bot.library.checks.base import CONTENT, Check, all_texts, catalogue, data
from bot.library.lines import Want, choose
from bot.library.loading import LANGS, ContentError, Library
from bot.library.model import Bilingual, Hours, Letters, Side, Sms
from bot.library.readability import ease_es, grade_en
from bot.library.rendering import NotForThisReader, Renderer, pages_of
from bot.library.replies import Part, Rendered
from tests.content.planting import (
    MESSAGE,
    OFFICER_TOPIC,
    TOPIC,
    with_asking,
    with_button,
    with_intake,
    with_line,
    with_message,
    with_slang,
    with_term,
    with_topic,
    with_word,
    without,
)

NEWEST = date(2100, 1, 1)  # later than anything in the content, so that no test depends on the day it runs
Plant = Callable[[Library], Library]


@pytest.mark.parametrize("check", checking.CHECKS, ids=lambda c: c.__name__)
def test_the_content_passes(library: Library, check: Check) -> None:
    assert list(check(library)) == []


@pytest.fixture(scope="module")
def small(library: Library) -> Library:
    """Two topics, one message, one term, all lines: enough for checks that read texts, and quick."""
    return replace(
        library,
        topics={k: v for k, v in library.topics.items() if k[0] in (TOPIC, OFFICER_TOPIC)},
        messages={k: v for k, v in library.messages.items() if k[0] == MESSAGE},
        terms={k: v for k, v in library.terms.items() if k[0] == "pimp"},
        slang={k: v for k, v in library.slang.items() if k[0] == "bottom"},
    )


def test_every_check_says_what_its_rule_is() -> None:
    for check in checking.CHECKS:
        assert (check.__doc__ or "").strip(), check.__name__


def _menu(library: Library, role: str, ids: list[str]) -> Library:
    return replace(library, menus=library.menus | {role: ids})


def _label(library: Library, row: str, lang: str, text: str) -> Library:
    return replace(library, labels=library.labels | {(row, lang): text})


def _two_sides(library: Library, second: Side) -> Library:
    first = Side(name="A", points={"age": "x", "consent": "y"})
    return with_topic(library, "law.smuggling", sides=[first, second])


LONG = "You can tell a person what you need. " * 10

FAULTS: list[tuple[Check, str, Plant, str]] = [
    (shape.both_languages, "topic", lambda c: without(c, "topics", (TOPIC, "es")), TOPIC),
    (shape.both_languages, "message", lambda c: without(c, "messages", ("greeting", "en")), "greeting"),
    (shape.both_languages, "term", lambda c: without(c, "terms", ("pimp", "es")), "pimp"),
    (shape.both_languages, "slang", lambda c: without(c, "slang", ("bottom", "es")), "bottom"),
    (shape.both_languages, "label", lambda c: without(c, "labels", ("greeting", "es")), "greeting"),
    (shape.same_topics, "audience", lambda c: with_topic(c, langs=("es",), audience="officer"), "audience"),
    (shape.same_topics, "row", lambda c: with_topic(c, langs=("es",), handling="report_tip"), "handling"),
    (shape.same_topics, "next", lambda c: with_topic(c, langs=("es",), next=["hotline.deaf"]), "next"),
    (shape.same_topics, "lines", lambda c: with_topic(c, langs=("es",), lines=["nhth"]), "lines"),
    (shape.same_topics, "pages", lambda c: with_topic(c, langs=("es",), more=[]), "pages"),
    (shape.same_topics, "about", lambda c: with_topic(c, langs=("es",), about={"gender": ["male"]}), "about"),
    (shape.same_topics, "default", lambda c: with_topic(c, langs=("es",), default=False), "default"),
    (shape.same_messages, "buttons", lambda c: with_message(c, langs=("es",), buttons=[]), "buttons"),
    (shape.same_messages, "lines", lambda c: with_message(c, langs=("es",), lines=["nhth"]), "lines"),
    (shape.same_messages, "audience", lambda c: with_message(c, langs=("es",), audience="officer"), "audience"),
    (shape.same_messages, "parameter", lambda c: with_message(c, "role.now", ("es",), text="Hola."), "parameters"),
    (shape.same_words, "term", lambda c: with_term(c, "pimp", "es", certainty="practice", sources=["X"]), "pimp"),
    (shape.same_words, "slang", lambda c: with_slang(c, "bottom", "es", sources=["X"]), "bottom"),
    (shape.same_commands, "key", lambda c: with_word(c, "es", "menu", "erase", None), "menu.erase"),
    (shape.same_commands, "aspect", lambda c: with_word(c, "en", "words", "aspect_age", None), "aspect_age"),
    (shape.parameters, "unknown", lambda c: with_message(c, text="Hi {nobody}."), "nobody"),
    (shape.parameters, "brace", lambda c: with_message(c, text="Hi {."), "brace"),
    (shape.sides, "order", lambda c: _two_sides(c, Side(name="B", points={"consent": "y", "age": "x"})), "order"),
    (shape.sources_exist, "unknown", lambda c: with_topic(c, sources=["NOWHERE"]), "NOWHERE"),
    (shape.sources_exist, "none", lambda c: with_topic(c, sources=[]), "no source"),
    (shape.sources_exist, "message", lambda c: with_message(c, sources=["NOWHERE"]), "NOWHERE"),
    (shape.sources_exist, "term", lambda c: with_term(c, "pimp", "en", sources=[]), "pimp"),
    (shape.sources_exist, "slang", lambda c: with_slang(c, "bottom", "en", sources=["NOWHERE"]), "bottom"),
    (shape.labels, "missing", lambda c: without(c, "labels", ("spam", "en")), "spam"),
    (shape.labels, "long", lambda c: _label(c, "spam", "en", "x" * 31), "31"),
    (shape.labels, "unknown row", lambda c: _label(c, "weather", "en", "Weather"), "weather"),
    (shape.rows, "no default", lambda c: with_topic(c, default=False), "wants_hotline"),
    (shape.rows, "two defaults", lambda c: with_topic(c, "hotline.deaf", default=True), "wants_hotline"),
    (shape.rows, "unknown row", lambda c: with_topic(c, handling="weather"), "weather"),
    (shape.menus, "unknown row", lambda c: _menu(c, "guest", ["weather"]), "weather"),
    (shape.menus, "officer row", lambda c: _menu(c, "guest", ["officer_interview"]), "officer_interview"),
    (shape.menus, "empty", lambda c: _menu(c, "officer", []), "no menu"),
    (shape.menus, "twice", lambda c: _menu(c, "guest", ["wants_hotline", "wants_hotline"]), "twice"),
    (links.next_topics, "gone", lambda c: with_topic(c, next=["hotline.moon"]), "hotline.moon"),
    (links.next_topics, "itself", lambda c: with_topic(c, next=[TOPIC]), "itself"),
    (links.next_topics, "for officers", lambda c: with_topic(c, next=[OFFICER_TOPIC]), "for officers"),
    (links.next_topics, "none", lambda c: with_topic(c, next=[]), "one to four"),
    (links.buttons, "topic", lambda c: with_button(c, "t:hotline.moon"), "hotline.moon"),
    (links.buttons, "officer topic", lambda c: with_button(c, f"t:{OFFICER_TOPIC}"), "for officers"),
    (links.buttons, "officer message", lambda c: with_button(c, "t:check.ask"), "for officers"),
    (links.buttons, "line", lambda c: with_button(c, "t:line.moon"), "moon"),
    (links.buttons, "row", lambda c: with_button(c, "h:weather"), "weather"),
    (links.buttons, "command", lambda c: with_button(c, "c:dance"), "dance"),
    (links.buttons, "page", lambda c: with_button(c, "m:hotline.overview:1"), "cannot carry"),
    (links.buttons, "bytes", lambda c: with_button(c, "t:" + "ñ" * 32), "64"),
    (links.help_lines_exist, "unknown", lambda c: with_topic(c, lines=["moon"]), "moon"),
    (links.help_lines_exist, "hidden", lambda c: with_line(c, "nhth", status="hidden"), "hidden"),
    (links.help_lines_exist, "police first", lambda c: with_topic(c, lines=["hsi", "nhth"]), "hsi"),
    (links.lines_reachable, "no way", lambda c: with_line(c, "samhsa", phone=None), "samhsa"),
    (links.lines_reachable, "no page", lambda c: with_line(c, "techsafety", web=None), "techsafety"),
    (links.lines_reachable, "need", lambda c: with_word(c, "en", "needs", "weather", ["rain"]), "weather"),
    (links.no_dead_ends, "topic", lambda c: with_topic(c, lines=[], next=[], more=[]), "neither"),
    (links.no_dead_ends, "last page", lambda c: with_topic(c, next=[]), "neither"),
    (links.no_dead_ends, "message", lambda c: with_message(c, buttons=[]), "greeting"),
    (numbers.line_numbers, "parse", lambda c: with_line(c, "samhsa", phone="+1555"), "+1555"),
    (numbers.line_numbers, "no country", lambda c: with_line(c, "samhsa", phone="8006624357"), "8006624357"),
    (numbers.line_numbers, "shown", lambda c: with_line(c, "nhth", phone_display="1-888-373-7889"), "7889"),
    (numbers.line_numbers, "letters", lambda c: with_line(c, "rainn", letters=Letters(letters="1-800-655-HOPE", digits="18006564673")), "655"),
    (numbers.line_numbers, "sms letters", lambda c: with_line(c, "nhth", sms=Sms(number="233733", letters=Letters(letters="BEFRET", digits="233733"))), "BEFRET"),
    (numbers.line_numbers, "sms", lambda c: with_line(c, "nhth", sms=Sms(number="2337330000")), "2337330000"),
    (numbers.line_numbers, "link only", lambda c: with_line(c, "nhth", status="link_only"), "link_only"),
    (numbers.line_owners, "owner", lambda c: with_line(c, "nhth", owner=" "), "owner"),
    (numbers.line_owners, "no source", lambda c: with_line(c, "nhth", sources=[]), "no source"),
    (numbers.line_owners, "source", lambda c: with_line(c, "nhth", sources=["NOWHERE"]), "NOWHERE"),
    (numbers.line_owners, "called", lambda c: with_line(c, "nhth", called_on=date(2026, 11, 1)), "called_by"),
    (numbers.known_phones, "plain", lambda c: with_topic(c, short="Call 1-212-555-0142."), "555-0142"),
    (numbers.known_phones, "dots", lambda c: with_topic(c, more=["212.555.0142"]), "212.555"),
    (numbers.known_phones, "brackets", lambda c: with_message(c, text="(212) 555-0142"), "555-0142"),
    (numbers.known_phones, "seven", lambda c: with_term(c, "pimp", "en", why="555-0142"), "555-0142"),
    (numbers.known_phones, "letters", lambda c: with_topic(c, short="Call 1-800-NOT-REAL."), "18006687325"),
    (numbers.known_phones, "short code", lambda c: with_topic(c, short="Text HELP to 12345."), "12345"),
    (numbers.known_phones, "short code es", lambda c: with_topic(c, short="Mande un texto al 12345."), "12345"),
    (numbers.known_phones, "three digits", lambda c: with_topic(c, short="Call 611 now."), "611"),
    (numbers.known_phones, "label", lambda c: _label(c, "spam", "en", "2125550142"), "2125550142"),
    (numbers.addresses, "street", lambda c: with_topic(c, short="It is at 1420 North Oak Street."), "Oak"),
    (numbers.addresses, "numbered", lambda c: with_message(c, text="Go to 12 W 5th Ave."), "5th"),
    (numbers.addresses, "calle", lambda c: with_topic(c, short="Está en la calle Benito Juárez 45."), "Juárez"),
    (numbers.addresses, "box", lambda c: with_topic(c, short="Write to P.O. Box 113."), "113"),
    (numbers.addresses, "zip", lambda c: with_topic(c, short="It is in Tulsa, OK 74103."), "74103"),
    (numbers.addresses, "map", lambda c: with_topic(c, short="36.15398, -95.99277"), "36.15"),
    (reading.lengths, "short", lambda c: with_topic(c, OFFICER_TOPIC, short="x" * 601), "601"),
    (reading.lengths, "page", lambda c: with_topic(c, OFFICER_TOPIC, more=["x" * 1201]), "1201"),
    (reading.word_limit, "topic", lambda c: with_topic(c, short=LONG), "at most 60"),
    (reading.word_limit, "with lines", lambda c: with_topic(c, short="help " * 50, lines=["nhth", "988"]), "at most 60"),
    (reading.word_limit, "page", lambda c: with_topic(c, more=[LONG]), "page 1"),
    (reading.word_limit, "message", lambda c: with_message(c, text=LONG), "greeting"),
    (reading.reading_grade, "topic", lambda c: with_topic(c, short="Confidentiality considerations necessitate institutional authorization."), "grade"),
    (reading.reading_grade, "spanish", lambda c: with_topic(c, short="La confidencialidad institucional requiere autorizaciones administrativas extraordinarias."), "ease"),
    (reading.reading_grade, "message", lambda c: with_message(c, text="Organizational confidentiality necessitates authorization immediately."), "greeting"),
    (reading.no_why, "english", lambda c: with_topic(c, short="Why did you stay?"), "Why"),
    (reading.no_why, "spanish", lambda c: with_message(c, text="¿Por qué se quedó?"), "Por qué"),
    (reading.no_why, "title", lambda c: with_topic(c, title="Why?"), "Why"),
    (reading.neutral, "label", lambda c: _label(c, "wants_hotline", "en", "Trafficking hotline"), "Trafficking"),
    (reading.neutral, "first words", lambda c: with_message(c, "intro.guest", text="I help victims."), "victims"),
    (reading.neutral, "first words es", lambda c: with_message(c, "intro.guest", text="Ayudo contra la trata."), "trata"),
    (reading.neutral, "about", lambda c: with_word(c, "en", "about", "description", "Police and shelters"), "Police"),
    (asking.question_length, "question", lambda c: with_asking(c, "pets", text=LONG), "nodes.pets"),
    (asking.question_length, "with what it is for", lambda c: with_asking(c, "pets", because=LONG), "at most 60"),
    (asking.question_grade, "english", lambda c: with_asking(c, "pets", "en", text="Organizational confidentiality necessitates authorization immediately."), "grade"),
    (asking.question_grade, "spanish", lambda c: with_asking(c, "pets", "es", because="La confidencialidad institucional requiere autorizaciones administrativas extraordinarias."), "ease"),
    (asking.question_words, "tells", lambda c: with_asking(c, "pets", text="Would the shelter take it?"), "shelter"),
    (asking.question_words, "button tells", lambda c: with_asking(c, "pets", options={"none": "Call the police"}), "police"),
    (asking.question_words, "asks for a reason", lambda c: with_asking(c, "when", text="Why do you need it?"), "Why"),
    (asking.question_buttons, "title", lambda c: with_asking(c, "pets", options={"none": "x" * 35}), "35"),
    (asking.question_buttons, "payload", lambda c: replace(c, asked=c.asked | {"pets": c.asked["pets"].model_copy(update={"options": ["none", "small", "large", "ñ" * 30]})}, intake={k: v.model_copy(update={"values": v.values | {"pets": v.values["pets"] | {"ñ" * 30: "x"}}}) for k, v in c.intake.items()}), "64"),
    (asking.question_buttons, "twins", lambda c: replace(c, asked=c.asked | {"pets": c.asked["pets"].model_copy(update={"options": ["none", "none"]})}), "two buttons"),
    (asking.change_buttons, "long", lambda c: with_intake(c, "es", "fields", "pets", "x" * 30), "fields.pets"),
    (asking.change_buttons, "long in english", lambda c: with_intake(c, "en", "fields", "age", "x" * 30), "fields.age"),
    (reading.neutral, "line", lambda c: with_message(c, "help.bare", neutral=True, text="Trafficking:"), "help.bare"),
]  # fmt: skip


@pytest.mark.parametrize(("check", "name", "plant", "says"), FAULTS, ids=[f"{f[0].__name__}-{f[1]}" for f in FAULTS])
def test_a_planted_fault_is_found(library: Library, check: Check, name: str, plant: Plant, says: str) -> None:
    found = list(check(plant(library)))
    assert found
    assert any(says in line for line in found), found
    assert all(len(line) > 15 for line in found)


def test_every_check_has_a_planted_fault() -> None:
    tested = {fault[0] for fault in FAULTS} | {numbers.wrong_numbers, links.officers_only}
    assert tested == set(checking.CHECKS)


def test_a_button_to_officers_content_is_found(library: Library) -> None:
    broken = with_topic(library, "hotline.deaf", audience="officer")
    assert any("hotline.deaf" in line for line in links.next_topics(broken))


def test_a_renderer_that_lets_officer_content_through_is_found(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Renderer, "_allow", lambda self, audience: None)
    assert any("shown what is for officers" in line for line in links.officers_only(library))


def test_a_day_in_the_future_is_found(library: Library) -> None:
    assert list(shape.not_in_future(library, NEWEST)) == []
    for broken in (
        with_topic(library, reviewed_on=date(2101, 1, 1)),
        with_message(library, reviewed_on=date(2101, 1, 1)),
        with_term(library, "pimp", "en", reviewed_on=date(2101, 1, 1)),
        with_slang(library, "bottom", "en", reviewed_on=date(2101, 1, 1)),
        with_line(library, "nhth", read_on=date(2101, 1, 1)),
        with_line(library, "nhth", called_on=date(2101, 1, 1), called_by="R."),
    ):
        assert any("2101-01-01" in line for line in shape.not_in_future(broken, NEWEST))
        assert any("future" in line for line in checking.problems(broken, NEWEST))


def test_problems_go_on_after_a_check_that_cannot(library: Library) -> None:
    found = checking.problems(with_topic(library, lines=["moon"], short="Call 1-212-555-0142."), NEWEST)
    assert any("help line moon" in line for line in found)
    assert any("555-0142" in line for line in found)
    assert any("stopped at 'moon'" in line for line in found)


def test_warnings_are_for_old_lines_only(library: Library) -> None:
    read = library.lines["nhth"].read_on
    day_90, day_91 = (date.fromordinal(read.toordinal() + days) for days in (90, 91))
    only = replace(library, lines={"nhth": library.lines["nhth"]})
    assert checking.warnings(only, day_90) == []
    assert len(checking.warnings(only, day_91)) == 1
    assert checking.warnings(with_line(only, "nhth", called_on=day_90, called_by="R."), day_91) == []


# --- What numbers.py must not take for a number ---


@pytest.mark.parametrize(
    "text",
    [
        "Reviewed on 2026-11-23.",
        "NCMEC counted 565 boys in 2013-17, 5% of them.",
        "Between 2016-2021 it was counted.",
        "18 USC 1591 (sex), 1589/1590 (labor).",
        "18 USC 1589-1591",
        "Pub. L. 119-73 and Pub. L. 118-59; H.R. 4323",
        "They found 1,500,000 of them, $52,000,000 in all.",
        "Call 911, 988 or 711. In the UK, call 999.",
        "Text 911. Text 233733. Text HOME to 741741. Text START to 678-678.",
        "1-888-373-7888 and (888) 373-7888 and +1 888 373 7888 and 08000 121 700",
        "1-800-656-HOPE, 1-866-4US-WAGE",
        "34 USC 41308; 28 CFR 94.115",
    ],
)
def test_no_false_alarm_about_numbers(small: Library, text: str) -> None:
    assert list(numbers.known_phones(with_topic(small, OFFICER_TOPIC, short=text))) == []


@pytest.mark.parametrize(
    "text",
    [
        "Under 18 USC 1591 the court may order it.",
        "Ask: where do you sleep? 2 of 5 said no.",
        "In 2024 National Institute of Justice guides changed. 24 hours a day.",
        "The Safe Place sign is yellow. Text SAFE and your address, city, state to 44357.",
        "1. Go back to your list of chats.",
    ],
)
def test_no_false_alarm_about_addresses(small: Library, text: str) -> None:
    assert list(numbers.addresses(with_topic(small, short=text))) == []


# --- Wrong numbers (fact base, A.4) ---

WRONG = {entry["id"]: entry for entry in yaml.safe_load((CONTENT / "wrong_numbers.yml").read_text("utf-8"))}


def _disguised(number: str) -> list[str]:
    """A number as pages print it: dashes, dots, brackets, spaces, a non-breaking space, a dash of the typesetter."""
    tail = number[-10:]
    a, b, c = tail[:3], tail[3:6], tail[6:]
    return [
        number,
        f"1-{a}-{b}-{c}",
        f"({a}) {b}-{c}",
        f"{a}.{b}.{c}",
        f"{a} {b} {c}",
        f"{a}\u00a0{b}\u2011{c}",
        f"+1{tail}",
    ]


@pytest.mark.parametrize(
    "name", [n for n, e in WRONG.items() if e["digits"] and len(e["digits"][0]) >= 10 and n != "ireland"]
)
def test_r29_a_wrong_number_is_refused_however_it_is_written(small: Library, name: str) -> None:
    for number in WRONG[name]["digits"]:
        for text in _disguised(number):
            for broken in (
                with_topic(small, short=f"Call {text}."),
                with_topic(small, OFFICER_TOPIC, more=[f"x {text} y"]),
                with_message(small, text=text),
                with_term(small, "pimp", "es", why=text),
            ):
                assert any(name in line for line in numbers.wrong_numbers(broken)), text


SAID = {
    "rainn_655": "Call RAINN at 1-800-655-HOPE.",
    "victimconnect": "VictimConnect can help.",
    "hsi_new": "Call 877-4-HSI-TIP.",
    "shp_email": "Write to support@safehouseproject.org.",
    "otip_email": "Write to childtrafficking@acf.hhs.gov.",
    "ireland": "In Ireland call 1800 666 111.",
    "press_3": "Call 988 and press 3.",
    "befree_as_message": "Text BEFREE to 233733.",
    "samhsa_zip": "Text your ZIP to 435748.",
    "crisis_text_hola": "Mande HOLA al 741741.",
    "trans_lifeline_24_7": "Trans Lifeline is open 24/7.",
    "polaris_operates": "The hotline is run by Polaris.",
    "nhtrc_name": "Call the NHTRC.",
    "deaf_988_details": "988 has a TTY.",
}


@pytest.mark.parametrize("name", SAID)
def test_r29_a_wrong_claim_is_refused(small: Library, name: str) -> None:
    broken = with_topic(small, OFFICER_TOPIC, ("en",), short=SAID[name])
    assert any(f": {name}: " in line for line in numbers.wrong_numbers(broken))


@pytest.mark.parametrize(
    "text",
    ["Llame al 988 y oprima 3.", "Mande BEFREE al 233733.", "La línea es operada por Polaris.", "Trans Lifeline atiende 24 horas."],
)  # fmt: skip
def test_r29_a_wrong_claim_in_spanish_is_refused(small: Library, text: str) -> None:
    assert list(numbers.wrong_numbers(with_message(small, langs=("es",), text=text)))


def test_r29_every_wrong_entry_is_tested() -> None:
    digits = {n for n, e in WRONG.items() if e["digits"] and len(e["digits"][0]) >= 10}
    assert digits | set(SAID) == set(WRONG)


@pytest.mark.parametrize(
    ("line", "changes"),
    [
        ("rainn", {"phone": "+18006554673", "phone_display": "1-800-655-4673"}),
        ("childhelp", {"phone": "+18004222253"}),
        ("ndvh", {"videophone": "+18007873224"}),
        ("samhsa", {"sms": Sms(number="435748")}),
        ("crisis_text", {"sms": Sms(number="741741", keyword="HOME", keyword_es="HOLA")}),
        ("nhth", {"sms": Sms(number="233733", keyword="BEFREE")}),
        ("trans_lifeline", {"owner": "NHTRC"}),
    ],
)
def test_r29_a_wrong_number_in_the_lines_is_refused(small: Library, line: str, changes: dict[str, object]) -> None:
    assert any(line in found for found in numbers.wrong_numbers(with_line(small, line, **changes)))


# --- The catalogue ---


def test_the_catalogue_is_whole() -> None:
    rows = catalogue()
    assert len(rows) == 45
    assert set(rows.values()) == {"danger", "survivor", "officer", "learning", "general"}
    assert [r for r, area in rows.items() if area == "danger"] == ["emergency_now", "self_harm", "minor_at_risk"]


# --- Loading ---


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The smallest content that loads."""
    for lang in LANGS:
        (tmp_path / lang / "topics" / "area").mkdir(parents=True)
        (tmp_path / lang / "messages").mkdir()
        (tmp_path / lang / "terms.yml").write_text("[]")
        (tmp_path / lang / "glossary.yml").write_text("[]")
        (tmp_path / lang / "labels.yml").write_text("greeting: Hi")
        (tmp_path / lang / "commands.yml").write_text("words: {more: More}")
        intake = {key: {} for key in ("labels", "fields", "values", "said", "nodes")} | {"reviewed_on": NEWEST}
        (tmp_path / lang / "intake.yml").write_text(yaml.safe_dump(intake))
        source = yaml.safe_load((CONTENT / lang / "topics" / "support" / "hotline_overview.yml").read_text("utf-8"))
        (tmp_path / lang / "topics" / "area" / "one.yml").write_text(
            yaml.safe_dump(source, allow_unicode=True), "utf-8"
        )
    (tmp_path / "intake").mkdir()
    (tmp_path / "intake" / "graph.yml").write_text("{start: {}, nodes: []}")
    (tmp_path / "lines.yml").write_text("[]")
    (tmp_path / "sources.yml").write_text("{}")
    (tmp_path / "menus.yml").write_text("guest: [greeting]")
    return tmp_path


def _refused(folder: Path) -> list[str]:
    with pytest.raises(ContentError) as error:
        loading.load(folder)
    return error.value.problems


def test_the_smallest_content_loads(folder: Path) -> None:
    assert set(loading.load(folder).topics) == {(TOPIC, "en"), (TOPIC, "es")}


def test_an_unknown_field_is_refused(folder: Path) -> None:
    path = folder / "en" / "topics" / "area" / "one.yml"
    path.write_text(path.read_text("utf-8") + "\nadress: x\n", "utf-8")
    assert any("one.yml" in line and "adress" in line for line in _refused(folder))


def test_a_missing_field_is_refused(folder: Path) -> None:
    (folder / "en" / "messages" / "chat.yml").write_text("- {id: hello, reviewed_on: 2026-11-01}")
    assert any("chat.yml: text" in line for line in _refused(folder))


@pytest.mark.parametrize(
    "name",
    ["en/topics/area/one.yml", "en/messages/chat.yml", "es/terms.yml", "es/labels.yml", "en/commands.yml", "lines.yml", "sources.yml", "menus.yml"],
)  # fmt: skip
def test_what_is_not_yaml_is_refused_with_its_line(folder: Path, name: str) -> None:
    (folder / name).write_text("a: 1\nb: [1,\nc: }")
    problems = _refused(folder)
    assert any(Path(name).name in line and "not YAML in line" in line for line in problems)


@pytest.mark.parametrize(
    ("name", "text"), [("lines.yml", "a: 1"), ("menus.yml", "[a]"), ("en/glossary.yml", "- words")]
)
def test_the_wrong_shape_is_refused(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text)
    assert any(Path(name).name in line for line in _refused(folder))


def test_a_missing_file_is_refused(folder: Path) -> None:
    (folder / "menus.yml").unlink()
    assert any("menus.yml: cannot be read" in line for line in _refused(folder))


def test_the_same_id_twice_is_refused(folder: Path) -> None:
    first = folder / "en" / "topics" / "area" / "one.yml"
    (first.parent / "two.yml").write_text(first.read_text("utf-8"), "utf-8")
    message = "{id: hello, text: Hi, reviewed_on: 2026-11-01}"
    (folder / "en" / "messages" / "chat.yml").write_text(f"- {message}\n- {message}\n")
    lines = yaml.safe_load((CONTENT / "lines.yml").read_text("utf-8"))[:1] * 2
    (folder / "lines.yml").write_text(yaml.safe_dump(lines, allow_unicode=True), "utf-8")
    (folder / "sources.yml").write_text("A: {}\nA: {}\n")
    problems = "\n".join(_refused(folder))
    for piece in (
        "two.yml: hotline.overview is there twice",
        "hello is there twice",
        "911 is there twice",
        "A is there twice",
    ):
        assert piece in problems


def test_a_topic_in_the_folder_of_the_other_language_is_refused(folder: Path) -> None:
    path = folder / "es" / "topics" / "area" / "one.yml"
    path.write_text((folder / "en" / "topics" / "area" / "one.yml").read_text("utf-8"), "utf-8")
    assert any("folder of es" in line for line in _refused(folder))


# --- The command ---


def test_waymark_check_is_content(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "today", lambda: NEWEST)
    result = CliRunner().invoke(cli.main, ["check"])
    assert result.exit_code == 0, result.output
    assert "in order" in result.output


def test_waymark_check_fails_with_a_line_for_each_problem(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "today", lambda: NEWEST)
    monkeypatch.setattr(cli.loading, "load", lambda: with_topic(library, short="Call 1-212-555-0142."))
    result = CliRunner().invoke(cli.main, ["check"])
    assert result.exit_code == 1
    assert "hotline_overview.yml: 1-212-555-0142 is not in lines.yml" in result.output


def test_waymark_check_tells_what_does_not_load(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "menus.yml").write_text("a: [")
    load = loading.load
    monkeypatch.setattr(cli.loading, "load", lambda: load(folder))
    result = CliRunner().invoke(cli.main, ["check"])
    assert result.exit_code == 1
    assert "menus.yml: not YAML" in result.output


# --- Promises (safety page) ---


def _guest_texts(library: Library, lang: str) -> list[tuple[str, str]]:
    guest, found = Renderer(library, lang, "guest"), []
    for topic in reading.guest_topics(library, lang):
        for page in range(len(pages_of(topic, library.commands[lang]["words"], officer=False))):
            found.append((f"{topic.id}:{page}", guest.render(Part(f"topic:{topic.id}", page)).text))
    for message in reading.guest_messages(library, lang):
        found.append((message.id, guest.render(Part(f"message:{message.id}")).text))
    for line in library.lines.values():
        if line.status != "hidden":
            found += [(f"{line.id}:{page}", guest.render(Part(f"line:{line.id}", page)).text) for page in (0, 1)]
    for kind, table in (("term", library.terms), ("slang", library.slang)):
        found += [(name, guest.render(Part(f"{kind}:{name}")).text) for name, key_lang in table if key_lang == lang]
    return found


INTRO = {
    "en": ("program", "Nobody reads", "can't call", "not a hotline", "legal advice", "911", "clear"),
    "es": ("programa", "Nadie", "no puedo llamar", "no soy una línea", "legal", "911", "borrar"),
}


@pytest.mark.parametrize("lang", LANGS)
def test_r01_the_first_words_say_what_this_is(library: Library, lang: str) -> None:
    text = Renderer(library, lang, "guest").render(Part("message:intro.guest")).text.lower()
    for piece in INTRO[lang]:
        assert piece.lower() in text, piece
    for key in ("name", "short_description", "description"):
        assert library.commands[lang]["about"][key].strip()


@pytest.mark.parametrize("lang", LANGS)
def test_r01_nothing_on_the_way_in_says_what_it_is_about(library: Library, lang: str) -> None:
    guest = Renderer(library, lang, "guest")
    telling = re.compile(
        r"traffick|\btrata|tráfico|polic|shelter|refugio|albergue|victim|víctima|survivor|sobreviviente|prostitut|abus|\bsex|ICE\b",
    )
    shown = [guest.render(Part("menu:help.menu", params={"role": "guest"}))]
    shown += [
        guest.render(Part(f"message:{m}"))
        for m in ("intro.guest", "greeting", "button.gone", "miss.first", "help.bare")
    ]
    for rendered in shown:
        everything = " ".join([rendered.text, *(title for title, _ in rendered.buttons)])
        assert not telling.search(everything), everything


@pytest.mark.parametrize("lang", LANGS)
def test_r01_the_screen_can_be_cleared_from_the_way_in(library: Library, lang: str) -> None:
    guest = Renderer(library, lang, "guest")
    for part in (
        Part("message:intro.guest"),
        Part("menu:help.menu", params={"role": "guest"}),
        Part("message:greeting"),
    ):
        assert "c:exit" in [payload for _, payload in guest.render(part).buttons]


@pytest.mark.parametrize("lang", LANGS)
def test_r10_every_text_has_an_id_a_language_and_a_day(library: Library, lang: str) -> None:
    for (name, key_lang), item in [*library.topics.items(), *library.messages.items()]:
        assert item.id == name
        assert item.lang == key_lang
        assert item.reviewed_on


@pytest.mark.parametrize("lang", LANGS)
def test_r11_no_message_to_a_guest_is_long(library: Library, lang: str) -> None:
    texts = _guest_texts(library, lang)
    assert len(texts) > 300
    for name, text in texts:
        halves = 2 if name in reading.BOTH_LANGUAGES else 1
        assert reading.words(text) <= 60 * halves, name


@pytest.mark.parametrize("lang", LANGS)
def test_r11_guests_are_asked_for_no_reason(library: Library, lang: str) -> None:
    quoted = {name for name, _ in library.terms}  # "why didn't you leave" stands there as what to avoid
    for name, text in _guest_texts(library, lang):
        assert name in quoted or not re.search(r"\bwhy\b|\bpor qué\b", text, re.IGNORECASE), name


def test_r11_what_is_read_easily_as_a_whole_is_read_easily_in_each_message(library: Library) -> None:
    assert list(reading.reading_grade(library)) == []
    for lang in LANGS:
        for row in library.menus["guest"]:
            assert reading.hard(lang, library.labels[(row, lang)]) is None


@pytest.mark.parametrize("lang", LANGS)
def test_r11_no_list_of_lines_is_long(library: Library, lang: str) -> None:
    """Whatever is needed: the lines that are chosen for it fit into one message."""
    needs = sorted({need for line in library.lines.values() for need in line.for_needs})
    guest = Renderer(library, lang, "guest")
    for pair, deaf, minor, neutral in product(combinations(needs, 2), (False, True), (None, True), (False, True)):
        chosen = [line.id for line in choose(library, Want(needs=pair, minor=minor, lang=lang, deaf=deaf))]
        assert reading.words(guest.render(Part("lines:", params={"ids": chosen, "neutral": neutral})).text) <= 60, pair


# A text of each length and each level of difficulty, in both languages; the bounds must fall in the same place in each.
EASY = {"en": "You can call a person now. ", "es": "Usted puede llamar a una persona hoy. "}
HARD = {
    "en": "Institutional confidentiality considerations necessitate immediate organizational authorization. ",
    "es": "Las consideraciones institucionales sobre confidencialidad requieren autorización administrativa inmediata. ",
}
PLACES: dict[str, Callable[[Library, str, str], Library]] = {
    "the first page of an answer": lambda c, lang, text: with_topic(c, langs=(lang,), short=text, lines=[]),
    "a further page": lambda c, lang, text: with_topic(c, langs=(lang,), more=[text]),
    "a message": lambda c, lang, text: with_message(c, langs=(lang,), text=text, lines=[]),
}


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("place", PLACES)
def test_r11_one_word_too_many_is_found_in_either_language(small: Library, place: str, lang: str) -> None:
    sixty = " ".join((EASY[lang] * 20).split()[:60]) + "."
    assert list(reading.word_limit(PLACES[place](small, lang, sixty))) == []
    found = list(reading.word_limit(PLACES[place](small, lang, f"{sixty} Now.")))
    assert len(found) == 1
    assert "61 words" in found[0]


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("place", PLACES)
def test_r11_one_hard_page_is_found_in_either_language(small: Library, place: str, lang: str) -> None:
    """Also where all the rest is easy: nothing is averaged away."""
    assert list(reading.reading_grade(PLACES[place](small, lang, EASY[lang] * 4))) == []
    assert len(list(reading.reading_grade(PLACES[place](small, lang, HARD[lang])))) == 1
    other = "es" if lang == "en" else "en"
    assert list(reading.reading_grade(PLACES[place](small, other, EASY[other] * 4))) == []


@pytest.mark.parametrize("lang", LANGS)
def test_r11_help_lines_count_as_words(small: Library, lang: str) -> None:
    fifty = " ".join((EASY[lang] * 20).split()[:52]) + "."
    assert list(reading.word_limit(with_topic(small, langs=(lang,), short=fifty, lines=[]))) == []
    assert list(reading.word_limit(with_topic(small, langs=(lang,), short=fifty, lines=["nhth", "988"])))


def test_r11_both_bounds_ask_the_same_of_both_languages(library: Library) -> None:
    """The library says the same in both, so what is taken for plain in one must not be a higher school in the other: about
    as many pages of one language as of the other come near their bound (of 386 each, 11 and 3)."""
    near = {"en": 0, "es": 0}
    for lang in LANGS:
        for topic in reading.guest_topics(library, lang):
            for page in (topic.short, *topic.more):
                if reading.words(page) >= reading.FEWEST_WORDS:
                    hard = grade_en(page) > 5.0 if lang == "en" else ease_es(page) < 70.0
                    near[lang] += hard
    assert abs(near["en"] - near["es"]) <= 20, near


def test_r14_nobody_learns_where_a_person_or_a_shelter_is(library: Library) -> None:
    assert list(numbers.addresses(library)) == []
    for lang in LANGS:
        refusal = Renderer(library, lang, "guest").render(Part("message:abuse.refusal.place")).text
        assert re.search(r"same answer|misma respuesta|lo mismo", refusal)
    for text in all_texts(library):
        assert not re.search(
            r"(she|he|your \w+) (has|have) (written|contacted|talked)|(ella|él) (nos )?(escribió|contactó)", text.text
        ), text


def test_r26_no_wording_reaches_officer_content_as_guest(library: Library) -> None:
    for (name, lang), topic in library.topics.items():
        guest = Renderer(library, lang, "guest")
        if topic.audience == "officer":
            for page in range(6):
                with pytest.raises(NotForThisReader):
                    guest.render(Part(f"topic:{name}", page))
            continue
        for page in range(len(pages_of(topic, library.commands[lang]["words"], officer=False))):
            for _, payload in guest.render(Part(f"topic:{name}", page)).buttons:
                kind, _, target = payload.partition(":")
                if kind == "t":
                    assert library.topics[(target, lang)].audience == "everyone"
                elif kind == "d":
                    assert isinstance(guest.render(Part("directory:directory.where", 0, {"need": target})), Rendered)
                else:
                    assert payload in (f"m:{name}:{page + 1}", "c:exit")


@pytest.mark.parametrize("role", ["guest", "advocate", "operator", "nobody", ""])
@pytest.mark.parametrize("lang", LANGS)
def test_r26_officers_messages_menus_and_checks_are_refused(library: Library, lang: str, role: str) -> None:
    reader = Renderer(library, lang, role)
    for (name, message_lang), message in library.messages.items():
        if message_lang == lang and message.audience == "officer":
            with pytest.raises(NotForThisReader):
                reader.render(Part(f"message:{name}"))
    for menu in ("officer", "coordinator"):
        with pytest.raises(NotForThisReader):
            reader.render(Part("menu:help.menu", params={"role": menu}))
    with pytest.raises(NotForThisReader):
        reader.render(Part("flags:", params={"found": []}))


def test_r26_the_guests_rows_have_no_officer_topic(library: Library) -> None:
    for row, lang in product(catalogue(), LANGS):
        assert all(t.audience == "everyone" for t in library.topics_for(row, lang, officer=False))


def test_r28_the_lines_hold_no_street(library: Library) -> None:
    for line in library.lines.values():
        everything = " ".join(
            [line.owner, *(pair.get(lang) for pair in (line.what_it_is, line.what_it_is_not) for lang in LANGS)]
        )
        assert not any(pattern.search(everything) for pattern in numbers.ADDRESSES)


WHERES: dict[str, Callable[[Library, str], Library]] = {
    "a topic": lambda c, text: with_topic(c, short=text),
    "an officers' topic": lambda c, text: with_topic(c, OFFICER_TOPIC, more=[text]),
    "a title": lambda c, text: with_topic(c, title=text),
    "a message": lambda c, text: with_message(c, text=text),
    "a term": lambda c, text: with_term(c, "pimp", "es", why=text),
    "a street word": lambda c, text: with_slang(c, "bottom", "en", matters=text),
    "a label": lambda c, text: _label(c, "spam", "en", text),
    "what a line is": lambda c, text: with_line(c, "nhth", what_it_is=Bilingual(en="x", es=text)),
    "what a line is not": lambda c, text: with_line(c, "nhth", what_it_is_not=Bilingual(en=text, es="x")),
    "the owner of a line": lambda c, text: with_line(c, "nhth", owner=text),
    "the hours of a line": lambda c, text: with_line(
        c, "nhth", hours=Hours(always=False, note=Bilingual(en=text, es="x"))
    ),
    "the command menu": lambda c, text: with_word(c, "en", "menu", "erase", text),
    "the description": lambda c, text: with_word(c, "es", "about", "description", text),
}
STREETS = [
    "1420 North Oak Street",
    "Calle Benito Juárez 45",
    "P.O. Box 113",
    "Tulsa, OK 74103",
    "36.15398, -95.99277",
    "12 W 5th Ave",
]


@pytest.mark.parametrize("street", STREETS)
@pytest.mark.parametrize("where", WHERES)
def test_r14_r28_an_address_is_refused_wherever_it_stands(small: Library, where: str, street: str) -> None:
    """A place that takes people in has a front door here, a number, and never an address."""
    assert list(numbers.addresses(WHERES[where](small, "x"))) == []
    assert list(numbers.addresses(WHERES[where](small, street))), street


@pytest.mark.parametrize("where", WHERES)
@pytest.mark.parametrize("name", ["rainn_655", "childhelp_2253", "hsi_new", "ndvh_tty"])
def test_r29_a_wrong_number_is_refused_wherever_it_stands(small: Library, name: str, where: str) -> None:
    number = _disguised(WRONG[name]["digits"][-1])[1]
    found = [line for line in numbers.wrong_numbers(WHERES[where](small, number)) if name in line]
    assert found
    assert WRONG[name]["what_is_right"] in found[0], "and it is said what is right"


@pytest.mark.parametrize("name", ["samhsa", "rainn", "childhelp", "ndvh"])
@pytest.mark.parametrize("digit", range(1, 11))
def test_r29_one_digit_less_is_no_number(library: Library, name: str, digit: int) -> None:
    phone = library.lines[name].phone or ""
    broken = with_line(library, name, phone=phone[: digit + 1] + phone[digit + 2 :])
    assert any(name in line for line in numbers.line_numbers(broken))


def test_r29_one_digit_other_is_not_what_is_shown(library: Library) -> None:
    """Every line's number with its last digit changed: what people read, or the letters, no longer say the same."""
    for line in library.lines.values():
        if line.phone and line.phone_display and len(line.phone) > 5:
            last = str((int(line.phone[-1]) + 1) % 10)
            assert list(numbers.line_numbers(with_line(library, line.id, phone=line.phone[:-1] + last))), line.id


def test_r29_every_number_parses_and_has_an_owner_a_source_and_a_day(library: Library) -> None:
    assert list(numbers.line_numbers(library)) == []
    assert list(numbers.line_owners(library)) == []
    assert len(library.lines) >= 30
    for line in library.lines.values():
        assert line.owner
        assert line.sources
        assert line.read_on


def test_r29_an_old_line_is_shown_and_reported(library: Library) -> None:
    far = date(2030, 1, 1)
    assert len(checking.warnings(library, far)) == len(library.lines)
    assert not any("days ago" in line for line in checking.problems(library, far))


@pytest.mark.parametrize("lang", LANGS)
def test_the_immigration_police_line_is_always_named_as_such(library: Library, lang: str) -> None:
    shown = Renderer(library, lang, "guest").render(Part("lines:", params={"ids": ["nhth", "hsi"]})).text
    assert "ICE" in shown
    for (_, topic_lang), topic in library.topics.items():
        if topic_lang == lang and topic.audience == "everyone" and "hsi" in topic.lines:
            assert topic.lines[0] != "hsi"
            assert "ICE" in Renderer(library, lang, "guest").render(Part(f"topic:{topic.id}")).text


def test_wrong_numbers_name_their_right_answer() -> None:
    for entry in data("wrong_numbers.yml"):
        assert entry["what_is_right"]
        assert entry["digits"] or entry["patterns"]
        for pattern in entry["patterns"]:
            re.compile(pattern)
