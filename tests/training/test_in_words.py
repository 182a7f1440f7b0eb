"""What an officer says of their own refreshers in a sentence, as the classifier hands it on (row `learner_quiz`): until when they are left
alone, their score, their data; and a card for whoever asks for one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.settings import ROOT
from bot.training.in_words import wished
from tests.store.virtual import VirtualClock
from tests.training.making import ZONE, at
from tests.training.school import ROOKIE, School

NOW = at("2026-06-02T15:00")
"""A Tuesday, ten in the morning in Chicago."""
COMMANDS = {lang: yaml.safe_load((ROOT / f"content/{lang}/commands.yml").read_text("utf-8")) for lang in ("en", "es")}


@pytest.fixture
async def school(tmp_path: Path) -> AsyncIterator[School]:
    made = School(tmp_path, VirtualClock(NOW))
    yield made
    made.close()


def read(text: str, lang: str = "en") -> tuple[str, str]:
    """The wish, and until when by the clock on the wall."""
    found = wished(text, lang, COMMANDS, NOW, ZONE)
    if found.end is None:
        return found.name, ""
    form = "%m-%d" if found.end.whole_day else "%m-%d %H:%M"
    return found.name, datetime.fromtimestamp(found.end.at, ZoneInfo(ZONE)).strftime(form)


SAID = [
    ("en", "snooze till tomorrow", "snooze", "06-03"),
    ("en", "stop bugging me till monday, on vacation", "pause", "06-08"),
    ("en", "whats my score", "score", ""),
    ("en", "pause my cards while I'm on maternity leave", "off_duty", ""),
    ("en", "im off duty, ask me again at 0700", "snooze", "06-03 07:00"),
    ("en", "resume", "resume", ""),
    ("en", "what do you hold about me", "mine", ""),
    ("en", "pause everything for two weeks please", "pause", "06-16"),
    ("en", "leave me alone until July 6th", "pause", "07-06"),
    ("en", "I'm out of town until the 21st", "off_duty", "06-21"),
    ("en", "court today, remind me at 3:30 pm", "snooze", "06-02 15:30"),
    ("en", "mute this for a couple of hours", "pause", "06-02 12:00"),
    ("en", "not now, half an hour", "snooze", "06-02 10:30"),
    ("en", "on sick leave until tuesday", "off_duty", "06-09"),
    ("en", "pause until I say resume", "off_duty", ""),
    ("en", "stop sending me those for a while", "off_duty", ""),
    ("en", "pause for 400 days", "off_duty", ""),
    ("en", "hold my cards until 3/5", "off_duty", ""),
    ("en", "end my snooze", "resume", ""),
    ("en", "resume my lesson where I left off", "course", ""),
    ("en", "erase my answers", "erase_mine", ""),
    ("en", "can I change my shift", "hours", ""),
    ("es", "posponer dos horas", "snooze", "06-02 12:00"),
    ("es", "déjeme en paz hasta el lunes", "pause", "06-08"),
    ("es", "estoy de jurado hasta el 20", "off_duty", "06-20"),
    ("es", "no me mande nada por una semana", "pause", "06-09"),
    ("es", "de licencia hasta el 15 de julio", "off_duty", "07-15"),
    ("es", "recuérdeme a las 17:30", "snooze", "06-02 17:30"),
    ("es", "ahora no, mejor mañana", "snooze", "06-03"),
    ("es", "pause mis tarjetas, estoy de licencia de maternidad", "off_duty", ""),
    ("es", "quite la pausa por favor", "resume", ""),
    ("es", "cuál es mi puntaje", "score", ""),
    ("es", "qué tienen guardado, qué guardan de mí", "mine", ""),
    ("es", "borre mis respuestas", "erase_mine", ""),
    ("es", "snooze till friday porfa", "snooze", "06-05"),
]  # fmt: skip


@pytest.mark.parametrize(("lang", "text", "name", "until"), SAID)
def test_a_wish_is_read_from_a_sentence(lang: str, text: str, name: str, until: str) -> None:
    assert read(text, lang) == (name, until)


@pytest.mark.parametrize(
    "text",
    ["", "one card a week is enough to keep me sharp, go", "quiz me until my shift starts", "off duty and bored, quiz me",
     "that was two days ago", "hágame una pregunta, estoy de vacaciones", "the question about the cannery", "why was it C",
     "don't pause, next question", "ponme una difícil"],
)  # fmt: skip
def test_everything_else_is_a_card(text: str) -> None:
    assert read(text) == ("quiz", "")


ASKING = st.sampled_from([form for lang in COMMANDS for form in COMMANDS[lang]["training_sentences"]["quiz"]])
TAILS = st.lists(
    st.sampled_from([
        "please", "on slang", "for ten minutes", "about motels", "until noon", "I am off duty", "on vacation", "now", "por favor", "de vacaciones",
        "hasta el lunes", "for two weeks", "my score",
    ]),
    max_size=3,
)  # fmt: skip


@given(ASKING, TAILS, st.sampled_from(["en", "es"]))
def test_who_asks_for_a_card_gets_one_whatever_else_they_say(asking: str, tail: list[str], lang: str) -> None:
    assert read(" ".join([asking, *tail]), lang) == ("quiz", "")


@given(st.text(max_size=80) | st.lists(
    st.sampled_from([
        *["until", "till", "hasta", "at", "for", "por", "0700", "31", "99", "tomorrow", "mañana", "monday", "lunes", "el", "the", "weeks", "semanas", "pause", "pausa", "snooze", "a", "una", ":", "13:99", "am", "pm", "febrero"]
    ]), max_size=12).map(" ".join), st.sampled_from(["en", "es"]))  # fmt: skip
def test_no_words_make_a_pause_that_has_begun_before_or_lasts_for_long(text: str, lang: str) -> None:
    found = wished(text, lang, COMMANDS, NOW, ZONE)
    assert found.end is None or NOW < found.end.at <= NOW + 183 * 86400.0


def test_a_long_message_is_read_in_no_time() -> None:
    assert read("pause until at " * 600)[0] == "off_duty"


async def says(school: School, text: str) -> list[str]:
    school.reader.known[text] = "learner_quiz"
    return await school.hears(ROOKIE, text)


@pytest.mark.parametrize(
    ("lang", "text", "back"),
    [
        ("en", "please leave me be until thursday", "Nothing from me until Thursday, June 4."),
        ("en", "hold my cards for 3 hours, i'm in trial", "Tuesday, June 2, 1:00 p.m."),
        ("es", "póngame en pausa hasta el jueves", "No le mando nada hasta el jueves 4 de junio."),
        ("es", "estoy en una llamada, recuérdeme en tres horas", "martes 2 de junio, 1:00 p. m."),
    ],
)
async def test_it_is_said_back_until_when_and_goes_on_by_itself(
    school: School, lang: str, text: str, back: str
) -> None:
    await school.opened(lang=lang)
    await school.hears(ROOKIE, "!k:pause")
    (said,) = await says(school, text)
    assert back in said
    who = await school.member_of(ROOKIE)
    assert who.paused_at is None
    assert max(who.off_until or 0, who.snoozed_until or 0) > NOW
    school.clock.now = at("2026-06-09T15:00")
    await school.goes_on()
    assert school.phones.texts(ROOKIE)[-1].startswith("Refresher, 1" if lang == "en" else "Repaso, 1")


@pytest.mark.parametrize(
    ("lang", "text", "button"),
    [
        ("en", "going on parental leave, pause the cards until the baby lets me sleep", "Until I say so"),
        ("es", "pause los repasos mientras estoy de baja", "Hasta que avise"),
    ],
)
async def test_a_pause_without_a_clear_end_is_asked_about_and_changes_nothing(
    school: School, lang: str, text: str, button: str
) -> None:
    await school.opened(lang=lang)
    before = await school.member_of(ROOKIE)
    await says(school, text)
    assert button in [title for title, _ in school.buttons(ROOKIE)]
    assert await school.member_of(ROOKIE) == before
    await school.hears(ROOKIE, f"!{school.payload(ROOKIE, button)}")
    assert (await school.member_of(ROOKIE)).paused_at == pytest.approx(NOW, abs=1)


@pytest.mark.parametrize(("lang", "text"), [("en", "ok start sending me cards again"), ("es", "ya regresé, siga mandando")])  # fmt: skip
async def test_a_pause_ends_by_a_sentence(school: School, lang: str, text: str) -> None:
    await school.opened(lang=lang)
    await school.hears(ROOKIE, "!k:pause")
    await says(school, text)
    assert (await school.member_of(ROOKIE)).paused_at is None
    assert "k:quiz" in [payload for _, payload in school.buttons(ROOKIE)]


@pytest.mark.parametrize(("lang", "text", "begins"), [
    ("en", "show me how i've been doing lately", "No card answered yet"), ("es", "qué sabe de mí", "Departamento:"),
    ("es", "quisiera ver mis calificaciones", "Todavía no hay tarjetas contestadas"),
    ("en", "so what do you store about me", "What is kept about you"), ("en", "send me a card, i am off duty", "A)"),
])  # fmt: skip
async def test_score_data_and_cards_are_answered(school: School, lang: str, text: str, begins: str) -> None:
    await school.opened(lang=lang)
    (said,) = await says(school, text)
    assert begins in said
