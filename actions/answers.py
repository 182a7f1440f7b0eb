"""Actions that answer from content, one class a kind of answer."""

from __future__ import annotations

import re
from dataclasses import replace

from actions.base import DANGER, Answer, Ask
from bot.library import finding
from bot.library.lines import Want, choose
from bot.library.replies import Effect, Part, Reply
from nlu.text import fold

# What a guest's need is called in `content/lines.yml`, by the words of the question's entities and row.
NEEDS = {
    "self_harm": ("self_harm",),
    "minor_at_risk": ("minor", "trafficking", "child_abuse", "runaway"),
    "immigration_help": ("trafficking", "immigration"),
    "basic_needs": ("trafficking", "substance"),
    "report_tip": ("trafficking", "tip"),
}
NOT_NAMING = frozenset(["trafficking", "emotional", "self_harm"])
UNNAMED = ("trafficking", "self_harm")
"""Who is shown to somebody who asks for a person and says no more."""
EXIT_CONFIDENCE = 0.9
"""Below it the person is asked: "I want out" may be a cry, and a cleared screen is no answer to one. The words, the button
and the command for leaving are known without the classifier (bot/safety/exits.py)."""
ERASE_CONFIDENCE = 0.6
"""Below it the person is asked first: what is erased does not come back ("I have nothing to eat" is no such wish)."""
OFFERED_FROM = 0.03
NO_CHOICE = frozenset(
    ["greeting", "thanks", "goodbye", "spam", "out_of_scope", "wants_hotline", "abuse_or_perpetrator"]
)
OFFERED_TO_ALL = frozenset(
    [*DANGER, "help_menu", "bot_identity", "language_switch", "stop_or_exit", "delete_my_data", "safety_tech"]
)
TABLES = {"officer_slang_glossary": "slang", "officer_language": "term"}
CONTINUES = re.compile(r"^(?:and|but|or|what about|how about|what if|y|pero|o|que tal)\b")
SHORT = 8
NOT_SPOKEN = re.compile(
    r"\b(?:no (?:se|hablo|entiendo|leo)|(?:dont|don't|do not|cant|can't|can not|cannot) (?:\w+ )?(?:speak|read|understand|know))\b"
)
MERELY_MORE = re.compile(r"^(?:(?:and )?(?:with|for|at)|what about|how about|y (?:con|para|en))\b")
BARE, DANGER_SURE = 5, 0.5
CONTINUES_BELOW = 0.8
"""A row read less surely than this after "and if …" gives way to the one that was talked about."""
# What a question is about; naming one of these anew lets go of all that were meant before. The rest (where, who) stays.
MATTER = frozenset(["crime", "statute", "term", "aspect"])


class _Topics(Answer):
    """Shared by the rows that are answered by one topic of `content/<lang>/topics`."""

    def answer(self, ask: Ask, handling: str | None = None) -> Reply:
        row = handling or ask.handling
        found = finding.ranked(self.library, row, ask.lang, ask.officer, ask.entities, ask.text)
        before = self.library.topics.get((ask.topic or "", ask.lang))
        if before is not None and (not found or found[0][0] < 1.0) and len(ask.text.split()) <= SHORT:
            near = finding.pointed(self.library, before, ask.officer, ask.entities, ask.text)
            if near is not None:
                return Reply(near.handling, [Part(f"topic:{near.id}")], subject=near.id)
        topic = finding.best(self.library, row, ask.lang, ask.officer, ask.entities, ask.text)
        if topic is None:
            return Reply(row, [Part("message:officer_only")], kind="refusal")
        return Reply(row, [Part(f"topic:{topic.id}")], subject=topic.id)

    def follow(self, ask: Ask) -> Reply | None:
        """The row and topic before, with what is new now; None where nothing fits."""
        kind = TABLES.get(ask.subject or "")
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
            parts = [Part(f"topic:{topic.id}", params={"bare": True}), Part(f"topic:{topic.id}", 1)]
            return Reply(reply.handling, parts, subject=topic.id)
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
    """`wants_safe_place`: the people to talk with now, and the questions of a request where somebody is on call (the desk looks)."""

    async def reply(self, ask: Ask) -> Reply:
        if ask.officer or ask.handling == "officer_placement_now":
            return with_offer(self.answer(ask, "officer_placement_now"))
        topic = finding.best(self.library, ask.handling, ask.lang, False, ask.entities, ask.text)
        parts = [Part("message:safe_place.first")]
        if topic is not None and not topic.default:
            parts.append(Part(f"topic:{topic.id}"))
        return Reply(ask.handling, parts, effect=Effect("begin"), subject=topic.id if topic else None)


def with_offer(reply: Reply) -> Reply:
    """With the way to ask people on call, for an officer with a person beside him."""
    return (
        reply if reply.kind != "answer" else replace(reply, parts=[*reply.parts, Part("message:request.officer.offer")])
    )


class ActionDanger(_Topics):
    """The three danger rows, when the classifier and not the floor heard it. A bare "and with my baby?" after an answer is
    read as danger for want of anything else to go by; it is about the answer."""

    async def reply(self, ask: Ask) -> Reply:
        bare = MERELY_MORE.match(fold(ask.text)) and len(ask.text.split()) <= BARE and ask.ranking[0][1] < DANGER_SURE
        if bare and ask.subject and ask.subject not in DANGER:
            near = finding.ranked(self.library, ask.subject, ask.lang, ask.officer, ask.entities, ask.text)
            if near and near[0][0] >= 1.0:  # the words name a topic of what was talked about
                return self.follow(ask) or danger_reply(ask.handling, ask.officer)
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
        named = bool(set(wanted.needs) - NOT_NAMING) or wanted.country != "US" or ask.values("crime")
        plain = not ask.officer and not named and wanted.needs == ("trafficking",)
        if plain:
            wanted = replace(wanted, needs=UNNAMED)
        chosen = [line.id for line in choose(self.library, wanted)]
        if plain:
            chosen = [i for i in chosen if self.library.lines[i].neutral_name]
        asked_for_chat = wanted.can == {"chat"}  # a chat's address tells what it is about, and it was asked for
        intro = {} if ask.officer else {"intro": "help.lines"}
        parts = [Part("lines:", params={"ids": chosen, "neutral": not named and not asked_for_chat, **intro})]
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
        own = ".officer" if ask.officer else ""  # of an officer more stays, and they are told where to see it
        return Reply(ask.handling, [Part(f"message:erase.done{own}")], effect=Effect("erase"))


