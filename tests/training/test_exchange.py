"""GIFT and CSV go out and come in again without loss; what cannot be taken in is named by its line, with what to do."""

from __future__ import annotations

import csv
import io
import re
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bot.library.loading import CONTENT
from bot.training import cards as content
from bot.training import gift, table
from bot.training.cards import Card, Course, Module, Option, Wording
from bot.training.exchange import Bundle, ExchangeProblem, cards_file, course_file

INVENTED = "Invented case:"
RULE = settings(
    derandomize=True, deadline=None, max_examples=150, database=None, suppress_health_check=[HealthCheck.too_slow]
)
# Letters, and every sign that one of the formats gives a meaning to.
SIGNS = "~=#{}:\\\"',;%[]/$&<>|-+@*`.?!()0189aZñ é😀 \u00a0"
LINE = st.text(st.sampled_from(SIGNS), min_size=1, max_size=24).map(str.strip).filter(bool)
WORDS = st.text(st.sampled_from(SIGNS + "\n"), min_size=1, max_size=40).map(str.strip).filter(bool)
TRAPS = st.sampled_from(
    ["[html]x", "%50%x", "//x", "=x", "~%-50%x", "a -> b", "$CATEGORY: x", "::x::", "x\\n", "\\", "####x", "{T}", "x\n\n//y: z\n\ny", f"{INVENTED} a\nb"]
)  # fmt: skip
TEXT = WORDS | TRAPS
ID = st.from_regex(r"[a-z0-9_.]{1,12}", fullmatch=True)
NAME = st.from_regex(r"[a-z0-9_]{1,10}", fullmatch=True)
KEY = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,8}", fullmatch=True)
DAY = st.dates(date(2000, 1, 1), date(2090, 1, 1))


@st.composite
def wordings(draw: st.DrawFn) -> Wording:
    count = draw(st.integers(3, 5))
    right = draw(st.integers(0, count - 1))
    options = [
        Option(**{"right" if n == right else "wrong": draw(TEXT)}, because=draw(TEXT))  # type: ignore[arg-type]
        for n in range(count)
    ]
    return Wording(scenario=draw(st.none() | LINE), question=draw(TEXT), options=options)


@st.composite
def bundles(draw: st.DrawFn) -> Bundle:
    names = draw(st.lists(NAME, min_size=1, max_size=3, unique=True))
    modules = [Module(id=name, title=draw(LINE), objective=draw(LINE)) for name in names]
    lang = draw(st.sampled_from(["en", "es"]))
    course = Course(
        id=draw(NAME),
        lang=lang,
        title=draw(LINE),
        objectives=draw(st.lists(LINE, min_size=1, max_size=3)),
        category=draw(LINE),
        minutes=draw(st.integers(1, 2400)),
        reviewed_on=draw(DAY),
        modules=modules,
    )
    found = []
    ids = draw(st.lists(ID, min_size=1, max_size=4, unique=True))
    for place, card_id in enumerate(ids):
        found.append(
            Card(
                id=card_id,
                lang=lang,
                course=course.id,
                module=names[min(place, len(names) - 1)],
                topic=draw(ID),
                objective=draw(LINE),
                sources=draw(st.lists(KEY, min_size=1, max_size=3)),
                rests_on=draw(st.lists(KEY, min_size=1, max_size=3)),
                certainty=draw(st.sampled_from(["verified", "practice", "contested"])),
                minutes=draw(st.integers(1, 10)),
                reviewed_on=draw(DAY),
                second_reader_on=draw(DAY),
                wordings=draw(st.lists(wordings(), min_size=2, max_size=3)),
            )
        )
    return Bundle(course, found)


@RULE
@given(bundles())
def test_gift_comes_back_as_it_went(bundle: Bundle) -> None:
    assert gift.read(gift.written(bundle, INVENTED), INVENTED) == bundle


@RULE
@given(bundles())
def test_a_table_comes_back_as_it_went(bundle: Bundle) -> None:
    assert table.read(table.written(bundle)) == bundle


@RULE
@given(bundles())
def test_files_of_content_come_back_as_they_went(tmp_path_factory: pytest.TempPathFactory, bundle: Bundle) -> None:
    folder = tmp_path_factory.mktemp("content")
    lang, course = bundle.course.lang, bundle.course
    for each in ("en", "es"):
        (folder / each / "courses").mkdir(parents=True)
        (folder / each / "training.yml").write_text((CONTENT / each / "training.yml").read_text("utf-8"), "utf-8")
    (folder / lang / "courses" / f"{course.id}.yml").write_text(course_file(course), "utf-8")
    for module in course.modules:
        mine = [card for card in bundle.cards if card.module == module.id]
        path = folder / lang / "courses" / f"{course.id}.{module.id}.yml"
        path.write_text(cards_file(course, module.id, mine), "utf-8")
    found = content.load(folder)
    assert found.courses == {(course.id, lang): course}
    assert list(found.cards.values()) == bundle.cards


