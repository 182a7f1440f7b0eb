"""How the progress picture looks. Imported in the child of `chart` alone: it loads matplotlib.

Lengths are pixels from the top left corner. The colours are told apart by who sees no red or no green, and each also differs in form.
"""

from __future__ import annotations

import io
import math
from dataclasses import dataclass, field
from typing import Literal

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import FancyBboxPatch
from matplotlib.text import Text
from matplotlib.transforms import Affine2D

from bot.training.chart import WIDTH, Progress, Row

INK, QUIET, BAR, RAIL, PANEL, PAPER = "#16202a", "#5a6672", "#0072b2", "#e3e8ed", "#f1f5f8", "#ffffff"
EDGE = 48
"""Left and right of everything."""
NAMES, NUMBERS = 392, 112
"""Width of the column with the names, and of that with the numbers."""
BAR_LEFT, BAR_RIGHT = EDGE + NAMES + 28, WIDTH - EDGE - NUMBERS
THICK = 30
ROW, LINE = 56, 33
MOST_LINES = 4
"""Lines of one name; what is longer ends with an ellipsis."""
_FOLDER = f"{mpl.get_data_path()}/fonts/ttf"
# By file, not by name: the same picture on every machine, whatever fonts it has, and no search for them.
FONTS = {bold: FontProperties(fname=f"{_FOLDER}/DejaVuSans{'-Bold' if bold else ''}.ttf") for bold in (False, True)}
_RULER = RendererAgg(1, 1, 72)  # type: ignore[no-untyped-call]


def png(progress: Progress) -> bytes:
    """The same bytes for the same progress."""
    page = Page()
    _head(page, progress)
    if progress.topics or progress.units:
        if any(_share(row.now) is not None for row in (*progress.topics, *progress.units)):
            _legend(page, progress.labels)
        for kind, rows in (("topic", progress.topics), ("unit", progress.units)):
            _rows(page, kind, rows, progress.labels)
        _fades_next(page, progress)
        page.down(20)
        page.paragraph(progress.labels["note"], 24, QUIET, 34)
    else:
        _empty(page, progress.labels["empty"])
    return page.png()


