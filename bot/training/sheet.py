"""A roll-call sheet and a sign-in list on paper, for units without the app: one HTML file, no script, nothing from elsewhere.

The same week gives the same cards; week by week the course is gone through in its order, and when it is through, again in the next wording.
"""

from __future__ import annotations

from datetime import date, timedelta
from html import escape
from random import Random
from string import ascii_uppercase

from bot.library.loading import Library
from bot.training.cards import Card, Course, Courses, Wording
from bot.training.checks.quiz import FEWEST_OPTIONS

ROWS = 24
"""Lines of the sign-in list: what fits a page."""

_STYLE = """
@page { size: Letter; margin: 16mm 16mm 14mm; }
* { box-sizing: border-box; }
body { font: 11.5pt/1.4 Georgia, "Times New Roman", serif; color: #111; background: #fff; margin: 0 auto; max-width: 184mm; }
h1 { font-size: 17pt; line-height: 1.2; margin: 0 0 1mm; }
h2 { font-size: 13pt; margin: 0 0 3mm; }
.facts, .small { font: 9.5pt/1.4 Helvetica, Arial, sans-serif; color: #333; }
.facts { margin: 0 0 4mm; }
header { border-bottom: 1.5pt solid #111; margin-bottom: 5mm; padding-bottom: 2mm; }
article { break-inside: avoid; margin: 0 0 6mm; }
article p { margin: 0 0 1.5mm; }
.case { border-left: 2pt solid #666; padding-left: 3mm; }
.case b { font: bold 9pt Helvetica, Arial, sans-serif; text-transform: uppercase; letter-spacing: .04em; }
.ask { font-weight: bold; }
ol { list-style: none; margin: 0; padding: 0; }
li { margin: 0 0 1.2mm; padding-left: 8mm; text-indent: -8mm; }
li b { display: inline-block; width: 8mm; text-indent: 0; }
.key li { padding-left: 11mm; text-indent: -11mm; }
.key li b { width: 11mm; }
.right { font-weight: bold; }
.why { display: block; text-indent: 0; font-weight: normal; font-size: 10.5pt; }
.page { break-before: page; }
table { border-collapse: collapse; width: 100%; }
th { font: bold 9pt Helvetica, Arial, sans-serif; text-align: left; }
th, td { border: .5pt solid #777; padding: 1mm 2mm; height: 8mm; }
th:nth-child(2) { width: 34%; }
th:nth-child(3), th:nth-child(4) { width: 16%; }
th:first-child, td:first-child { width: 8mm; text-align: right; color: #555; }
.fill { display: flex; gap: 6mm; margin: 0 0 4mm; }
.fill span { flex: 1; border-bottom: .5pt solid #111; padding-bottom: 1mm; }
footer { border-top: .5pt solid #777; margin-top: 5mm; padding-top: 2mm; }
@media screen { body { padding: 12mm 6mm; } .page { margin-top: 16mm; border-top: 1pt dashed #999; padding-top: 10mm; } }
"""


def monday(day: date) -> date:
    """The first day of the week of `day`."""
    return day - timedelta(days=day.weekday())