@RULE
@given(TEXT)
@example("x\\n\ny\\")
def test_escapes_hold_every_sign(text: str) -> None:
    shown = gift.escaped(text)
    assert "\n" not in shown
    assert not re.search(r"(?<!\\)(?:\\\\)*[~=#{}:]", shown)
    assert gift.unescaped(shown) == text


@RULE
@given(bundles())
def test_a_spreadsheet_finds_no_formula(bundle: Bundle) -> None:
    for row in csv.reader(io.StringIO(table.written(bundle), newline="")):
        assert not any(cell.startswith(("=", "+", "-", "@", "\t")) for cell in row)


def _real(lang: str = "en") -> Bundle:
    courses = content.shared()
    return Bundle(courses.courses["partners", lang], courses.of("partners", lang))


@pytest.mark.parametrize("lang", ["en", "es"])
def test_every_real_course_goes_out_and_comes_back(lang: str) -> None:
    courses = content.shared()
    invented = courses.phrases[lang].invented
    for (course_id, course_lang), course in courses.courses.items():
        if course_lang == lang:
            bundle = Bundle(course, courses.of(course_id, lang))
            assert gift.read(gift.written(bundle, invented), invented) == bundle
            assert table.read(table.written(bundle)) == bundle


def test_the_files_of_content_are_as_they_are_written() -> None:
    """So that an import changes only what was changed."""
    courses = content.shared()
    for (course_id, lang), course in courses.courses.items():
        folder = CONTENT / lang / "courses"
        assert (folder / f"{course_id}.yml").read_text("utf-8") == course_file(course)
        for module in course.modules:
            text = cards_file(course, module.id, courses.of(course_id, lang, module.id))
            assert (folder / f"{course_id}.{module.id}.yml").read_text("utf-8") == text


def test_a_table_saved_by_a_spreadsheet_is_read() -> None:
    """Byte order mark, semicolons, line feeds as line ends, empty rows."""
    bundle = _real()
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\n")
    for row in csv.reader(io.StringIO(table.written(bundle), newline="")):
        writer.writerow(row)
        writer.writerow([])
    assert table.read("\ufeff" + out.getvalue()) == bundle


# --- what cannot be taken in ---

MULTI = [
    ("=The map of the Office for Victims of Crime#", "%50%The map of the Office for Victims of Crime#", None),
    ("::partner.find_local 1::", "::A title of my own::", "::card.id 1::"),
    ("// sources: OVCFAQ NHTH OVCMAP\n", "", "sources is missing"),
    ("// certainty: practice\n", "// certainty: sure\n", "'sure'"),
    (
        "// reviewed_on: 2026-11-26\n// second_reader_on",
        "// reviewed_on: yesterday\n// second_reader_on",
        "reviewed_on",
    ),
    ("// second_reader_on: 2026-11-26\n", "", "second_reader_on is missing"),
    ("// lang: en", "// lang: fr", "lang is 'fr'"),
    ("$CATEGORY: partners/local", "$CATEGORY: partners/elsewhere", "module 'elsewhere'"),
    ("// card: partner.beds\n", "// card: partner.bed\n", "// card: partner.beds"),
    ("::partner.beds 2::", "::partner.beds 3::", "number its wordings"),
]


def _line_of(text: str, piece: str) -> int:
    return text[: text.index(piece)].count("\n") + 1


@pytest.mark.parametrize(("old", "new", "says"), [m for m in MULTI if m[2]], ids=[str(m[2]) for m in MULTI if m[2]])
def test_gift_that_cannot_be_taken_in_is_named_with_what_to_do(old: str, new: str, says: str) -> None:
    text = gift.written(_real(), INVENTED)
    assert old in text
    with pytest.raises(ExchangeProblem) as error:
        gift.read(text.replace(old, new, 1), INVENTED)
    assert any(says in line for line in error.value.problems), error.value.problems
    assert all(re.match(r"line \d+: ", line) for line in error.value.problems)