@dataclass(slots=True)
class Page:
    """Texts and boxes, and `y`, how far down it is filled. The height is known only at the end."""

    y: float = EDGE
    _figure: Figure = field(default_factory=lambda: Figure(figsize=(WIDTH / 72, 1), dpi=72, facecolor=PAPER))
    _texts: list[tuple[float, float, str, float, str, bool, str]] = field(default_factory=list)
    _boxes: list[tuple[float, float, float, float, str, float]] = field(default_factory=list)

    def down(self, pixels: float) -> None:
        self.y += pixels

    def words(
        self, x: float, base: float, text: str, size: float, color: str = INK, bold: bool = False,
        side: Literal["left", "center", "right"] = "left",
    ) -> None:  # fmt: skip
        """`base`: where the letters stand."""
        self._texts.append((x, base, text, size, color, bold, side))

    def box(self, x: float, y: float, width: float, height: float, color: str, radius: float = 0) -> None:
        self._boxes.append((x, y, width, height, color, radius))

    def paragraph(self, text: str, size: float, color: str, line: float, bold: bool = False) -> None:
        """Over the whole width, as many lines as it needs."""
        for piece in self.wrapped(text, size, WIDTH - 2 * EDGE, bold):
            self.words(EDGE, self.y + size, piece, size, color, bold)
            self.down(line)

    def measure(self, text: str, size: float, bold: bool = False) -> float:
        font = FONTS[bold].copy()
        font.set_size(size)
        return float(_RULER.get_text_width_height_descent(text, font, ismath=False)[0])  # type: ignore[no-untyped-call]

    def wrapped(self, text: str, size: float, width: float, bold: bool = False, most: int | None = None) -> list[str]:
        """In lines of at most `width`, at spaces, and within a word where it alone is too long; empty for an empty text."""
        lines: list[str] = []
        line = ""
        for word in _plain(text).split():
            if line and self.measure(f"{line} {word}", size, bold) <= width:
                line = f"{line} {word}"
                continue
            lines += [line] if line else []
            while self.measure(word, size, bold) > width:
                cut = self._fitting(word, size, width, bold)
                lines.append(word[:cut])
                word = word[cut:]
            line = word
        lines += [line] if line else []
        if most is not None and len(lines) > most:
            last = lines[most - 1]
            while last and self.measure(f"{last}…", size, bold) > width:
                last = last[:-1]
            lines = [*lines[: most - 1], f"{last.rstrip()}…"]
        return lines

    def _fitting(self, word: str, size: float, width: float, bold: bool) -> int:
        """How many letters of it fit: one at least."""
        low, high = 1, len(word)
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if self.measure(word[:middle], size, bold) <= width else (low, middle - 1)
        return low

    def png(self) -> bytes:
        height = math.ceil(self.y + EDGE)
        self._figure.set_size_inches(WIDTH / 72, height / 72)
        pixels = Affine2D().scale(1, -1).translate(0, height)
        for x, y, wide, high, color, radius in self._boxes:
            shape = f"round,pad=0,rounding_size={radius}" if radius else "square,pad=0"
            box = FancyBboxPatch((x, y), wide, high, boxstyle=shape, facecolor=color, edgecolor="none", linewidth=0)
            box.set_transform(pixels)
            self._figure.add_artist(box)
        for x, base, text, size, color, bold, side in self._texts:
            shown = Text(
                x, base, text, fontproperties=FONTS[bold], fontsize=size, color=color, ha=side, va="baseline", parse_math=False
            )  # fmt: skip
            shown.set_transform(pixels)
            self._figure.add_artist(shown)
        out = io.BytesIO()
        canvas = FigureCanvasAgg(self._figure)
        canvas.print_png(out, metadata={"Software": None})  # type: ignore[no-untyped-call]
        return out.getvalue()


def _plain(text: str) -> str:
    """Without what cannot be drawn: control characters, marks of direction, halves of characters."""
    return "".join(c if c.isprintable() else " " for c in text)


def _head(page: Page, progress: Progress) -> None:
    page.paragraph(progress.title, 46, INK, 58, bold=True)
    page.down(4)
    page.paragraph(progress.subtitle, 30, QUIET, 42)
    page.down(14)
    top, gap = page.y, 20
    width = (WIDTH - 2 * EDGE - 2 * gap) / 3
    counts = (progress.reach.officers, progress.reach.asked, progress.reach.answered)
    names = [page.wrapped(progress.labels[key], 26, width - 40, most=2) for key in ("officers", "asked", "answered")]
    height = 100 + 34 * max(len(lines) for lines in names)
    for number, (count, lines) in enumerate(zip(counts, names, strict=True)):
        left = EDGE + number * (width + gap)
        page.box(left, top, width, height, PANEL, 14)
        shown = progress.labels["few"] if count is None else f"{count:,}"
        page.words(left + 22, top + 68, _plain(shown), 54, QUIET if count is None else INK, bold=True)
        for place, line in enumerate(lines):
            page.words(left + 22, top + 108 + 34 * place, line, 26, QUIET)
    page.y = top + height + 28


def _legend(page: Page, labels: dict[str, str]) -> None:
    """What bar and mark mean, once for all rows. Two lines where both do not fit beside each other."""
    left = float(EDGE)
    for key in ("now", "soon"):
        text = " ".join(page.wrapped(labels[key], 26, WIDTH - 2 * EDGE - 62, most=1))
        wide = 62 + page.measure(text, 26)
        if left > EDGE and left + wide > WIDTH - EDGE:
            left = EDGE
            page.down(42)
        if key == "now":
            page.box(left, page.y, 46, 24, BAR, 6)
        else:
            page.box(left, page.y, 46, 24, BAR, 6)
            _mark(page, left + 23, page.y - 5, 34)
        page.words(left + 62, page.y + 21, text, 26, QUIET)
        left += wide + 44
    page.down(52)