class ActionWithdraw(Answer):
    """`withdraw_consent`: sharing stops at once."""

    async def reply(self, ask: Ask) -> Reply:
        return Reply(ask.handling, [Part("message:withdraw.done")], effect=Effect("withdraw"))


class ActionExit(Answer):
    """`stop_or_exit` in words that the exit list did not know. Officers end the card and are offered to clear (rulings 15)."""

    async def reply(self, ask: Ask) -> Reply:
        if ask.ranking and ask.ranking[0][1] < EXIT_CONFIDENCE:
            return unsure_reply(self, ask)
        if ask.officer:
            own = ".coordinator" if ask.role == "coordinator" else ""
            return Reply(ask.handling, [Part(f"message:exit.officer{own}")], kind="neutral", effect=Effect("pause"))
        return Reply(ask.handling, [Part("message:exit.cleared")], kind="neutral", effect=Effect("exit"))


class ActionLearning(_Topics):
    """The three learning rows, which say honestly what exists."""

    async def reply(self, ask: Ask) -> Reply:
        return self.answer(ask)


class ActionSmallTalk(Answer):
    """Greeting, thanks, goodbye, identity, spam, out of scope: short and human."""

    async def reply(self, ask: Ask) -> Reply:
        names = {"out_of_scope": "out_of_scope.default", "spam": "spam.default", "bot_identity": "private.identity"}
        if ask.handling == "out_of_scope" and any(v in ("buy_sex", "spy_partner") for v in ask.values("aspect")):
            return Reply(ask.handling, [Part("message:out_of_scope.refusal")], kind="refusal")
        if ask.officer and ask.handling == "out_of_scope" and ask.ranking[0][1] < CONTINUES_BELOW and ask.entities:
            return unsure_reply(self, ask)  # "red flgas at a mottel": something of the work was named
        own = f"{ask.handling}.officer"
        written = ask.officer and (own, ask.lang) in self.library.messages
        name = own if written else names.get(ask.handling, ask.handling)
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
        if asked[:1] in (["en"], ["es"]) and NOT_SPOKEN.search(fold(ask.text)):  # "no sé inglés" asks for the other
            asked = asked[1:] or ["es" if asked[0] == "en" else "en"]
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
        where = "find_person" in ask.values("aspect")  # a frightened sister may ask this too, so it is said less curtly
        return Reply(ask.handling, [Part(f"message:abuse.refusal{'.place' if where else ''}")], kind="refusal")


class ActionFollowUp(_Topics):
    """ "And for boys?": the row and topic before, with what is new now. Without a subject it is a miss."""

    async def reply(self, ask: Ask) -> Reply:
        return (self.follow(ask) if ask.subject else None) or unsure_reply(self, ask)


class ActionUnsure(_Topics):
    """In doubt: the nearest meanings as buttons, the help line first; after a second miss a human line (R9)."""

    async def reply(self, ask: Ask) -> Reply:
        danger = any(name in DANGER and confidence >= 0.1 for name, confidence in ask.ranking)
        further = ask.entities and not danger and self.continues(ask)
        return (self.follow(ask) if further else None) or self.entry(ask) or unsure_reply(self, ask)

    def entry(self, ask: Ask) -> Reply | None:
        """An officer named a word that a table knows, and one of the tables is among the nearest readings."""
        if not ask.officer or (ask.ranking and ask.ranking[0][0] in DANGER):
            return None
        for row, confidence in ask.ranking[:3]:
            kind = TABLES.get(row)
            keys = finding.term_in(self.library, ask.lang, ask.entities, ask.text, kind)[:2] if kind else []
            if keys and confidence >= OFFERED_FROM:
                return Reply(row, [Part(f"{kind}:{key}") for key in keys])
        return None


def unsure_reply(action: Answer, ask: Ask) -> Reply:
    """`handling` is the best reading even then (contract of `ask`), also where it is not among what is offered."""
    read = [name for name, confidence in ask.ranking if name != "follow_up" and confidence >= OFFERED_FROM]
    near = [name for name in read if _offered_to(name, ask.officer)][:3]
    if ask.officer and ask.values("setting") and "officer_indicators" not in near:
        near = ["officer_indicators", *near][:3]
    best = read[0] if read else "out_of_scope"
    if ask.misses >= 1:
        part = Part("offer:miss.second", params={"offered": near}) if near else Part("message:miss.second")
        return Reply(best, [part], kind="miss", offered=near)
    if not near:
        return Reply(best, [Part("message:miss.first")], kind="miss")
    return Reply(best, [Part("offer:unsure.offer", params={"offered": near})], kind="offer", offered=near)


def _offered_to(row: str, officer: bool) -> bool:
    """Whether a row makes sense as a button: "a person" has one of its own, small talk is nothing to choose, and what is
    written for the one kind of reader is not offered to the other (R1)."""
    if row in NO_CHOICE:
        return False
    work = row.partition("_")[0] in ("officer", "coordinator", "learner")
    return work or row in OFFERED_TO_ALL if officer else not work
