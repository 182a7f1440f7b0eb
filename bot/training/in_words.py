"""What an officer wishes of their own refreshers, read from a sentence. Pure; the words are content's (`commands.yml`, groups
`training_sentences` and `training_until`), in both languages at once, since officers mix them. What is not clear is a question with buttons,
never a silence of a length that nobody said; and who asks for a card gets one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from bot.training.until import End, end_in
from nlu.text import fold

CARD = "quiz"
FIRST = ("erase_mine", "mine", "hours")
"""These hold whatever else is said."""
PUT_OFF = ("pause", "snooze", "off_duty")
FURTHER = ("score", "course")
Commands = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Wished:
    """`name`: of a wish (`bot/training/learner.py`). `end`: with a time to be left alone until then, else None."""

    name: str
    end: End | None = None


def wished(text: str, lang: str, commands: Commands, now: float, zone: str) -> Wished:
    """`commands`: of each language, by the code "en" or "es". A card where nothing else is said."""
    found = _said(text, commands)
    first = next((name for name in FIRST if name in found), None)
    if first is not None:
        return Wished(first)
    away = next((name for name in PUT_OFF if name in found), None)
    if CARD in found and away in (None, "off_duty"):
        return Wished(CARD)  # "off duty and bored, quiz me"
    if away is None and ("resume" not in found or "course" in found):  # "resume my lesson" is no end of a pause
        return Wished(next((name for name in FURTHER if name in found), CARD))
    end = _end(text, lang, commands, now, zone)
    if end is not None:
        return Wished(away or "snooze", end)
    if away is None:
        return Wished("resume")
    # "Pause while I am on leave", "pause until I say resume", "pause until the baby is here": until when is theirs to say.
    unclear = len(found & {*PUT_OFF, "resume"}) > 1 or _begins_an_end(text, commands)
    return Wished("off_duty" if away == "pause" and unclear else away)


def _said(text: str, commands: Commands) -> set[str]:
    """Names of the groups of which something is said. A longer phrase is read before a shorter one inside it: "end the snooze" is no snooze."""
    left, found = _bare(text), set[str]()
    for pattern, name in _phrases(tuple(_rows(commands))):
        left, count = pattern.subn(" | ", left)
        if count:
            found.add(name)
    return found - {"none"}


def _rows(commands: Commands) -> Iterable[tuple[str, tuple[str, ...]]]:
    for groups in commands.values():
        for name, forms in groups["training_sentences"].items():
            yield name, tuple(forms)


@lru_cache(maxsize=4)
def _phrases(rows: tuple[tuple[str, tuple[str, ...]], ...]) -> list[tuple[re.Pattern[str], str]]:
    pairs = {(_bare(form), name) for name, forms in rows for form in forms}
    longest = sorted(pairs, key=lambda pair: (-len(pair[0]), pair))
    return [(re.compile(rf"(?<!\w){re.escape(form)}(?!\w)"), name) for form, name in longest]


def _end(text: str, lang: str, commands: Commands, now: float, zone: str) -> End | None:
    """In the language of the chat, else in another."""
    for one in sorted(commands, key=lambda code: code != lang):
        end = end_in(text, one, commands[one]["training_until"], now, zone)
        if end is not None:
            return end
    return None


def _begins_an_end(text: str, commands: Commands) -> bool:
    """ "until", "for", whatever comes after it."""
    cues = (form for groups in commands.values() for key in ("till", "for") for form in groups["training_until"][key])
    bare = f" {_bare(text)} "
    return any(f" {_bare(cue)} " in bare for cue in cues)


def _bare(text: str) -> str:
    """Folded, and "I'm" as it is typed in haste: "im"."""
    return fold(text).replace("'", "")