@pytest.mark.parametrize(
    ("answers", "says", "at"),
    [
        ("TRUE", "no multiple-choice question", 1),
        ("#3:2", "no multiple-choice question", 1),
        ("=Paris -> France#x\n=Rome -> Italy#y", "no multiple-choice question", 1),
        ("\n=right#yes\n~wrong\n~other#no", "gives no reason", 3),
        ("\n=right#yes\n~%50%half#no\n~other#no", "counts 50 percent", 3),
        ("\n=right#yes\n=also#yes\n~other#no", "2 options are right", 1),
        ("\n~right#yes\n~also#yes\n~other#no", "0 options are right", 1),
        ("\n=right#yes\n~one#no#twice\n~other#no", "more than one #", 3),
        ("\n=right#yes\n~#no\n~other#no", "is empty", 3),
    ],
)
def test_an_answer_that_cannot_be_taken_in_is_named_by_its_line(answers: str, says: str, at: int) -> None:
    text = gift.written(_real(), INVENTED)
    head, _, rest = re.split(r"(::partner\.advocate 1::.*?\}\n)", text, maxsplit=1, flags=re.DOTALL)
    broken = f"{head}::partner.advocate 1::A question? {{{answers}}}\n{rest}"
    with pytest.raises(ExchangeProblem) as error:
        gift.read(broken, INVENTED)
    line = _line_of(broken, "::partner.advocate 1::") + at - 1
    assert any(p.startswith(f"line {line}: ") and says in p for p in error.value.problems), error.value.problems


def test_gift_from_elsewhere_is_read_once_its_lines_are_added() -> None:
    """Format marks, weights, blank lines and spaces as other programs write them."""
    text = (
        "// course: own\n// lang: en\n// title: Our own\n// category: Police\n// minutes: 1\n// reviewed_on: 2026-11-26\n"
        "// course_objective: Know it.\n// module: one\n// module_title: One\n// module_objective: Know it.\n\n$CATEGORY: own/one\n\n"
        "// card: own.first\n// topic: own\n// objective: Know it.\n// sources: USC\n// rests_on: B-01\n// certainty: verified\n// minutes: 1\n"
        "// reviewed_on: 2026-11-26\n// second_reader_on: 2026-11-26\n::own.first 1::[html]What is it\\: this or that? {\n\t~%-33.33333%That one#No.\n\t~%100%This one#Yes.\n\n}\n"
    )
    with pytest.raises(ExchangeProblem):
        gift.read(text, INVENTED)  # a blank line ends a question, as it does everywhere
    text = text.replace("\n\n}", "\n}") + "\n::own.first 2::Which? {=this#yes ~that#no}"
    card = gift.read(text, INVENTED).cards[0]
    assert [w.question for w in card.wordings] == ["What is it: this or that?", "Which?"]
    assert [[o.is_right for o in w.options] for w in card.wordings] == [[False, True], [True, False]]


@pytest.mark.parametrize(
    ("column", "value", "says"),
    [
        ("right", "6", "right is '6'"),
        ("right", "1 2", "right is '1 2'"),
        ("reason_2", "", "belong together"),
        ("option_1", "", "belong together"),
        ("row", "card", "write course, module or wording"),
        ("wording", "first", "number the wordings"),
        ("certainty", "sure", "'sure'"),
        ("module", "elsewhere", "module 'elsewhere'"),
        ("course", "basic", "this file is of partners"),
        ("question", " padded", "ends with a space"),
    ],
)
def test_a_row_that_cannot_be_taken_in_is_named_by_its_line(column: str, value: str, says: str) -> None:
    rows = list(csv.DictReader(io.StringIO(table.written(_real()), newline="")))
    target = next(i for i, row in enumerate(rows) if row["card"] == "partner.beds" and row["wording"] == "1")
    rows[target][column] = value
    out = io.StringIO()
    writer = csv.DictWriter(out, table.COLUMNS)
    writer.writeheader()
    writer.writerows(rows)
    with pytest.raises(ExchangeProblem) as error:
        table.read(out.getvalue())
    line = target + 2 + sum(cell.count("\n") for row in rows[:target] for cell in row.values())
    assert any(p.startswith(f"line {line}: ") and says in p for p in error.value.problems), error.value.problems


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is empty"),
        ("a,b\n1,2\n", "take out a, b"),
        (",".join(table.COLUMNS) + '\n"x', "no CSV"),
        (",".join(table.COLUMNS) + "\n" + "x," * 60, "more cells"),
        (",".join(table.COLUMNS) + "\nwording,en,partners\n", "before the course"),
    ],
)
def test_what_is_no_course_is_refused(text: str, says: str) -> None:
    with pytest.raises(ExchangeProblem, match=says):
        table.read(text)


def test_a_line_of_a_cell_with_line_feeds_counts() -> None:
    text = table.written(_real())
    assert '"' in text  # the objectives are several lines in one cell
    broken = text.replace("en,partners,local,partner.hotline,2", "en,partners,local,partner.hotline,two")
    with pytest.raises(ExchangeProblem) as error:
        table.read(broken)
    line = broken[: broken.index("partner.hotline,two")].count("\n") + 1
    assert any(p.startswith(f"line {line}: ") for p in error.value.problems)


def test_the_manual_names_the_columns() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs/how-to/write-a-card.md").read_text("utf-8")
    assert [column for column in table.COLUMNS if f"`{column}`" not in page and not re.search(r"_\d$", column)] == []
