"""Step 3: commands, taps, media, and a text that `/check` was waiting for. Nothing here needs Rasa but rows that a tap names."""

from __future__ import annotations

import re
from collections.abc import Callable

from bot.library import wording
from bot.library.lines import Want, choose
from bot.library.loading import Library
from bot.library.model import OFFICER_ROLES
from bot.library.replies import Effect, Part, Reply
from bot.nlu import Nlu, NluDown
from bot.stages import local, training
from bot.stages.context import Context, Done
from nlu.text import fold

CHECK = re.compile(
    r"^\s*(?:/check(?:@\w+)?\b|(?:please\s+)?check (?:my|this) (?:report|text|paragraph)\b|revis[ae] (?:mi|este) (?:informe|reporte|texto)\b)[\s:,.-]*",
    re.IGNORECASE,
)
SHORTEST_TEXT = 3
MIN_QUIET, MAX_QUIET = 5, 24 * 60
"""Minutes; whatever was chosen, the clock clears before hour 47."""
LANG_COMMANDS = {
    "/language": None,
    "/lang": None,
    "/idioma": None,
    "/english": "en",
    "/espanol": "es",
    "/español": "es",
}


OTHERS = [
    "/start",
    "/menu",
    "/help",
    "/ayuda",
    "/lines",
    "/lineas",
    "/erase",
    "/borrar",
    "/privacy",
    "/privacidad",
    "/quiet",
]
BARE = frozenset([*OTHERS, *LANG_COMMANDS, "/silencio", "/role"])


def bare_command(text: str) -> bool:
    """A command and nothing else: "/silencio" is no whispered cry for help."""
    return text.strip().lower().partition("@")[0] in BARE


