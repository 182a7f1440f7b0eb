"""A safe place through the real bot, the real Rasa and the local Bot API server: each who asks, and those who answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from bot.processes import Processes
from tests.botapi.server import BotApiServer
from tests.telegram.night import ANA, BEN, GIRL, OFFICER, SECONDS, SISTER, SPANISH, WOMAN, Night
from tests.telegram.running import RunningBot


@pytest_asyncio.fixture(loop_scope="session")
async def night(telegram: BotApiServer, rasa: Processes, tmp_path: Path) -> AsyncIterator[Night]:
    bot = RunningBot(
        tmp_path / "home",
        telegram.url,
        f"http://127.0.0.1:{rasa.nlu_port}",
        rasa.nlu_token,
        relay="on",
        minors_chat="on",
    )
    await bot.start()
    night = Night(telegram, bot, tmp_path)
    night.program()
    yield night
    await bot.stop()


async def test_r45_nobody_on_call_is_said_at_once_with_people_who_answer(night: Night) -> None:
    night.telegram.user_says(WOMAN, "i need somewhere to go tonight")
    said = await night.telegram.wait_for_message(WOMAN, "nobody is on call", SECONDS)
    assert "1-888-373-7888" in said.text
    assert not any(p.startswith("q:") for p in said.payloads)


async def test_a_survivor_in_spanish_from_the_first_word_to_an_answer_and_back_after_an_exit(night: Night) -> None:
    await night.on_call((ANA, await night.invited(ANA)))
    night.telegram.user_says(WOMAN, "necesito un lugar para dormir esta noche")
    await night.telegram.wait_for_message(WOMAN, "persona de guardia", SECONDS)
    await night.goes_on(WOMAN, *SPANISH)
    await night.telegram.wait_for_message(WOMAN, "Enviad", SECONDS)
    alert = await night.telegram.wait_for_message(ANA, "Request on call", SECONDS)
    assert "25 to 59" in alert.text
    assert "Tulsa" not in alert.text, "region as the program names it, never her words (R41)"
    await night.tap(ANA, "a:take:")
    await night.telegram.wait_for_message(ANA, "is yours", SECONDS)
    await night.telegram.wait_for_message(WOMAN, "Hay una respuesta para usted", SECONDS)
    await night.tap(ANA, "a:open:")
    for _ in (1, 2):
        await night.pin(ANA)
        await asyncio.sleep(0.5)
    answers = await night.telegram.wait_for_message(ANA, "Tulsa", SECONDS)
    assert "nutria" not in answers.text
    night.telegram.user_says(WOMAN, "salir")
    await night.telegram.wait_for(lambda: len(night.telegram.chat(WOMAN).visible()) == 1, SECONDS)
    night.telegram.user_says(ANA, "Hola, ¿es buen momento?")
    await night.telegram.wait_for_message(ANA, "Delivered when the person writes", SECONDS)
    await asyncio.sleep(1.0)
    assert len(night.telegram.chat(WOMAN).visible()) == 1, "nothing comes to whoever holds the phone now (R6)"
    night.telegram.user_says(WOMAN, "hola")
    await night.telegram.wait_for_message(WOMAN, timeout=SECONDS)
    await asyncio.sleep(0.5)
    assert "buen momento" not in night.screen(WOMAN)
    night.telegram.user_says(WOMAN, "Nutria Morada")
    await night.telegram.wait_for_message(WOMAN, "¿es buen momento?", SECONDS)
    night.telegram.user_says(WOMAN, "sí, ahora puedo")
    await night.telegram.wait_for_message(ANA, "sí, ahora puedo", SECONDS)
    night.telegram.user_says(ANA, "/close")
    await night.tap(ANA, "a:end:")
    await night.telegram.wait_for_message(ANA, "is closed", SECONDS)
    assert "whole" in night.waymark("audit", "verify")


async def test_r46_two_who_tap_at_once_one_has_it_and_the_other_reads_so(night: Night) -> None:
    one, two = await night.invited(ANA), await night.invited(BEN)
    await night.on_call((ANA, one), (BEN, two))
    night.telegram.user_says(WOMAN, "hola")
    await night.telegram.wait_for_message(WOMAN, timeout=SECONDS)
    await night.goes_on(WOMAN, *SPANISH)
    first = await night.telegram.wait_for_message(ANA, "Request on call", SECONDS)
    take = next(p for p in first.payloads if p.startswith("a:take:"))
    before = len(night.telegram.sent_to(ANA))
    for chat in (ANA, ANA, BEN):
        night.telegram.user_taps(chat, take, message_id=first.message_id if chat == ANA else None, forged=True)
    await night.telegram.wait_for(lambda: len(night.telegram.sent_to(ANA)) >= before + 2, SECONDS)
    await asyncio.sleep(1.0)
    yours = [chat for chat in (ANA, BEN) if "is yours" in night.screen(chat)]
    assert yours == [ANA]


async def test_an_ally_and_an_officer_see_no_program_and_hear_what_they_asked_to(night: Night) -> None:
    await night.on_call((ANA, await night.invited(ANA)))
    night.telegram.user_says(SISTER, "i am worried about my sister")
    await night.telegram.wait_for_message(SISTER, timeout=SECONDS)
    await night.goes_on(
        SISTER, "q:begin:ally", "q:ally.consent:yes", "q:ally.reporting:yes", "q:ally.adult:yes", "q:ally.word:skip", "Oklahoma", "Tulsa",
        "q:ally.contact:chat", "q:ally.hours:any", "q:ally.told:answer", "q:summary:send",
    )  # fmt: skip
    await night.telegram.wait_for_message(ANA, "worries about another person", SECONDS)
    await night.tap(ANA, "a:pass:")
    await night.telegram.wait_for_message(ANA, "Passed", SECONDS)
    made = night.waymark("invite", "officer")
    night.telegram.user_says(OFFICER, f"/start {made.strip().partition('start=')[2]}")
    await night.telegram.wait_for_message(OFFICER, timeout=SECONDS)
    night.telegram.user_says(OFFICER, "got a female here needs a bed tonight")
    await night.telegram.wait_for_message(OFFICER, "people on call can be asked", SECONDS)
    await night.goes_on(
        OFFICER, "q:begin", "q:officer.reporting:go", "q:officer.adults:1", "q:officer.agreed:yes", "q:officer.children:0", "Oklahoma",
        "Tulsa", "q:officer.language:es", "q:officer.needs:none", "918-555-0142", "q:summary:send",
    )  # fmt: skip
    await night.telegram.wait_for_message(ANA, "an officer with a person", SECONDS)
    await night.tap(ANA, "a:take:")
    await night.telegram.wait_for_message(OFFICER, "a person will call", SECONDS)
    for chat in (SISTER, OFFICER):
        assert "House in a test" not in night.screen(chat)


async def test_r44_somebody_under_18_comes_to_whoever_is_marked_for_minors(night: Night) -> None:
    await night.on_call((ANA, await night.invited(ANA, "--minors")))
    night.telegram.user_says(GIRL, "i need a place to sleep")
    await night.telegram.wait_for_message(GIRL, timeout=SECONDS)
    await night.goes_on(
        GIRL, "q:begin:self", "q:consent:yes", "q:reporting:yes", "q:word:skip", "q:safe_here:yes", "q:danger_now:no", "q:age:under_18"
    )  # fmt: skip
    await night.telegram.wait_for_message(GIRL, "trained to help young people", SECONDS)
    await night.goes_on(GIRL, "q:minor")
    await night.telegram.wait_for_message(ANA, "may be under 18", SECONDS)
    await night.tap(ANA, "a:take:")
    await night.telegram.wait_for_message(GIRL, "There is an answer for you", SECONDS)
    await night.goes_on(GIRL, "q:show")
    night.telegram.user_says(ANA, "Hi, I am here. Is now good?")
    await night.telegram.wait_for_message(GIRL, "Is now good?", SECONDS)
    night.telegram.user_says(GIRL, "yes")
    await night.telegram.wait_for_message(ANA, "yes", SECONDS)
