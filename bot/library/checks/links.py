"""Nothing points to nowhere, nothing for everyone points to what is for officers, and no guest is left without a next step."""

from __future__ import annotations

from collections.abc import Iterator

from bot.library.checks.base import COMMANDS, FIXED_ROWS, catalogue, place
from bot.library.lines import ways
from bot.library.loading import LANGS, Library
from bot.library.model import Message, Topic
from bot.library.rendering import MAX_BUTTONS, NotForThisReader, Renderer, pages_of
from bot.library.replies import Part

LONGEST_PAYLOAD = 64

# What buttons of messages may ask of a request that is open, or answer to a release; PROGRAM is filled in when it is shown.
REQUEST = frozenset(
    [
        "q:begin",
        "q:begin:self",
        "q:begin:ally",
        "q:go",
        "q:back",
        "q:show",
        "q:mute",
        "q:unmute",
        "q:end",
        "q:minor",
        "r:yes:PROGRAM",
        "r:no:PROGRAM",
        "r:done:PROGRAM",
    ]
)

# What an advocate's buttons do (bot/placement/staff.py); ID is filled in when it is shown.
STAFF = frozenset(
    [
        *(f"a:{command}" for command in ("help", "pin", "shift", "out", "request", "close")),
        *(
            f"a:{deed}:ID"
            for deed in ("take", "pass", "open", "why", "close", "have", "test", "relay_send", "relay_drop")
        ),
        *(f"a:end:ID:{outcome}" for outcome in ("placed", "other_help", "could_not", "lost_contact")),
    ]
)

# What the buttons of refreshers do (bot/training); those with ids are made when they are shown.
LEARNING = frozenset(
    f"k:{wish}"
    for wish in (
        "quiz", "quiz:more", "course", "pretest", "score", "snooze", "pause", "resume", "hours", "off_duty", "mine", "export_mine",
        "erase_mine", "erase_mine:yes", "id", "home", "schedule", "progress", "officers", "units", "invite", "partners", "agreement",
        "export", "settings", "setup", "cancel", "policy", "sheet", "waiting", "revoke:all:yes",
    )
)  # fmt: skip

SETTING = (
    "k:course:",
    "k:export:",
    "k:hours:",
    "k:off_duty:",
    "k:partner:",
    "k:progress:",
    "k:set:",
    "k:snooze:",
    "k:invite:",
    "k:rule:",
    "k:unit:add",
    "k:leave",
    "k:export_mine",
    "k:links",
)
"""What is chosen while a department is set up; each such button is tapped by a test (tests/training/test_buttons.py)."""
MOST_BUTTONS = 4
MOST_BUTTONS_TRAINING = 10
"""Officers and coordinators look for one of many; for a person in danger, few are better."""

# Texts that end on purpose, each with its reason.
ENDS = {
    "exit.cleared": "one neutral line is what stays after the screen is cleared (R3)",
    "group.leave": "the bot leaves the group; a button there would work for strangers",
    "group.waiting": "what a staff group gets holds nothing but itself (R41)",
    "review.mark": "a mark in front of another text",
    "voice.also": "a heading; the next answer follows it",
}


def next_topics(library: Library) -> Iterator[str]:
    """`next` names one to four topics that exist, not itself, and that this reader may open."""
    for topic in library.topics.values():
        where = place(library, topic)
        if not 1 <= len(topic.next) <= 4 or len(set(topic.next)) != len(topic.next):
            yield f"{where}: next has {len(topic.next)} topics; give one to four different ones"
        for name in topic.next:
            target = library.topics.get((name, topic.lang))
            if target is None:
                yield f"{where}: next {name} does not exist in {topic.lang}"
            elif name == topic.id:
                yield f"{where}: next names the topic itself"
            elif topic.audience == "everyone" and target.audience == "officer":
                yield f"{where}: next {name} is for officers; a guest cannot open it"


def _resolves(library: Library, lang: str, guest: bool, payload: str) -> str | None:
    """What is wrong with a payload, or None."""
    kind, _, name = payload.partition(":")
    if kind == "c":
        return None if name in COMMANDS else f"{name} is no command"
    if kind == "h":
        if name not in catalogue():
            return f"{name} is no row of catalogue.yml"
        answered = name in FIXED_ROWS or library.topics_for(name, lang, officer=not guest)
        return None if answered else f"nothing answers {name} for this reader"
    if kind in ("q", "r"):
        return None if payload in REQUEST else f"{payload} means nothing to a request"
    if kind == "k":
        return None if payload in LEARNING or payload.startswith(SETTING) else f"{payload} means nothing to refreshers"
    if kind == "a":
        return None if payload in STAFF else f"{payload} is nothing that an advocate can do"
    if kind == "d":
        return None  # made by rendering alone, from what is listed
    if kind == "t":
        return _shows(library, lang, guest, name)
    return f"a button of a message cannot carry {kind}:"