def _mark(page: Page, x: float, y: float, height: float) -> None:
    """Dark, with a white border, so that it is seen on the bar and beside it."""
    page.box(x - 6, y, 12, height, PAPER)
    page.box(x - 2.5, y, 5, height, INK)


def _rows(page: Page, kind: str, rows: tuple[Row, ...], labels: dict[str, str]) -> None:
    """Those that have a number, each in a row of its own; the others together in one, since rows without a bar fill the picture and say nothing."""
    if not rows:
        return
    page.paragraph(labels[f"{kind}s"], 34, INK, 46, bold=True)
    page.down(8)
    hidden = 0
    for row in rows:
        now = _share(row.now)
        if now is None:
            hidden += 1
        else:
            _row(page, row, now)
    if hidden:
        said = labels[f"hidden_{kind}" if hidden == 1 else f"hidden_{kind}s"]
        page.down(10)
        page.paragraph(said.replace("{count}", f"{hidden:,}"), 26, QUIET, 36)
        page.down(8)
    page.down(20)


def _row(page: Page, row: Row, now: float) -> None:
    lines = page.wrapped(row.name, 28, NAMES, most=MOST_LINES) or ["–"]
    height = max(ROW, LINE * len(lines) + 20)
    middle = page.y + height / 2
    for place, line in enumerate(lines):
        base = middle + LINE * (place - (len(lines) - 1) / 2) + 10
        page.words(EDGE, base, line, 28)
    top, wide = middle - THICK / 2, BAR_RIGHT - BAR_LEFT
    page.box(BAR_LEFT, top, wide, THICK, RAIL, 6)
    if now > 0:
        page.box(BAR_LEFT, top, max(12.0, wide * now), THICK, BAR, 6)
    soon = _share(row.soon)
    if soon is not None:
        _mark(page, BAR_LEFT + min(max(wide * soon, 3.0), wide - 3.0), top - 7, THICK + 14)
    page.words(WIDTH - EDGE, middle + 11, f"{now:.0%}", 30, INK, bold=True, side="right")
    page.down(height)


def _share(value: float | None) -> float | None:
    """Between 0 and 1; None for what is no number."""
    return None if value is None or not math.isfinite(value) else min(max(value, 0.0), 1.0)


def _fades_next(page: Page, progress: Progress) -> None:
    if not progress.fades_next:
        return
    inside = WIDTH - 2 * EDGE - 2 * 28
    title = page.wrapped(progress.labels["fades_next"], 30, inside, bold=True)
    items = [page.wrapped(name, 28, inside - 34, most=MOST_LINES) for name in progress.fades_next]
    height = 40 + 42 * len(title) + sum(40 * len(lines) for lines in items)
    page.box(EDGE, page.y, WIDTH - 2 * EDGE, height, PANEL, 14)
    page.down(20)
    for line in title:
        page.words(EDGE + 28, page.y + 30, line, 30, INK, bold=True)
        page.down(42)
    for lines in items:
        page.box(EDGE + 30, page.y + 16, 10, 10, BAR)
        for line in lines:
            page.words(EDGE + 62, page.y + 29, line, 28)
            page.down(40)
    page.down(20)


def _empty(page: Page, text: str) -> None:
    width = WIDTH - 2 * EDGE - 160
    lines = page.wrapped(text, 34, width)
    while width > 300 and len(closer := page.wrapped(text, 34, width - 20)) == len(
        lines
    ):  # no word alone in the last line
        width, lines = width - 20, closer
    height = 220 + 48 * len(lines)
    page.box(EDGE, page.y, WIDTH - 2 * EDGE, height, PANEL, 14)
    for place, line in enumerate(lines):
        page.words(
            WIDTH / 2, page.y + height / 2 + 48 * (place - (len(lines) - 1) / 2) + 12, line, 34, QUIET, side="center"
        )
    page.down(height)
