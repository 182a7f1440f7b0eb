"""Step 3 of refreshers: taps, commands, the few words that mean one of them, and answers to what was asked last become wishes. What they do
is `bot/training`'s affair; other words go to Rasa, whose rows for learning are handed on by `read_as`."""

from __future__ import annotations

from bot.library.loading import Library
from bot.library.model import OFFICER_ROLES
from bot.library.replies import Effect, Part, Reply
from bot.stages.context import Context, Done
from bot.training.command import OWN_FILE, TYPED, Wish
from nlu.text import fold

COMMANDS = {
    "/quiz": "quiz", "/course": "course", "/score": "score", "/snooze": "snooze", "/pause": "pause", "/resume": "resume", "/hours": "hours",
    "/offduty": "off_duty", "/mydata": "mine", "/department": "home", "/schedule": "schedule", "/progress": "progress",
    "/officers": "officers", "/invite": "invite", "/partners": "partners", "/export": "export", "/sheet": "sheet", "/policy": "policy", "/units": "units", "/settings": "settings", "/links": "links",
    "/curso": "course", "/puntos": "score", "/pausa": "pause", "/reanudar": "resume", "/horario": "hours", "/misdatos": "mine",
    "/departamento": "home", "/calendario": "schedule", "/progreso": "progress", "/agentes": "officers", "/invitar": "invite",
    "/aliados": "partners", "/exportar": "export", "/hoja": "sheet", "/politica": "policy", "/unidades": "units", "/reglas": "settings",
    "/enlaces": "links",
}  # fmt: skip
ROWS = frozenset(["learner_quiz", "coordinator_schedule", "coordinator_progress"])
BEFORE = frozenset(["officer_local_partners", "officer_placement_now"])
"""Rows before whose answer the partners of an officer's own department stand."""
FIRST = frozenset(["topic:partners.find", "topic:partners.national", "topic:placement.now", "topic:placement.minor"])
"""Answers to these rows that say whom to call: the partners stand before them also after a tap under another answer."""
PLACE = Part("training:")
"""Stands where the answer of a wish comes."""


LEARNER = "learner_quiz"
HANDLINGS = {
    "coordinator_schedule": (
        "home", "schedule", "setup", "set", "invite", "links", "officers", "officer", "units", "unit", "settings", "rule", "sheet", "policy",
        "partners", "partner", "agreement", "join", "waiting", "revoke",
    ),
    "coordinator_progress": ("progress", "export"),
    "delete_my_data": ("mine", "export_mine", "erase_mine"),
}  # fmt: skip
"""Which row of the catalogue a wish is; all others are the officer's own."""
ROW_OF = {name: row for row, names in HANDLINGS.items() for name in names}


def wish(context: Context, wished: Wish) -> None:
    """Hand a wish on; its answer takes the place of this reply."""
    context.effects.append(Effect("training", wished.dumps()))
    context.replies.append(Reply(ROW_OF.get(wished.name, LEARNER), [PLACE]))
    context.change(awaiting=None, misses=0)
    raise Done


def read_as(context: Context, reply: Reply) -> None:
    """Rasa read a row for learning: an officer's own cards, dates and figures stand instead of what content says of them; or one for help
    nearby: their own partners stand before it."""
    payload = context.message.payload or "h:"
    begins = payload.startswith("t:") and any(part.content in FIRST and not part.page for part in reply.parts)
    if not payload.startswith("h:") and not begins:
        return  # the next page of an answer, or a place: what stood before the first is not said again
    if reply.handling in ROWS and reply.kind == "answer" and context.person.role in OFFICER_ROLES:
        context.effects.append(Effect("training", Wish("row", reply.handling, context.message.text).dumps()))
    elif reply.handling in BEFORE and reply.kind == "answer" and context.person.role in OFFICER_ROLES:
        context.effects.append(Effect("training", Wish("before", reply.handling).dumps()))


class TrainingStage:
    """After the floor, so that danger in an answer is heard first."""

    def __init__(self, library: Library) -> None:
        self._words = _words(library, "training_words")
        self._coordinating = _words(library, "coordinator_words")

    async def __call__(self, context: Context) -> None:
        message, person = context.message, context.person
        if message.payload:
            tapped = Wish.of_payload(message.payload)
            if tapped is not None and (person.role in OFFICER_ROLES or tapped.name == OWN_FILE):
                wish(context, tapped)
            return
        if person.role not in OFFICER_ROLES or message.media or not message.text:
            return
        text = message.text.strip()
        command, _, rest = text.partition(" ")
        name = COMMANDS.get(command.lower().partition("@")[0])
        if name is not None:
            wish(context, Wish(name, text=rest.strip()))
        if person.awaiting == TYPED and not text.startswith("/"):
            wish(context, Wish("say", text=text))
        said = self._said(fold(text).strip(" .!?¡¿"), context.lang, person.role == "coordinator")
        if said is not None:
            of_all = said in ("pause", "resume") and person.role == "coordinator" and " " in text
            wish(
                context, Wish("schedule" if of_all else said)
            )  # a coordinator who says what to pause means the department's

    def _said(self, bare: str, lang: str, coordinates: bool) -> str | None:
        """The wish that these words are, in the language of the chat or in English."""
        words = self._words | self._coordinating if coordinates else self._words
        return words.get((lang, bare)) or words.get(("en", bare))


def _words(library: Library, group: str) -> dict[tuple[str, str], str]:
    return {
        (lang, fold(form)): name
        for lang, groups in library.commands.items()
        for name, forms in groups[group].items()
        for form in forms
    }
