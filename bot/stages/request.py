"""Steps 2 and 3 of a chat that is about a request: taps, the person's word, answers and relayed words become commands. What they do is
`bot/placement`'s affair; free text goes to `/parse` alone, to see whether it interrupts (rulings 6)."""

from __future__ import annotations

from bot.intake import walk as walking
from bot.intake.model import Graph, Walk
from bot.intake.reading import AGES
from bot.library.model import OFFICER_ROLES
from bot.library.replies import Effect, Part, Reply
from bot.nlu import Nlu, NluDown
from bot.placement.command import Command, Kind
from bot.stages.context import Context, Done, RequestView
from bot.stages.exits import STAFF_COMMANDS

BARE: dict[str, Kind] = {
    "go": "go", "show": "show", "mute": "mute", "unmute": "unmute", "end": "end", "minor": "minor",
}  # fmt: skip
PARSE_SECONDS = 0.6
SURELY, LIKELY = 0.85, 0.5
LONG = 4
"""Words from which on what could be an answer is looked at as a question as well: "Tulsa" is none."""
NO_INTERRUPTION = frozenset(
    ["wants_safe_place", "greeting", "thanks", "goodbye", "out_of_scope", "spam", "follow_up", "nlu_fallback", "stop_or_exit"]
)  # fmt: skip
AGE_WORDS = 4
PENDING = ("taken", "nobody")
PLACE = Part("request:")
"""Stands where the answer of a command comes."""


def ask(context: Context, command: Command) -> None:
    """Hand a command on; its answer takes the place of this reply."""
    context.effects.append(Effect("request", command.dumps()))
    context.replies.append(Reply("wants_safe_place", [PLACE]))
    context.change(awaiting=None, misses=0)
    raise Done


class RequestFirst:
    """Before the floor: a tap, the word that brings a request back, what an advocate says. None of it is read by anything."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    async def __call__(self, context: Context) -> None:
        message, person = context.message, context.person
        payload, text = message.payload, message.text
        if payload:
            command = _tapped(payload, person.role)
            if command is not None:
                ask(context, command)
            return
        found = person.brings_back(text)
        if found is not None and self._just_chosen(person.request, found[0]):
            ask(context, Command("show"))  # the same word once more, since no answer had come yet
        if found is not None and not self._choosing_a_word(person.request):
            ask(context, Command("word" if found[1] == "word" else "not_me", found[0]))
        context.stays_here = self._stays_here(person.request, text)
        if self._is_an_age(person.request, text):
            ask(context, Command("say", text=text))
        if person.role != "advocate" or message.media or not text:
            return
        if text.strip().lower().split("@")[0].partition(" ")[0] in STAFF_COMMANDS:
            ask(context, Command("staff", text.strip().lower().split("@")[0]))
        held = person.request
        if held is not None and not held.mine and not text.startswith("/"):
            ask(context, Command("staff_relay", text=text))

    def _is_an_age(self, view: RequestView | None, text: str) -> bool:
        """ "16", to the question how old: its answer brings the people for young people, and the draft ends with it (R44)."""
        node = _open_node(self._graph, view)
        if node is None or self._graph.nodes[node[0].node].field not in AGES or len(text.split()) > AGE_WORDS:
            return False
        return walking.fits(self._graph, node[0], text)

    def _stays_here(self, view: RequestView | None, text: str) -> bool:
        node = _open_node(self._graph, view)
        return node is not None and node[1] in ("word", "phone") and walking.fits(self._graph, node[0], text)

    def _just_chosen(self, view: RequestView | None, request: str) -> bool:
        node = _open_node(self._graph, view)
        if node is None or view is None or view.id != request or not node[0].trail:
            return False
        before = self._graph.nodes.get(node[0].trail[-1])
        return before is not None and before.kind == "word" and node[1] != "word"

    def _choosing_a_word(self, view: RequestView | None) -> bool:
        node = _open_node(self._graph, view)
        return node is not None and node[1] == "word"


class RequestStage:
    """After the floor: free text in the middle of the questions, or for whoever holds the request."""

    def __init__(self, graph: Graph, nlu: Nlu) -> None:
        self._graph, self._nlu = graph, nlu

    async def __call__(self, context: Context) -> None:
        message, view = context.message, context.person.request
        command = message.text.strip().startswith("/")
        if view is None or not view.mine or message.payload or message.media or command or not context.text:
            return
        if view.state == "taken" and view.talking:
            ask(context, Command("relay", text=message.text))
        if view.state == "draft" and not await self._interrupts(context, view):
            ask(context, Command("say", text=message.text))

    async def _interrupts(self, context: Context, view: RequestView) -> bool:
        """Whether this is a question of its own. A word, a number of a phone and a plain answer go nowhere to find out."""
        open_node = _open_node(self._graph, view)
        if open_node is None:
            return not view.choosing
        walk, _ = open_node
        text = context.message.text
        asks = "?" in text or "¿" in text
        fits = not view.choosing and walking.fits(self._graph, walk, text)
        if context.stays_here or (fits and len(text.split()) < LONG and not asks):
            return False
        metadata = {"role": context.person.role, "lang": context.lang, "heard": context.person.heard}
        try:
            read = await self._nlu.parse(context.text, metadata, context.left(PARSE_SECONDS))
        except NluDown:
            return False
        row, confidence = read.best
        return row not in NO_INTERRUPTION and confidence >= (SURELY if fits else LIKELY)

    @staticmethod
    def after(context: Context) -> None:
        """What follows any other answer while a request is open: it is still there, or there is an answer for them."""
        view = context.person.request
        if view is None or not view.mine or any(e.kind in DONE for e in context.effects):
            return
        danger = any(reply.kind == "danger" for reply in context.replies)
        if view.state == "taken" and view.talking and danger and context.message.text:
            # The one who was called is told what the danger reply answered: keeping it from them would help nobody.
            context.effects.append(Effect("request", Command("relay", text=context.message.text).dumps()))
        elif view.state == "draft":
            context.replies.append(Reply("wants_safe_place", [Part(f"message:request.{'stays' if danger else 'go'}")]))
        elif view.state in PENDING and not view.talking and not danger:
            context.replies.append(Reply("wants_safe_place", [Part("message:request.answer")]))


DONE = frozenset(["exit", "erase", "request", "begin", "withdraw"])


def _tapped(payload: str, role: str) -> Command | None:
    kind, _, value = payload.partition(":")
    if kind == "a":
        return Command("staff", value) if role == "advocate" else None
    if kind == "r":
        return Command("release", value)
    if kind != "q":
        return None
    if value in BARE:
        return Command(BARE[value])
    name, _, rest = value.partition(":")
    if name == "begin":
        return Command("begin", "" if role in OFFICER_ROLES else rest)
    return Command("tap", value)


def _open_node(graph: Graph, view: RequestView | None) -> tuple[Walk, str] | None:
    """The walk and the kind of the question that is open."""
    if view is None or view.state != "draft" or not view.mine:
        return None
    walk = Walk.model_validate(view.walk)
    node = graph.nodes.get(walk.node)
    return (walk, node.kind) if node is not None else None
