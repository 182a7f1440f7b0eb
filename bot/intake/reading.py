"""What a person wrote instead of tapping, held against the options of a question. Where it is not sure, it says None."""

from __future__ import annotations

import re
from collections.abc import Iterable

import phonenumbers
from rapidfuzz import fuzz, process

from bot.intake.model import Graph, Node
from nlu.text import clean, fold

PLAIN = ("yes", "no", "go")
"""Options whose general words ("yeah", "claro") have to be the whole message: "no sé" is no "no"."""
LONGEST_ANSWER = 200
"""Characters: what is longer tells a story and answers no question with options."""
AGES = ("age", "adult")
"""Fields that an age in figures answers."""
_NOT = frozenset(
    [
        "not",
        "no",
        "don't",
        "dont",
        "doesn't",
        "doesnt",
        "isn't",
        "isnt",
        "never",
        "without",
        "cannot",
        "can't",
        "cant",
        "nor",
        "sin",
        "nunca",
        "jamas",
        "tampoco",
        "ni",
    ]
)
_REACH = 3  # words before a phrase in which a "not" turns it around
_HAS_DIGIT = re.compile(r"\d")
_NUMBER = re.compile(r"(?<![\w.])\d{1,3}(?![\w.])")
_AGED = re.compile(r"(?<![\w.])(\d{1,3})\s?(?:yo|yrs?)?(?![\w.])")
# Words that may stand around an age. Any other ("not", "almost", "casi") makes the number uncertain.
_AROUND_AGE = frozenset(
    [
        "i",
        "i'm",
        "im",
        "am",
        "a",
        "an",
        "my",
        "age",
        "is",
        "years",
        "year",
        "old",
        "yo",
        "yrs",
        "yr",
        "just",
        "turned",
        "tengo",
        "anos",
        "ano",
        "de",
        "edad",
        "soy",
        "mi",
        "es",
        "y",
        "acabo",
        "cumplir",
        "ya",
    ]
)
_YEARS = frozenset(["year", "years", "yo", "yrs", "yr", "old", "month", "months", "ano", "anos", "mes", "meses"])
# Whom a number counts, where it cannot be those that are asked for.
_OTHERS = {
    "adults": frozenset(
        [
            "kid",
            "kids",
            "child",
            "children",
            "baby",
            "babies",
            "nino",
            "nina",
            "ninos",
            "ninas",
            "hijo",
            "hija",
            "hijos",
            "hijas",
            "bebe",
            "bebes",
        ]
    ),
    "children": frozenset(
        [
            "adult",
            "adults",
            "woman",
            "women",
            "man",
            "men",
            "adulto",
            "adulta",
            "adultos",
            "adultas",
            "mujer",
            "mujeres",
            "hombre",
            "hombres",
        ]
    ),
}
_TYPED_CAREFULLY = 86.0  # rapidfuzz ratio of a word with one slip in six letters
_CLEARLY_BETTER = 6.0
# Short forms of states that are everyday words: they count in capitals alone.
_WORDS_TOO = frozenset(["ok", "hi", "me", "in", "or", "oh", "la", "de", "al", "mi", "va", "ma", "pa", "co"])
_US = frozenset(["US", "PR", "GU", "VI", "AS", "MP"])
_MOST_AGED = 119


_OF_MYSELF = ("i'm ", "im ", "i am ", "soy ", "yo soy ", "tengo ", "yo tengo ", "no soy ")


def number(text: str) -> str | None:
    """The one number of the United States in a text, as E.164."""
    found = [match.number for match in phonenumbers.PhoneNumberMatcher(clean(text)[:LONGEST_ANSWER], "US")]
    if len(found) != 1 or phonenumbers.region_code_for_number(found[0]) not in _US:
        return None
    return str(phonenumbers.format_number(found[0], phonenumbers.PhoneNumberFormat.E164))


def state(graph: Graph, node: Node, text: str) -> str | None:
    """Two letters of a state, by name or short form in either language, slips allowed."""
    text = clean(text)[:LONGEST_ANSWER]
    names, word = graph.sayings[node.id], text.strip(" .,!").replace(".", "")
    if word.upper() in names and (word.isupper() or word.lower() not in _WORDS_TOO):
        return word.upper()
    folded = fold(text)
    return _one(_spoken(names, folded)) or _nearly(names, folded)


def options(graph: Graph, node: Node, text: str) -> list[str]:
    """The options that a text names: one, for a question with many answers maybe more, or none where it is not clear.
    For such a question ["none"] says that none of them is needed."""
    said, folded, general = graph.sayings.get(node.id, {}), fold(text), graph.sayings[""]
    if not folded or len(folded) > LONGEST_ANSWER:
        return []
    whole = [option for option, phrases in said.items() if folded in phrases]
    whole = whole or [option for option in PLAIN if option in node.options and folded in general.get(option, ())]
    if len(whole) == 1:
        return whole
    counted = _count(node, folded)
    if counted is not None:
        return [counted]
    if node.field in AGES and _HAS_DIGIT.search(
        folded
    ):  # "19 with a kid" is no kid: only phrases with the number count
        said = {option: tuple(p for p in phrases if _HAS_DIGIT.search(p)) for option, phrases in said.items()}
    spoken = _spoken(said, folded)
    if node.kind == "many" and len(spoken) > 1:
        return [option for option in node.options if option in spoken]
    found = _one(spoken)
    if found is None and not spoken and not _HAS_DIGIT.search(folded):
        found = _nearly(said, folded)
    return [found] if found is not None else []


