"""Words in an officer's text that harm or mislead (`/check`). The text is read and let go: nothing keeps it."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

from bot.library.loading import Library
from bot.library.model import Term
from nlu.text import clean, plain

MAX_CHARS = 10_000
# A quotation mark straight after a digit or letter opens nothing: "5'10\"" is a height.
_QUOTED = re.compile(r"(?<!\w)\"[^\"]{0,600}\"|\u201c[^\u201d]{0,600}\u201d|\u00ab[^\u00bb]{0,600}\u00bb")


@dataclass(frozen=True, slots=True)
class Flags:
    """`found`: (term key, how often) in the order of the text; `quoted`: hits left alone inside quotation marks."""

    found: list[tuple[str, int]]
    quoted: int


@lru_cache(maxsize=256)
def _pattern(forms: tuple[str, ...]) -> re.Pattern[str]:
    words = sorted((plain(clean(form)) for form in forms), key=len, reverse=True)
    joined = "|".join(re.escape(w).replace(r"\ ", r"[\s-]+") for w in words if w)
    return re.compile(rf"(?<!\w)(?:{joined})(?:e?s)?(?!\w)")


def _hits(terms: list[Term], text: str) -> list[tuple[int, str]]:
    """Where a term stands, longest first: "child prostitute" is one finding, not also "prostitute"."""
    matches = [(m.span(), t.key) for t in terms for m in _pattern(tuple(t.avoid)).finditer(text)]
    taken: list[tuple[int, int]] = []
    hits = []
    for (start, end), key in sorted(matches, key=lambda item: (item[0][0] - item[0][1], item[0][0])):
        if all(end <= before or start >= after for before, after in taken):
            taken.append((start, end))
            hits.append((start, key))
    return sorted(hits)


def check(library: Library, text: str, lang: str) -> Flags:
    """Flag terms of the language table outside quotation marks; a survivor's own words in quotes are left alone."""
    low = plain(clean(text[:MAX_CHARS]))
    terms = [t for (_, entry_lang), t in library.terms.items() if entry_lang == lang and t.avoid]
    hits = _hits(terms, _QUOTED.sub(lambda m: " " * len(m.group()), low))
    quoted = sum(len(_hits(terms, piece)) for piece in _QUOTED.findall(low))
    counts = Counter(key for _, key in hits)  # a Counter keeps the order in which keys came
    return Flags(list(counts.items()), quoted)
