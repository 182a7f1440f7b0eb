"""The safety floor: reads danger in a message without network, database or model (R13).

`certain` is answered at once, `possible` waits briefly for the classifier, `none` leaves the message to it.
What danger looks like is data, in `patterns/*.yml`; this module only weighs what was found.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from bot.safety.words import Coded, Lines, Pattern, PatternError, Words, read_file
from nlu.text import clean, latin_share, letters

PATTERNS = Path(__file__).parent / "patterns"

Level = Literal["certain", "possible", "none"]
_LEVELS: tuple[Level, ...] = ("none", "possible", "certain")
_ORDER = ("emergency_now", "self_harm", "minor_at_risk")
_STAFF = frozenset({"officer", "coordinator"})
_GUARDS = frozenset({"past", "over", "theory", "fiction", "study"})
_ALL_GUARDS = _GUARDS | {"grown", "of_age"}
_MOSTLY = 0.5
_MANY_SIGNS = 4
"""So many possible lines of one language together are as good as a certain one: words that both know are one sign, not two."""
_SOMEONE_NEAR = frozenset({"near", "silent", "many_signs"})
"""Groups that say no more than that somebody is close: with "close this" it is a wish to leave as much as danger."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What the floor sees in one message. `hits` are pattern ids, never the person's words."""

    level: Level
    handling: str | None
    also: tuple[str, ...] = ()
    hits: tuple[str, ...] = ()
    ambiguous_exit: bool = False


@dataclass(frozen=True, slots=True)
class Sign:
    """A group that was found in a message: how strong its lines are, what weakened it, what is left. For `waymark explain`."""

    group: str
    handling: str
    found: Level
    left: Level
    guards: tuple[str, ...]
    lines: int


NOTHING = Reading("none", None)


@dataclass(frozen=True, slots=True)
class Group:
    """One meaning: its lines by strength, what weakens it, and how strong it stays when staff write it. Faint lines are of words that are
    used for anything ("hiding"): they are possible, but nothing in calm talk. `in_code`: its danger is said in
    everyday words (a pizza that nobody wants), which take nothing from it."""

    id: str
    handling: str
    lines: tuple[tuple[int, bool, Lines], ...]
    heeds: frozenset[str]
    staff: int
    staff_only: bool
    in_code: bool

    def strength(self, coded: Coded) -> tuple[int, bool, int]:
        """How strong, whether only faintly, and by how many of its lines."""
        for strength, faint, lines in self.lines:
            found = len(lines.finding(coded))
            if found:
                return strength, faint, found
        return 0, False, 0


def _other_script(text: str) -> bool:
    """Mostly letters that are not Latin; one lone letter is a drawn shrug, unless it is a whole word by itself."""
    if latin_share(text) >= _MOSTLY:
        return False
    return letters(text) >= 2 or any("\u4e00" <= char <= "\u9fff" for char in text)


