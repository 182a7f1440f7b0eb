"""The progress picture: a PNG for a phone, drawn by a child that is not left behind."""

from __future__ import annotations

import asyncio
import io
import subprocess
import sys
from dataclasses import asdict, replace
from typing import Any

import pytest
from matplotlib.image import imread

from bot.settings import ROOT
from bot.training import cards, chart
from bot.training.chart import NotDrawn, Progress, Reach, Row, draw
from bot.training.chart_drawing import png

BLUE, GREY = (0, 114, 178), (227, 232, 237)


def progress(lang: str = "en", **other: Any) -> Progress:
    made = Progress(
        title="Training progress",
        subtitle="October 27 to November 26, 2026",
        reach=Reach(1248, 46, None),
        topics=(Row("Signs in general", 0.9, 0.6), Row("Roles", None, None)),
        units=(Row("Patrol", 0.25, 0.2),),
        fades_next=("Signs in general",),
        labels=cards.shared().phrases[lang].chart,
    )
    return replace(made, **other)


def size(picture: bytes) -> tuple[int, int]:
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    return int.from_bytes(picture[16:20], "big"), int.from_bytes(picture[20:24], "big")


def pixels(picture: bytes, colour: tuple[int, int, int]) -> int:
    """How many there are of exactly this colour."""
    image = (imread(io.BytesIO(picture))[:, :, :3] * 255).round().astype(int)
    return int((image == colour).all(axis=2).sum())


@pytest.mark.parametrize("lang", ["en", "es"])
async def test_it_is_a_png_of_its_width_that_telegram_takes_as_a_photo(lang: str) -> None:
    rows = tuple(Row(f"A topic with quite a long name, {number}", number / 12, number / 15) for number in range(12))
    width, height = size(await draw(progress(lang, topics=rows, units=rows[:5])))
    assert width == chart.WIDTH == 1080
    assert 1200 < height < 2400, "Telegram makes the longer side 1,280: much longer could not be read any more"


async def test_the_same_progress_gives_the_same_bytes_and_another_gives_others() -> None:
    first, again = await draw(progress()), await draw(progress())
    assert first == again
    assert await draw(progress(fades_next=("Roles",))) != first
    assert b"Software" not in first, "no version of the library that drew it"


async def test_bars_are_as_long_as_recall_and_hidden_rows_have_none() -> None:
    """In pixels of the bar's colour; the mark for two weeks takes a few away. The legend and the list below have the same in each."""

    async def blue(*rows: Row) -> int:
        return pixels(await draw(progress(topics=rows, units=())), BLUE)

    row = Row("Roles", 0.0, 0.0)
    nothing = await blue(row)
    half, whole = await blue(replace(row, now=0.5)) - nothing, await blue(replace(row, now=1.0)) - nothing
    assert whole == pytest.approx(2 * half, rel=0.05)
    assert half > 5000
    hidden = await draw(progress(topics=(Row("Roles", None, None),), units=(), fades_next=()))
    assert pixels(hidden, BLUE) == pixels(hidden, GREY) == 0
    marked = await draw(progress(topics=(replace(row, now=0.5, soon=0.25),), units=()))
    unmarked = await draw(progress(topics=(replace(row, now=0.5, soon=None),), units=()))
    assert pixels(marked, BLUE) < pixels(unmarked, BLUE)


def hidden(*names: str) -> tuple[Row, ...]:
    return tuple(Row(name, None, None) for name in names)


@pytest.mark.parametrize("lang", ["en", "es"])
@pytest.mark.parametrize("kind", ["topics", "units"])
def test_r27_hidden_rows_are_counted_in_one_row_that_names_none(lang: str, kind: str) -> None:
    bar = Row("Patrol", 0.5, 0.4)

    def drawn(*names: str, **labels: str) -> bytes:
        rows = {"topics": (bar,), "units": (bar,), kind: (bar, *hidden(*names))}
        return png(progress(lang, labels={**progress(lang).labels, **labels}, **rows))

    none, one, two, many = drawn(), drawn("Nights"), drawn("Nights", "Roles"), drawn(*"abcdefghijk")
    assert len({none, one, two, many}) == 4
    assert size(none)[1] < size(one)[1] == size(many)[1] < size(none)[1] + 100, "one row, however many there are"
    assert drawn("Roles", "Days") == two, "no name of theirs"
    said = progress(lang).labels[f"hidden_{kind}"]
    assert "{count}" in said
    assert drawn(*"abcdefghijk", **{f"hidden_{kind}": said.replace("{count}", "11")}) == many, "and how many"


@pytest.mark.parametrize("lang", ["en", "es"])
def test_where_all_are_hidden_there_is_no_bar_and_no_word_of_bars(lang: str) -> None:
    few = {"topics": hidden("Roles", "Drugs"), "units": hidden("Nights"), "fades_next": ()}
    picture = png(progress(lang, **few))
    assert pixels(picture, BLUE) == pixels(picture, GREY) == 0
    said = {**progress(lang).labels, "now": "x", "soon": "y"}
    assert png(progress(lang, labels=said, **few)) == picture


