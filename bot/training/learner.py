"""The officer's side: cards, answers, and when to be left alone. Every function runs in the transaction of the message."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from bot.shown import Shown
from bot.store import training_answers as answers
from bot.training import learner_words, partner_words
from bot.training.command import Wish, number_in
from bot.training.coursework import Coursework
from bot.training.in_words import PUT_OFF, wished
from bot.training.memory import Memory, choose, fading, in_turn, next_wording, recall
from bot.training.model import CardFacts, Pick
from bot.training.own_data import OwnData
from bot.training.own_time import OwnTime
from bot.training.planner import question_row
from bot.training.rooms import Ask, Clerk, Here, Replies, Rooms, reply

OLD = "message:train.old"
NEXT = (answers.PRETEST,)
"""Kinds whose questions are shown one after another without an occurrence."""


class Learner:
    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self._wishes: dict[str, Callable[[Here, Wish], Replies]] = {
            "quiz": self._quiz, "a": self._answer, "next": self._next, "pause": self._pause, "resume": self._resume,
        }  # fmt: skip
        self._coursework = Coursework(rooms)
        self._own_time = OwnTime(rooms)
        self._clerks: tuple[Clerk, ...] = (self._own_time, self._coursework, OwnData(rooms))
        self._wishes |= {name: wish for clerk in self._clerks for name, wish in clerk.wishes.items()}

    def handle(self, here: Here, wish: Wish) -> Replies | None:
        """What they hear; None for a wish that is nobody's, or where content's own answer stands."""
        if wish.name == "paused":  # the word to stop: the answer to it was given (rulings 15)
            if here.member is not None:
                self._rooms.people.pause(here.c, here.member.id, here.now)
            return None
        if wish.name == "row":
            return self._in_words(here, wish) if wish.about == "learner_quiz" and here.member is not None else None
        if wish.name == "before":
            return partner_words.before(here, wish.about)
        if wish.name == "say":
            return self._said(here, wish.text)
        found = self._wishes.get(wish.name)
        if found is None:
            return None
        if here.member is None:
            return [reply("message:train.no_department")]
        if wish.text and wish.name in PUT_OFF:
            return self._until(here, wish)
        return found(here, wish)

    def _until(self, here: Here, wish: Wish) -> Replies:
        """A command with words behind it: "/pause until Friday" is the sentence."""
        form = self._rooms.library.commands[here.lang]["training_words"][wish.name][0]
        return self._in_words(here, Wish("row", "learner_quiz", f"{form} {wish.text}"))

    def _in_words(self, here: Here, wish: Wish) -> Replies:
        """A sentence about refreshers; without one (a tap on the row), a card."""
        own = self._own_time
        found = wished(wish.text, here.lang, self._rooms.library.commands, here.now, own.zone(here))
        return own.until(here, found.end) if found.end is not None else self._wishes[found.name](here, Wish(found.name))

    def _said(self, here: Here, text: str) -> Replies | None:
        draft = self._rooms.drafts.get(here.c, here.chat)
        clerk = next((clerk for clerk in self._clerks if clerk.name == draft.get("clerk")), None)
        return clerk.said(here, draft, text) if clerk is not None and here.member is not None else None

    def words(self, what: str, ask: Ask) -> Shown | Awaitable[Shown] | None:
        shown = learner_words.words(what, ask) or partner_words.first(what, ask)
        if shown is not None:
            return shown
        made = (clerk.words(what, ask) for clerk in self._clerks)
        return next((one for one in made if one is not None), None)

    def speaks(self, here: Here) -> None:
        if here.member is not None and here.member.lang != here.lang:
            self._rooms.people.set_lang(here.c, here.member.id, here.lang)

    # -- cards ---------------------------------------------------------------------------------------------------------------

    def _quiz(self, here: Here, wish: Wish) -> Replies:
        """The next card now: what is due, else a new one, else what will fade first."""
        pick = self._pick(here, wish.about == "more")
        if pick is None:
            return [reply("message:train.no_card")]
        number = answers.ask(here.c, [question_row(here.member.id, None, pick)], here.now)[0]
        return [reply("card", question=number)]

    def _pick(self, here: Here, more: bool) -> Pick | None:
        deck, known = self._rooms.deck, answers.memories(here.c, here.member.id)
        found = choose(in_turn(deck.facts, known, deck.basic), known, here.now, 1)
        if found:
            pick = found[0]
            return Pick(pick.card, pick.wording, "quiz" if pick.kind == "refresh" else pick.kind, pick.predicted)
        return _soonest(deck.facts, known, here.now)

    def _answer(self, here: Here, wish: Wish) -> Replies:
        """A tap on an option: "question:place"."""
        number, _, place = wish.about.partition(":")
        row = self._row(here, number)
        if row is None:
            return [reply(OLD)]
        if row.answered_at is not None:
            return [reply(f"message:train.answered_before{'.pretest' if row.kind == answers.PRETEST else ''}")]
        card = self._rooms.deck.card(row.card, here.lang)
        if card is None or self._rooms.deck.versions.get(row.card) != row.version:
            answers.let_go(here.c, [row.id])
            return [reply("message:train.card_changed"), *self._after(here, row)]
        options = card.wordings[row.wording].options
        chosen = number_in(place)
        if chosen is None or chosen >= len(options):
            return [reply(OLD)]
        answers.answer(here.c, row.id, chosen, options[chosen].is_right, here.now, self._rooms.salt)
        done = self._coursework.completed(here, card.course)
        after = [*done, *self._after(here, row)]
        if row.kind == answers.PRETEST:
            return after  # nothing is explained before it is over
        return [reply("answered", question=row.id, last=not after), *after]

    def _after(self, here: Here, row: Any) -> Replies:
        """The next question of the same refresher, or what came of it."""
        if row.occurrence is None:
            return self._go_on(here, row.kind)
        left = self._current(here, answers.open_of(here.c, row.occurrence))
        if left is not None:
            return [reply("card", question=left.id)]
        return [reply("finished", occurrence=row.occurrence)]

    def _go_on(self, here: Here, kind: str) -> Replies:
        if kind not in NEXT:
            return []
        left = self._current(here, answers.waiting(here.c, here.member.id, kind))
        return [reply("card", question=left.id) if left is not None else reply("pretest.done")]

    def _row(self, here: Here, number: str) -> Any:
        """A question of theirs; None for what is no number, nobody's, or another officer's."""
        found = number_in(number)
        row = answers.get(here.c, found) if found is not None else None
        return row if row is not None and row.member == here.member.id else None

    def _current(self, here: Here, rows: Sequence[Any]) -> Any:
        """The first whose card is still as it was; those before it go."""
        versions = self._rooms.deck.versions
        stale = [row.id for row in rows if versions.get(row.card) != row.version]
        answers.let_go(here.c, stale)
        left = next((row for row in rows if row.id not in stale), None)
        if left is not None:
            answers.shown(here.c, left.id, here.now)
        return left

    def _next(self, here: Here, wish: Wish) -> Replies:
        """A question that was shown and is not answered, once more."""
        row = self._row(here, wish.about)
        if row is None or row.answered_at is not None:
            return [reply(OLD)]
        return [reply("card", question=row.id)]

    # -- being left alone --------------------------------------------------------------------------------------------------------

    def _pause(self, here: Here, _: Wish) -> Replies:
        self._rooms.people.pause(here.c, here.member.id, here.now)
        return [reply(f"message:train.paused{'.coordinator' if here.coordinates else ''}")]

    def _resume(self, here: Here, _: Wish) -> Replies:
        self._rooms.people.resume(here.c, here.member.id, here.now)
        return [reply("resumed")]


def _soonest(cards: Sequence[CardFacts], known: dict[str, Memory], now: float) -> Pick | None:
    """The one that fades first, of those that are not held out; None where all are, or there is none."""
    mine = {card.id: card for card in cards}
    open_ = {name: memory for name, memory in known.items() if name in mine and not memory.held}
    names = fading(open_.items(), now, limit=1.1)
    if not names:
        return None
    memory = open_[names[0]]
    card = mine[names[0]]
    return Pick(card, next_wording(card, memory.wording), "quiz", recall(memory, now))