def young(graph: Graph, text: str) -> bool:
    """Whether somebody says of themselves that they are under 18, to whatever question: "I'm 16", "soy menor de edad"."""
    node = next((n for n in graph.nodes.values() if n.field == "age"), None)
    folded = fold(text)
    start = next((s for s in _OF_MYSELF if folded.startswith(s)), None)
    if node is None or start is None or len(folded) > LONGEST_ANSWER:
        return False
    said = graph.sayings[node.id].get("under_18", ())
    return folded in said or folded.removeprefix(start) in said or _count(node, folded) == "under_18"


def move(graph: Graph, text: str) -> str | None:
    """ "skip", "back", "done" or "send" where the whole message says so."""
    folded = fold(text)
    return next((m for m in ("skip", "back", "done", "send") if folded in graph.sayings[""].get(m, ())), None)


def too_common(graph: Graph, text: str) -> bool:
    """Whether a word is one that anybody would say by accident: a move, a button, a greeting, a number line."""
    folded = fold(text)
    return (
        len(folded) < 3
        or (folded.isdigit() and len(folded) < 4)
        or any(folded in p for p in graph.sayings[""].values())
    )


def _one(found: Iterable[str]) -> str | None:
    all_found = set(found)
    return all_found.pop() if len(all_found) == 1 else None


def _spoken(said: dict[str, tuple[str, ...]], folded: str) -> set[str]:
    """Options whose phrases stand in the text as whole words, the longest first and each word used once. A phrase with a "not"
    shortly before it counts for nothing, and makes the whole unclear where nothing else is named."""
    words, found = folded.split(), set()
    phrases = sorted(((p.split(), o) for o, ps in said.items() for p in ps), key=lambda item: -len(item[0]))
    used = [False] * len(words)
    for phrase, option in phrases:
        if len(phrase) == 1 and len(phrase[0]) < 3 and phrase != words:
            continue
        for start in range(len(words) - len(phrase) + 1):
            end = start + len(phrase)
            if words[start:end] != phrase or any(used[start:end]):
                continue
            used[start:end] = [True] * len(phrase)
            before = words[max(0, start - _REACH) : start]
            if _NOT.isdisjoint(w for i, w in enumerate(before, max(0, start - _REACH)) if not used[i]):
                found.add(option)
    return found


def _nearly(said: dict[str, tuple[str, ...]], folded: str) -> str | None:
    """The option whose phrase the text is, but for a slip of the finger; None where two are about as near."""
    if len(folded) < 4 or len(folded.split()) > 4 or not _NOT.isdisjoint(folded.split()):
        return None
    best: dict[str, float] = {}
    for option, phrases in said.items():
        hit = process.extractOne(folded, [p for p in phrases if len(p) >= 4], scorer=fuzz.ratio, score_cutoff=60)
        if hit is not None:
            best[option] = hit[1]
    ranked = sorted(best.items(), key=lambda item: -item[1])
    if not ranked or ranked[0][1] < _TYPED_CAREFULLY:
        return None
    return None if len(ranked) > 1 and ranked[0][1] - ranked[1][1] < _CLEARLY_BETTER else ranked[0][0]


def _count(node: Node, folded: str) -> str | None:
    """An age or a number of heads, where the text has exactly one number and nothing that turns it around."""
    words = folded.split()
    if node.field in AGES:
        ages = _AGED.findall(folded)
        rest = {w for w in words if not _AGED.fullmatch(w)}
        if len(ages) != 1 or not rest <= _AROUND_AGE or not 1 <= int(ages[0]) <= _MOST_AGED:
            return None
        return _band(int(ages[0])) if node.field == "age" else "yes" if int(ages[0]) >= 18 else "no"
    if node.kind != "number":
        return None
    numbers = _NUMBER.findall(folded)
    if not _OTHERS.get(node.field or "", frozenset()).isdisjoint(words):
        return None
    if len(numbers) != 1 or not _YEARS.isdisjoint(words) or not _NOT.isdisjoint(words):
        return None
    count, most = int(numbers[0]), max(int(o) for o in node.options if o.isdigit())
    if count > 20:
        return None  # an age or a year, not heads
    return str(min(count, most)) if str(min(count, most)) in node.options else None


def _band(age: int) -> str:
    return "under_18" if age < 18 else "18_24" if age < 25 else "25_59" if age < 60 else "60_up"
