"""Words of a schedule in English and Spanish, made into tokens for `words.py`. Pure.

Only what is listed is understood. A word that is not becomes an `unknown` token, which is asked about; nothing is passed over but the small
words that change nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any


@dataclass(frozen=True, slots=True)
class Token:
    """kind: days, time (value: hour, minute, am or pm or None), before_shift, cards, starts, ends, on_holidays, vague_date, every_other,
    how_often (times a week), unknown. `sure`: a time that can be read in one way alone."""

    kind: str
    text: str
    value: Any = None
    sure: bool = True


_WEEK = {
    "en": (("monday", "mon"), ("tuesday", "tue", "tues"), ("wednesday", "wed"), ("thursday", "thu", "thur", "thurs"),
           ("friday", "fri"), ("saturday", "sat"), ("sunday", "sun")),
    "es": (("lunes", "lun"), ("martes", "mar"), ("miercoles", "mie"), ("jueves", "jue"), ("viernes", "vie"), ("sabado", "sab", "sabados"),
           ("domingo", "dom", "domingos")),
}  # fmt: skip
_MONTHS = {
    "en": ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"),
    "es": ("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"),
}  # fmt: skip
_NUMBERS = {
    "en": ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    "es": ("una", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez", "once", "doce"),
}  # fmt: skip
_SMALL = {
    "en": "every each on at the and in of please a o'clock oclock then also plus send for us them officers "
    "my me our refresher refreshers quiz quizzes training trainings everyone everybody schedule set i we want would like",
    "es": "cada todos todas los las el la y e en a al de por favor tambien luego para con "
    "un mi mis nos repaso repasos agentes manda mande mandar envia envie enviar programa programe programar quiero quisiera",
}
_CARDS = {"en": r"cards?|questions?", "es": r"tarjetas?|preguntas?"}
_BEFORE = {
    "en": r"before (?:the |each |every |their |my |our )?(?:shifts?|tours?|roll ?call|duty|watch)\b",
    "es": r"antes de(?:l| la| cada| su| los)? (?:turnos?|guardia|servicio|lista)\b",
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
    "en": r"(?:but )?(?:not|never|except|no) (?:on |for )?(?:public |federal |bank )?holidays",
    "es": r"(?:pero )?(?:no|nunca|excepto|salvo|menos) (?:en |los |en los )?(?:dias )?(?:festivos|feriados)",
}
_ON = {
    "en": r"(?:also|even|including) (?:on )?holidays",
    "es": r"(?:tambien|incluso|incluidos) (?:en |los |en los )?(?:dias )?(?:festivos|feriados)",
}
_START = {
    "en": r"(?:starting|beginning|from|as of)(?: on)?",
    "es": r"(?:a partir del?|(?:desde|empezando|comenzando)(?: el)?)",
}
_END = {"en": r"(?:until|till|through|ending)(?: on)?", "es": r"(?:hasta|terminando)(?: el)?"}
_NOON = {"en": ("noon", "midday"), "es": ("mediodia",)}
_MIDNIGHT = {"en": ("midnight",), "es": ("medianoche",)}
_HALVES = {
    "en": {"am": r"a\.?m\b\.?|in the morning|every morning|mornings?", "pm": r"p\.?m\b\.?|in the (?:afternoon|evening)|at night|afternoons?|evenings?"},
    "es": {"am": r"a\.? ?m\b\.?|(?:de|por|en) la (?:manana|madrugada)", "pm": r"p\.? ?m\b\.?|(?:de|por|en) la (?:tarde|noche)"},
}  # fmt: skip

Make = Callable[[re.Match[str]], Token | None]


def plain(text: str) -> str:
    """Small letters without accents, one space between words."""
    flat = unicodedata.normalize("NFKD", text.replace("’", "'").lower())
    return " ".join("".join(c for c in flat if not unicodedata.combining(c)).split())


def tokens(text: str, lang: str, today: date) -> list[Token]:
    """In the order in which they stand. Raises KeyError for another language than "en" and "es"."""
    left, found = plain(text), list[Token]()
    rules = _rules(lang, today)
    while left:
        for pattern, make in rules:
            match = pattern.match(left)
            if match is None or not match[0]:
                continue
            token = make(match)
            if token is not None:
                found.append(token)
            left = left[match.end() :].lstrip(" ,;:.&-–")
            break
        else:
            word, _, left = left.partition(" ")
            found.append(Token("unknown", word))
    return found


def _rules(lang: str, today: date) -> list[tuple[re.Pattern[str], Make]]:
    """Patterns with what to make of them; the first that fits counts."""
    day = "|".join(sorted((name for names in _WEEK[lang] for name in names), key=len, reverse=True))
    day = rf"(?:{day})\.?(?:s\b)?" if lang == "en" else rf"(?:{day})\.?"
    month = "|".join(f"{name}|{name[:3]}" for name in _MONTHS[lang])
    when = (
        rf"(?P<iso>\d{{4}}-\d{{2}}-\d{{2}})|(?P<m1>{month})\.? (?P<d1>\d{{1,2}})(?:st|nd|rd|th)?(?:,? (?P<y1>\d{{4}}))?"
        rf"|(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?(?: de| of)? (?P<m2>{month})\.?(?:(?: de|,)? (?P<y2>\d{{4}}))?"
        rf"|(?P<vague>\d{{1,2}}[/.]\d{{1,2}}(?:[/.]\d{{2,4}})?|(?:{month})\b|next \w+|(?:la )?(?:proxim[oa]) \w+)"
    )
    to = r"(?: ?(?:-|–|to|through|thru) ?)" if lang == "en" else r"(?: ?(?:-|–|a|al|hasta(?: el)?) ?)"
    number = "|".join(_NUMBERS[lang])
    half = rf"(?P<am>{_HALVES[lang]['am']})|(?P<pm>{_HALVES[lang]['pm']})"
    past = r"half past |quarter past |quarter to " if lang == "en" else r"(?!)"
    more = r"(?!)" if lang == "en" else r" y media| y cuarto| menos cuarto"
    clock = (
        rf"(?:at |a las? |las? )?(?P<past>{past})?(?:(?P<h>\d{{1,2}})(?:[:.h](?P<m>\d{{2}}))?(?!\d)|(?P<w>{number})\b)(?P<more>{more})?"
        rf"(?: ?(?:o'?clock|en punto))?(?: ?h(?:rs?|oras)?\b)?(?:,? ?(?:{half}))?"
    )
    every = r"(?:every |each |on )?" if lang == "en" else r"(?:todos los |todas las |cada |los |el )?"

    def date_of(kind: str) -> Make:
        return lambda m: _date_token(kind, m, lang, today)

    table: list[tuple[str, Make]] = [
        (_OTHER[lang], lambda m: Token("every_other", m[0])),
        (rf"(?:{_OFTEN[lang].format(number=number)}),? (?:{_WEEKLY[lang]})", lambda m: _often(m, lang)),
        (_BEFORE[lang], lambda m: Token("before_shift", m[0])),
        (_OFF[lang], lambda m: Token("on_holidays", m[0], value=False)),
        (_ON[lang], lambda m: Token("on_holidays", m[0], value=True)),
        (rf"{every}(?:{_EVERY_DAY[lang]})\b", lambda m: Token("days", m[0], tuple(range(7)))),
        (rf"{every}(?:{_WEEKDAYS[lang]})\b", lambda m: Token("days", m[0], tuple(range(5)))),
        (rf"{every}(?:{_WEEKEND[lang]})\b", lambda m: Token("days", m[0], (5, 6))),
        (rf"{_START[lang]} (?:(?P<named>{day}),? )?(?:{when})\b", date_of("starts")),
        (rf"{_END[lang]} (?:(?P<named>{day}),? )?(?:{when})\b", date_of("ends")),
        (rf"(?:from |de |del )?{every}(?P<a>{day}){to}(?P<b>{day})\b", lambda m: _span(m, lang)),
        (rf"{every}(?P<a>{day})(?![a-z])", lambda m: Token("days", m[0], (_weekday(m["a"], lang),))),
        (rf"(?P<n>\d+|{number}) (?:{_CARDS[lang]})\b(?: each(?: time)?| cada vez)?", lambda m: _cards(m, lang)),
        (rf"(?:at |al? )?(?:{'|'.join(_NOON[lang])})\b", lambda m: Token("time", m[0], (12, 0, None))),
        (rf"(?:at |a )?(?:{'|'.join(_MIDNIGHT[lang])})\b", lambda m: Token("time", m[0], (0, 0, None))),
        (clock, lambda m: _time(m, lang)),
        (rf"(?:{'|'.join(map(re.escape, _SMALL[lang].split()))})(?![\w'])", lambda m: None),
    ]
    return [(re.compile(pattern), make) for pattern, make in table]


def _weekday(name: str, lang: str) -> int:
    bare = name.rstrip(".")
    for number, names in enumerate(_WEEK[lang]):
        if bare in names or (lang == "en" and bare.removesuffix("s") in names):
            return number
    raise KeyError(name)


def _span(match: re.Match[str], lang: str) -> Token:
    first, last = _weekday(match["a"], lang), _weekday(match["b"], lang)
    return Token("days", match[0], tuple((first + n) % 7 for n in range((last - first) % 7 + 1)))


def _count(text: str, lang: str) -> int:
    return int(text) if text.isdigit() else _NUMBERS[lang].index(text) + 1


def count_of(text: str, lang: str) -> int | None:
    """A count that is all of `text`, in digits or as a word; None where it is none."""
    said = plain(text).strip(" .")
    return _count(said, lang) if said.isdecimal() or said in _NUMBERS[lang] else None


def half_of(text: str, lang: str) -> str | None:
    """ "am" or "pm" where that is all of `text`, with or without the hour it is about; else None."""
    said = re.sub(r"^[\d:.]+ ?(?!\S*\d)", "", plain(text))
    return next((half for half, pattern in _HALVES[lang].items() if re.fullmatch(pattern, said)), None)


def _often(match: re.Match[str], lang: str) -> Token:
    count = 1 if match["once"] else 2 if match["twice"] else _count(match["n"], lang)
    return Token("how_often", match[0], count)


def _cards(match: re.Match[str], lang: str) -> Token:
    return Token("cards", match[0], _count(match["n"], lang))


def _time(match: re.Match[str], lang: str) -> Token:
    """An hour that may be morning or evening is not sure; one with a zero before it, or past twelve, is on the 24-hour clock."""
    written = match["h"] or ""
    hour = int(written) if written else _count(match["w"], lang)
    minute = int(match["m"] or 0)
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
    sure = (
        half is not None
        or hour > 12
        or hour == 0
        or (len(written) == 2 and written[0] == "0" and match["m"] is not None)
    )
    return Token("time", match[0], (hour, minute, half), sure)


def _date_token(kind: str, match: re.Match[str], lang: str, today: date) -> Token:
    """A date that is not on the weekday that was named with it is asked for again: one of the two is a slip."""
    if match["vague"]:
        return Token("vague_date", match["vague"])
    found = _date(kind, match, lang, today)
    if match["named"] and found.kind == kind and found.value.weekday() != _weekday(match["named"], lang):
        return Token("vague_date", match[0])
    return found


def _date(kind: str, match: re.Match[str], lang: str, today: date) -> Token:
    try:
        if match["iso"]:
            return Token(kind, match[0], date.fromisoformat(match["iso"]))
        name, day, year = (match[f"{k}1"] or match[f"{k}2"] for k in "mdy")
        month = next(n for n, full in enumerate(_MONTHS[lang], 1) if full.startswith(name))
        if year:
            return Token(kind, match[0], date(int(year), month, int(day)))
        this = date(today.year, month, int(day))
        # Without a year it is the next one: a date of last month is next year's.
        return Token(
            kind, match[0], this if this >= today - timedelta(days=1) else date(today.year + 1, month, int(day))
        )
    except ValueError:
        return Token("vague_date", match[0])
