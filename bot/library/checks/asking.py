"""The questions of a request are short, plain and neutral, ask nobody for a reason, and fit on buttons (R1, R11)."""

from __future__ import annotations

from collections.abc import Iterator

from bot.library.checks.links import LONGEST_PAYLOAD
from bot.library.checks.reading import MOST_WORDS, hard, why, words
from bot.library.loading import LANGS, Library
from bot.library.neutral import telling
from bot.library.rendering import Renderer
from bot.library.replies import Part, Rendered

LONGEST_TITLE = 34
ENDS = frozenset({"end", "summary"})


def _shown(library: Library) -> Iterator[tuple[str, str, str, Rendered]]:
    """Where, language, node and what stands on the screen, for every question that has words."""
    for lang in LANGS:
        renderer = Renderer(library, lang, "officer")
        for name, node in library.asked.items():
            if node.kind not in ENDS and lang in library.intake and name in library.intake[lang].nodes:
                everything = Part(f"ask:{name}", params={"chosen": node.options if node.kind == "many" else []})
                yield f"{lang}/intake.yml: nodes.{name}", lang, name, renderer.render(everything)


def _for_guests(library: Library) -> Iterator[tuple[str, str, str, Rendered]]:
    for where, lang, name, shown in _shown(library):
        if not name.startswith("officer."):
            yield where, lang, name, shown


def question_length(library: Library) -> Iterator[str]:
    """A question to a guest with what it is for has at most 60 words (R11)."""
    for where, _, _, shown in _for_guests(library):
        count = words(shown.text)
        if count > MOST_WORDS:
            yield f"{where}: has {count} words; at most {MOST_WORDS}"


def question_grade(library: Library) -> Iterator[str]:
    """A question to a guest reads at grade 6 or lower, in Spanish as easily (R11)."""
    for where, lang, _, shown in _for_guests(library):
        wrong = hard(lang, shown.text)
        if wrong:
            yield f"{where}: {wrong}; shorter words and sentences"


def question_words(library: Library) -> Iterator[str]:
    """No question tells a stranger what this is about, and none asks for a reason (R1)."""
    for where, lang, _, shown in _for_guests(library):
        text = " ".join([shown.text, *(title for title, _ in shown.buttons)])
        for pattern in (telling(lang), why(lang)):
            found = pattern.search(text)
            if found:
                yield f"{where}: says {found.group()!r}; say it without"


def question_buttons(library: Library) -> Iterator[str]:
    """Every question offers "not safe" and to clear the chat, all but the first the way back; titles and payloads fit."""
    for where, _, name, shown in _shown(library):
        payloads = [payload for _, payload in shown.buttons]
        needed = ["c:unsafe", "c:exit", *([] if library.asked[name].first else [f"q:{name}:back"])]
        for payload in needed:
            if payload not in payloads:
                yield f"{where}: has no button {payload}"
        for title, payload in shown.buttons:
            if not 1 <= len(title) <= LONGEST_TITLE:
                yield f"{where}: button {title!r} has {len(title)} characters; at most {LONGEST_TITLE}"
            if len(payload.encode()) > LONGEST_PAYLOAD:
                yield f"{where}: button {title!r}: payload is over {LONGEST_PAYLOAD} bytes"
        if len(set(payloads)) != len(payloads):
            yield f"{where}: two buttons send the same"


def change_buttons(library: Library) -> Iterator[str]:
    """The buttons under a summary fit."""
    for lang in library.intake:
        for name in library.intake[lang].fields:
            title = library.intake_change(name, lang)
            if len(title) > LONGEST_TITLE:
                yield f"{lang}/intake.yml: fields.{name}: button {title!r} has {len(title)} characters; at most {LONGEST_TITLE}"
