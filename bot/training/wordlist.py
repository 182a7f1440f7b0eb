"""Words of a schedule in English and Spanish, made into tokens for `words.py`. Pure.

Only what is listed is understood. A word that is not becomes an `unknown` token, which is asked about; nothing is passed over but the small
words that change nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from bot.training import pauses
from bot.training.dates import NUMBERS, count, date_in, date_pattern, plain, weekday, weekday_pattern


@dataclass(frozen=True, slots=True)
class Token:
    """kind: days, time (value: hour, minute, am or pm or None), part (of a day: morning, afternoon, evening), before_shift (value: minutes, or
    None), cards, starts, ends, no_end, on_holidays, pause (value: a `Pause`), open_pause, which_pause (value: whether an end was begun),
    vague_date, every_other, how_often (times a week), unknown. `sure`: a time that can be read in one way alone."""

    kind: str
    text: str
    value: Any = None
    sure: bool = True


_SMALL = {
    "en": "every each on at the and in of please a o'clock oclock then also plus send for us them officers "
    "my me our refresher refreshers quiz quizzes training trainings everyone everybody schedule set i we want would like",
    "es": "cada todos todas los las el la y e en a al de por favor tambien luego para con "
    "un mi mis nos repaso repasos agentes manda mande mandar envia envie enviar programa programe programar quiero quisiera",
}
_CARDS = {"en": r"cards?|questions?", "es": r"tarjetas?|preguntas?"}
_BEFORE = {
    "en": r"(?:{lead} )?(?:right |just |shortly )?before (?:the |each |every |their |my |our )?(?:shifts?|tours?|roll ?call|duty|watch)\b",
    "es": r"(?:{lead} )?(?:justo |poco )?antes de(?:l| la| cada| su| los)? (?:turnos?|guardia|servicio|lista)\b",
}
_LEAD = {
    "en": r"(?:(?P<half>(?:a )?half (?:an )?hour)|(?P<quarter>(?:a )?quarter (?:of an )?hour)|(?P<n>\d{{1,3}}|an?|{number}) ?(?:(?P<hours>hours?|hrs?|h)|min(?:ute)?s?)\b)",
    "es": r"(?:(?P<half>media hora)|(?P<quarter>(?:un )?cuarto de hora)|(?P<n>\d{{1,3}}|una?|{number}) ?(?:(?P<hours>horas?|hrs?|h)|min(?:uto)?s?)\b)",
}
_MINUTES = {
    "en": {"fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "forty-five": 45, "forty five": 45, "sixty": 60},
    "es": {"quince": 15, "veinte": 20, "treinta": 30, "cuarenta": 40, "cuarenta y cinco": 45, "sesenta": 60},
}
_PARTS = {
    "en": {"morning": r"mornings?", "afternoon": r"afternoons?", "evening": r"evenings?|nights?"},
    "es": {"morning": r"mananas?|madrugadas?", "afternoon": r"tardes?", "evening": r"noches?"},
}
_PART = {
    "en": r"(?:(?:in the|at|every|each|the) )?(?:early |late |mid[- ]?)?(?:{part})\b",
    "es": r"(?:(?:(?:de|por|en|a) la|(?:todas |por )?las|cada|de) )(?:{part})\b(?: temprano)?",
}
_EVERY_DAY = {"en": r"every ?day|daily|each day", "es": r"todos los dias|cada dia|diario|a diario|diariamente"}
_WEEKDAYS = {
    "en": r"weekdays|week days|every weekday|every week day|work ?days",
    "es": r"dias habiles|dias laborables|entre semana|dias de semana",
}
_WEEKEND = {"en": r"weekends?", "es": r"fines? de semana"}
_OTHER = {
    "en": r"every (?:other|second|third|two|2|three|3)\b(?: (?:weeks?|days?))?|biweekly|fortnightly|once a month|monthly|alternate",
    "es": r"cada (?:dos|2|tres|3) (?:semanas|dias)|quincenal(?:mente)?|(?:un|una) (?:\w+ )?(?:si|si,) y (?:otro|otra) no|cada mes|mensual(?:mente)?",
}
_OFTEN = {
    "en": r"(?P<once>once)|(?P<twice>twice)|(?P<n>\d+|{number}) times?",
    "es": r"(?P<n>\d+|{number}) ve(?:z|ces)(?P<once>(?!))?(?P<twice>(?!))?",
}
_WEEKLY = {"en": r"(?:a|per|each|every) week\b|weekly", "es": r"(?:a la|por|cada) semana\b"}
_OFF = {
    "en": r"(?:but )?(?:not|never|except|no|skip|skipping)(?: (?:refreshers|cards|quizzes))? (?:on |for )?(?:public |federal |bank )?holidays",
    "es": r"(?:pero )?(?:no|nunca|excepto|salvo|menos|sin|omit[ae]n?)(?: (?:repasos|tarjetas))? (?:en |los |en los )?(?:dias )?(?:festivos|feriados)",
}
_ON = {
    "en": r"(?:also|even|including) (?:on )?holidays",
    "es": r"(?:tambien|incluso|incluidos) (?:en |los |en los )?(?:dias )?(?:festivos|feriados)",
}
_START = {
    "en": r"(?:starting|beginning|from|as of)(?: on)?",
    "es": r"(?:a partir del?|(?:desde|empezando|comenzando)(?: el)?)",
}
_SOON = {
    "en": {"today": r"today|now(?: on)?|right away", "tomorrow": r"tomorrow"},
    "es": {"today": r"hoy|ahora|ya", "tomorrow": r"manana"},
}
_END = {"en": r"(?:until|till|through|ending)(?: on)?", "es": r"(?:hasta|terminando)(?: el)?"}
_NO_END = {
    "en": r"(?:with )?no end(?: date)?\b|without (?:an? )?end(?: date)?\b|open[- ]ended|until further notice|indefinitely",
    "es": r"sin (?:fecha de )?(?:fin|final|termino|limite)\b|hasta nuevo aviso|indefinidamente",
}
_IN_YEAR = {
    "en": r"(?:in|of|for|during) (?:the year )?20\d{2}(?!\d)",
    "es": r"(?:en|de|del|durante)(?: el| el ano)? 20\d{2}(?!\d)",
}
_NOON = {"en": ("noon", "midday"), "es": ("mediodia",)}
_MIDNIGHT = {"en": ("midnight",), "es": ("medianoche",)}
_HALVES = {
    "en": {"am": r"a\.?m\b\.?|in the morning|every morning|mornings?", "pm": r"p\.?m\b\.?|in the (?:afternoon|evening)|at night|afternoons?|evenings?"},
    "es": {"am": r"a\.? ?m\b\.?|(?:de|por|en) la (?:manana|madrugada)", "pm": r"p\.? ?m\b\.?|(?:de|por|en) la (?:tarde|noche)"},
}  # fmt: skip

MILITARY = r"(?:[01]\d|2[0-3])[0-5]\d"
"""A time as police write it: 0700, 1930."""
_ALONE = rf"{MILITARY}(?!\d| ?[-–] ?\d{{3,4}}\b|-\d{{2}}-|/\d)"
"""The same, and neither the beginning of a span nor of a date."""
_HOURS = {"en": r" ?(?:hours?|hrs?|h)\b\.?", "es": r" ?(?:horas?|hrs?|h)\b\.?"}
"""Behind a time: it is on the 24-hour clock."""
_BETWEEN = re.compile(r"(?:[ ,;:.&–-]|/ ?(?=[a-z]))+")
"""Stands between words and carries nothing; a slash only before a word: "3/5" is no pair of times."""

Make = Callable[[re.Match[str]], Token | None]


def with_colon(text: str) -> str:
    """A time that stands at the beginning as police write it, as others do: "0700 …" is "07:00 …"."""
    return re.sub(rf"^{MILITARY}\b(?!\s*[-/])", lambda m: f"{m[0][:2]}:{m[0][2:]}", text)


def tokens(text: str, lang: str, today: date) -> list[Token]:
    """In the order in which they stand. Raises KeyError for another language than "en" and "es"."""
    left, found = plain(text), list[Token]()
    rules = _rules(lang, today)
    while left:
        paused = pauses.at(left, lang, today)
        if paused is not None:
            found += _of_pause(left[: paused.length], paused)
            left = _after(left, paused.length)
            continue
        for pattern, make in rules:
            match = pattern.match(left)
            if match is None or not match[0]:
                continue
            token = make(match)
            if token is not None:
                found.append(token)
            left = _after(left, match.end())
            break
        else:
            word, _, left = left.partition(" ")
            found.append(Token("unknown", word))
    return found


def _after(text: str, end: int) -> str:
    """What is left, without what stands between words."""
    between = _BETWEEN.match(text, end)
    return text[between.end() if between else end :]


def _of_pause(text: str, said: pauses.Said) -> list[Token]:
    if said.open:
        return [Token("open_pause", text)]
    return [Token("pause", text, one) for one in said.pauses] or [Token("which_pause", text, said.begun)]


def _rules(lang: str, today: date) -> list[tuple[re.Pattern[str], Make]]:
    """Patterns with what to make of them; the first that fits counts."""
    day, when = weekday_pattern(lang), date_pattern(lang)
    to = r"(?: ?(?:-|–|to|through|thru) ?)" if lang == "en" else r"(?: ?(?:-|–|a|al|hasta(?: el)?) ?)"
    number, hours = "|".join(NUMBERS[lang]), _HOURS[lang]
    half = rf"(?P<am>{_HALVES[lang]['am']})|(?P<pm>{_HALVES[lang]['pm']})"
    past = r"half past |quarter past |quarter to " if lang == "en" else r"(?!)"
    more = r"(?!)" if lang == "en" else r" y media| y cuarto| menos cuarto"
    clock = (
        rf"(?:at |a las? |las? )?(?P<past>{past})?"
        rf"(?:(?P<mil>{_ALONE}|[1-9][0-5]\d(?={hours}))(?:{hours})?"
        rf"|(?P<h>\d{{1,2}})(?:[:.h](?P<m>\d{{2}})(?P<hours>{hours})?)?(?!\d|/\d)|(?P<w>{number})\b)"
        rf"(?P<more>{more})?(?: ?(?:o'?clock|en punto))?(?: ?h(?:rs?|oras)?\b)?(?:,? ?(?:{half}))?"
    )
    every = r"(?:every |each |on )?" if lang == "en" else r"(?:todos los |todas las |cada |los |el )?"
    before = _BEFORE[lang].format(lead=_LEAD[lang].format(number="|".join([*_MINUTES[lang], number])))
    parts = "|".join(rf"(?P<{name}>{words})" for name, words in _PARTS[lang].items())

    def date_of(kind: str) -> Make:
        return lambda m: _date_token(kind, m, lang, today)

    table: list[tuple[str, Make]] = [
        (_OTHER[lang], lambda m: Token("every_other", m[0])),
        (rf"(?:{_OFTEN[lang].format(number=number)}),? (?:{_WEEKLY[lang]})", lambda m: _often(m, lang)),
        (before, lambda m: Token("before_shift", m[0], _lead(m, lang))),
        (_OFF[lang], lambda m: Token("on_holidays", m[0], value=False)),
        (_ON[lang], lambda m: Token("on_holidays", m[0], value=True)),
        (rf"{every}(?:{_EVERY_DAY[lang]})\b", lambda m: Token("days", m[0], tuple(range(7)))),
        (rf"{every}(?:{_WEEKDAYS[lang]})\b", lambda m: Token("days", m[0], tuple(range(5)))),
        (rf"{every}(?:{_WEEKEND[lang]})\b", lambda m: Token("days", m[0], (5, 6))),
        (_NO_END[lang], lambda m: Token("no_end", m[0])),
        (rf"{_START[lang]} (?:{_SOON[lang]['today']})\b", lambda m: Token("starts", m[0], today)),
        (rf"{_START[lang]} (?:{_SOON[lang]['tomorrow']})\b", lambda m: Token("starts", m[0], today + timedelta(days=1))),
        (rf"{_START[lang]} (?:(?P<named>{day}),? )?(?:{when})(?!\w)", date_of("starts")),
        (rf"{_END[lang]} (?:(?P<named>{day}),? )?(?:{when})(?!\w)", date_of("ends")),
        (_IN_YEAR[lang], lambda m: Token("vague_date", m[0])),
        (rf"(?:from |de |del )?{every}(?P<a>{day}){to}(?P<b>{day})\b", lambda m: _span(m, lang)),
        (rf"{every}(?P<a>{day})(?![a-z])", lambda m: Token("days", m[0], (weekday(m["a"], lang),))),
        (rf"(?P<n>\d+|{number}) (?:{_CARDS[lang]})\b(?: each(?: time)?| cada vez)?", lambda m: _cards(m, lang)),
        (rf"(?:at |al? )?(?:{'|'.join(_NOON[lang])})\b", lambda m: Token("time", m[0], (12, 0, None))),
        (rf"(?:at |a )?(?:{'|'.join(_MIDNIGHT[lang])})\b", lambda m: Token("time", m[0], (0, 0, None))),
        (clock, lambda m: _time(m, lang)),
        (_PART[lang].format(part=parts), lambda m: Token("part", m[0], next(k for k, said in m.groupdict().items() if said))),
        (rf"(?:{'|'.join(map(re.escape, _SMALL[lang].split()))})(?![\w'])", lambda m: None),
    ]  # fmt: skip
    return [(re.compile(pattern), make) for pattern, make in table]


def _span(match: re.Match[str], lang: str) -> Token:
    first, last = weekday(match["a"], lang), weekday(match["b"], lang)
    return Token("days", match[0], tuple((first + n) % 7 for n in range((last - first) % 7 + 1)))


def _lead(match: re.Match[str], lang: str) -> int | None:
    """Minutes before a shift; None where they were not said."""
    if match["half"] or match["quarter"]:
        return 30 if match["half"] else 15
    said = match["n"]
    if said is None:
        return None
    one = said in ("a", "an", "un", "una")
    return (1 if one else _MINUTES[lang].get(said) or count(said, lang)) * (60 if match["hours"] else 1)


def half_of(text: str, lang: str) -> str | None:
    """ "am" or "pm" where that is all of `text`, with or without the hour it is about; else None."""
    said = re.sub(r"^[\d:.]+ ?(?!\S*\d)", "", plain(text))
    return next((half for half, pattern in _HALVES[lang].items() if re.fullmatch(pattern, said)), None)


def _often(match: re.Match[str], lang: str) -> Token:
    times = 1 if match["once"] else 2 if match["twice"] else count(match["n"], lang)
    return Token("how_often", match[0], times)


def _cards(match: re.Match[str], lang: str) -> Token:
    return Token("cards", match[0], count(match["n"], lang))


def _time(match: re.Match[str], lang: str) -> Token:
    """An hour that may be morning or evening is not sure; one with a zero before it, past twelve, or written as police write it, is on the
    24-hour clock."""
    written, police = match["h"] or "", match["mil"]
    if police:
        hour, minute = divmod(int(police), 100)
    else:
        hour, minute = int(written) if written else count(match["w"], lang), int(match["m"] or 0)
    said = ((match["past"] or "") + (match["more"] or "")).strip()
    if said in ("half past", "y media"):
        minute = 30
    elif said in ("quarter past", "y cuarto"):
        minute = 15
    elif said in ("quarter to", "menos cuarto"):
        hour, minute = (hour - 1) % 24, 45
    half = "am" if match["am"] else "pm" if match["pm"] else None
    if hour > 23 or minute > 59 or (half and (hour > 12 or hour == 0)):
        return Token("unknown", match[0])
    zero = len(written) == 2 and written[0] == "0" and match["m"] is not None
    on_24 = police is not None or match["hours"] is not None
    sure = half is not None or hour > 12 or hour == 0 or zero or on_24
    return Token("time", match[0], (hour, minute, half), sure)


def _date_token(kind: str, match: re.Match[str], lang: str, today: date) -> Token:
    """A date that is not on the weekday that was named with it is asked for again: one of the two is a slip."""
    found = date_in(match, lang, today)
    if found is None:
        return Token("vague_date", match["vague"] or match[0])
    if match["named"] and found.weekday() != weekday(match["named"], lang):
        return Token("vague_date", match[0])
    return Token(kind, match[0], found)
