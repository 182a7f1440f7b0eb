"""Actions that answer from content, one class a kind of answer."""

from __future__ import annotations

import re

from actions.base import Answer, Ask
from bot.library import finding
from bot.library.lines import Want, choose
from bot.library.replies import Effect, Part, Reply
from nlu.text import fold

DANGER = ("emergency_now", "self_harm", "minor_at_risk")
# What a guest's need is called in `content/lines.yml`, by the words of the question's entities and row.
NEEDS = {
    "self_harm": ("self_harm",),
    "minor_at_risk": ("minor", "trafficking", "child_abuse", "runaway"),
    "immigration_help": ("trafficking", "immigration"),
    "basic_needs": ("trafficking", "substance"),
    "report_tip": ("trafficking", "tip"),
}
ERASE_CONFIDENCE = 0.6
"""Below it the person is asked first: what is erased does not come back ("I have nothing to eat" is no such wish)."""
CONTINUES = re.compile(r"^(?:and|but|or|what about|how about|what if|y|pero|o|que tal)\b")
SHORT = 8
CONTINUES_BELOW = 0.8
"""A row read less surely than this after "and if …" gives way to the one that was talked about."""
# What a question is about; naming one of these anew lets go of all that were meant before. The rest (where, who) stays.
MATTER = frozenset(["crime", "statute", "term", "aspect"])


class _Topics(Answer):
    """Shared by the rows that are answered by one topic of `content/<lang>/topics`."""

    def answer(self, ask: Ask, handling: str | None = None) -> Reply:
        row = handling or ask.handling
        topic = finding.best(self.library, row, ask.lang, ask.officer, ask.entities, ask.text)
        if topic is None:
            return Reply(row, [Part("message:officer_only")], kind="refusal")
        return Reply(row, [Part(f"topic:{topic.id}")], subject=topic.id)

    def follow(self, ask: Ask) -> Reply | None:
        """The row and topic before, with what is new now; None where nothing fits."""
        kind = {"officer_slang_glossary": "slang", "officer_language": "term"}.get(ask.subject or "")
        keys = finding.term_in(self.library, ask.lang, ask.entities, ask.text, kind)[:2] if kind else []
        if keys and ask.subject:
            return self.entries(ask, [Part(f"{kind}:{key}") for key in keys], ask.subject)
        before = self.library.topics.get((ask.topic or "", ask.lang))
        named = {e for e, _ in ask.entities}
        named |= MATTER if named & MATTER else set()
        kept = [(e, v) for e, values in (before.about.items() if before else ()) for v in values if e not in named]
        topic = finding.best(self.library, ask.subject or "", ask.lang, ask.officer, [*kept, *ask.entities], ask.text)
        if topic is None:
            return None
        again = topic.id == ask.topic and not ask.entities  # "tell me more": the next page, not the same one
        return Reply(ask.subject or "", [Part(f"topic:{topic.id}", 1 if again else 0)], subject=topic.id)

    def continues(self, ask: Ask) -> bool:
        """ "And with boys?" after an answer, whatever row it was read as."""
        words = fold(ask.text).split()
        known = ask.subject is not None and ask.subject not in DANGER
        return known and len(words) <= SHORT and CONTINUES.match(" ".join(words)) is not None

    def entries(self, ask: Ask, parts: list[Part], row: str | None = None) -> Reply:
        """Entries of a table name no help line; for whoever is no officer the row's topic follows, which does (R9)."""
        row = row or ask.handling
        return Reply(row, parts if ask.officer else [*parts[:1], *self.answer(ask, row).parts])


class ActionGuide(_Topics):
    """The officer rows that are one topic chosen by setting, age, gender, group, crime. Source: content/<lang>/topics."""

    async def reply(self, ask: Ask) -> Reply:
        unsure = bool(ask.ranking) and ask.ranking[0][1] < CONTINUES_BELOW
        further = self.continues(ask) and (ask.subject == ask.handling or (unsure and bool(ask.entities)))
        return (self.follow(ask) if further else None) or self.answer(ask)


class ActionCompare(_Topics):
    """`officer_legal_distinction`: two sides next to each other. Source: content/<lang>/topics/law."""

    async def reply(self, ask: Ask) -> Reply:
        reply = self.answer(ask)
        topic = self.library.topics.get((reply.subject or "", ask.lang))
        if topic is not None and topic.sides and ask.officer:
            return Reply(reply.handling, [Part(f"topic:{topic.id}"), Part(f"topic:{topic.id}", 1)], subject=topic.id)
        return reply