def _shows(library: Library, lang: str, guest: bool, name: str) -> str | None:
    if name.startswith("line."):
        line = library.lines.get(name[5:])
        return None if line is not None and line.status != "hidden" else f"help line {name[5:]} is not shown"
    item: Topic | Message | None = library.topics.get((name, lang)) or library.messages.get((name, lang))
    if item is None:
        return f"{name} does not exist in {lang}"
    if item.audience == "advocate":
        return f"{name} is for advocates"
    return f"{name} is for officers" if guest and item.audience == "officer" else None


def buttons(library: Library) -> Iterator[str]:
    """Every button leads somewhere that its reader may go, and its payload fits the platform's 64 bytes."""
    for message in library.messages.values():
        where = f"{place(library, message)} (message {message.id})"
        for button in message.buttons:
            wrong = _resolves(library, message.lang, message.audience != "officer", button.payload)
            if wrong is None and button.payload.startswith("a:") and message.audience != "advocate":
                wrong = "only an advocate has this button"
            if wrong:
                yield f"{where}: button {button.title!r}: {wrong}"
            if len(button.payload.encode()) > LONGEST_PAYLOAD:
                yield f"{where}: button {button.title!r}: payload is over {LONGEST_PAYLOAD} bytes"
        most = MOST_BUTTONS_TRAINING if message.id.startswith("train.") else MOST_BUTTONS
        if len({b.payload for b in message.buttons}) != len(message.buttons) or len(message.buttons) > most:
            yield f"{where}: at most {most} buttons, no two with the same payload"


def help_lines_exist(library: Library) -> Iterator[str]:
    """Help lines that a text names exist and may be shown; a law-enforcement line never stands first for a guest (A-16)."""
    items: list[Topic | Message] = [*library.topics.values(), *library.messages.values()]
    for item in items:
        where = place(library, item)
        for name in item.lines:
            line = library.lines.get(name)
            if line is None:
                yield f"{where}: help line {name} is not in lines.yml"
            elif line.status == "hidden":
                yield f"{where}: help line {name} is hidden; name another"
        if item.audience == "everyone" and item.lines:
            first = library.lines.get(item.lines[0])
            if first is not None and first.is_law_enforcement:
                yield f"{where}: {first.id} is law enforcement; a line that is not comes first"


def lines_reachable(library: Library) -> Iterator[str]:
    """Every line that is shown can be reached in some way, and each need that the program can ask for has a line."""
    for line in library.lines.values():
        if line.status == "show" and not ways(line) and not line.videophone:
            yield f"lines.yml: {line.id} is shown but has no phone, text, chat or videophone; make it link_only"
        if line.status == "link_only" and not line.web:
            yield f"lines.yml: {line.id} is link_only without a web page"
    known = {need for line in library.lines.values() for need in line.for_needs}
    for lang in LANGS:
        for need in library.commands[lang].get("needs", {}):
            if need not in known | {"talk", "text", "chat", "CA", "MX", "GB"}:
                yield f"{lang}/commands.yml: needs.{need}: no help line is for it; add it to a line's for_needs"


def no_dead_ends(library: Library) -> Iterator[str]:
    """Whatever a guest can be shown names a human help line or has a button that leads on, on every page."""
    for lang in LANGS:
        renderer = Renderer(library, lang, "guest")
        for topic in library.topics.values():
            if topic.lang != lang or topic.audience != "everyone":
                continue
            for page in range(len(pages_of(topic, library.commands[lang]["words"], officer=False))):
                shown = renderer.render(Part(f"topic:{topic.id}", page))
                leads_on = any(payload != "c:exit" for _, payload in shown.buttons)
                if not leads_on and not (topic.lines and page == 0):
                    yield f"{place(library, topic)}: page {page} ends with neither a help line nor a button"
        for message in library.messages.values():
            ends = message.id in ENDS or message.lines or message.buttons
            if message.lang == lang and message.audience == "everyone" and not ends:
                yield f"{place(library, message)}: message {message.id} ends with neither a help line nor a button"


def officers_only(library: Library) -> Iterator[str]:
    """What is for officers is refused to a guest by the renderer, and no button of a guest's topic leads there (R26)."""
    for lang in LANGS:
        guest = Renderer(library, lang, "guest")
        for topic in (t for t in library.topics.values() if t.lang == lang):
            if topic.audience == "officer":
                try:
                    guest.render(Part(f"topic:{topic.id}"))
                except NotForThisReader:
                    continue
                yield f"{place(library, topic)}: a guest was shown what is for officers"
            shown = guest.render(Part(f"topic:{topic.id}"))
            if len(shown.buttons) > MAX_BUTTONS:
                yield f"{place(library, topic)}: more than {MAX_BUTTONS} buttons"
            for title, payload in shown.buttons:
                wrong = None if payload.startswith("m:") else _resolves(library, lang, True, payload)
                if wrong or len(payload.encode()) > LONGEST_PAYLOAD:
                    yield f"{place(library, topic)}: button {title!r}: {wrong or 'its payload is too long'}"