async def test_without_any_row_it_says_so() -> None:
    empty = await draw(progress(topics=(), units=(), fades_next=()))
    assert size(empty)[1] < 900
    assert pixels(empty, BLUE) == 0
    said = {**progress().labels, "empty": "Something else"}
    assert await draw(progress(topics=(), units=(), fades_next=(), labels=said)) != empty


NAMES = [
    "", " ", "x" * 80, "W" * 40, "a " * 40, "Señales de control en viviendas y moteles", "$x_1$ \\frac{a}{b", "名簿 🙂 العربية",
    "\u202eabc\u0000\x07\n\ttail", "half \ud83d a character", "<b>&amp;{x}%s", "e\u0301" * 40,
]  # fmt: skip


async def test_no_name_is_refused_anywhere() -> None:
    rows = tuple(Row(name, 0.5, 0.4) for name in NAMES)
    hidden = tuple(Row(name, None, None) for name in NAMES)
    labels = dict.fromkeys(chart.LABELS, NAMES[-1])
    found = await draw(Progress(NAMES[2], NAMES[7], Reach(0, 10**9, None), rows, hidden, tuple(NAMES), labels))
    assert size(found)[0] == 1080


@pytest.mark.parametrize("number", [-1.0, 7.0, float("nan"), float("inf"), 0.0, 1.0])
async def test_no_number_is_refused(number: float) -> None:
    assert size(await draw(progress(topics=(Row("Roles", number, number),))))[0] == 1080


def test_labels_must_all_be_there() -> None:
    with pytest.raises(ValueError, match="labels without empty, soon"):
        progress(labels=dict.fromkeys(chart.LABELS - {"empty", "soon"}, "x"))
    assert Progress.from_json(asdict(progress())) == progress()


@pytest.fixture
def children(monkeypatch: pytest.MonkeyPatch) -> list[asyncio.subprocess.Process]:
    started: list[asyncio.subprocess.Process] = []
    start = asyncio.create_subprocess_exec

    async def note(*command: Any, **how: Any) -> asyncio.subprocess.Process:
        started.append(await start(*command, **how))
        return started[-1]

    monkeypatch.setattr(asyncio, "create_subprocess_exec", note)
    return started


def says(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    monkeypatch.setattr(chart, "_COMMAND", (sys.executable, "-c", code))


async def test_one_that_takes_too_long_is_killed(
    monkeypatch: pytest.MonkeyPatch, children: list[asyncio.subprocess.Process]
) -> None:
    says(monkeypatch, "import time; time.sleep(600)")
    with pytest.raises(NotDrawn, match=r"not drawn in 0\.2 s"):
        await draw(progress(), seconds=0.2)
    assert [child.returncode for child in children] == [-9]
    assert chart.SECONDS == 20


async def test_one_whose_caller_went_away_is_killed_and_the_next_is_drawn(
    monkeypatch: pytest.MonkeyPatch, children: list[asyncio.subprocess.Process]
) -> None:
    with monkeypatch.context() as slow:
        says(slow, "import time; time.sleep(600)")
        caller = asyncio.create_task(draw(progress()))
        async with asyncio.timeout(20):
            while not children:
                await asyncio.sleep(0)
        caller.cancel()
        with pytest.raises(asyncio.CancelledError):
            await caller
    assert [child.returncode for child in children] == [-9]
    assert size(await draw(progress()))[0] == 1080


@pytest.mark.parametrize("code", ["raise SystemExit(3)", "print('no picture')", "import os; os.abort()", ""])
async def test_one_that_fails_is_an_error_that_holds_no_word(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    says(monkeypatch, code)
    with pytest.raises(NotDrawn) as error:
        await draw(progress())
    assert "Signs" not in str(error.value)


async def test_a_child_that_cannot_be_started_is_the_same_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chart, "_COMMAND", (str(ROOT / "no-such-program"),))
    with pytest.raises(NotDrawn, match="cannot be started"):
        await draw(progress())


async def test_only_one_is_drawn_at_a_time(
    monkeypatch: pytest.MonkeyPatch, children: list[asyncio.subprocess.Process]
) -> None:
    running: list[int] = []
    end = chart._end

    async def count(child: asyncio.subprocess.Process) -> None:
        running.append(sum(other.returncode is None for other in children))
        await end(child)

    monkeypatch.setattr(chart, "_end", count)
    await asyncio.gather(*(draw(progress()) for _ in range(3)))
    assert len(children) == 3
    assert max(running) <= 1


def test_matplotlib_never_comes_into_the_bots_own_process() -> None:
    code = (
        "import asyncio, sys; from bot.training.chart import LABELS, Progress, Reach, draw; "
        "nothing = Progress('t', 's', Reach(1, 1, 1), (), (), (), dict.fromkeys(LABELS, 'x')); "
        "assert asyncio.run(draw(nothing))[1:4] == b'PNG'; "
        "sys.exit(sum(name.partition('.')[0] in ('matplotlib', 'numpy') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, timeout=60, check=False).returncode == 0