class Floor:
    """Compiles the patterns once; `read` keeps no state and never raises on text."""

    def __init__(self, folder: Path = PATTERNS) -> None:
        files: list[Mapping[str, Any]] = [read_file(path) for path in sorted(folder.glob("*.yml"))]
        if not files:
            raise PatternError(f"no pattern files in {folder}")
        self._words = Words(files)
        self._groups = [self._group(data["lang"], item) for data in files for item in data.get("groups", [])]
        self._guards = {name: self._lines(files, "guards", name) for name in sorted(_ALL_GUARDS)}
        self._now = self._lines(files, "guards", "now")
        self._under_age = self._lines(files, "guards", "under_age")
        self._mutes = self._lines(files, "guards", "mute")
        self._hide = self._lines(files, "guards", "hide")
        self._ambiguous = self._lines(files, "guards", "exit_or_danger")
        self._bare_help = self._lines(files, "guards", "bare_help")
        self._bare_signal = self._lines(files, "guards", "bare_signal")
        self._words.alone_from_here()
        self._everyday = self._lines(files, "guards", "everyday")
        self._settled = self._lines(files, "guards", "settled")
        self._words.finish()
        self._heeded = self._all_codes()

    def _all_codes(self) -> frozenset[str] | None:
        """Codes of which at least one is in any message that any line finds; None where some line needs none of them."""
        groups = [lines for group in self._groups for *_, lines in group.lines]
        asked = [*groups, self._ambiguous, self._bare_help, self._bare_signal]
        if any(lines.codes is None for lines in asked):
            return None
        return frozenset().union(*(lines.codes or frozenset() for lines in asked))

    def read(self, text: str, role: str = "guest") -> Reading:
        """How sure the floor is that this message is danger, and which."""
        cleaned = clean(text)
        found: dict[str, int] = {}
        hits: list[str] = []
        readings = self._words.read(cleaned)
        if self._heeded is not None and all(self._heeded.isdisjoint(coded.present) for coded in readings):
            return Reading("certain", "wants_hotline", (), ("other_script",)) if _other_script(cleaned) else NOTHING
        for coded in readings:
            for handling, strength, name in self._weigh(coded, role):
                found[handling] = max(found.get(handling, 0), strength)
                if name not in hits:
                    hits.append(name)
        ambiguous = any(self._ambiguous.find(coded) for coded in readings)
        top = max(found.values(), default=0)
        if set(found) == {"emergency_now"} and all(name.split(".")[-1] in _SOMEONE_NEAR for name in hits):
            ambiguous = ambiguous or any(self._hide.find(coded) for coded in readings)
            top = min(top, 1) if ambiguous else top
        if ambiguous and top < 2:
            return Reading("none", None, (), ("exit_or_danger",), True)
        bare_help = any(self._bare_help.find(coded) for coded in readings)
        if bare_help and top < 2:
            return Reading("certain", "help_menu", (), ("bare_help",))
        if top < 2 and self._bare_signal.find(readings[0]):
            return Reading("certain", "wants_hotline", (), ("bare_signal",))
        if _other_script(cleaned):
            if top == 0:
                return Reading("certain", "wants_hotline", (), ("other_script",))
            top, found = 2, dict.fromkeys(found, 2)  # "помогите 911": the classifier cannot read the rest either
        if top == 0:
            return NOTHING
        dangers = [handling for handling in _ORDER if found.get(handling, 0) == top]
        return Reading(_LEVELS[top], dangers[0], tuple(dangers[1:]), tuple(hits), ambiguous)

    def signs(self, text: str, role: str = "guest") -> list[Sign]:
        """All that `read` weighed, also what guards and the role of the writer made nothing of. Strongest first."""
        found: dict[str, Sign] = {}
        for coded in self._words.read(clean(text)):
            for sign in self._signs(coded, role, self._calm(coded)):
                known = found.get(sign.group)
                if known is None or _LEVELS.index(known.left) < _LEVELS.index(sign.left):
                    found[sign.group] = sign
        return sorted(found.values(), key=lambda sign: -_LEVELS.index(sign.left))

    def _weigh(self, coded: Coded, role: str) -> list[tuple[str, int, str]]:
        out = []
        signs: dict[tuple[str, str], int] = {}
        calm = self._calm(coded)
        for sign in self._signs(coded, role, calm):
            if sign.left != "none":
                out.append((sign.handling, _LEVELS.index(sign.left), sign.group))
                said = sign.handling, sign.group.partition(".")[0]
                signs[said] = signs.get(said, 0) + sign.lines
        if role not in _STAFF and calm is None:
            out += [(handling, 2, "many_signs") for (handling, _), lines in signs.items() if lines >= _MANY_SIGNS]
        return out

    def _calm(self, coded: Coded) -> str | None:
        """Why what would be certain is left to the classifier: talk of everyday things, or of what has ended, unless it is also said to be now."""
        if self._everyday.find(coded):
            return "everyday"
        return "settled" if self._settled.find(coded) and not self._now.find(coded) else None

    def _signs(self, coded: Coded, role: str, calm: str | None) -> list[Sign]:
        coded = self._without_idioms(coded)
        guards = {name for name, lines in self._guards.items() if lines.find(coded)}
        if role not in _STAFF:
            guards.discard("study")
        if "of_age" in guards and self._under_age.find(coded):
            guards.discard("of_age")  # "my son is 20 and my daughter is 14": the grown one takes nothing from the other
        if "past" in guards:
            guards.discard("over")  # last year, and in May: one past, one step
        # "last year he hit me and now he is at the door" is now; "I was 14, I am 32 now" is still over.
        now = {"past", "over", "study"} if self._now.find(coded) else set()
        out = []
        for group in self._groups:
            if group.staff_only and role not in _STAFF:
                continue
            strength, faint, lines = group.strength(coded)
            if strength:
                lifted = now if group.handling == "emergency_now" else now - {"past"}
                weakened = (guards & group.heeds) - lifted
                left = max(0, strength - len(weakened) - (group.staff if role in _STAFF else 0))
                names = (*sorted(weakened), *(["staff"] if role in _STAFF and group.staff > 0 else []))
                if calm is not None and left > (0 if faint else 1) and not group.in_code:
                    left, names = 0 if faint else 1, (*names, calm)
                out.append(Sign(group.id, group.handling, _LEVELS[strength], _LEVELS[left], names, lines))
        return out

    def _without_idioms(self, coded: Coded) -> Coded:
        """ "this traffic is killing me" leaves no killing behind; the rest of the message is still read."""
        text = coded.text
        for line in self._mutes.finding(coded):
            text = line.parts[0].sub(lambda m: "u" * len(m.group()), text)
        return coded if text == coded.text else Coded.of(text)

    def _group(self, lang: str, item: Mapping[str, Any]) -> Group:
        name = f"{lang}.{item['id']}"
        if item["handling"] not in _ORDER or not set(item.get("heeds", [])) <= _ALL_GUARDS:
            raise PatternError(f"{name}: handling is one of {_ORDER}, heeds of {sorted(_ALL_GUARDS)}")
        lines = tuple(
            (strength, level == "faint", Lines(self._compile(str(item[level]))))
            for strength, level in ((2, "certain"), (1, "possible"), (1, "faint"))
            if level in item
        )
        return Group(
            name,
            item["handling"],
            lines,
            frozenset(item.get("heeds", _GUARDS)),
            int(item.get("staff", 1)),
            bool(item.get("staff_only", False)),
            bool(item.get("in_code", False)),
        )

    def _lines(self, files: list[Mapping[str, Any]], section: str, name: str) -> Lines:
        return Lines(p for data in files for p in self._compile(str(data.get(section, {}).get(name, ""))))

    def _compile(self, block: str) -> tuple[Pattern, ...]:
        lines = (line.strip() for line in block.splitlines())
        return tuple(self._words.compile(line) for line in lines if line and not line.startswith("--"))


@cache
def shared() -> Floor:
    """The floor of our own pattern files, compiled once a process."""
    return Floor()
