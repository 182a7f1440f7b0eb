"""Content ids into words, for one reader: the only place where text is made, and where audience is enforced."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.library import lines as help_lines
from bot.library.directory.entries import settings as directory_settings
from bot.library.directory.places import EVERYWHERE, state_name
from bot.library.directory.search import Wish, fits, search
from bot.library.directory.showing import ANY, NOWHERE, PER_PAGE, STATES_PER_PAGE, entry_text, place_name, wish
from bot.library.loading import Library
from bot.library.model import OFFICER_ROLES, Button, Topic
from bot.library.replies import Part, Rendered

MAX_BUTTONS = 6
UNNAMED_ROWS = frozenset(
    [
        "wants_safe_place",
        "basic_needs",
        "emotional_support",
        "safety_tech",
        "immigration_help",
        "legal_help_survivor",
        "afraid_of_police",
    ]
)
"""Whoever asks for these has not said what it is about, so lines go by their neutral names (R1)."""


class NotForThisReader(LookupError):
    """Something for officers, or for advocates, was about to be shown to somebody else."""


class Renderer:
    """Renders parts for one language and role. Raises KeyError for content that is gone, `NotForThisReader` for a guest."""

    def __init__(self, library: Library, lang: str, role: str) -> None:
        self._library, self._lang, self._officer = library, lang, role in OFFICER_ROLES
        self._advocate = role == "advocate"
        self._words = library.commands[lang]["words"]
        self._kinds: dict[str, Callable[[str, Part], Rendered]] = {
            "topic": self._topic,
            "message": self._message,
            "term": self._term,
            "slang": self._slang,
            "lines": self._lines,
            "line": self._line,
            "offer": self._offer,
            "menu": self._menu,
            "flags": self._flags,
            "sources": self._sources,
            "ask": self._ask,
            "release": self._release,
            "staff": self._staff,
            "directory": self._directory,
        }

    def render(self, part: Part) -> Rendered:
        kind, _, name = part.content.partition(":")
        return self._kinds[kind](name, part)

    def _allow(self, audience: str) -> None:
        if (audience == "officer" and not self._officer) or (audience == "advocate" and not self._advocate):
            raise NotForThisReader

    def _topic(self, name: str, part: Part) -> Rendered:
        topic = self._library.topics[(name, self._lang)]
        self._allow(topic.audience)
        pages = pages_of(topic, self._words, self._officer)
        page = min(part.page, len(pages) - 1)
        text = pages[page] if page else f"{self._heading(topic)}{pages[0]}"
        buttons = []
        if page + 1 < len(pages):
            buttons.append((self._words["more"], f"m:{name}:{page + 1}"))
        buttons += self._near(topic)
        buttons += [(title, payload) for title, payload in map(self._next, topic.next) if title]
        buttons = [] if part.params.get("bare") else self._with_exit(buttons)
        sources = [self._source(key) for key in topic.sources]
        if page == 0:
            text = self._with_lines(text, topic.lines, not self._officer and topic.handling in UNNAMED_ROWS)
            if self._officer and sources:
                text += f"\n\n{self._words['source']}: {'; '.join(sources[:2])}. {self._mark(topic)}"
        return Rendered(text, buttons, sources)

    def _near(self, topic: Topic) -> list[tuple[str, str]]:
        """For a guest, the button to what is listed near them, where anything of that kind is listed at all."""
        if self._officer or topic.handling not in near_rows():
            return []
        need = topic.handling if near_rows()[topic.handling] else ANY
        shelf = self._library.directory
        listed = any(fits(entry, wish({"need": need}, self._lang, False)) for entry in shelf.entries)
        return [(self._words["near"], f"d:{need}")] if listed else []

    def _directory(self, name: str, part: Part) -> Rendered:
        """`directory:` with the message that stands above: what is listed for a need and a place, or the question where. What is found is
        looked up now, so that what was queued holds no more than a need and a place."""
        shelf, need, place = self._library.directory, str(part.params.get("need") or ANY), part.params.get("place")
        wished = wish(part.params, self._lang, self._officer)
        if place is None:
            return self._where(name, need, wished, part.page)
        now = shelf.now()
        found, size = search(shelf.entries, wished, now), PER_PAGE[self._officer]
        shown = found[part.page * size : (part.page + 1) * size]
        called = (
            self._words["anywhere"]
            if place == NOWHERE
            else place_name(str(place), shelf.places, self._lang, self._words)
        )
        if not shown:
            message = self._message("directory.nothing", Part("message:directory.nothing", params={"name": called}))
            return Rendered(message.text, [(self._words["other_place"], f"d:{need}"), *message.buttons], [])
        head = self._message(name, Part(f"message:{name}", params={"name": called}))
        blocks = [entry_text(f, self._lang, self._words, self._officer, shelf.age(f.entry), shelf.days) for f in shown]
        more = (part.page + 1) * size < len(found)
        buttons = [(self._words["more"], f"d:{need}:{place}:{part.page + 1}")] if more else []
        buttons += [(self._words["other_place"], f"d:{need}"), *head.buttons]
        sources = list(dict.fromkeys(f.entry.source for f in shown))
        return Rendered("\n".join([head.text, "", *blocks, "", self._words["call_first"]]), buttons, sources)

    def _where(self, name: str, need: str, wished: Wish, page: int) -> Rendered:
        """Which state: those for which something is listed, and "no matter where"."""
        shelf, shown = self._library.directory, self._message(name, Part(f"message:{name}"))
        listed = [entry for entry in shelf.entries if fits(entry, wished)]
        states = sorted(
            {area[:2] for e in listed for area in e.areas if area != EVERYWHERE},
            key=lambda s: state_name(s, self._lang),
        )
        part = states[page * STATES_PER_PAGE : (page + 1) * STATES_PER_PAGE]
        buttons = [(state_name(state, self._lang)[:34], f"d:{need}:{state}:0") for state in part]
        if (page + 1) * STATES_PER_PAGE < len(states):
            buttons.append((self._words["more"], f"d:{need}:?:{page + 1}"))
        else:
            buttons.append((self._words["anywhere_button"], f"d:{need}:{NOWHERE}:0"))
        return Rendered(shown.text, [*buttons, *shown.buttons], [])

    def _with_exit(self, buttons: list[tuple[str, str]]) -> list[tuple[str, str]]:
        """At most `MAX_BUTTONS`; the last one clears the screen for a guest, who may need it on any page (R2)."""
        if self._officer:
            return buttons[:MAX_BUTTONS]
        return [*buttons[: MAX_BUTTONS - 1], (self._library.label("stop_or_exit", self._lang), "c:exit")]

    def _sources(self, name: str, part: Part) -> Rendered:
        """Every source of a topic with its address, and the way back."""
        topic = self._library.topics[(name, self._lang)]
        self._allow(topic.audience)
        sources = [self._source(key) for key in topic.sources]
        rows = [f"{topic.title}: {self._words['source'].lower()}", "", *(f"• {source}" for source in sources)]
        return Rendered(
            "\n".join([*rows, "", self._mark(topic)]), self._with_exit([(topic.title, f"t:{name}")]), sources
        )

    def _heading(self, topic: Topic) -> str:
        return f"{topic.title}\n\n" if topic.audience == "officer" or self._officer else ""

    def _mark(self, topic: Topic) -> str:
        return f"{self._words[topic.certainty]}, {self._words['reviewed']} {topic.reviewed_on.isoformat()}"

    def _next(self, topic_id: str) -> tuple[str, str]:
        topic = self._library.topics.get((topic_id, self._lang))
        if topic is not None:
            allowed = self._officer or topic.audience == "everyone"
            return (topic.title, f"t:{topic_id}") if allowed else ("", "")
        return "", ""

    def _message(self, name: str, part: Part) -> Rendered:
        message = self._library.message(name, self._lang)
        self._allow(message.audience)
        text = message.text.strip().format_map(_Params(part.params))
        sources = [self._source(key) for key in message.sources]
        columns = 2 if len(message.buttons) > MAX_BUTTONS else 1
        text = self._with_lines(text, message.lines, message.neutral)
        return Rendered(text, _pairs(message.buttons), sources, columns=columns)

    def _term(self, name: str, part: Part) -> Rendered:
        term = self._library.terms[(name, self._lang)]
        words = self._words
        rows = [
            f"{words['avoid']}: {', '.join(term.avoid)}",
            f"{words['prefer']}: {term.prefer}",
            f"{words['reason']}: {term.why}",
        ]
        if term.keep_for_charging and self._officer:
            rows.append(words["keep_for_charging"])
        sources = [self._source(key) for key in term.sources]
        if sources and self._officer:
            rows.append(f"\n{words['source']}: {'; '.join(sources[:2])}. {words[term.certainty]}")
        return Rendered("\n".join(rows), [], sources)

    def _slang(self, name: str, part: Part) -> Rendered:
        slang = self._library.slang[(name, self._lang)]
        words = self._words
        names = ", ".join([slang.term, *(a for a in slang.aliases if a not in slang.term)])
        sources = [self._source(key) for key in slang.sources]
        rows = [names, "", slang.meaning, ""]
        if self._officer:
            rows.append(f"{words['matters']}: {slang.matters}")
        rows.append(words["word_proves_nothing"])
        if sources and self._officer:
            rows.append(f"\n{words['source']}: {'; '.join(sources[:2])}. {words[slang.certainty]}")
        return Rendered("\n".join(rows), [], sources)

    def _lines(self, name: str, part: Part) -> Rendered:
        """`lines:` with the ids in params; one compact row each, and where a line is not what it seems, that. With
        `neutral`, a guest sees names that say nothing of what the lines are about (R1)."""
        neutral = bool(part.params.get("neutral")) and not self._officer
        rows = []
        for line_id in part.params["ids"]:
            line = self._library.lines[line_id]
            rows.append(help_lines.compact(line, self._lang, self._words, neutral))
            if line.is_law_enforcement:
                rows.append(f"   {line.what_it_is_not.get(self._lang)}")
        buttons = [
            (
                self._words["about_line"].format(name=self._line_name(i, neutral))[:34],
                f"t:line.{i}",
            )
            for i in part.params["ids"][:3]
        ]
        intro = part.params.get("intro")
        if intro:
            rows.insert(0, self._library.message(intro, self._lang).text.strip() + "\n")
        return Rendered(
            "\n".join(rows),
            self._with_exit(buttons),
            [self._source(k) for i in part.params["ids"] for k in self._library.lines[i].sources],
        )

    def _line_name(self, line_id: str, neutral: bool) -> str:
        line = self._library.lines[line_id]
        return (line.neutral_name if neutral and line.neutral_name else line.short_name).get(self._lang)

    def _line(self, name: str, part: Part) -> Rendered:
        """One of the two messages about a line."""
        line = self._library.lines[name]
        if line.status == "hidden":
            raise KeyError(name)
        pages = help_lines.pages(line, self._lang, self._words, self._library.calls.last(line.id))
        page = pages[min(part.page, len(pages) - 1)]
        return Rendered(page, self._with_exit([]), [self._source(k) for k in line.sources])

    def _offer(self, name: str, part: Part) -> Rendered:
        """Did you mean: the help line first, then the nearest meanings as buttons in the person's words."""
        message = self._library.message(name, self._lang)
        ids = [i for i in part.params["offered"] if (i, self._lang) in self._library.labels]
        own = self._library.commands[self._lang]["labels_officer"] if self._officer else {}
        buttons = [(own.get(i) or self._library.label(i, self._lang), f"h:{i}") for i in ids]
        return Rendered(
            self._with_lines(message.text.strip(), message.lines, message.neutral),
            buttons + _pairs(message.buttons),
            [],
        )

    def _menu(self, name: str, part: Part) -> Rendered:
        """The menu that fits the role; `name` is the message that stands above it."""
        message = self._library.message(name, self._lang)
        role = part.params.get("role", "officer" if self._officer else "guest")
        self._allow("officer" if role in OFFICER_ROLES else "everyone")
        buttons = [(self._library.label(i, self._lang), f"h:{i}") for i in self._library.menus[role]]
        return Rendered(
            self._with_lines(message.text.strip(), message.lines, message.neutral),
            buttons + _pairs(message.buttons),
            [],
        )

    def _flags(self, name: str, part: Part) -> Rendered:
        """What `/check` found: term keys with counts, never the officer's words around them."""
        self._allow("officer")
        words, rows, sources = self._words, [], []
        for key, count in part.params["found"]:
            term = self._library.terms[(key, self._lang)]
            sources += [self._source(k) for k in term.sources]
            mark = f" ({words['keep_for_charging']})" if term.keep_for_charging else ""
            rows.append(f"• {', '.join(term.avoid[:2])} ×{count} → {term.prefer}{mark}\n  {term.why}")
        head = self._library.message("check.found" if rows else "check.clean", self._lang).text.strip()
        quoted = part.params.get("quoted", 0)
        tail = self._library.message("check.quoted", self._lang).text.strip() if quoted else ""
        text = "\n\n".join(piece for piece in (head.format(count=len(rows)), "\n".join(rows), tail) if piece)
        return Rendered(text, [], list(dict.fromkeys(sources)))

    def _ask(self, name: str, part: Part) -> Rendered:
        """A question of a request: what is asked, what it is for, its options (those already chosen are marked), and the ways
        that every question has. `officer.` questions are for officers."""
        self._allow("officer" if name.startswith("officer.") else "everyone")
        node, words = self._library.asked[name], self._library.intake[self._lang]
        asking, chosen, label = words.nodes[name], part.params.get("chosen", []), words.labels
        buttons = []
        for option in node.options:
            title = self._library.intake_option(name, option, self._lang)
            buttons.append((label["chosen"].format(option=title) if option in chosen else title, f"q:{name}:{option}"))
        moves = [("done", node.kind == "many"), ("skip", node.skip), ("back", not node.first)]
        buttons += [(label[move], f"q:{name}:{move}") for move, there in moves if there]
        buttons += [(label["unsafe"], "c:unsafe"), (label["exit"], "c:exit")]
        return Rendered("\n\n".join(t.strip() for t in (asking.text, asking.because) if t), buttons, [])

    def _release(self, name: str, part: Part) -> Rendered:
        """The agreement to one named program (R41); its buttons carry the program's id where the content says PROGRAM."""
        shown, program = self._message(name, part), str(part.params["program"])
        return Rendered(shown.text, [(t, p.replace("PROGRAM", program)) for t, p in shown.buttons], shown.sources)

    def _staff(self, name: str, part: Part) -> Rendered:
        """What an advocate hears; its buttons carry the number of what they are about where the content says ID."""
        shown, about = self._message(name, part), str(part.params["id"])
        return Rendered(shown.text, [(t, p.replace(":ID", f":{about}")) for t, p in shown.buttons], shown.sources)

    def _with_lines(self, text: str, ids: list[str], neutral: bool = False) -> str:
        rows = [help_lines.compact(self._library.lines[i], self._lang, self._words, neutral) for i in ids]
        return "\n".join([text.strip(), *([""] if rows else []), *rows])

    def _source(self, key: str) -> str:
        source = self._library.sources[key]
        where = f" – {source.address}" if source.address else ""
        return f"{source.title} ({source.publisher}, {source.date}){where}"


def pages_of(topic: Topic, words: dict[str, str], officer: bool) -> list[str]:
    """The messages of a topic: the short answer, for officers the two sides of a distinction, then the further pages.
    Guests do without the sides: no message to them is longer than 60 words (R11)."""
    pages = [topic.short.strip()]
    if topic.sides and officer:
        pages.append(sides_text(topic, words))
    return pages + [page.strip() for page in topic.more]


def sides_text(topic: Topic, words: dict[str, str]) -> str:
    """Two sides next to each other, aspect by aspect, as a phone can show them."""
    rows = []
    for aspect in topic.sides[0].points:
        rows.append(words.get(f"aspect_{aspect}", aspect).upper())
        rows += [f"• {side.name}: {side.points[aspect]}" for side in topic.sides if aspect in side.points]
        rows.append("")
    return "\n".join(rows).strip()


def near_rows() -> dict[str, list[str]]:
    """Rows under whose answers a guest is offered what is near."""
    rows: dict[str, list[str]] = directory_settings()["rows"]
    return rows


def _pairs(buttons: list[Button]) -> list[tuple[str, str]]:
    return [(b.title, b.payload) for b in buttons]


class _Params(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return ""
