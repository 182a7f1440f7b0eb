"""Help lines need nothing of the person (R8), and whatever is said, two misses in a row or asking for a person end at one
(R9). The conversations are made up by hypothesis, the desk and the actions are the real ones."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.channels.conversation import Conversation, Said
from bot.channels.telegram.translate import letter_of
from bot.library import loading
from bot.library.checks import reading
from bot.library.lines import Want, choose
from bot.library.loading import LANGS
from bot.library.model import OFFICER_ROLES
from bot.library.rendering import Renderer, pages_of
from bot.library.replies import Part
from bot.stages.reading import OUT_OF_SCOPE_SURELY
from tests.app.parts import WOMAN
from tests.app.talking import DOWN, MISS, OFFER, Heard, ScriptedNlu, Talking, actions, real_desk
from tests.store.virtual import VirtualClock

LIBRARY = loading.shared()
RULE = settings(derandomize=True, deadline=None, max_examples=120, database=None)
A_PERSON = re.compile(r"1-888-373-7888|\b988\b|☎")
ROWS = sorted(actions())
NOISE = [
    "zorble frint",
    "wib wab snorgle",
    "ok then",
    "what now",
    "no se",
    "asdf",
    "🙂",
    "   ",
    "/nosuch",
    "1234",
    "x y z w",
]
DANGER = ["he is outside my door with a knife", "i took all the pills", "tengo 15 y me vende"]

rankings = st.lists(
    st.tuples(st.sampled_from([r for r in ROWS if r != "nlu_fallback"]), st.floats(0.0, 0.6)),
    max_size=4,
    unique_by=lambda x: x[0],
).map(tuple)
readings = st.one_of(
    st.just(DOWN),
    st.just(MISS),
    st.just(OFFER),
    st.builds(Heard, st.just("nlu_fallback"), st.floats(0.0, 0.6), rankings),
    st.builds(Heard, st.sampled_from(ROWS), st.floats(0.3, 1.0), rankings),
)
taps = st.sampled_from(
    ["c:menu", "c:lines", "h:spam", "h:out_of_scope", "h:wants_hotline", "t:gone", "m:gone:9", "c:dance", "c:limits"]
)
steps = st.one_of(
    st.tuples(st.just("say"), st.sampled_from(NOISE), readings),
    st.tuples(st.just("say"), st.sampled_from(NOISE + DANGER), readings),
    st.tuples(st.just("tap"), taps, st.none()),
)


def screen(said: Said) -> str:
    return "\n".join(message.text for _, message in said.messages)


def unanswered(said: Said) -> bool:
    """What the person meets as "it did not understand": asked back, a miss, or "I don't know about that"."""
    assert said.main is not None
    unsure = said.main.handling == "out_of_scope" and (said.outcome.confidence or 0.0) < OUT_OF_SCOPE_SURELY
    puzzled = said.main.kind == "answer" and (said.main.handling == "spam" or unsure)
    return said.main.kind in ("miss", "offer") or puzzled


@RULE
@given(
    st.lists(steps, min_size=2, max_size=9),
    st.sampled_from(["guest", "advocate", "officer"]),
    st.sampled_from(["en", "es", None]),
)
@example([("say", "asdf", Heard("spam")), ("say", "zorble frint", Heard("spam"))], "guest", None)
@example([("say", "asdf", Heard("out_of_scope", 0.45)), ("say", "zorble frint", MISS)], "guest", "es")
@example([("say", "asdf", OFFER), ("say", "zorble frint", Heard("out_of_scope", 0.4))], "advocate", None)
@example([("say", "asdf", OFFER), ("say", "zorble frint", DOWN)], "officer", None)
def test_r09_two_misses_in_a_row_end_at_a_person(talk: list[Any], role: str, lang: str | None) -> None:
    async def play() -> None:
        nlu = ScriptedNlu()
        conversation = Conversation(real_desk(nlu), LIBRARY, nlu, role, lang)
        missed = 0
        for kind, what, heard in talk:
            nlu.always = heard
            said = await (conversation.say(what) if kind == "say" else conversation.say(payload=what))
            assert said.main is not None, "nobody is met with silence"
            missed = missed + 1 if kind == "say" and unanswered(said) else 1 if _ended(said) else 0
            if said.main.kind in ("danger", "miss"):
                assert A_PERSON.search(screen(said)), f"{what}: {said.main}"
            if missed >= 2 and role not in OFFICER_ROLES:
                assert A_PERSON.search(screen(said)), f"{missed} misses: {screen(said)}"
            if role not in OFFICER_ROLES and said.main.kind != "neutral":
                on = any(message.buttons for _, message in said.messages) or A_PERSON.search(screen(said))
                assert on, f"a dead end: {screen(said)}"

    asyncio.run(play())


def _ended(said: Said) -> bool:
    """A second miss was answered by a person's number; the next may begin anew."""
    return bool(said.main and said.main.kind == "miss")


