"""Invitations as files: a table, a sheet to cut up, a picture. The codes say the links, and the files do nothing else."""

from __future__ import annotations

import csv
import io
import re
import xml.etree.ElementTree as ET
from datetime import date
from html.parser import HTMLParser
from typing import Any

import pytest
import segno
from matplotlib.image import imread

from bot.training import cards, invitations
from bot.training.invitations import Invitation, picture, sheet, table

LINK = "https://t.me/waymark_test_bot?start=J7kQ2vXw9mZr4TbN8cLs5HgD1fYpAe3U6iWoVx0BqCtRzMdKyGhEuSjPnFaI"
DAY = date(2026, 12, 10)
Matrix = list[list[int]]


def many(count: int) -> list[Invitation]:
    return [Invitation(f"Officer {n:02}", f"{LINK[:-2]}{n:02}", DAY) for n in range(1, count + 1)]


@pytest.fixture(params=["en", "es"])
def lang(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture
def words(lang: str) -> dict[str, str]:
    return cards.shared().phrases[lang].invitations


def expected(link: str) -> Matrix:
    """What the code of a link must look like, made anew."""
    return [[int(dark) for dark in row] for row in segno.make(link, error="m", micro=False).matrix]


def matrix_of(path: str, size: int, border: int) -> Matrix:
    """The dark modules that an SVG path paints: runs of `h`, a line in the middle of each row."""
    dark = [[0] * size for _ in range(size)]
    x = y = 0.0
    for command, numbers in re.findall(r"([Mmh])([^Mmh]*)", path):
        given = [float(n) for n in re.findall(r"-?\d*\.?\d+", numbers)]
        if command == "h":
            for column in range(int(x), int(x + given[0])):
                dark[int(y) - border][column - border] = 1
            x += given[0]
        elif command == "M":
            x, y = given
        else:
            x, y = x + given[0], y + given[1]
    return dark


class Page(HTMLParser):
    """Every tag with its attributes, and the text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, Any]]] = []
        self.said: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.said.append(data)

    def of(self, name: str) -> list[dict[str, Any]]:
        return [attrs for tag, attrs in self.tags if tag == name]


def test_the_table_has_a_row_for_each_and_spreadsheets_run_nothing(words: dict[str, str]) -> None:
    odd = [Invitation("=cmd|'/c calc'!A1", "+1", DAY), Invitation('Ana "la jefa", señora\n2', LINK, DAY)]
    made = table([*many(2), *odd], words)
    assert (made.safe_name, made.mime, made.picture) == (f"{words['file']}.csv", "text/csv", False)
    assert made.data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(made.data.decode("utf-8-sig"), newline="")))
    assert rows[0] == ["label", "link", "expires"]
    assert rows[1] == ["Officer 01", f"{LINK[:-2]}01", "2026-12-10"]
    assert rows[3] == ["'=cmd|'/c calc'!A1", "'+1", "2026-12-10"]
    assert rows[4] == ['Ana "la jefa", señora\n2', LINK, "2026-12-10"]


def test_every_code_on_the_sheet_is_its_link(lang: str, words: dict[str, str]) -> None:
    given = many(19)
    html = sheet(given, words, lang).data.decode()
    found = re.findall(r"<svg.*?</svg>", html, re.DOTALL)
    assert len(found) == 19
    for text, invitation in zip(found, given, strict=True):
        svg = ET.fromstring(text)
        border, size = 4, len(expected(invitation.link))
        assert svg.attrib["viewBox"] == f"0 0 {size + 8} {size + 8}", "white around it, and nothing but modules in it"
        (path,) = svg
        assert matrix_of(path.attrib["d"], size, border) == expected(invitation.link)
        assert path.attrib["stroke"] in ("#000", "black")
    assert matrix_of(ET.fromstring(found[0])[0].attrib["d"], size, border) != expected(given[1].link)


def test_eight_to_a_page_each_with_its_words_and_the_warning_on_every_page(lang: str, words: dict[str, str]) -> None:
    given = many(17)
    html = sheet(given, words, lang).data.decode()
    pages = html.split("<section>")[1:]
    assert [page.count("<figure>") for page in pages] == [8, 8, 1]
    for number, page in enumerate(pages, 1):
        said = " ".join(Page(page).said)
        assert words["heading"] in said
        assert words["how"] in said
        assert f"{words['page']} {number}/3" in said
    for figure, invitation in zip(re.findall(r"<figure>.*?</figure>", html, re.DOTALL), given, strict=True):
        caption = Page(figure[figure.index("<figcaption>") :]).said
        assert caption == [invitation.label, invitation.link, f"{words['ends']} 2026-12-10"]
    assert [sheet(many(n), words, lang).data.decode().count("<section>") for n in (1, 8, 9, 16)] == [1, 1, 2, 2]


def test_the_sheet_is_one_file_that_runs_and_asks_for_nothing(lang: str, words: dict[str, str]) -> None:
    odd = Invitation('<script>alert(1)</script><img src="//x.example/a.png"> &amp; "', LINK + "&x=<b>", DAY)
    made = sheet([odd], words, lang)
    assert (made.safe_name, made.mime, made.picture) == (f"{words['file']}.html", "text/html", False)
    page = Page(made.data.decode())
    assert page.of("html") == [{"lang": lang}]
    policy = {"http-equiv": "Content-Security-Policy", "content": "default-src 'none'; style-src 'unsafe-inline'"}
    assert policy in page.of("meta")
    names = {tag for tag, _ in page.tags}
    assert not names & {"script", "img", "link", "iframe", "object", "embed", "a", "form", "image", "use", "base"}
    for _, attrs in page.tags:
        assert not attrs.keys() & {"src", "href", "xlink:href", "style"}
        assert not [name for name in attrs if name.startswith("on")]
    assert odd.label in page.said
    assert odd.link in page.said
    assert "url(" not in made.data.decode()
    assert "@import" not in made.data.decode()


def test_a_picture_is_the_code_large_enough_for_a_phone(words: dict[str, str]) -> None:
    made = picture(Invitation("Ana", LINK, DAY), words)
    assert (made.safe_name, made.mime, made.picture) == (f"{words['file']}.png", "image/png", True)
    grey = imread(io.BytesIO(made.data))
    grey = grey if grey.ndim == 2 else grey[:, :, 0]
    modules = len(expected(LINK)) + 8
    scale = len(grey) / modules
    assert scale == int(scale)
    assert 640 <= len(grey) < 1280, "Telegram shows it as it is"
    middles = [int((n + 0.5) * scale) for n in range(modules)]
    seen = [[int(grey[y, x] < 0.5) for x in middles] for y in middles]
    assert [row[4:-4] for row in seen[4:-4]] == expected(LINK)
    assert not any(map(any, (*seen[:4], *seen[-4:], *(row[:4] + row[-4:] for row in seen))))


def test_the_same_invitations_give_the_same_files(lang: str, words: dict[str, str]) -> None:
    one, two = many(3), many(3)
    assert sheet(one, words, lang) == sheet(two, words, lang)
    assert table(one, words) == table(two, words)
    assert picture(one[0], words) == picture(two[0], words)


def test_what_cannot_be_made_is_said(lang: str, words: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="no invitation"):
        sheet([], words, lang)
    with pytest.raises(ValueError):  # noqa: PT011 - segno's own words
        picture(Invitation("x", "https://t.me/" + "x" * 3000, DAY), words)


def test_no_repr_holds_a_link(words: dict[str, str]) -> None:
    assert LINK not in repr(Invitation("Ana", LINK, DAY))
    assert LINK not in repr(table([Invitation("Ana", LINK, DAY)], words))


def test_the_code_asks_for_no_word_that_is_not_there(words: dict[str, str]) -> None:
    assert words.keys() == invitations.WORDS
    made = (sheet(many(1), words, "en"), table(many(1), words), picture(many(1)[0], words))
    assert [file.name.partition(".")[0] for file in made] == [words["file"]] * 3
