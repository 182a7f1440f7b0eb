"""Invitations for many officers as files: a table, a sheet of QR codes to cut up, one code as a picture. Pure.

Each link lets one person in, so each of these files is a bunch of keys: `repr` shows none, and nothing here is written to a disk.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from html import escape

import segno

from bot.library.replies import Attachment
from bot.training.records import harmless

COLUMNS = ("label", "link", "expires")
WORDS = frozenset({"file", "title", "heading", "how", "ends", "page"})
"""What `words` holds: `invitations` of `content/<lang>/training.yml`. `file` is the name of the files without an ending."""
PER_PAGE = 8
QUIET = 4
"""Modules of white around a code, as the standard asks."""
PICTURE = 640
"""Pixels that a picture of a code has at least."""

_STYLE = """
@page { size: Letter; margin: 10mm 12mm; }
* { box-sizing: border-box; }
body { font: 10pt/1.3 Helvetica, Arial, sans-serif; color: #111; background: #fff; margin: 0 auto; width: 190mm; }
section { break-after: page; }
section:last-child { break-after: auto; }
header { height: 25mm; overflow: hidden; }
h1 { font-size: 14pt; line-height: 1.2; margin: 0 0 1mm; }
h1 small { float: right; font-size: 9pt; font-weight: normal; color: #333; }
header p { margin: 0 0 .6mm; font-size: 9pt; line-height: 1.25; }
header .key { font-weight: bold; }
.codes { display: grid; grid-template-columns: 95mm 95mm; grid-auto-rows: 58mm; }
figure { margin: 0; padding: 1mm 3mm; overflow: hidden; text-align: center; border: .5pt dashed #777; }
figure:nth-child(even) { border-left: 0; }
figure:nth-child(n+3) { border-top: 0; }
svg { display: block; width: 34mm; height: 34mm; margin: 0 auto; }
figcaption > * { display: block; overflow: hidden; overflow-wrap: anywhere; }
figcaption b { font-size: 10pt; line-height: 4.2mm; max-height: 8.4mm; }
code { font: 7pt/3mm "Courier New", Courier, monospace; word-break: break-all; }
figcaption span { font-size: 8.5pt; line-height: 3.8mm; }
@media screen { body { padding: 10mm 0; } section { margin-bottom: 12mm; } }
"""


@dataclass(frozen=True, slots=True)
class Invitation:
    """`label` is what the coordinator calls it, `expires` the last day on which it works."""

    label: str
    link: str = field(repr=False)
    expires: date


def table(invitations: Sequence[Invitation], words: dict[str, str]) -> Attachment:
    """CSV in UTF-8 with a byte order mark. Text that a spreadsheet would run as a formula has an apostrophe before it."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    writer.writerows([harmless(text) for text in (i.label, i.link, i.expires.isoformat())] for i in invitations)
    return Attachment(f"{words['file']}.csv", "text/csv", out.getvalue().encode("utf-8-sig"))


def sheet(invitations: Sequence[Invitation], words: dict[str, str], lang: str) -> Attachment:
    """HTML to print on Letter paper, eight codes a page with lines to cut along: one file, no script, nothing from elsewhere. Raises
    `ValueError` where there is none, or a link too long for a code."""
    if not invitations:
        raise ValueError("no invitation to print")
    pages = [invitations[start : start + PER_PAGE] for start in range(0, len(invitations), PER_PAGE)]
    sections = "".join(_section(page, number, len(pages), words) for number, page in enumerate(pages, 1))
    html = (
        f'<!doctype html>\n<html lang="{escape(lang)}"><head><meta charset="utf-8">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{escape(words['title'])}</title><style>{_STYLE}</style></head><body>{sections}</body></html>\n"
    )
    return Attachment(f"{words['file']}.html", "text/html", html.encode())


def picture(invitation: Invitation, words: dict[str, str]) -> Attachment:
    """The code alone as a PNG, for the chat. Raises `ValueError` where the link is too long for a code."""
    code, out = _code(invitation.link), io.BytesIO()
    scale = -(-PICTURE // code.symbol_size(border=QUIET)[0])
    code.save(out, kind="png", scale=scale, border=QUIET)
    return Attachment(f"{words['file']}.png", "image/png", out.getvalue(), picture=True)


def _code(link: str) -> segno.QRCode:
    """Level M stands a crease or a stain; a micro code is read by few phones."""
    return segno.make_qr(link, error="m")


def _section(page: Sequence[Invitation], number: int, count: int, words: dict[str, str]) -> str:
    figures = "".join(_figure(invitation, words) for invitation in page)
    return (
        f"<section><header><h1><small>{escape(words['page'])} {number}/{count}</small>{escape(words['title'])}</h1>"
        f'<p class="key">{escape(words["heading"])}</p><p>{escape(words["how"])}</p></header>'
        f'<div class="codes">{figures}</div></section>'
    )


def _figure(invitation: Invitation, words: dict[str, str]) -> str:
    svg = _code(invitation.link).svg_inline(border=QUIET, omitsize=True, svgclass=None, lineclass=None)
    return (
        f"<figure>{svg}<figcaption><b>{escape(invitation.label)}</b><code>{escape(invitation.link)}</code>"
        f"<span>{escape(words['ends'])} {invitation.expires.isoformat()}</span></figcaption></figure>"
    )