class ActionTerm(_Topics):
    """`officer_language`: the accurate word and why. Source: content/<lang>/terms.yml."""

    async def reply(self, ask: Ask) -> Reply:
        keys = finding.term_in(self.library, ask.lang, ask.entities, ask.text, "term")[:2]
        if keys:
            return self.entries(ask, [Part(f"term:{key}") for key in keys])
        return self.answer(ask)


class ActionGlossary(_Topics):
    """`officer_slang_glossary`: what a word means and what that may mean for the case. Source: content/<lang>/glossary.yml."""

    async def reply(self, ask: Ask) -> Reply:
        keys = finding.term_in(self.library, ask.lang, ask.entities, ask.text, "slang")[:2]
        if keys:
            return self.entries(ask, [Part(f"slang:{key}") for key in keys])
        return self.answer(ask)


class ActionSupport(_Topics):
    """Survivor and ally rows. Source: content/<lang>/topics/support."""

    async def reply(self, ask: Ask) -> Reply:
        return self.answer(ask)


class ActionSafePlace(_Topics):
    """`wants_safe_place`: honest about what exists, and the people to talk with now."""

    async def reply(self, ask: Ask) -> Reply:
        if ask.officer:
            return self.answer(ask, "officer_placement_now")
        topic = finding.best(self.library, ask.handling, ask.lang, False, ask.entities, ask.text)
        parts = [Part("message:safe_place.first")]
        if topic is not None and not topic.default:
            parts.append(Part(f"topic:{topic.id}"))
        return Reply(ask.handling, parts, subject=topic.id if topic else None)


class ActionDanger(Answer):
    """The three danger rows, when the classifier and not the floor heard it."""

    async def reply(self, ask: Ask) -> Reply:
        return danger_reply(ask.handling, ask.officer)


def danger_reply(handling: str, officer: bool) -> Reply:
    """The fixed reply of a danger row; the floor gives the same (bot/safety)."""
    if handling == "minor_at_risk":
        if officer:
            return Reply("officer_minor_protocol", [Part("topic:minor.protocol")], kind="danger", urgent=True)
        parts = [Part("message:danger.minor_at_risk"), Part("message:danger.minor_at_risk.reporting")]
        return Reply(handling, parts, kind="danger", urgent=True)
    suffix = ".officer" if officer else ""
    return Reply(handling, [Part(f"message:danger.{handling}{suffix}")], kind="danger", urgent=True)


class ActionLines(_Topics):
    """`wants_hotline`: the right lines by need, age, language, hearing, and whether the person can talk."""

    async def reply(self, ask: Ask) -> Reply:
        topic = finding.best(self.library, ask.handling, ask.lang, ask.officer, ask.entities, ask.text)
        wanted = _want(self, ask)
        chosen = [line.id for line in choose(self.library, wanted)]
        named = wanted.needs != ("trafficking",) or wanted.country != "US" or ask.values("crime")
        parts = [Part("lines:", params={"ids": chosen, "neutral": not named})]
        if topic is not None and not topic.default:
            parts.append(Part(f"topic:{topic.id}"))
        return Reply(ask.handling, parts, subject=topic.id if topic else None)


def _want(action: Answer, ask: Ask) -> Want:
    words = action.library.commands[ask.lang]["needs"]
    folded = fold(ask.text)
    needs, can, deaf, country = [], set(), False, "US"
    for need, forms in words.items():
        if any(fold(form) in folded for form in forms):
            if need in ("talk", "text", "chat"):
                can.add(need)
            elif need == "deaf":
                deaf = True
            elif need in ("CA", "MX", "GB"):
                country = need
            else:
                needs.append(need)
    ages = ask.values("age_group")
    minor = True if "minor" in ages else False if ages else None
    if country != "US":
        return Want(("trafficking", "outside_us"), minor, ask.lang, deaf, frozenset(can), country)
    return Want((*needs, *(["minor"] if minor else []), "trafficking"), minor, ask.lang, deaf, frozenset(can))


class ActionErase(Answer):
    """`delete_my_data`: a real erasure; the same answer whether or not anything was there (R23)."""

    async def reply(self, ask: Ask) -> Reply:
        if ask.ranking and ask.ranking[0][1] < ERASE_CONFIDENCE:
            return unsure_reply(self, ask)
        return Reply(ask.handling, [Part("message:erase.done")], effect=Effect("erase"))


