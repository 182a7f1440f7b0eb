"""A pause in a coordinator's own words, English or Spanish: "skip next week", "pause until January 5", "no refreshers the week of
Thanksgiving", "sin repasos del 20 de diciembre al 3 de enero". Pure. What could be two spans is none, and is asked."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from bot.training.dates import NUMBERS, count, date_in, date_pattern, month, month_pattern, weekday, weekday_pattern
from bot.training.schedule import Pause

LONGEST = 366
"""Days; what is longer is asked about."""
_MONTH = 30
CUES = {"en": "pause", "es": "pausa"}
"""Stands before words that name only a span."""
SUNDAY = 6


@dataclass(frozen=True, slots=True)
class Said:
    """What stands at the beginning of a text, over so many characters. None of `pauses`, and not `open` (until they go on): a pause is meant
    and its span is not clear; `begun`: something was said of it ("until …")."""

    length: int
    pauses: tuple[Pause, ...] = ()
    open: bool = False
    begun: bool = False


_CUE = {
    "en": r"(?:please )?(?:pause|pausing|skip|skipping|suspend|cancel|stop|hold off(?: on)?|take off|put (?:it |them |everything |all )?on hold"
    r"|(?:send )?nothing|no (?:more )?(?:refreshers?|cards?|quizzes|trainings?|questions?|messages?)"
    r"|(?:don't|dont|do not) (?:send|ask|quiz)(?: any| anything| anybody| anyone)?)\b",
    "es": r"(?:por favor )?(?:pausa(?:r|lo|los|rlo|rlos|mos)?|pausen?|(?:pon|ponga|poner) en pausa|salta(?:r|te|rse)?|salt[ae]n?|omit(?:ir|[ae]n?)"
    r"|suspend(?:er|[ae]n?)|cancel(?:ar|[ae]n?)|det(?:en|ener|enga)|par(?:ar|e) (?:todos )?los repasos|sin repasos|sin tarjetas|ningun repaso"
    r"|nada(?: de (?:repasos|tarjetas))?|no (?:mand(?:es|en|e)|envi(?:es|en|e)|haya|habra|hay)(?: nada| ningun repaso)?)\b",
}
_WHAT = {
    "en": r"(?:(?:the|all|our|my|any|of|refreshers?|cards?|quiz(?:zes)?|trainings?|questions?|messages?|everything|it|them|for (?:us|everyone|everybody)|please|entirely)\b ?)*",
    "es": r"(?:(?:los|las|todos|todas|todo|mis|nuestros|repasos?|tarjetas?|preguntas?|mensajes?|a todos|para todos|por favor)\b ?)*",
}
"""What is paused; nothing hangs on it."""
_HOLIDAYS_ALL = {
    "en": r"(?:on |for )?(?:public |federal |bank )?holidays\b",
    "es": r"(?:en |los |en los )*(?:dias )?(?:festivos|feriados)\b",
}
"""All of them, which is no pause."""
_BEGUN = {
    "en": r"(?:until|till|til|through|thru|for|from|between|during|over|while|next|this|(?:the )?week)\b",
    "es": r"(?:hasta|por|desde|entre|durante|mientras|del?|(?:la )?semana|esta|proxim[oa])\b",
}
_OPEN = {
    "en": r"(?:until (?:further notice|i say(?: so)?|we say(?: so)?|i resume|we resume)|indefinitely|for now)\b",
    "es": r"(?:hasta (?:nuevo aviso|que (?:yo )?(?:avise|diga)|que los reanude)|indefinidamente|por ahora)\b",
}
# Holidays by which people name a week: month and day, or month, weekday and which of them (-1: the last).
_HOLIDAYS: tuple[tuple[tuple[int, ...], dict[str, str]], ...] = (
    ((12, 31), {"en": r"new year'?s eve", "es": r"nochevieja|fin de ano"}),
    ((1, 1), {"en": r"new year'?s?(?: day)?", "es": r"ano nuevo"}),
    ((1, 0, 3), {"en": r"mlk(?: jr\.?)?(?: day)?|martin luther king(?: jr\.?)?(?: day)?", "es": r"(?:dia de )?martin luther king"}),
    ((2, 0, 3), {"en": r"presidents'? day|washington's birthday", "es": r"dia de los presidentes"}),
    ((5, 0, -1), {"en": r"memorial day", "es": r"memorial day|dia de los caidos"}),
    ((6, 19), {"en": r"juneteenth", "es": r"juneteenth"}),
    ((7, 4), {"en": r"(?:4th|fourth) of july|independence day", "es": r"dia de la independencia"}),
    ((9, 0, 1), {"en": r"labor day", "es": r"labor day|dia del trabajo"}),
    ((10, 0, 2), {"en": r"columbus day|indigenous peoples'? day", "es": r"dia de (?:colon|la raza)"}),
    ((11, 11), {"en": r"veterans'? day", "es": r"dia de los veteranos"}),
    ((11, 3, 4), {"en": r"thanksgiving(?: day)?", "es": r"(?:dia de )?accion de gracias|thanksgiving"}),
    ((12, 24), {"en": r"christmas eve", "es": r"nochebuena"}),
    ((12, 25), {"en": r"christmas(?: day)?|xmas", "es": r"(?:dia de )?navidad"}),
)  # fmt: skip
Make = Callable[[re.Match[str], date], "Pause | None"]


def at(text: str, lang: str, today: date) -> Said | None:
    """What `text` (as `dates.plain` gives it) begins with; None where that is no pause. Raises KeyError for another language."""
    cue = re.match(rf"{_CUE[lang]} ?{_WHAT[lang]}", text)
    if cue is None or re.match(_HOLIDAYS_ALL[lang], text[cue.end() :]):
        return None
    open_ = re.compile(_OPEN[lang]).match(text, cue.end())
    if open_ is not None:
        return Said(open_.end(), open=True)
    found: list[Pause] = []
    end = cue.end()
    while (span := _span_at(text, end, lang, today, more=bool(found))) is not None:
        one, end = span
        if one is None:
            return Said(end, begun=True)
        found.append(one)
        more = re.compile(r" ?, (?:and |y )?| and | y " if found else "").match(text, end)
        if more is None or _span_at(text, more.end(), lang, today, more=True) is None:
            break
        end = more.end()
    if found:
        return Said(end, tuple(found))
    begun = re.compile(_BEGUN[lang]).match(text, end) is not None
    return Said(len(text) if begun else end, begun=begun)


def _span_at(text: str, start: int, lang: str, today: date, more: bool) -> tuple[Pause | None, int] | None:
    """The span that begins there, None in it where it is not clear, and where it ends. `more`: another one stood before it; then a weekday
    belongs to what comes after it."""
    for name, pattern, make in _spans(lang):
        match = pattern.match(text, start)
        if match is None or (more and name == "weekday"):
            continue
        one = make(match, today)
        sound = one is not None and one.first <= one.last < today + timedelta(days=LONGEST) and one.last >= today
        return (one if sound else None), match.end()
    return None


# -- the ways to say a span ------------------------------------------------------------------------------------------------


@lru_cache(maxsize=4)
def _spans(lang: str) -> list[tuple[str, re.Pattern[str], Make]]:
    """Patterns with what to make of them; the first that fits counts."""
    p = _POINTS[lang]
    a, b = _point(lang, "a"), _point(lang, "b")
    number, months = "|".join(NUMBERS[lang]), month_pattern(lang)

    def until(match: re.Match[str], today: date) -> Pause | None:
        """Not with the day that is named, but with "through"."""
        day = _day(match, "b", lang, today)
        last = day if day is None or match["through"] else day - timedelta(days=1)
        return None if last is None else Pause(today, last)

    def between(match: re.Match[str], today: date) -> Pause | None:
        first = _day(match, "a", lang, today)
        last = _day(match, "b", lang, first or today)
        if first is None or last is None:
            return None
        return Pause(first, last if not match["until"] else last - timedelta(days=1))

    def length(match: re.Match[str], today: date) -> Pause:
        said = match["n"]
        many = (
            count(said, lang)
            if said.isdigit() or said in NUMBERS[lang]
            else 2
            if "par" in said or "couple" in said
            else 1
        )
        days = many * (7 if match["weeks"] else _MONTH if match["months"] else 1)
        return Pause(today, today + timedelta(days=days - 1))

    def two_days(match: re.Match[str], today: date) -> Pause | None:
        """ "December 20-31"."""
        number, first, last = (match["month"], match["d1"], match["d2"])
        try:
            day = date(today.year, month(number, lang), int(last))
            year = today.year if day >= today else today.year + 1
            return Pause(date(year, day.month, int(first)), date(year, day.month, int(last)))
        except ValueError:
            return None

    table: list[tuple[str, str, Make]] = [
        ("week of", p["week_of"].format(point=_point(lang, "a", weekdays=False)), lambda m, t: _week(_day(m, "a", lang, t), t)),
        ("week of", p["named_week"].format(point=_holidays(lang, "a")), lambda m, t: _week(_day(m, "a", lang, t), t)),
        ("next week", p["next_week"], lambda m, t: Pause(_monday(t) + timedelta(days=7), _monday(t) + timedelta(days=13))),
        ("this week", p["this_week"], lambda m, t: Pause(t, _monday(t) + timedelta(days=SUNDAY))),
        ("weekend", p["weekend"], lambda m, t: Pause(_monday(t) + timedelta(days=5), _monday(t) + timedelta(days=SUNDAY))),
        ("month", p["next_month"], lambda m, t: Pause(_month_end(t) + timedelta(days=1), _month_end(_month_end(t) + timedelta(days=1)))),
        ("month", p["this_month"], lambda m, t: Pause(t, _month_end(t))),
        ("days", p["two_days"].format(months=months), two_days),
        ("from", p["from"].format(a=a, b=b), between),
        ("end of", p["end_of_week"], lambda m, t: Pause(t, _monday(t) + timedelta(days=SUNDAY))),
        ("end of", p["end_of_month"], lambda m, t: Pause(t, _month_end(t))),
        ("end of", p["end_of_year"], lambda m, t: Pause(t, date(t.year, 12, 31))),
        ("until", p["until_next_week"], lambda m, t: Pause(t, _monday(t) + timedelta(days=SUNDAY))),
        ("until", p["until_next_month"], lambda m, t: Pause(t, _month_end(t))),
        ("until", p["until"].format(b=b), until),
        ("length", p["length"].format(number=number), length),
        ("month", p["in_month"].format(months=months), lambda m, t: _whole_month(month(m["month"], lang), t)),
        ("weekday", p["on"] + _point(lang, "a") + r"(?= ?(?:$|[.,;!]))", lambda m, t: _one(_day(m, "a", lang, t))),
        ("day", p["on"] + _point(lang, "a", weekdays=False), lambda m, t: _one(_day(m, "a", lang, t))),
    ]  # fmt: skip
    return [(name, re.compile(rf"(?:{pattern})(?!\w)"), make) for name, pattern, make in table]


_POINTS = {
    "en": {
        "on": r"(?:on |for )?(?:the )?",
        "week_of": r"(?:for |during |over )?(?:the )?(?:whole |entire )?week of (?:the )?{point}",
        "named_week": r"(?:for |during |over )?(?:the )?{point} week",
        "next_week": r"(?:for |during )?(?:all (?:of )?)?(?:the )?(?:next|coming|following) week",
        "this_week": r"(?:for |during )?(?:the )?(?:rest of )?(?:this|the) week(?! of)",
        "weekend": r"(?:for )?this weekend",
        "next_month": r"(?:for |during |in )?(?:all of )?next month",
        "this_month": r"(?:for |during )?(?:the )?(?:rest of )?(?:this|the) month",
        "two_days": r"(?:from |on )?(?P<month>{months})\.? (?P<d1>\d{{1,2}})(?:st|nd|rd|th)? ?(?:-|–|to|through|thru) ?(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?",
        "from": r"(?:(?P<between>between )|from |starting )?{a} ?(?(between)and|(?:(?P<until>until|till|til)|to|through|thru|-|–)) ?{b}",
        "end_of_week": r"(?:until|till|til|through|thru) (?:the )?end of (?:the |this )?week",
        "end_of_month": r"(?:until|till|til|through|thru) (?:the )?end of (?:the |this )?month",
        "end_of_year": r"(?:until|till|til|through|thru) (?:the )?end of (?:the |this )?year|until (?:the )?new year|until next year",
        "until_next_week": r"(?:until|till|til) next week",
        "until_next_month": r"(?:until|till|til) next month",
        "until": r"(?:until|till|til|up to|(?P<through>through|thru))(?: on)? (?:the )?{b}",
        "length": r"(?:for )?(?:the )?(?:next |coming )?(?P<n>\d{{1,3}}|{number}|a couple(?: of)?|an?) (?:days?|(?P<weeks>weeks?)|(?P<months>months?))",
        "in_month": r"(?:in |for |during )?(?:all of |the month of )?(?P<month>{months})(?!\.? ?\d)",
        "today": r"today", "tomorrow": r"tomorrow", "this": r"(?:this |coming )?", "next": r"next ",
    },
    "es": {
        "on": r"(?:el (?:dia )?|en |para )?",
        "week_of": r"(?:durante |en |por )?(?:(?:toda )?la )?semana (?:de|del(?: dia)?) (?:el )?{point}",
        "named_week": r"(?!){point}",
        "next_week": r"(?:durante |en |por )?(?:(?:toda )?la )?(?:proxima semana|semana (?:proxima|que viene|entrante|siguiente))",
        "this_week": r"(?:durante |en |por )?(?:lo que queda de |el resto de )?(?:esta semana|la semana(?! de))",
        "weekend": r"(?:en |por )?este fin de semana",
        "next_month": r"(?:durante |en |por )?(?:todo )?(?:el )?(?:proximo mes|mes (?:proximo|que viene|entrante|siguiente))",
        "this_month": r"(?:durante |en |por )?(?:lo que queda (?:de|del) |el resto (?:de|del) )?(?:este mes|el mes)",
        "two_days": r"(?:del? )?(?P<d1>\d{{1,2}}) ?(?:-|–|al?|hasta(?: el)?) ?(?P<d2>\d{{1,2}}) de (?P<month>{months})\.?",
        "from": r"(?:(?P<between>entre(?: el)? )|del? |desde(?: el)? ){a} ?(?(between)y(?: el)?|(?:(?P<until>(?!))|hasta(?: el)?|al?|-|–)) ?{b}",
        "end_of_week": r"hasta (?:el )?(?:fin|final) de (?:la )?semana",
        "end_of_month": r"hasta (?:el )?(?:fin|final) de(?:l)? mes",
        "end_of_year": r"hasta (?:el )?(?:fin|final) de(?:l)? ano",
        "until_next_week": r"hasta (?:la )?(?:proxima semana|semana (?:proxima|que viene))",
        "until_next_month": r"hasta (?:el )?(?:proximo mes|mes (?:proximo|que viene))",
        "until": r"hasta (?:(?P<through>(?:el )?final del?) )?(?:el )?(?:dia )?{b}",
        "length": r"(?:por |durante )?(?:las? |los )?(?:proxim[oa]s )?(?P<n>\d{{1,3}}|{number}|un par de|una?) (?:dias?|(?P<weeks>semanas?)|(?P<months>mes(?:es)?))",
        "in_month": r"(?:en |durante |por )?(?:todo |el mes de )*(?P<month>{months})(?! de \d)",
        "today": r"hoy", "tomorrow": r"manana", "this": r"(?:este |el )?", "next": r"(?:el )?proximo ",
    },
}  # fmt: skip


def _point(lang: str, mark: str, weekdays: bool = True) -> str:
    """A pattern for one day, whose groups end in `mark`. A weekday is none where a date or a time follows, or it is one of many."""
    words, day = _POINTS[lang], rf"(?:{weekday_pattern(lang)})"
    one = rf"{day}(?<!s)" if lang == "en" else rf"(?<!los ){day}"
    week = (
        rf"(?P<next{mark}>{words['next']})?{words['this']}(?P<week{mark}>{one})(?!,? (?:{month_pattern(lang)})|,? ?\d)|"
    )
    return (
        rf"(?:{week if weekdays else ''}(?:(?P<named{mark}>{day}),? )?(?:{date_pattern(lang, mark)})|{_holidays(lang, mark)}"
        rf"|(?P<today{mark}>{words['today']})|(?P<tomorrow{mark}>{words['tomorrow']}))"
    )


def _holidays(lang: str, mark: str) -> str:
    return "(?:" + "|".join(rf"(?P<h{n}{mark}>{names[lang]})" for n, (_, names) in enumerate(_HOLIDAYS)) + ")"


def _day(match: re.Match[str], mark: str, lang: str, today: date) -> date | None:
    """The day of a match of `_point` or `_holidays`, today or later where no year is said; None where it may be more than one."""
    said = match.groupdict()
    for n, (rule, _) in enumerate(_HOLIDAYS):
        if said.get(f"h{n}{mark}"):
            return next(day for year in (today.year, today.year + 1) if (day := _holiday(rule, year)) >= today)
    if said.get(f"today{mark}"):
        return today
    if said.get(f"tomorrow{mark}"):
        return today + timedelta(days=1)
    if said.get(f"week{mark}"):
        coming = today + timedelta(days=(weekday(said[f"week{mark}"], lang) - today.weekday() - 1) % 7 + 1)
        unclear = said.get(f"next{mark}") and _monday(coming) == _monday(today)  # "next Friday", said on a Tuesday
        return None if unclear else coming
    found = date_in(match, lang, today, mark)
    named = said.get(f"named{mark}")
    return None if found is None or (named and found.weekday() != weekday(named, lang)) else found


def _holiday(rule: tuple[int, ...], year: int) -> date:
    if len(rule) == 2:
        return date(year, *rule)
    number, day, which = rule
    if which > 0:
        first = date(year, number, 1)
        return first + timedelta(days=(day - first.weekday()) % 7 + 7 * (which - 1))
    last = _month_end(date(year, number, 1))
    return last - timedelta(days=(last.weekday() - day) % 7)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _month_end(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def _week(day: date | None, today: date) -> Pause | None:
    """Monday to Sunday; of this week what is left of it."""
    return None if day is None else Pause(max(today, _monday(day)), _monday(day) + timedelta(days=SUNDAY))


def _one(day: date | None) -> Pause | None:
    return None if day is None else Pause(day, day)


def _whole_month(number: int, today: date) -> Pause:
    year = today.year if number >= today.month else today.year + 1
    first = date(year, number, 1)
    return Pause(max(today, first), _month_end(first))
