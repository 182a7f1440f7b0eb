"""The safety floor: what it must hear, what it must leave alone, and that nothing can make it slow or fall over."""

from __future__ import annotations

import ast
import time
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.safety import floor as module
from bot.safety.floor import PATTERNS, Floor
from bot.safety.words import PatternError, Words
from tests.safety.measure import DANGER, measure
from tests.safety.tables import Case, Pair, cases, pairs

FLOOR = Floor()
CERTAIN = [case for case in cases("certain") if case.expected in DANGER]
SENTENCES = [
    case for case in CERTAIN if len(case.text.split()) >= 3 and case.text.isprintable() and case.lang in ("en", "es")
]
WHOLE = [case for case in SENTENCES if "  " not in case.text and not all(len(w) == 1 for w in case.text.split())]


@pytest.mark.parametrize("case", cases("certain"), ids=str)
def test_r13_what_is_certain_is_answered_without_the_classifier(case: Case) -> None:
    reading = FLOOR.read(case.text, case.role)
    assert (reading.level, reading.handling) == ("certain", case.expected)


EVERYDAY = ("and the homework", "y la tarea")


@pytest.mark.parametrize("words", EVERYDAY)
@pytest.mark.parametrize("case", CERTAIN, ids=str)
def test_r13_everyday_words_take_no_danger_away(case: Case, words: str) -> None:
    """They leave it to the classifier at most, and what waits for it is danger where it does not answer."""
    reading = FLOOR.read(f"{case.text} {words}", case.role)
    plain = FLOOR.read(f"{case.text} and so on", case.role)
    assert (reading.level != "none") == (plain.level != "none")
    assert reading.level == plain.level or (plain.level, reading.level) == ("certain", "possible")


@pytest.mark.parametrize(
    ("everyday", "meant"),
    [("my keys are locked in the trunk with the groceries, keys in the car", "im locked in the trunk of his car"),
     ("scary story: he is at the window with a knife", "he is at the window with a knife"),
     ("quiero matar al arbitro, otro gol", "quiero matarme"),
     ("tengo 15 y no entiendo fracciones", "tengo 15 y me vende")],
)  # fmt: skip
def test_danger_words_among_everyday_ones_are_left_to_the_classifier(everyday: str, meant: str) -> None:
    assert FLOOR.read(everyday).level == "possible"
    assert FLOOR.read(meant).level == "certain"


def test_r13_what_is_asked_for_in_code_stays_certain() -> None:
    """Everyday words are the code: who orders a pizza in a hurry asks for police."""
    assert FLOOR.read("i want to order a large pizza, hurry please").level == "certain"


@pytest.mark.parametrize("case", cases("danger"), ids=str)
def test_r13_danger_in_unseen_words_is_at_least_possible(case: Case) -> None:
    reading = FLOOR.read(case.text, case.role)
    assert reading.level != "none"
    assert case.expected in (reading.handling, *reading.also)


@pytest.mark.parametrize("case", cases("quiet"), ids=str)
def test_idioms_past_and_lessons_are_left_alone(case: Case) -> None:
    reading = FLOOR.read(case.text, case.role)
    if case.expected == "none":
        assert reading.level == "none"
    else:
        assert reading.level != "certain" or reading.handling not in DANGER


@pytest.mark.parametrize("case", cases("ambiguous"), ids=str)
def test_what_could_be_exit_or_danger_says_so(case: Case) -> None:
    reading = FLOOR.read(case.text, case.role)
    if case.expected == "ambiguous":
        assert reading.ambiguous_exit
        assert reading.level == "none"
    else:
        assert reading.handling == case.expected
        assert not reading.ambiguous_exit


@pytest.mark.parametrize("pair", pairs(), ids=str)
def test_r13_what_takes_danger_back_does_not_take_it_from_who_means_it(pair: Pair) -> None:
    """Tense, denial, a thing in place of a person, a number that counts: each with the danger that sounds like it."""
    reading = FLOOR.read(pair.danger, pair.role)
    assert pair.expected in (reading.handling, *reading.also)
    assert FLOOR.read(pair.harmless, pair.role).level == "none"


@pytest.mark.parametrize("role", ["officer", "coordinator"])
@pytest.mark.parametrize(
    "text", ["im 15", "my niece is 13", "15 year old girl with a 40 year old man at a motel", "minor in back seat"]
)
def test_an_officer_with_a_minor_is_not_the_minor(text: str, role: str) -> None:
    reading = FLOOR.read(text, role)
    assert reading.level != "certain"
    assert "minor_at_risk" not in (reading.handling, *reading.also)


def test_the_order_of_dangers() -> None:
    reading = FLOOR.read("im 15, he has a gun and i want to die")
    assert (reading.handling, reading.also) == ("emergency_now", ("self_harm", "minor_at_risk"))


def test_hits_never_carry_words_of_the_person() -> None:
    reading = FLOOR.read("he has a gun, my name is Marisolcanary")
    assert reading.hits
    assert all("canary" not in hit.lower() and " " not in hit for hit in reading.hits)


def test_r13_recall_and_false_alarms_on_the_training_phrases() -> None:
    """Both languages in one test: all phrases are read once, which takes half a minute."""
    for lang, figures in measure(FLOOR).items():
        print(lang, figures)
        for handling in DANGER:
            assert figures.recall(handling) >= 0.9, lang
        assert figures.false_certain <= 0.003, lang
        assert figures.false_possible <= 0.06, lang


# -- nothing raises, nothing hides -----------------------------------------------------------------------------------


