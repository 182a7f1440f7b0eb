"""Words that leave (R2, R3): alone in the message, in either language, mistyped, held down or shouted.

Exit comes before everything else, so it must be quick to say and hard to say by accident: whatever carries more than
the wish to leave ("I told him to stop", "stop the reminders") is left to the other stages.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Literal

from bot.safety.words import expand, misspellings, read_file
from nlu.text import fold

PATTERNS = Path(__file__).parent / "patterns"

_MANY = 24
"""Words looked at: "stop stop stop" and a little more. Longer messages say something else."""
_TOGETHER = 40
_WORD = re.compile(r"[a-z0-9]+")
_DOUBLED = re.compile(r"([a-z])\1")


class Exits:
    """Reads the `exits` section of the pattern files once."""

    def __init__(self, folder: Path = PATTERNS) -> None:
        self._strong: set[str] = set()  # leave, whatever filler stands around them
        self._weak: set[str] = set()  # also everyday words: only bare, repeated, or with what they are about
        self._about: set[str] = set()
        self._filler: set[str] = set()
        self._phrases: set[str] = set()
        self._unsafe: set[str] = set()
        self._never: set[str] = set()
        someone: list[str] = []
        for path in sorted(folder.glob("*.yml")):
            data = read_file(path)["exits"]
            self._strong.update(expand(data["strong"]))
            self._weak.update(expand(data["weak"]))
            self._about.update(expand(data["about"]))
            self._filler.update(expand(data["filler"]))
            self._phrases.update(data["phrases"])
            self._unsafe.update(data["unsafe"])
            self._never.update(data.get("never", []))
            someone += data["someone"]
        self._someone = re.compile(rf"\b(?:{'|'.join(someone)})\b")
        keep = {w for path in sorted(folder.glob("*.yml")) for w in self._kept(path)}
        known = self._strong | self._weak | self._about | self._filler | keep
        self._typos = {
            wrong: word for word in sorted(self._strong) for wrong in misspellings(word) if wrong not in known
        }
        right = ("safe", "not", "seguro", "segura")
        self._unsafe_typos = {
            w: word for word in right for w in misspellings(word) if w not in known and w not in right
        }

    @staticmethod
    def _kept(path: Path) -> set[str]:
        return set(expand(read_file(path)["exits"]["other_words"]))

    def wish(self, text: str) -> Literal["unsafe", "exit"] | None:
        """What the message is nothing but: "not safe", the wish to leave, or neither."""
        words = self._words(text)
        if self._unsafe_words(words):
            return "unsafe"
        return "exit" if self._exit_words(words, text) else None

    def is_exit(self, text: str) -> bool:
        """True where the message is nothing but the wish to leave."""
        return self._exit_words(self._words(text), text)

    def is_unsafe(self, text: str) -> bool:
        """True where the message is nothing but "not safe"."""
        return self._unsafe_words(self._words(text))

    def _exit_words(self, words: list[str], text: str) -> bool:
        if not words:
            return text.strip().lower() in {"x", "❌", "✖", "🚪", "🛑", "⛔"}
        if self._leaves(words):
            return True
        # "he's coming, close it": the danger is why, the wish to leave is what.
        rest = self._someone.sub(" ", " ".join(words)).split()
        return len(rest) < len(words) and self._leaves(rest)

    def _unsafe_words(self, words: list[str]) -> bool:
        words = [self._unsafe_typos.get(word, word) for word in words]
        return " ".join(words) in self._unsafe or " ".join(w for w in words if w not in self._filler) in self._unsafe

    def _words(self, text: str) -> list[str]:
        words = _WORD.findall(fold(text).replace("'", ""))
        if len(words) > _MANY:
            return words if set(words) <= (self._strong | self._filler) else []
        if len(words) >= 3 and all(len(word) == 1 for word in words) and words != ["x"] * len(words):
            words = ["".join(words)]  # "s t o p"
        return [piece for word in words for piece in self._apart(word)]

    def _apart(self, word: str) -> list[str]:
        """Words run together ("STOPSTOP", "exitnow"), where every piece is known."""
        if word in self._strong or word in self._filler or not 6 <= len(word) <= _TOGETHER:
            return [word]
        known = self._strong | {w for w in self._about | self._filler if len(w) > 2}
        ways: list[list[str] | None] = [[]] + [None] * len(word)
        for end in range(1, len(word) + 1):
            for start in range(max(0, end - 10), end):
                before = ways[start]
                if before is not None and word[start:end] in known and end - start > 1:
                    ways[end] = [*before, word[start:end]]
                    break
        pieces = ways[-1]
        return pieces if pieces and any(piece in self._strong for piece in pieces) else [word]

    def _leaves(self, words: list[str]) -> bool:
        if not words:
            return False
        words = [self._mended(word) for word in words]
        said = {" ".join(words), " ".join(word for word in words if word not in self._filler)}
        if said & self._never:
            return False
        if said & self._phrases:
            return True
        strong = sum(word in self._strong for word in words)
        extra = [word for word in words if word not in self._strong and word not in self._filler]
        if strong and all(word in self._about or word in self._weak for word in extra):
            return True
        weak = [word for word in words if word not in self._filler]
        if not weak or weak[0] not in self._weak:
            return False
        return len(set(weak)) == 1 or all(word in self._about for word in weak[1:])

    def _mended(self, word: str) -> str:
        if word in self._strong or word in self._weak or word in self._about or word in self._filler:
            return word
        single = _DOUBLED.sub(r"\1", word)
        return self._typos.get(word, single if single in self._strong or single in self._weak else word)


@cache
def shared() -> Exits:
    """The exits of our own pattern files, read once a process."""
    return Exits()
