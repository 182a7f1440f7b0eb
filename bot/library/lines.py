"""Which help lines to show: by need, age, language, hearing, whether the person can talk, and country."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date

from bot.library.loading import Library
from bot.library.model import HelpLine

CAN = ("talk", "text", "chat")
GROUPS = frozenset({"native", "lgbtq", "deaf"})
"""Lines of a group are for who named it: nobody is taken for a member."""


@dataclass(frozen=True, slots=True)
class Want:
    """What is known of the person. `can` is empty where nothing was said."""

    needs: tuple[str, ...] = ("trafficking",)
    minor: bool | None = None
    lang: str = "en"
    deaf: bool = False
    can: frozenset[str] = field(default_factory=frozenset)
    country: str = "US"
    at_most: int = 3


def ways(line: HelpLine) -> frozenset[str]:
    """How a line can be reached."""
    have = set()
    if line.phone:
        have.add("talk")
    if line.sms:
        have.add("text")
    if line.chat:
        have.add("chat")
    return frozenset(have)


def _fits(line: HelpLine, want: Want) -> bool:
    if line.status != "show" or line.country != want.country:
        return False
    reach = ways(line) | ({"talk"} if want.deaf and line.videophone else set())
    if want.can and not (reach & want.can):
        return False
    if want.minor and line.ages and (line.ages.min or 0) >= 18:
        return False
    return not (want.minor is False and line.ages and line.ages.max is not None and line.ages.max < 18)


def _score(line: HelpLine, want: Want) -> float:
    score = sum(4.0 - i for i, need in enumerate(want.needs[:4]) if need in line.for_needs)
    if (want.deaf and "deaf" in line.for_needs) or (want.country != "US" and "outside_us" in line.for_needs):
        score = max(score, 4.0)
    named = {*want.needs, "deaf"} if want.deaf else {*want.needs}
    if not score or (GROUPS & set(line.for_needs)) - named:
        return 0.0
    if want.lang in line.languages or (line.interpreters.phone and not want.can - {"talk"}):
        score += 1.0
    if want.deaf:
        score += 1.5 if line.videophone else 0.5 if line.relay or line.sms or line.chat else -1.0
    if want.minor and line.ages and line.ages.max is not None and line.ages.max < 30:
        score += 4.0  # youth lines first (R44)
    score += 0.1 * len(ways(line))
    if line.hours.always:
        score += 0.5
    if line.is_law_enforcement:
        score -= 2.5  # never first for somebody who did not ask for the police
    return score


def choose(library: Library, want: Want) -> list[HelpLine]:
    """The best lines first, at most `want.at_most`. For the US never empty: the trafficking hotline closes the list.
    Where no line of another country can be reached in the way that was asked for, those that can be called are shown."""
    fitting = [(line, _score(line, want)) for line in library.lines.values() if _fits(line, want)]
    best = sorted((item for item in fitting if item[1] > 0), key=lambda item: -item[1])
    chosen = [line for line, _ in best[: want.at_most]]
    fallback = library.lines["nhth"]
    if want.country == "US" and fallback not in chosen:
        chosen = [*chosen[: want.at_most - 1], fallback]
    if not chosen and want.can:
        return choose(library, replace(want, can=frozenset()))
    return chosen


def compact(line: HelpLine, lang: str, words: dict[str, str], neutral: bool = False) -> str:
    """One row for a phone screen. `words` are the joining words in that language (`content/<lang>/commands.yml`).
    `neutral` leaves out what the line is about: its name and its web address (R1)."""
    parts = []
    if line.phone_display:
        press = f" ({words['press']} {line.spanish_press})" if lang == "es" and line.spanish_press else ""
        parts.append(line.phone_display + press)
    if line.sms:
        keyword = line.sms.keyword_es if lang == "es" and line.sms.keyword_es else line.sms.keyword
        parts.append(f"{words['text']} {f'{keyword} → ' if keyword else ''}{line.sms.display or line.sms.number}")
    chat = line.chat_es if lang == "es" and line.chat_es else line.chat
    if chat and not neutral:
        parts.append(chat)
    if line.videophone and not line.phone_display:
        parts.append(f"{words['videophone']} {line.videophone_display or line.videophone}")
    if not parts and line.web:
        parts.append(line.web)
    name = (line.neutral_name if neutral and line.neutral_name else line.short_name).get(lang)
    return f"☎ {name}: " + " · ".join(parts)


def pages(line: HelpLine, lang: str, words: dict[str, str], called: date | None = None) -> list[str]:
    """Everything about one line, for whoever asks for it: what it is and how it is reached, then what else is good to
    know. Two messages, because together they are longer than a guest's message may be (R11). `called`: when a person last rang it, where
    that was noted after its source was read (R29)."""
    hours = (
        words["always"] if line.hours.always else line.hours.note.get(lang) if line.hours.note else words["hours_vary"]
    )
    first = [line.name.get(lang), compact(line, lang, words), line.what_it_is.get(lang), hours]
    second = [f"{words['not']}: {line.what_it_is_not.get(lang)}"]
    if line.relay:
        second.append(f"{words['relay']} {line.relay}")
    if line.videophone and line.phone_display:
        second.append(f"{words['videophone']} {line.videophone_display or line.videophone}")
    rung = max((d for d in (called, line.called_on) if d is not None), default=None)
    if rung is not None and rung >= line.read_on:
        second.append(f"{words['called']} {rung.isoformat()}")
    else:
        second.append(f"{words['checked']} {line.read_on.isoformat()}")
    return ["\n".join(first), "\n".join(second)]