@given(st.text(max_size=600), st.sampled_from(["guest", "officer", "coordinator", "advocate", "?"]))
def test_r13_no_text_raises(text: str, role: str) -> None:
    reading = FLOOR.read(text, role)
    assert reading.level in ("certain", "possible", "none")
    assert (reading.handling is None) == (reading.level == "none")


def _no_accents(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", text) if unicodedata.category(c) != "Mn")


def _zero_width(text: str) -> str:
    return "\u200b".join(text)


DRESSES: dict[str, Callable[[str], str]] = {
    "upper": str.upper,
    "lower": str.lower,
    "title": str.title,
    "no accents": _no_accents,
    "no apostrophes": lambda text: text.replace("'", "").replace("’", ""),
    "curly apostrophes": lambda text: text.replace("'", "’"),
    "padding": lambda text: f"  \n\t {text}   ",
    "wide spaces": lambda text: text.replace(" ", " \u2003 "),
    "zero width": _zero_width,
    "full width": lambda text: "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" and c != "'" else c for c in text),
    "please before": lambda text: f"please {text}",
    "please after": lambda text: f"{text} please",
    "greeting": lambda text: f"hola, {text}",
    "marks": lambda text: f"{text}!!!",
    "dots": lambda text: f"...{text}...",
    "emoji": lambda text: f"😭 {text} 🙏",
    "pizza emoji": lambda text: f"{text} 🍕",
    "held letter": lambda text: f"{text}!!! omg",
}


@given(st.sampled_from(WHOLE), st.lists(st.sampled_from(sorted(DRESSES)), min_size=1, max_size=3, unique=True))
def test_r13_dressing_does_not_hide_danger(case: Case, dresses: list[str]) -> None:
    text = case.text
    for dress in dresses:
        text = DRESSES[dress](text)
    reading = FLOOR.read(text, case.role)
    assert reading.level != "none"
    assert case.expected in (reading.handling, *reading.also)


@given(
    st.sampled_from(WHOLE),
    st.sampled_from(["ok so. ", "sorry to bother you. ", "hola buenas noches. ", "i need food and clothes. "]),
)
def test_r12_the_cry_after_other_words_is_heard(case: Case, before: str) -> None:
    reading = FLOOR.read(before + case.text, case.role)
    assert case.expected in (reading.handling, *reading.also)


def test_r13_the_end_of_a_long_story_is_read() -> None:
    story = "we drove around all day and i was tired and nobody said much. " * 60
    assert FLOOR.read(story + "now he is outside my door with a knife").level == "certain"


# -- speed -----------------------------------------------------------------------------------------------------------

ADVERSARIAL = ["a", "he is ", "!", "z0", "1!a", "kill me now ", ". ", "hehasagun", "h e l p ", "🆘", "é", "\u200bx", "ﷺ", "'", "😭 ",
               "he has a gun in the car with my daughter 14 and a man ", "girl 14 man money ", "no me ", "stop ", "? "]  # fmt: skip


def _seconds(text: str) -> float:
    best = 9.0
    for _ in range(5):
        start = time.perf_counter()
        FLOOR.read(text)
        best = min(best, time.perf_counter() - start)
    return best


@pytest.mark.parametrize("piece", ADVERSARIAL, ids=repr)
def test_r63_time_grows_with_length_and_no_faster(piece: str) -> None:
    """Ten times the text costs ten times the time; a hundred times would be the trap. Between them: a busy machine."""
    short, long = ((piece * length)[:length] for length in (1_000, 10_000))
    assert _seconds(long) < 50 * max(_seconds(short), 0.001)
    assert _seconds(long) < 0.5


@pytest.mark.parametrize("end", ["a", "!", "\u200ba"])
def test_r63_a_wall_of_marks_is_no_trap(end: str) -> None:
    for mark in ("!", "?", ".", "'", "!1", "a'"):
        assert _seconds((mark * 10_000)[:9_990] + end) < 0.3


def test_r63_text_past_the_limit_costs_nothing() -> None:
    assert _seconds("he is here " * 20_000) < 3 * _seconds("he is here " * 2_000) + 0.05


# -- the patterns themselves ---------------------------------------------------------------------------------------


def test_the_floor_imports_nothing_that_can_be_down() -> None:
    allowed = {"__future__", "collections", "dataclasses", "functools", "pathlib", "re", "typing", "yaml", "nlu", "bot"}
    for path in Path(module.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                assert name.split(".")[0] in allowed
                assert not name.startswith("bot") or name.startswith("bot.safety")
                assert not name.startswith("nlu") or name == "nlu.text"


def test_every_group_has_an_id_of_its_own_in_its_language() -> None:
    for path in PATTERNS.glob("*.yml"):
        data = yaml.safe_load(path.read_text("utf-8"))
        ids = [group["id"] for group in data["groups"]]
        assert len(ids) == len(set(ids))


@pytest.mark.parametrize("line", ["maybe?", "( a", "<nobody> here", "a | b", "é", "..3", "~he"])
def test_a_line_that_says_nothing_or_everything_is_refused(line: str) -> None:
    with pytest.raises(PatternError):
        Words([{"classes": {"he": "he she"}}]).compile(line)


@pytest.mark.parametrize(
    ("text", "found"), [("she fell", True), ("fell", True), ("he fell", False), ("he never fell", True)]
)
def test_the_word_before_may_take_a_line_back(text: str, found: bool) -> None:
    words = Words([{"classes": {"he": "he she"}}])
    line = words.compile("~he fell")
    words.finish()
    assert line.finds(words.read(text)[0]) is found


def test_a_folder_without_patterns_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PatternError):
        Floor(tmp_path)