class CommandStage:
    def __init__(self, library: Library, nlu: Nlu) -> None:
        self._library, self._nlu = library, nlu
        # "ok", "no", "idk": too little for the classifier, which must choose a row and would name one by chance.
        self._small_words = frozenset(
            w for lang in library.commands.values() for words in lang["small_words"].values() for w in words
        )
        self._commands: dict[str, Callable[[Context, str], Reply | None]] = {
            "/start": self._start, "/menu": self._menu, "/help": self._menu, "/ayuda": self._menu,
            "/lines": self._lines, "/lineas": self._lines, "/erase": self._erase, "/borrar": self._erase,
            "/privacy": self._privacy, "/privacidad": self._privacy, "/role": self._role,
            "/quiet": self._quiet, "/silencio": self._quiet,
        }  # fmt: skip

    async def __call__(self, context: Context) -> None:
        message = context.message
        reply: Reply | None = None
        if message.media:
            reply = Reply("wants_hotline", [Part("message:danger.media")], urgent=True)
        elif message.payload:
            reply = await self._tap(context, message.payload)
            self._not_waiting(context, message.payload.startswith("t:"))
            if context.person.role in OFFICER_ROLES and local.asks_where(reply):
                context.change(awaiting=local.ASKED)
        elif CHECK.match(message.text):
            reply = self._check(context)
        elif context.person.awaiting is None and fold(message.text) in self._small_words:
            own = ".officer" if context.person.role in OFFICER_ROLES else ""
            reply = Reply("help_menu", [Part(f"message:help.small{own}")])
        elif message.text.strip().startswith("/"):
            reply = self._command(context)
            self._not_waiting(context, reply is None)
        elif context.person.awaiting == local.ASKED:
            reply = local.typed(self._library, message.text, context.person.role in OFFICER_ROLES)
            if reply is None and fold(message.text) in self._small_words:
                reply = Reply("help_menu", [Part("message:help.small.officer")])
            self._not_waiting(context, False)
        elif context.person.awaiting == "check" and len(message.text.split()) < SHORTEST_TEXT:
            self._not_waiting(context, False)  # "never mind": a word or two is no text, and is read like any other
        elif context.person.awaiting == "check":
            reply = self._check(context)
        if reply is not None:
            context.replies.append(reply)
            if reply.effect:
                context.effects.append(reply.effect)
            training.read_as(context, reply)
            context.change(misses=0)
            raise Done

    @staticmethod
    def _not_waiting(context: Context, still: bool) -> None:
        """Whatever else is asked for ends the waiting for a text; a page about the tool (`still`) does not."""
        asked_now = context.changes.get("awaiting") == "check"
        if context.person.awaiting and not still and not asked_now:
            context.change(awaiting=None)

    def _command(self, context: Context) -> Reply | None:
        word, _, rest = context.message.text.strip().partition(" ")
        name = word.lower().split("@")[0]
        if name in LANG_COMMANDS:
            lang = LANG_COMMANDS[name] or (
                {"en": "en", "es": "es"}.get(rest.strip().lower()[:2]) or ("en" if context.lang == "es" else "es")
            )
            return self._language(lang)
        handler = self._commands.get(name)
        return handler(context, rest.strip()) if handler else None

    async def _tap(self, context: Context, payload: str) -> Reply:
        kind, _, name = payload.partition(":")
        gone = Reply(
            "help_menu",
            [Part("message:button.gone"), Part("menu:help.menu", params={"role": context.person.role})],
            kind="menu",
        )
        if kind == "t":
            reply = self._show(context, name)
            return (await self._remembered(context, name, reply) if reply else None) or gone
        if kind == "m":
            topic_id, _, page = name.rpartition(":")
            topic = self._library.topics.get((topic_id, context.lang))
            if topic is None or not page.isdigit():
                return gone
            return Reply(topic.handling, [Part(f"topic:{topic_id}", int(page))], subject=topic_id)
        if kind == "h":
            return await self._row(context, name) or gone
        if kind == "d":
            return local.tapped(self._library, name) or gone
        return self._tapped_command(context, name) or gone

    def _show(self, context: Context, name: str) -> Reply | None:
        topic = self._library.topics.get((name, context.lang))
        if topic is not None:
            if topic.audience == "officer" and context.person.role not in OFFICER_ROLES:
                return Reply(topic.handling, [Part("message:officer_only")], kind="refusal")
            return Reply(topic.handling, [Part(f"topic:{name}")], subject=name)
        if name.startswith("line.") and name[5:] in self._library.lines:
            return Reply("wants_hotline", [Part(f"line:{name[5:]}", page) for page in (0, 1)])
        if (name, context.lang) in self._library.messages:
            handling = name.split(".")[1] if name.startswith("danger.") and name.count(".") == 1 else "help_menu"
            known = (handling, context.lang) in self._library.labels
            return Reply(
                handling if known else "emergency_now", [Part(f"message:{name}")], urgent=name.startswith("danger.")
            )
        return None

    async def _remembered(self, context: Context, name: str, reply: Reply) -> Reply:
        """A tapped topic is what a follow-up is about ("and for boys?"), so Rasa's memory hears of it; without Rasa the
        same reply is given."""
        if reply.subject is None:
            return reply
        metadata = {"role": context.person.role, "lang": context.lang, "heard": context.person.heard, "tapped": name}
        try:
            return (await self._nlu.choose(context.message.chat, reply.handling, metadata)).reply
        except NluDown:
            return reply

    async def _row(self, context: Context, row: str) -> Reply | None:
        if (row, context.lang) not in self._library.labels:
            return None
        metadata = {"role": context.person.role, "lang": context.lang, "heard": context.person.heard}
        try:
            turn = await self._nlu.choose(context.message.chat, row, metadata)
        except NluDown:
            return self._without_nlu(context, row)
        return local.listed(self._library, turn.reply, "", context.person.role in OFFICER_ROLES)

    def _without_nlu(self, context: Context, row: str) -> Reply | None:
        """A tap names its row, so its plain answer needs no Rasa: the row's default topic, or the lines."""
        officer = context.person.role in OFFICER_ROLES
        topics = [t for t in self._library.topics_for(row, context.lang, officer) if t.default]
        topics.sort(key=lambda t: officer and t.audience != "officer")
        if topics:
            return Reply(row, [Part(f"topic:{topics[0].id}")], subject=topics[0].id)
        return Reply(row, [Part("message:danger.degraded")])

    def _tapped_command(self, context: Context, name: str) -> Reply | None:
        if name == "out_of_danger":
            return Reply("wants_safe_place", [Part("message:danger.out_of_danger")])
        if name == "limits":
            pages = [
                f"message:exit.limits.{i}"
                for i in (1, 2, 3)
                if (f"exit.limits.{i}", context.lang) in self._library.messages
            ]
            return Reply("safety_tech", [Part(page) for page in pages] + [Part("message:exit.by_hand")])
        if name in ("lang_en", "lang_es"):
            return self._language(name[-2:])
        if name.startswith("quiet_"):
            return self._quiet(context, name.removeprefix("quiet_"))
        if name == "check":
            return self._check(context)
        simple = {"menu": self._menu, "lines": self._lines, "erase": self._erase, "role": self._role}
        return simple[name](context, "") if name in simple else None

    @staticmethod
    def _language(lang: str) -> Reply:
        return Reply("language_switch", [Part("message:language.switched")], effect=Effect("set_lang", lang))

    def _start(self, context: Context, rest: str) -> Reply | None:
        if rest:
            return Reply("help_menu", [Part("message:invite.invalid")], effect=Effect("invite", rest))
        return Reply("greeting", [Part("menu:help.menu", params={"role": context.person.role})], kind="menu")

    def _menu(self, context: Context, _: str) -> Reply:
        return Reply("help_menu", [Part("menu:help.menu", params={"role": context.person.role})], kind="menu")

    def _lines(self, context: Context, _: str) -> Reply:
        """People to talk to. A guest who has named nothing yet sees no name that tells what it is about (R1)."""
        needs = ("trafficking", "self_harm", "domestic_violence")
        ids = [line.id for line in choose(self._library, Want(lang=context.lang, needs=needs))]
        if context.person.role not in OFFICER_ROLES:
            ids = [i for i in ids if self._library.lines[i].neutral_name]
        intro = {} if context.person.role in OFFICER_ROLES else {"intro": "help.lines"}
        return Reply("wants_hotline", [Part("lines:", params={"ids": ids, "neutral": True, **intro})])

    @staticmethod
    def _quiet(context: Context, rest: str) -> Reply:
        """How long a guest's chat may be quiet before the clock clears it (R3)."""
        if rest.isdigit() and MIN_QUIET <= int(rest) <= MAX_QUIET:
            part = Part("message:quiet.set", params={"minutes": int(rest)})
            return Reply("safety_tech", [part], effect=Effect("quiet", rest))
        return Reply("safety_tech", [Part("message:quiet.ask", params={"minutes": context.person.quiet_minutes})])

    @staticmethod
    def _erase(context: Context, _: str) -> Reply:
        """Of an officer more stays than of a guest, and they are told where to see it."""
        own = ".officer" if context.person.role in OFFICER_ROLES else ""
        return Reply("delete_my_data", [Part(f"message:erase.done{own}")], effect=Effect("erase"))

    @staticmethod
    def _privacy(_: Context, __: str) -> Reply:
        return Reply("bot_identity", [Part("message:privacy.kept")])

    def _role(self, context: Context, rest: str) -> Reply | None:
        if not context.role_commands:
            return Reply("help_menu", [Part("message:command.unknown")])
        roles = ("guest", "officer", "coordinator", "advocate")
        role = rest if rest in roles else context.person.role
        named = {"role": self._library.commands[context.lang]["words"].get(f"role_{role}", role)}
        if rest in roles:
            return Reply("help_menu", [Part("message:role.now", params=named)], effect=Effect("set_role", rest))
        return Reply("help_menu", [Part("message:role.usage", params=named)])

    def _check(self, context: Context) -> Reply:
        if context.person.role not in OFFICER_ROLES:
            context.change(awaiting=None)
            return Reply("officer_language", [Part("message:officer_only")], kind="refusal")
        text = context.message.text if not context.message.payload else ""
        match = CHECK.match(text)
        body = text[match.end() :] if match else text
        if len(body.split()) < SHORTEST_TEXT:
            context.change(awaiting="check")
            return Reply("officer_language", [Part("message:check.ask")])
        context.change(awaiting=None)
        if len(body) > wording.MAX_CHARS:
            return Reply("officer_language", [Part("message:check.too_long")])
        flags = wording.check(self._library, body, context.lang)
        return Reply(
            "officer_language",
            [Part("flags:", params={"found": [list(f) for f in flags.found], "quoted": flags.quoted})],
        )