class ActionWithdraw(Answer):
    """`withdraw_consent`: sharing stops at once."""

    async def reply(self, ask: Ask) -> Reply:
        return Reply(ask.handling, [Part("message:withdraw.done")], effect=Effect("withdraw"))


class ActionExit(Answer):
    """`stop_or_exit` in words that the exit list did not know. Officers end the card and are offered to clear (rulings 15)."""

    async def reply(self, ask: Ask) -> Reply:
        if ask.officer:
            return Reply(ask.handling, [Part("message:exit.officer")], kind="neutral", effect=Effect("pause"))
        return Reply(ask.handling, [Part("message:exit.cleared")], kind="neutral", effect=Effect("exit"))


class ActionLearning(_Topics):
    """The three learning rows, which say honestly what exists."""

    async def reply(self, ask: Ask) -> Reply:
        return self.answer(ask)


class ActionSmallTalk(Answer):
    """Greeting, thanks, goodbye, identity, spam, out of scope: short and human."""

    async def reply(self, ask: Ask) -> Reply:
        suffix = ".officer" if ask.officer and (f"{ask.handling}.officer", ask.lang) in self.library.messages else ""
        names = {"out_of_scope": "out_of_scope.default", "spam": "spam.default", "bot_identity": "private.identity"}
        if ask.handling == "out_of_scope" and any(v in ("buy_sex", "spy_partner") for v in ask.values("aspect")):
            return Reply(ask.handling, [Part("message:out_of_scope.refusal")], kind="refusal")
        name = names.get(ask.handling, ask.handling) + suffix
        return Reply(ask.handling, [Part(f"message:{name}")])


class ActionMenu(Answer):
    """`help_menu`: what the bot can do for this role."""

    async def reply(self, ask: Ask) -> Reply:
        return menu_reply(ask.role)


def menu_reply(role: str) -> Reply:
    return Reply("help_menu", [Part("menu:help.menu", params={"role": role})], kind="menu")


class ActionLanguage(Answer):
    """`language_switch`: at once, and it stays. Languages the bot does not speak get the interpreter line."""

    async def reply(self, ask: Ask) -> Reply:
        asked = ask.values("language")
        spoken = [v for v in asked if v in ("en", "es")]
        if spoken:
            lang = spoken[-1]
        elif asked:
            return Reply(ask.handling, [Part("message:language.interpreter"), Part("message:danger.unreadable")])
        else:
            lang = "es" if ask.metadata.get("heard") == "es" else "en" if ask.lang == "es" else "es"
        return Reply(ask.handling, [Part("message:language.switched")], effect=Effect("set_lang", lang))


class ActionRefuse(Answer):
    """`abuse_or_perpetrator`: a calm refusal that teaches nothing and confirms nothing (R14)."""

    async def reply(self, ask: Ask) -> Reply:
        return Reply(ask.handling, [Part("message:abuse.refusal")], kind="refusal")


class ActionFollowUp(_Topics):
    """ "And for boys?": the row and topic before, with what is new now. Without a subject it is a miss."""

    async def reply(self, ask: Ask) -> Reply:
        return (self.follow(ask) if ask.subject else None) or unsure_reply(self, ask)


class ActionUnsure(_Topics):
    """In doubt: the nearest meanings as buttons, the help line first; after a second miss a human line (R9)."""

    async def reply(self, ask: Ask) -> Reply:
        danger = any(name in DANGER and confidence >= 0.1 for name, confidence in ask.ranking)
        further = ask.entities and not danger and self.continues(ask)
        return (self.follow(ask) if further else None) or unsure_reply(self, ask)


def unsure_reply(action: Answer, ask: Ask, at_least: float = 0.08) -> Reply:
    """`handling` is the best reading even then (contract of `ask`)."""
    near = [name for name, confidence in ask.ranking if name != "follow_up" and confidence >= at_least][:3]
    best = near[0] if near else "out_of_scope"
    if ask.misses >= 1:
        return Reply(best, [Part("message:miss.second")], kind="miss", offered=near[:3])
    if not near:
        return Reply("out_of_scope", [Part("message:miss.first")], kind="miss")
    return Reply(best, [Part("offer:unsure.offer", params={"offered": near})], kind="offer", offered=near)