@RULE
@given(
    st.lists(steps, max_size=4),
    st.sampled_from(["guest", "advocate", "officer"]),
    rankings,
    st.floats(0.35, 1.0),
    st.booleans(),
)
def test_r09_asking_for_a_person_ends_at_one(
    before: list[Any], role: str, ranking: Any, confidence: float, tap: bool
) -> None:
    """Whatever was talked about before, however sure the classifier is, in words or by the button."""

    async def play() -> None:
        nlu = ScriptedNlu()
        conversation = Conversation(real_desk(nlu), LIBRARY, nlu, role)
        for kind, what, heard in before:
            nlu.always = heard
            await (conversation.say(what) if kind == "say" else conversation.say(payload=what))
        nlu.always = Heard("wants_hotline", confidence, ranking)
        said = await (
            conversation.say(payload="h:wants_hotline") if tap else conversation.say("can i talk with a real person")
        )
        assert A_PERSON.search(screen(said)), screen(said)

    asyncio.run(play())


@pytest.mark.parametrize("lang", LANGS)
def test_r09_every_answer_to_distress_names_a_person(lang: str) -> None:
    """Every page that somebody in distress can be answered with, not only the first."""
    guest = Renderer(LIBRARY, lang, "guest")
    for row in ("emotional_support", "wants_hotline", "self_harm", "emergency_now", "minor_at_risk"):
        for topic in LIBRARY.topics_for(row, lang, officer=False):
            assert A_PERSON.search(guest.render(Part(f"topic:{topic.id}")).text), topic.id
    for name in ("danger.emergency_now", "danger.self_harm", "danger.minor_at_risk", "danger.degraded", "miss.first", "miss.second",
                 "unsure.offer", "distress.line", "help.bare", "flood.slow", "danger.ambiguous"):  # fmt: skip
        shown = guest.render(
            Part(f"message:{name}" if name != "unsure.offer" else f"offer:{name}", params={"offered": []})
        )
        assert A_PERSON.search(shown.text) or (name == "danger.ambiguous" and "911" in shown.text), name


# -- R8 --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def talking(tmp_path: Path, clock: VirtualClock) -> Iterator[Talking]:
    made = Talking(tmp_path / "home", clock)
    yield made
    made.close()


ASKS_WHO = {
    "en": re.compile(
        r"\b(what|which|tell me|give me|send me|share|type|write) ?(is|'s|are)? (your|her|his|their) (full |real |first |last )?"
        r"(name|phone number|number|e-?mail|address|location|birth\w*|date of birth|age|contact)\b|\bwho are you\b|\bhow old are you\b"
        r"|\bwhere (are you|do you live)\b[^.!\n]{0,20}\?|\bmay i (ask|have) your\b",
        re.IGNORECASE,
    ),
    "es": re.compile(
        r"\bc[oó]mo se llama usted\b|\bcu[aá]l es su (nombre|tel[eé]fono|n[uú]mero|correo|direcci[oó]n|edad)|¿d[oó]nde (est[aá]|vive) usted\b"
        r"|\b(d[ií]game|mande|env[ií]e|comparta|escriba) su (nombre|tel[eé]fono|direcci[oó]n|edad)\b|¿qui[eé]n es usted\b"
        r"|\bcu[aá]ntos a[nñ]os tiene usted\b",
        re.IGNORECASE,
    ),
}  # fmt: skip


