"""A course as Moodle GIFT, out and in again without loss.

One question for each wording, named `card-id number`. What GIFT has no place for stands in comment lines, `// name: text`, above the question; a
course that comes from elsewhere needs those lines added, and the problems say which. In text the characters ~ = # { } : and \\ are
escaped by a backslash, and a line feed is \\n.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from bot.training.cards import Wording, asked
from bot.training.exchange import (
    CARD_FIELDS,
    COURSE_FIELDS,
    LISTS,
    Bundle,
    RawCard,
    RawCourse,
    RawWording,
    build,
)

_ESCAPED = {"\\": "\\\\", "\n": "\\n", **{sign: f"\\{sign}" for sign in "~=#{}:"}}
_OUT = str.maketrans(_ESCAPED)
_IN = re.compile(r"\\(.)", re.DOTALL)
_MARK = re.compile(r"\[(?:html|moodle|plain|markdown)\]")
_WEIGHT = re.compile(r"%(-?\d+(?:\.\d*)?)%")
_NAME = re.compile(r"([a-z0-9_.]+) ([1-9]\d*)")
_SAID = re.compile(r"\s*//\s*([a-z_]+):[ \t]*(.*?)[ \t]*", re.DOTALL)
_NO_SCENARIO = "no"


def escaped(text: str) -> str:
    """Text as it stands in a GIFT file, on one line."""
    return text.translate(_OUT)


def unescaped(text: str) -> str:
    return _IN.sub(lambda m: "\n" if m[1] == "n" else m[1], text)


def _comments(pairs: Iterator[tuple[str, str]]) -> list[str]:
    return [f"// {name}: {text}" for name, text in pairs]


def _answer(wording: Wording) -> Iterator[str]:
    for option in wording.options:
        text = escaped(option.text)
        mark = "[plain]" if _MARK.match(option.text) else ""
        weight = "%0%" if not option.is_right and _WEIGHT.match(option.text) and not mark else ""
        because = ("[plain]" if _MARK.match(option.because) else "") + escaped(option.because)
        yield f"  {'=' if option.is_right else '~'}{weight}{mark}{text}#{because}"


def written(bundle: Bundle, invented: str) -> str:
    """The file; `invented` is how a scenario is marked in its language."""
    course = bundle.course
    lines = ["// Waymark course, GIFT. Lines that begin with two slashes and a name are read again on import."]
    lines += [f"// course: {course.id}", f"// lang: {course.lang}"]
    lines += _comments((name, str(getattr(course, name))) for name in COURSE_FIELDS)
    lines += _comments(("course_objective", text) for text in course.objectives)
    for module in course.modules:
        lines += [
            f"// module: {module.id}",
            f"// module_title: {module.title}",
            f"// module_objective: {module.objective}",
        ]
    here = None
    for card in bundle.cards:
        if card.module != here:
            here = card.module
            lines += ["", f"$CATEGORY: {course.id}/{here}"]
        lines += ["", f"// card: {card.id}"]
        values = {name: getattr(card, name) for name in CARD_FIELDS}
        lines += _comments((k, " ".join(v) if k in LISTS else str(v)) for k, v in values.items())
        for number, wording in enumerate(card.wordings, 1):
            lines.append("")
            text = asked(wording, invented)
            if wording.scenario is None and text.startswith(f"{invented} "):
                lines.append(f"// scenario: {_NO_SCENARIO}")
            lines += [f"::{escaped(card.id)} {number}::[plain]{escaped(text)} {{", *_answer(wording), "}"]
    return "\n".join(lines) + "\n"


def _cut(text: str, signs: str) -> Iterator[tuple[int, str]]:
    """Where each unescaped sign stands, and which it is."""
    at = 0
    while at < len(text):
        if text[at] == "\\":
            at += 2
            continue
        if text[at] in signs:
            yield at, text[at]
        at += 1


def _text(text: str) -> str:
    """A piece of a question without its format mark, unescaped."""
    text = text.strip()
    return unescaped(_MARK.sub("", text, count=1) if _MARK.match(text) else text)


class _Reader:
    """One file, line by line."""

    def __init__(self, invented: str) -> None:
        self.invented = invented
        self.course = RawCourse()
        self.cards: list[RawCard] = []
        self.problems: list[str] = []
        self.module = ""
        self.card: RawCard | None = None
        self.scenario = True

    def says(self, line: int, problem: str) -> None:
        self.problems.append(f"line {line}: {problem}")

    def comment(self, line: int, name: str, text: str) -> None:
        """A `// name: text` line. A name that is not known is a remark of the writer's own."""
        if name == "course":
            self.course.id, self.course.line = text, line
        elif name == "lang":
            self.course.lang = text
        elif name == "course_objective":
            self.course.objectives.append(text)
        elif name == "module":
            self.course.modules.append({"id": text})
        elif name in ("module_title", "module_objective") and self.course.modules:
            self.course.modules[-1][name.removeprefix("module_")] = text
        elif name == "card":
            self.card = RawCard(line, text, self.module, {})
            self.cards.append(self.card)
        elif name == "scenario":
            self.scenario = text != _NO_SCENARIO
        elif self.card is not None and name in CARD_FIELDS:
            self.card.fields[name] = text
            self.card.at[name] = line
        elif self.card is None and name in COURSE_FIELDS:
            self.course.fields[name] = text

    def question(self, lines: list[tuple[int, str]]) -> None:
        """A block of lines that are no comments."""
        text, start = "\n".join(line for _, line in lines), lines[0][0]

        def line_at(offset: int) -> int:
            return lines[text.count("\n", 0, offset)][0]

        with_scenario, self.scenario = self.scenario, True
        named = re.match(r"\s*::((?:\\.|[^\\:])*)::", text, re.DOTALL)
        name = _NAME.fullmatch(unescaped(named[1]).strip()) if named else None
        if named is None or name is None:
            self.says(
                start,
                "the question has no usable name: begin it with ::card.id 1:: (id of the card, number of the wording)",
            )
            return
        card = next((c for c in self.cards if c.id == name[1]), None)
        if card is None:
            self.says(
                start,
                f"nothing is said about card {name[1]}: write a line `// card: {name[1]}` above it, and lines for {', '.join(CARD_FIELDS)}",
            )
            return
        braces = [(at, sign) for at, sign in _cut(text, "{}") if at >= named.end()]
        if [sign for _, sign in braces] != ["{", "}"]:
            self.says(
                start,
                "answers stand in one pair of braces after the question; put a backslash before a brace that is text",
            )
            return
        opens, closes = braces[0][0], braces[1][0]
        if text[closes + 1 :].strip():
            self.says(
                line_at(closes), "there is text after the answers: a gap in a sentence is not supported, ask a question"
            )
            return
        shown = _text(text[named.end() : opens])
        scenario, question = None, shown
        if with_scenario and shown.startswith(f"{self.invented} ") and "\n" in shown:
            scenario, question = shown.removeprefix(f"{self.invented} ").split("\n", 1)
        wording = RawWording(start, scenario, question, [], [])
        self.answers(text, opens + 1, closes, wording, line_at)
        card.wordings.append((int(name[2]), wording))

    def answers(self, text: str, opens: int, closes: int, wording: RawWording, line_at: Callable[[int], int]) -> None:
        """What stands between the braces."""
        starts = [(opens + at, sign) for at, sign in _cut(text[opens:closes], "=~")]
        first = starts[0][0] if starts else closes
        if text[opens:first].strip() or not any(sign == "~" for _, sign in starts):
            self.says(
                line_at(opens),
                "this is no multiple-choice question: write one right option with = and two or more wrong ones with ~",
            )
            return
        for (at, sign), (end, _) in zip(starts, [*starts[1:], (closes, "")], strict=True):
            line, body = line_at(at), text[at + 1 : end]
            right = sign == "="
            weight = _WEIGHT.match(body) if not right else None
            if weight is not None:
                body = body[weight.end() :]
                right = float(weight[1]) == 100
                if 0 < float(weight[1]) < 100:
                    self.says(
                        line, f"the option counts {weight[1]} percent: exactly one option is right, mark it with ="
                    )
            marks = [place for place, _ in _cut(body, "#")]
            if not marks:
                self.says(line, "the option gives no reason: write it after #")
                continue
            if len(marks) > 1:
                self.says(
                    line, "there is more than one #: write one reason for each option, and \\# where the sign is text"
                )
                continue
            wording.options.append((right, _text(body[: marks[0]]), _text(body[marks[0] + 1 :])))
            wording.lines.append(line)
        count = sum(option[0] for option in wording.options)
        if len(wording.options) == len(starts) and count != 1:
            self.says(line_at(opens), f"{count} options are right: mark exactly one with =, the others with ~")


def read(text: str, invented: str) -> Bundle:
    """The course of a file. Raises `ExchangeProblem`."""
    reader = _Reader(invented)
    block: list[tuple[int, str]] = []
    for number, line in enumerate(text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n"), 1):
        if line.lstrip().startswith("//"):
            said = _SAID.fullmatch(line)
            if said:
                reader.comment(number, said[1], said[2])
        elif line.strip().startswith("$CATEGORY:") and not block:
            reader.module = line.partition(":")[2].strip().rpartition("/")[2]
            reader.card = None
        elif line.strip():
            block.append((number, line))
        elif block:
            reader.question(block)
            block = []
    if block:
        reader.question(block)
    return build(reader.course, reader.cards, reader.problems)
