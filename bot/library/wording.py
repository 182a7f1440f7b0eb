"""Words in an officer's text that harm or mislead (`/check`). The text is read and let go: nothing keeps it."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from bot.library.loading import Library
from nlu.text import clean, plain

MAX_CHARS = 10_000
_QUOTED = re.compile(r"\"[^\"]{0,600}\"|\u201c[^\u201d]{0,600}\u201d|\u00ab[^\u00bb]{0,600}\u00bb")


@dataclass(frozen=True, slots=True)
class Flags:
    """`found`: (term key, how often) in the order of the text; `quoted`: hits left alone inside quotation marks."""

    found: list[tuple[str, int]]
    quoted: int


def _pattern(forms: list[str]) -> re.Pattern[str]:
    words = sorted((plain(clean(form)) for form in forms), key=len, reverse=True)
    return re.compile(r"(?<!\w)(?:" + "|".join(re.escape(w).replace(r"\ ", r"[\s-]+") for w in words if w) + r")(?!\w)")


def check(library: Library, text: str, lang: str) -> Flags:
    """Flag terms of the language table outside quotation marks; a survivor's own words in quotes are left alone."""
    low = plain(clean(text[:MAX_CHARS]))
    outside = _QUOTED.sub(lambda m: " " * len(m.group()), low)
    inside = " ".join(_QUOTED.findall(low))
    first: dict[str, int] = {}
    counts: Counter[str] = Counter()
    quoted = 0
    taken: list[tuple[int, int]] = []
    entries = [t for (_, entry_lang), t in library.terms.items() if entry_lang == lang and t.avoid]
    for term in sorted(entries, key=lambda t: -max(len(a) for a in t.avoid)):
        pattern = _pattern(term.avoid)
        quoted += len(pattern.findall(inside))
        for match in pattern.finditer(outside):
            if any(match.start() < end and start < match.end() for start, end in taken):
                continue  # "child prostitute" is one finding, not also "prostitute"
            taken.append(match.span())
            counts[term.key] += 1
            first.setdefault(term.key, match.start())
    return Flags(sorted(counts.items(), key=lambda item: first[item[0]]), quoted)