@pytest.mark.parametrize("lang", LANGS)
def test_r08_nothing_that_a_guest_reads_asks_who_or_where_they_are(lang: str) -> None:
    """What 911 needs ("your place first") is told to 911 and not to the bot."""
    guest = Renderer(LIBRARY, lang, "guest")
    for topic in reading.guest_topics(LIBRARY, lang):
        for page in range(len(pages_of(topic, LIBRARY.commands[lang]["words"], officer=False))):
            found = ASKS_WHO[lang].search(guest.render(Part(f"topic:{topic.id}", page)).text)
            assert not found, f"{topic.id}: {found}"
    for message in reading.guest_messages(LIBRARY, lang):
        found = ASKS_WHO[lang].search(message.text)
        assert not found, f"{message.id}: {found}"
    assert not any(ASKS_WHO[lang].search(LIBRARY.labels[key]) for key in LIBRARY.labels if key[1] == lang)


@pytest.mark.parametrize(("lang", "text"), [("en", "What is your name?"), ("en", "Tell me your address."), ("en", "How old are you?"),
                                            ("es", "¿Cómo se llama usted?"), ("es", "Escriba su teléfono."), ("es", "¿Cuál es su edad?")])  # fmt: skip
def test_r08_such_a_question_would_be_found(lang: str, text: str) -> None:
    assert ASKS_WHO[lang].search(text)


async def test_r08_lines_come_to_an_account_without_name_language_or_picture(talking: Talking) -> None:
    """Everything that may be skipped is: no name, no language, no word on who, where or how old."""
    talking.nlu.says = {"number?": Heard("wants_hotline")}  # type: ignore[attr-defined]
    bare = {"from": {"id": WOMAN, "is_bot": False}}
    for said, tap in (
        ("/start", None),
        (None, "c:lines"),
        ("number?", None),
        (None, "h:wants_hotline"),
        ("/lines", None),
    ):
        before = len(talking.platform.texts(WOMAN))
        if said is not None:
            await talking.says(WOMAN, said, **bare)
        else:
            await talking.taps(WOMAN, str(tap))
        await talking.work()
        shown = "\n".join(talking.platform.texts(WOMAN)[before:])
        assert "?" not in shown.replace("In danger?", "").replace("What do you need?", ""), (
            f"nothing is asked first: {shown}"
        )
        assert said == "/start" or A_PERSON.search(shown)
    row = await talking.row(WOMAN)
    assert {"name", "username", "phone", "place", "age"}.isdisjoint(row._mapping)


def test_r08_of_an_update_nothing_of_the_person_is_taken() -> None:
    sender = {
        "id": 5,
        "is_bot": False,
        "first_name": "Ana",
        "last_name": "Ruiz",
        "username": "anaruiz",
        "language_code": "es",
        "is_premium": True,
    }
    message = {
        "message_id": 1,
        "date": 1,
        "chat": {"id": 5, "type": "private", "first_name": "Ana", "username": "anaruiz"},
        "from": sender,
    }
    for more in (
        {"text": "hi"},
        {"contact": {"phone_number": "+15550100", "first_name": "Ana"}},
        {"location": {"latitude": 36.1, "longitude": -95.9}},
    ):
        letter = letter_of({"update_id": 1, "message": {**message, **more}})
        assert letter is not None
        packed = letter.pack().decode()
        assert not any(word in packed for word in ("Ana", "Ruiz", "anaruiz", "+1555", "36.1", "95.9", "premium"))


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("minor", [None, True, False])
@pytest.mark.parametrize("deaf", [True, False])
def test_r08_there_is_a_line_for_whoever_says_nothing_of_themselves(lang: str, minor: bool | None, deaf: bool) -> None:
    for needs in ((), ("trafficking",), ("self_harm",), ("domestic_violence",), ("nothing that there is",)):
        chosen = choose(LIBRARY, Want(needs=needs, minor=minor, lang=lang, deaf=deaf))
        assert chosen
        assert any(line.phone or line.sms for line in chosen)
