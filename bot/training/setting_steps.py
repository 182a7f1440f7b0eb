"""What is asked one after another for a department's times: each answer goes into the sealed draft, the next question comes, and at the end
all is read back. Every function runs in the transaction of the message."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from bot.localtime import local_date
from bot.training import rota_draft, rotas, setting_words
from bot.training import setting_draft as drafting
from bot.training.dates import count_of
from bot.training.rooms import Here, Replies, Rooms, ask_for, reply
from bot.training.schedule import MOST_CARDS, Schedule, problems
from bot.training.schedule_json import dump_pattern
from bot.training.words import Question
from nlu.text import fold

OLD = "message:train.set.old"
ROW = "coordinator_schedule"


def _asking(languages: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """What is typed to ask for something, or by somebody who forgot the question."""
    for words in languages:
        for group in ("no_names", "training_words", "coordinator_words"):
            for forms in words[group].values():
                yield from forms


class Steps:
    """The draft holds the steps of `setting_draft.STEPS` that were answered, and `step`, the one that is asked."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self._no_names = frozenset(map(fold, _asking(rooms.library.commands.values())))

    def _go_on(self, here: Here, draft: dict[str, Any]) -> Replies:
        """Ask for what is missing, or read all of it back."""
        step = drafting.missing(draft)
        if step is not None and step != "cards":
            return self._ask(here, draft, step)
        found = drafting.schedule(draft, self._today(here, draft))
        if isinstance(found, Question):
            if found.id == "which_pause" and drafting.standing(draft) is not None:
                return self._ask(here, {**draft, "when": ""}, "pause")
            self._keep(here, draft, "when", asked=found.key)
            return [ask_for("set.question", handling=ROW)]
        wrong = problems(found)
        if wrong:
            again = {k: v for k, v in draft.items() if k != "when"}
            return [reply(f"message:train.problem.{wrong[0]}", handling=ROW), *self._ask(here, again, "when")]
        if step == "cards":
            said = drafting.cards_said(draft, self._today(here, draft))
            if said is None:
                return self._ask(here, draft, step)
            draft = {**draft, "cards": said}
        self._keep(here, {k: v for k, v in draft.items() if k != "asked"}, "confirm")
        return [ask_for("set.confirm", handling=ROW)]

    def _ask(self, here: Here, draft: dict[str, Any], step: str) -> Replies:
        self._keep(here, {k: v for k, v in draft.items() if k != "asked"}, step)
        return [ask_for(f"message:train.set.{step}", handling=ROW)]

    def _keep(self, here: Here, draft: dict[str, Any], step: str, **more: Any) -> None:
        self._rooms.drafts.put(here.c, here.chat, {**draft, "step": step, **more}, here.now)

    @staticmethod
    def _today(here: Here, draft: dict[str, Any]) -> Any:
        return local_date(here.now, draft["zone"])

    def _wrong(self, here: Here, draft: dict[str, Any], step: str) -> Replies:
        self._keep(here, draft, step)
        return [ask_for(f"message:train.set.{step}.wrong", handling=ROW)]

    def _name(self, here: Here, draft: dict[str, Any], text: str) -> Replies:
        """A word that asks the bot for something ("progress") names no department."""
        if fold(text) in self._no_names:
            self._keep(here, draft, "name")
            return [ask_for("message:train.set.name.request", handling=ROW)]
        name = drafting.name_of(text)
        return self._go_on(here, {**draft, "name": name}) if name else self._wrong(here, draft, "name")

    def _zone(self, here: Here, draft: dict[str, Any], text: str) -> Replies:
        if not text:
            return self._ask(here, draft, "zone")
        if text == "other":
            self._keep(here, draft, "zone")
            return [ask_for("message:train.set.zone_other", handling=ROW)]
        zone = setting_words.zone_called(self._rooms.library, text) or drafting.zone_of(text)
        return (
            self._go_on(here, self._as_of(here, {**draft, "zone": zone})) if zone else self._wrong(here, draft, "zone")
        )

    def _holidays(self, here: Here, draft: dict[str, Any], text: str) -> Replies:
        calendar = drafting.calendar_of("" if text == "none" else text)
        return (
            self._go_on(here, {**draft, "holidays": calendar})
            if calendar is not None
            else self._wrong(here, draft, "holidays")
        )

    def _when(self, here: Here, draft: dict[str, Any], text: str) -> Replies:
        """Words of their own in the language of the chat; those of a button are English."""
        if not text:
            return self._ask(here, draft, "when")
        option = self._option_called(here, draft, text) if "asked" in draft else None
        if option is not None:
            return self._option(here, draft, option)
        return self._go_on(here, self._with_times(here, draft, text, here.lang))

    def _option_called(self, here: Here, draft: dict[str, Any], text: str) -> str | None:
        """The offered answer that was written instead of tapped: "yes", "pm", "2:00 p.m."."""
        found = drafting.schedule(draft, self._today(here, draft))
        if not isinstance(found, Question):
            return None
        return setting_words.option_called(self._rooms.library, here.lang, found, text)

    def _with_times(self, here: Here, draft: dict[str, Any], text: str, lang: str) -> dict[str, Any]:
        """New words for when; a count of cards that stands in them holds until another is tapped."""
        kept = {k: v for k, v in draft.items() if k not in ("answers", "asked", "said")}
        fresh = self._as_of(here, {**kept, "when": text, "when_lang": lang})
        said = drafting.cards_said(fresh, self._today(here, fresh)) if "zone" in fresh else None
        return fresh if said is None else {**fresh, "cards": said}

    def _as_of(self, here: Here, draft: dict[str, Any]) -> dict[str, Any]:
        """With the day on which they said when: "next week" means the same where the yes comes a day later."""
        if not draft.get("when") or "said" in draft or "zone" not in draft:
            return draft
        return {**draft, "said": self._today(here, draft).isoformat()}

    def _cards(self, here: Here, draft: dict[str, Any], text: str) -> Replies:
        cards = count_of(text, here.lang) or 0
        fits = 1 <= cards <= MOST_CARDS
        return self._go_on(here, {**draft, "cards": cards}) if fits else self._wrong(here, draft, "cards")

    def _option(self, here: Here, draft: dict[str, Any], option: str) -> Replies:
        """One of the answers that were offered to what was asked about their words."""
        if option.startswith("when "):
            return self._go_on(here, self._with_times(here, draft, option[5:], "en"))
        if "asked" not in draft:
            return [reply(OLD)]
        return self._go_on(here, {**draft, "answers": {**draft.get("answers", {}), draft["asked"]: option}})

    def _back(self, here: Here, draft: dict[str, Any], _: str) -> Replies:
        """To what was asked before. Of a department that is there, to its times, unless all was answered already."""
        step = str(draft.get("step"))
        if step == "when" and "asked" in draft:  # from a question about their words: they are said anew
            return self._ask(here, {k: v for k, v in draft.items() if k not in ("when", "answers")}, "when")
        if here.member is not None and step != "confirm":
            if drafting.missing(draft) is None and draft.get("step") in drafting.STEPS:
                return self._go_on(here, draft)
            self._rooms.drafts.drop(here.c, here.chat)
            return [reply("schedule", handling=ROW, unit=draft.get("unit", ""))]
        return self._ask(here, draft, drafting.before(step))

    def _quiet(self, here: Here, draft: dict[str, Any], text: str) -> Replies:
        """Hours in which nobody is asked, as "9pm to 7am"; whether they cover the night is checked with the rest."""
        hours = rotas.tour_of(text)
        if hours is None or drafting.missing(draft) is not None:
            return self._wrong(here, draft, "quiet")
        made = {**draft, "quiet": [hours.first, hours.last]}
        found = drafting.schedule(made, self._today(here, made))
        wrong = problems(found) if isinstance(found, Schedule) else []
        if "night_open" in wrong or "in_quiet" in wrong:
            problem = "night_open" if "night_open" in wrong else "quiet_on_slot"
            return [reply(f"message:train.problem.{problem}", handling=ROW), *self._ask(here, draft, "quiet")]
        return self._go_on(here, made)

    def _shifts(self, here: Here, draft: dict[str, Any], text: str) -> Replies:
        """Words of their own while the shifts of the department or the unit are asked about, a step at a time as an officer's."""
        return self._rota(here, draft, f"{rota_draft.missing(draft.get('rota', {})) or 'kind'}:{text}")

    def _rota(self, here: Here, draft: dict[str, Any], about: str) -> Replies:
        """An answer about these shifts, "step:value"; with the last one all is read back."""
        step, _, value = about.partition(":")
        if drafting.missing(draft) is not None:
            return [reply(OLD)]
        rest = {key: one for key, one in draft.items() if key != "rota"}
        if step == "none":
            return self._go_on(here, {**rest, "shifts": ""})
        found = rota_draft.take(draft.get("rota", {}), step, value, here.lang, self._today(here, draft))
        if found == rota_draft.OLD:
            return [reply(OLD)]
        if isinstance(found, str):
            self._keep(here, draft, "shifts")
            part = "message:train.set.shifts.wrong" if step == "kind" else "set.rota.wrong"
            return [ask_for(part, handling=ROW)]
        pattern = rota_draft.pattern_of(found)
        if pattern is not None:
            return self._go_on(here, {**rest, "shifts": dump_pattern(pattern)})
        self._keep(here, {**rest, "rota": found}, "shifts")
        return [ask_for("set.rota", handling=ROW)]

    def _late(self, here: Here, draft: dict[str, Any], said: str) -> Replies:
        """How late one may come: minutes of a button, or hours in their words; anything else is asked again."""
        if drafting.missing(draft) is not None:
            return [reply(OLD)]
        minutes = drafting.late_of(said, here.lang)
        return self._go_on(here, {**draft, "late": minutes}) if minutes else self._ask(here, draft, "late")