def of_week(cards: list[Card], week: date, count: int) -> list[tuple[Card, Wording]]:
    """What is asked in the week of `week`: `count` cards, or all where there are fewer, each in the wording of that round."""
    count = min(count, len(cards))
    weeks = monday(week).toordinal() // 7
    start = weeks * count
    picked = [(cards[n % len(cards)], n // len(cards)) for n in range(start, start + count)]
    dice = Random(f"{monday(week)} {cards[0].course}" if cards else "")  # noqa: S311 - the same sheet each time it is printed
    places = dice.sample(range(FEWEST_OPTIONS), FEWEST_OPTIONS)
    found = []
    for number, (card, turn) in enumerate(picked):
        found.append((card, _placed(card.wordings[turn % len(card.wordings)], places[number % len(places)])))
    return found


def _placed(wording: Wording, place: int) -> Wording:
    """The wording with its right option at `place`, so that the answers of one sheet stand in different places."""
    right = wording.options[wording.right]
    wrong = [option for option in wording.options if not option.is_right]
    return wording.model_copy(update={"options": [*wrong[:place], right, *wrong[place:]]})


def _question(number: int, wording: Wording, invented: str) -> str:
    case = f'<p class="case"><b>{escape(invented)}</b> {escape(wording.scenario)}</p>' if wording.scenario else ""
    options = "".join(
        f"<li><b>{letter}</b>{escape(option.text)}</li>"
        for letter, option in zip(ascii_uppercase, wording.options, strict=False)
    )
    return f'<article>{case}<p class="ask">{number}. {escape(wording.question)}</p><ol>{options}</ol></article>'


def _answer(number: int, card: Card, wording: Wording, words: dict[str, str], library: Library) -> str:
    options = "".join(
        f"<li{' class=right' if option.is_right else ''}><b>{letter}{' ✓' if option.is_right else ''}</b>{escape(option.text)}"
        f'<span class="why">{escape(option.because)}</span></li>'
        for letter, option in zip(ascii_uppercase, wording.options, strict=False)
    )
    titles = "; ".join(f"{library.sources[key].title} ({library.sources[key].date})" for key in card.sources)
    small = f"{words['sources']}: {titles}. {words['reviewed']}: {card.reviewed_on}. {card.id}"
    return (
        f'<article><p class="ask">{number}. {escape(wording.question)}</p><ol class="key">{options}</ol>'
        f'<p class="small">{escape(small)}</p></article>'
    )


def _sign_in(course: Course, words: dict[str, str], week: date) -> str:
    heads = "".join(f"<th>{escape(words[key])}</th>" for key in ("name", "badge", "result", "signature"))
    rows = "".join(f"<tr><td>{n}</td><td></td><td></td><td></td><td></td></tr>" for n in range(1, ROWS + 1))
    return (
        f'<section class="page"><h2>{escape(words["sign_in"])}</h2>'
        f'<p class="facts">{escape(course.title)} · {escape(words["week"])} {week}</p>'
        f'<p class="fill"><span>{escape(words["unit"])}:</span><span>{escape(words["date"])}:</span><span>{escape(words["instructor"])}:</span></p>'
        f"<table><thead><tr><th>#</th>{heads}</tr></thead><tbody>{rows}</tbody></table>"
        f'<footer class="small">{escape(words["credit"])}</footer></section>'
    )


def page(courses: Courses, library: Library, course: Course, week: date, count: int) -> str:
    """The file. Raises `ValueError` where the course has no card in its language."""
    cards = courses.of(course.id, course.lang)
    if not cards:
        raise ValueError(f"course {course.id} has no card in {course.lang}")
    phrases, week = courses.phrases[course.lang], monday(week)
    words, asked = phrases.sheet, of_week(cards, week, count)
    minutes = sum(card.minutes for card, _ in asked)
    facts = f"{words['course']}: {course.title} · {words['week']} {week} · {words['minutes']}: {minutes}"
    notes = [words["read_out"], *([words["invented_note"]] if any(w.scenario for _, w in asked) else [])]
    questions = "".join(_question(n, wording, phrases.invented) for n, (_, wording) in enumerate(asked, 1))
    answers = "".join(_answer(n, card, wording, words, library) for n, (card, wording) in enumerate(asked, 1))
    return (
        f'<!doctype html>\n<html lang="{course.lang}"><head><meta charset="utf-8">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{escape(words['title'])}: {escape(course.title)}, {week}</title><style>{_STYLE}</style></head><body>"
        f'<header><h1>{escape(words["title"])}</h1><p class="facts">{escape(facts)}</p></header>'
        f'<p class="small">{escape(" ".join(notes))}</p>{questions}'
        f'<footer class="small">{escape(words["safety"])} {escape(words["credit"])}</footer>'
        f"{_sign_in(course, words, week)}"
        f'<section class="page"><h2>{escape(words["answers"])}</h2>{answers}'
        f'<footer class="small">{escape(words["legal"])}</footer></section></body></html>\n'
    )
