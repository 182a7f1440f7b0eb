"""The small language the safety patterns are written in, and how a message is read for them.

Every word a pattern knows becomes one character, every other word one "unknown". A pattern is then a regular expression
over very short strings: gaps count words instead of letters, nothing nests, and reading time grows in a straight line.

One pattern a line:

    word  a|b  <class>  <class>|word     one word of these
    x?                                   may be missing
    !x                                   the next word is none of these (takes no word)
    ~x                                   the word before is none of these (takes no word)
    ..3                                  up to three words, not past the end of a sentence
    ( a b | c )   ( a b )?   !( a b )    groups
    ^ $  ^^ $$                           start and end of a sentence, of the message
    [?]                                  a question mark
    #                                    any number
    -- words                             a comment
    & a & b c & d                        all of them near each other, in any order
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from nlu.text import clean, fold

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
UNKNOWN, NUMBER, STOP, ASKED = "u", "n", "B", "Q"
_FIRST_CODE = 0x4E00
_BLOCK, _STEP = 26, 13
"""`&` looks at this many words at a time: about the length of one breathless sentence."""

_ANSWERED_NO = re.compile(r"\bno\s*,", re.IGNORECASE)
_ENDS = re.compile(r"((?<![.?!;\u2026])[.?!;\u2026]++)(?=\s|$)")  # a run is tried once, from its first mark
_INFLECTED = re.compile(r"([^\s()]*)\(([^()\s]*)\)")
_DOUBLED = re.compile(r"(.)\1")
_AGE_SUFFIX = re.compile(
    r"(\d{1,3})(yo|yos|yr|yrs|year|years|y|a|f|m|g|ish|th|rd|nd|st|am|pm|min|mins|hr|hrs|k|x|anos)"
)
_AGE_PREFIX = re.compile(r"([fmgb])(\d{1,2})")
_REGIONAL = {0x1F1E6 + i: chr(ord("a") + i) for i in range(26)}
_MAX_WORD = 14
_MAX_SPLIT = 240
_MAX_LETTERS = 600
"""Letters of run-together text that are looked into: what a frightened person types, not a page without spaces."""


class PatternError(ValueError):
    """A pattern file that cannot be read; names the pattern."""


def read_file(path: Path) -> dict[str, Any]:
    """A pattern file, as it stands there."""
    found: dict[str, Any] = yaml.load(path.read_text("utf-8"), Loader=LOADER)  # noqa: S506  # the safe one, in C where it is there
    return found


def expand(words: str) -> Iterator[str]:
    """`kill(-,s,ing)` is kill, kills, killing; other words are themselves."""
    for item in words.split():
        match = _INFLECTED.fullmatch(item)
        if match:
            yield from (match[1] + ("" if ending == "-" else ending) for ending in match[2].split(","))
        else:
            yield item


@dataclass(frozen=True, slots=True)
class Coded:
    """A message as codes, one character a word, and which codes it has."""

    text: str
    present: frozenset[str] = field(compare=False)

    @classmethod
    def of(cls, text: str) -> Coded:
        return cls(text, frozenset(text))


@dataclass(frozen=True, slots=True)
class Pattern:
    """One line, compiled. `parts` has more than one element only for `&`."""

    parts: tuple[re.Pattern[str], ...]
    needs: tuple[frozenset[str], ...]

    def finds(self, coded: Coded) -> bool:
        for need in self.needs:
            if need.isdisjoint(coded.present):
                return False
        if len(self.parts) == 1:
            return self.parts[0].search(coded.text) is not None
        if not all(part.search(coded.text) for part in self.parts):
            return False
        return any(
            all(part.search(coded.text, at, at + _BLOCK) for part in self.parts)
            for at in range(0, max(1, len(coded.text) - _BLOCK + _STEP), _STEP)
        )


class Lines:
    """Patterns asked together. Each waits under the rarest word it cannot do without, so that a message is held against
    those alone that share such a word with it; that is all there is to it, the answer is the same."""

    __slots__ = ("_always", "_by_code", "_codes")

    def __init__(self, patterns: Iterable[Pattern]) -> None:
        self._always: list[tuple[int, Pattern]] = []
        self._by_code: dict[str, list[tuple[int, Pattern]]] = {}
        for number, pattern in enumerate(patterns):
            if not pattern.needs:
                self._always.append((number, pattern))
            for code in min(pattern.needs, key=len, default=frozenset()):
                self._by_code.setdefault(code, []).append((number, pattern))
        self._codes = frozenset(self._by_code)

    @property
    def codes(self) -> frozenset[str] | None:
        """Whatever is found has one of these; None where a pattern can find something without."""
        return None if self._always else self._codes

    def finding(self, coded: Coded) -> list[Pattern]:
        """Those that find something, in their order."""
        shared = self._codes & coded.present
        if not shared and not self._always:
            return []
        tried = dict(self._always)
        for code in shared:
            tried.update(self._by_code[code])
        return [pattern for _, pattern in sorted(tried.items()) if pattern.finds(coded)]

    def find(self, coded: Coded) -> bool:
        return bool(self.finding(coded))


class Words:
    """The vocabulary of all pattern files together: both languages are read in every message, for people mix them."""

    def __init__(self, files: Iterable[Mapping[str, Any]]) -> None:
        self._codes: dict[str, str] = {}
        self._classes: dict[str, frozenset[str]] = {}
        self._spelling: dict[str, tuple[str, ...]] = {}
        self._emoji: dict[int, str] = {}
        files = list(files)
        raw: dict[str, str] = {}
        for data in files:
            for name, words in data.get("classes", {}).items():
                raw[name] = f"{raw.get(name, '')} {words}"
            self._spelling.update({str(k): tuple(str(v).split()) for k, v in data.get("spelling", {}).items()})
            self._emoji.update({ord(k): f" {v} " for k, v in data.get("emoji", {}).items()})
        self._pictures = frozenset(word.strip() for word in self._emoji.values())
        for number in range(100):  # before any pattern is compiled: `#` is made of all numbers that have a code
            self._code(str(number))
        for name in raw:
            for word in sorted(self._members(name, raw, ())):
                self._code(word)
        for target in self._spelling.values():
            for word in target:
                self._code(word)
        self._common = frozenset(w for data in files for w in expand(str(data.get("common", ""))))
        self._emoji.update(_REGIONAL)
        self._typos: dict[str, str] = {}
        self._squeezed: dict[str, str] = {}
        self._pieces: dict[str, float] = {}
        self._cut: frozenset[str] | None = None
        self._typo_words = [w for data in files for w in expand(str(data.get("typos", "")))]
        self._no_typo = {w for data in files for w in expand(str(data.get("not_typos", "")))}

    def alone_from_here(self) -> None:
        """Words that only patterns compiled from here on know are read where they stand alone: nothing is cut into them ("mole-sti-a")."""
        self._cut = frozenset(self._codes)

    def finish(self) -> None:
        """Call once after the last pattern is compiled: misspellings are read only where they are no word themselves."""
        for word in self._typo_words:
            for wrong in misspellings(word):
                if wrong not in self._codes and wrong not in self._no_typo and wrong not in self._spelling:
                    self._typos.setdefault(wrong, word)
        for word in (*self._codes, *self._common):
            self._squeezed.setdefault(_DOUBLED.sub(r"\1", word), word)
        # Short pieces fit anywhere ("meth od s"): of two letters only the commonest words count.
        self._pieces = dict.fromkeys(self._common, 1.0)
        cut = self._cut or frozenset(self._codes)
        self._pieces |= {word: 1.0 for word in (*cut, *self._spelling) if len(word) >= 3 and word.isalpha()}
        self._pieces |= dict.fromkeys(("911", "10", "he", "im"), 1.0)
        self._pieces |= {word: 1.6 for word in self._typos if len(word) >= 4}
        self._pieces |= dict.fromkeys(("a", "i", "y"), 1.4)

    # -- compiling -----------------------------------------------------------------------------------------------

    def compile(self, line: str) -> Pattern:
        """One line of a pattern file."""
        pieces = [p.strip() for p in line.split("&") if p.strip()] if line.startswith("&") else [line]
        compiled = [self._regex(piece) for piece in pieces]
        if any(re.search(source, "") or re.search(source, UNKNOWN * 3) for source, _ in compiled):
            raise PatternError(f"matches any message: {line!r}")
        return Pattern(
            tuple(re.compile(source) for source, _ in compiled), tuple(need for _, needs in compiled for need in needs)
        )

    def _regex(self, line: str) -> tuple[str, list[frozenset[str]]]:
        out: list[str] = []
        groups: list[tuple[str, list[list[frozenset[str]]]]] = [("", [[]])]  # (how it opened, needs by alternative)
        fixed = {
            "^": f"(?:(?<=[{STOP}{ASKED}])|\\A)",
            "$": f"(?=[{STOP}{ASKED}]|\\Z)",
            "^^": "\\A",
            "$$": f"(?=[{STOP}{ASKED}]*\\Z)",
            "[?]": ASKED,
            "|": "|",
        }
        for item in line.split():
            if item in ("(", "!("):
                groups.append((item, [[]]))
                out.append("(?:" if item == "(" else "(?!")
            elif item in (")", ")?"):
                if len(groups) == 1:
                    raise PatternError(f"unbalanced group: {line!r}")
                opened, ways = groups.pop()
                if opened == "(" and item == ")" and all(ways):  # one of its ways must be there, so a word of that way
                    groups[-1][1][-1].append(frozenset().union(*(min(way, key=len) for way in ways)))
                out.append(item)
            elif item in fixed:
                if item == "|":
                    if len(groups) == 1:
                        raise PatternError(f"'|' between words needs a group: {line!r}")
                    groups[-1][1].append([])
                out.append(fixed[item])
            elif item.startswith(".."):
                out.append(f"[^{STOP}{ASKED}]{{0,{int(item[2:])}}}?")
            elif item.startswith("!"):
                out.append(f"(?![{self._set(item[1:])}])")
            elif item.startswith("~"):
                out.append(f"(?<![{self._set(item[1:])}])")
            elif item.endswith("?"):
                out.append(f"[{self._set(item[:-1])}]?")
            else:
                codes = self._set(item)
                out.append(f"[{codes}]")
                groups[-1][1][-1].append(frozenset(codes))
        if len(groups) > 1:
            raise PatternError(f"unbalanced group: {line!r}")
        return "".join(out), groups[0][1][0]

    def _set(self, item: str) -> str:
        found: set[str] = set()
        for part in item.split("|"):
            if part == "#":
                found.add(NUMBER)
                found.update(code for word, code in self._codes.items() if word.isdigit())
            elif part.startswith("<") and part.endswith(">"):
                if part[1:-1] not in self._classes:
                    raise PatternError(f"no class {part}")
                found.update(self._code(word) for word in self._classes[part[1:-1]])
            else:
                found.update(self._code(word) for word in expand(part))
        if not found:
            raise PatternError(f"nothing to match in {item!r}")
        return "".join(sorted(found))

    def _members(self, name: str, raw: Mapping[str, str], above: tuple[str, ...]) -> frozenset[str]:
        """The words of one class, those of the classes it names included; both files may add to a class."""
        if name not in raw or name in above:
            raise PatternError(f"class {name} is missing or contains itself")
        if name not in self._classes:
            found: set[str] = set()
            for word in expand(raw[name]):
                found.update(self._members(word[1:-1], raw, (*above, name)) if word.startswith("<") else (word,))
            self._classes[name] = frozenset(found)
        return self._classes[name]

    def _code(self, word: str) -> str:
        if not re.fullmatch(r"[a-z0-9]+", word):
            raise PatternError(f"words are lower case without accents: {word!r}")
        return self._codes.setdefault(word, chr(_FIRST_CODE + len(self._codes)))

    # -- reading -------------------------------------------------------------------------------------------------

    def read(self, text: str) -> list[Coded]:
        """The message as codes; further readings follow without its pictures, and where letters look scattered
        ("hel p me hes cmo ing")."""
        text = _ANSWERED_NO.sub("no. ", clean(text).translate(self._emoji))  # it denies nothing of what follows
        tokens = self._tokens(text)
        readings = ["".join(self._encode(token) for token in tokens)]
        spoken = [token for token in tokens if token not in self._pictures]
        if len(spoken) < len(tokens) and any(token not in (STOP, ASKED) for token in spoken):
            readings.append("".join(self._encode(token) for token in spoken))  # "kill 😭 myself" is still said
        words = [t for t in tokens if t not in (STOP, ASKED)]
        letters = sum(map(len, words))
        strange = sum(1 for word in words if not self._known(word))
        if len(words) >= 3 and letters <= _MAX_SPLIT and letters < 3.4 * len(words) and strange * 3 >= len(words):
            again = self._split("".join(words))
            if again:
                again = [part for word in again for part in self._spelling.get(word, (word,))]
                readings.append("".join(self._encode(token) for token in again))
        return [Coded.of(reading) for reading in readings]

    def tokens(self, text: str) -> list[str]:
        """Words as they are read, for lists outside the pattern language."""
        return [t for t in self._tokens(clean(text).translate(self._emoji)) if t not in (STOP, ASKED)]

    def _tokens(self, text: str) -> list[str]:
        raw: list[str] = []
        for at, piece in enumerate(_ENDS.split(text)):
            if at % 2:
                if raw and raw[-1] not in (STOP, ASKED):
                    raw.append(ASKED if "?" in piece else STOP)
                continue
            if piece.isspace() or not piece:
                continue
            for word in fold(piece).split():
                raw.extend(self._parts(word))
        return [part for token in self._join_letters(raw) for part in self._spelling.get(token, (token,))]

    def _parts(self, raw: str) -> Iterator[str]:
        if raw in self._spelling:  # with its apostrophe first: "he'll" is not "hell"
            yield raw
            return
        for part in re.split(r"[^a-z0-9]+", raw.replace("'", "")):
            match = _AGE_SUFFIX.fullmatch(part) or _AGE_PREFIX.fullmatch(part)
            if match and part not in self._spelling and part not in self._codes:
                yield from match.groups()
            elif part:
                yield part

    def _join_letters(self, tokens: list[str]) -> list[str]:
        """ "h e l p" is "help", "c a l l 9 1 1" is "call 911", "CALLTHEPOLICE" is three words."""
        out: list[str] = []
        run: list[str] = []
        budget = _MAX_LETTERS

        def flush() -> None:
            nonlocal budget
            if len(run) < 3 or budget < len(run):
                out.extend(run)
            else:
                budget -= len(run)
                joined = "".join(run)
                out.extend([joined] if joined in self._codes else self._split(joined, 2.0) or run)
            run.clear()

        for token in tokens:
            if len(token) == 1 and token not in (STOP, ASKED):
                run.append(token)
                continue
            flush()
            unknown = 7 <= len(token) <= budget and not self._known(token)
            parts = (self._split(token, unread_share=0.0) if unknown else None) or []
            if len(parts) >= 3 or (len(parts) == 2 and min(map(len, parts)) >= 4):  # "sospecho" is not "sos pecho"
                budget -= len(token)
                out.extend(parts)
            else:
                out.append(token)
        flush()
        return out

    def _known(self, token: str) -> bool:
        return token in self._codes or token in self._typos or token in self._common or token in self._spelling

    def _split(self, text: str, letters_a_word: float = 2.2, unread_share: float = 0.2) -> list[str] | None:
        """Words run together, cut into the fewest known words; None where too much stays unread."""
        text = text[:_MAX_SPLIT]
        best: list[tuple[float, int, str]] = [(0.0, 0, "")]
        for end in range(1, len(text) + 1):
            choice = (best[end - 1][0] + 3.0, end - 1, "")  # one letter unread
            for start in range(max(0, end - _MAX_WORD), end):
                cost = self._pieces.get(text[start:end])
                if cost is not None and best[start][0] + cost < choice[0]:
                    choice = (best[start][0] + cost, start, text[start:end])
            best.append(choice)
        words: list[str] = []
        end, unread = len(text), 0
        while end:
            _, start, piece = best[end]
            if piece:
                words.append(piece)
            else:
                unread += 1
            end = start
        if not words or unread > unread_share * len(text) or len(words) * letters_a_word > len(text):
            return None
        return words[::-1]

    def _encode(self, token: str) -> str:
        if token in (STOP, ASKED):
            return token
        code = self._codes.get(token)
        if code is None and token.isdigit():
            return NUMBER
        if code is None:
            code = self._codes.get(self._typos.get(token, ""))
            if code is None and (single := _DOUBLED.sub(r"\1", token)) != token:  # "heelp", not "pero" for "perro"
                code = self._codes.get(self._squeezed.get(single, ""))
        return code or UNKNOWN


def misspellings(word: str) -> Iterator[str]:
    """One letter missing, doubled or swapped with its neighbour; one letter wrong only where the word is long."""
    for i in range(len(word)):
        if len(word) >= 5:
            yield word[:i] + word[i + 1 :]
        yield word[: i + 1] + word[i:]
        if i and word[i] != word[i - 1] and len(word) >= 4:
            yield word[: i - 1] + word[i] + word[i - 1] + word[i + 1 :]
        if len(word) >= 6:
            yield from (word[:i] + c + word[i + 1 :] for c in "abcdefghijklmnopqrstuvwxyz" if c != word[i])
