"""An alert, one who takes it, what they may open, and how it ends."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.library.rendering import NotForThisReader, Renderer
from bot.library.replies import Part
from bot.oncall.ladder import LADDER_SECONDS, RUNG_SECONDS
from bot.placement import staff_words
from bot.placement.model import Switches
from bot.store.database import Database
from bot.store.schema import outbox
from tests.placement.staff.making import ANSWERS, OFFICER, PIN, Night, library

pytestmark = pytest.mark.store


async def test_the_first_on_the_rota_is_asked_at_once_and_takes_it(night: Night) -> None:
    made = await night.sends()
    assert night.screens["ana"].loud == 1
    assert "25 to 59 · Oklahoma · Tonight" in night.screens["ana"]
    assert not night.screens["ben"].ever
    assert await night.takes("ana", made) == ["staff:oncall.taken"]
    found = await night.found(made)
    assert (found.state, found.taken_by) == ("taken", "ana")
    assert "Nobody can know who holds the phone" in night.screens["ana"]
    assert {f"a:open:{made}", f"a:why:{made}", f"a:close:{made}"} <= set(night.screens["ana"].payloads())
    assert "There is an answer for you." in night.screens["woman"]
    await night.tick(LADDER_SECONDS)
    assert not night.screens["ben"].ever, "nobody else is asked any more"
    assert await night.counted() == {("first_answer", "1m"): 1}


async def test_r46_two_who_tap_at_once_and_one_has_it(night: Night, many: Callable[[], Database]) -> None:
    """Two advocates, two processes, both asked (a clock that went back could do that)."""
    other = Night(many(), night.chats, night.keys, night.clock)
    for number in range(5):
        await night.person(f"woman{number}")
        made = await night.sends(who=f"woman{number}")
        await night.database.write(lambda c, m=made: night.oncall.ask(c, m, "house", "ben", night.clock(), 60, 180))
        ana, ben = await night.rung("ana", made), await night.rung("ben", made)
        said = await asyncio.gather(night.tap("ana", f"take:{ana}"), other.tap("ben", f"take:{ben}"))
        assert sorted(said) == [["message:oncall.faster"], ["staff:oncall.taken"]]
        holder = (await night.found(made)).taken_by or ""
        assert said[["ana", "ben"].index(holder)] == ["staff:oncall.taken"]
        states = [r.state for r in await night.database.read(lambda c, m=made: night.oncall.rungs_of(c, m))]
        assert sorted(states) == [1, 3]
        assert await night.tap(holder, f"end:{made}:placed") == ["message:oncall.closed"]
    assert (await night.deeds()).count("take") == 5


async def test_a_tap_after_three_minutes_is_too_late(night: Night) -> None:
    made = await night.sends()
    await night.tick(RUNG_SECONDS)
    assert await night.takes("ana", made) == ["message:oncall.old"], "Ben is asked now"
    assert await night.takes("ben", made) == ["staff:oncall.taken"]
    assert await night.takes("ana", made) == ["message:oncall.faster"]
    assert await night.takes("ben", made) == ["staff:oncall.holding"], "a second tap changes nothing"
    assert (await night.counted())["first_answer", "3m"] == 1


async def test_two_taps_of_one_at_once_are_one_taking(night: Night) -> None:
    made = await night.sends()
    number = await night.rung("ana", made)
    said = await asyncio.gather(*(night.tap("ana", f"take:{number}") for _ in range(4)))
    assert sorted(said) == [["staff:oncall.holding"]] * 3 + [["staff:oncall.taken"]]
    assert (await night.counted())["first_answer", "1m"] == 1


async def test_a_pass_asks_the_next_at_once(night: Night) -> None:
    made = await night.sends()
    assert await night.tap("ana", f"pass:{await night.rung('ana', made)}") == ["message:oncall.passed"]
    assert night.screens["ben"].loud == 1
    assert await night.takes("ana", made) == ["message:oncall.old"]
    assert await night.takes("ben", made) == ["staff:oncall.taken"]
    assert await night.deeds() == ["pass", "take"]


async def test_who_holds_one_cannot_take_another(night: Night) -> None:
    first = await night.sends()
    await night.takes("ana", first)
    await night.person("other")
    second = await night.sends(who="other")
    assert night.screens["ben"].loud == 1, "whoever holds nothing is asked first"
    await night.tap("ben", f"pass:{await night.rung('ben', second)}")
    assert await night.takes("ana", second) == ["message:oncall.one"]
    assert (await night.found(second)).state == "sent"
    assert await night.tap("ana", f"pass:{await night.rung('ana', second)}") == ["message:oncall.passed"]
    assert (await night.found(second)).state == "nobody"


async def test_r60_only_who_was_asked_is_on_shift_and_has_the_yes_takes_it(night: Night) -> None:
    await night.program("other")
    await night.advocate("eva", of="other")
    made = await night.sends()
    number = await night.rung("ana", made)
    assert await night.tap("eva", f"take:{number}") == ["message:oncall.old"], "not hers"
    assert await night.tap("woman", f"take:{number}", role="guest") == ["message:oncall.not_listed"]
    assert await night.tap("woman", f"take:{number}", role="advocate") == ["message:oncall.not_listed"], "no invitation"
    assert await night.tap("ana", f"take:{number}", role="officer") == ["message:oncall.not_listed"]
    for wrong in ("take:", "take:x", "take:999999", "take:-1", "open:", f"open:{made}", "close:x", "nothing", "a" * 60):
        assert await night.tap("eva", wrong) in (["message:oncall.old"], ["message:oncall.none"])
    await night.database.write(lambda c: night.oncall.out(c, "ana", night.clock()))
    assert await night.takes("ana", made) == ["message:oncall.off_shift"]
    assert (await night.found(made)).state == "sent"


async def test_r41_without_a_yes_that_holds_nobody_is_asked_takes_or_opens(night: Night) -> None:
    made = await night.sends()
    await night.database.write(lambda c: night.requests.revoke(c, made, night.clock()))
    assert await night.takes("ana", made) == ["message:oncall.old"]
    rung = await night.rung("ana", made)
    shown = await night.database.read(
        lambda c: staff_words.words(
            night.rooms, c, "ana", "alert", {"request": made, "rung": rung}, "en", night.clock()
        )
    )
    assert shown is None
    await night.tick()
    assert (await night.found(made)).state == "nobody"


async def test_r41_answers_come_only_with_pin_and_release_and_go_after_ten_minutes(night: Night) -> None:
    made = await night.sends()
    await night.takes("ana", made)
    assert await night.tap("ana", f"open:{made}") == ["oncall.pin.first"], "a PIN is set first"
    assert await night.pin("ana") == ["oncall.pin.again"]
    assert await night.pin("ana") == ["message:oncall.pin.set", "private:answers"]
    assert ANSWERS["number"] in night.screens["ana"]
    assert "Pets: No pet" in night.screens["ana"]
    await night.tick(595)
    assert ANSWERS["number"] in night.screens["ana"]
    await night.tick(10)
    assert ANSWERS["number"] not in night.screens["ana"]
    assert await night.tap("ana", f"open:{made}") == ["oncall.pin.enter"]
    assert await night.pin("ana") == ["private:answers"], "again, whenever they need to"
    assert await night.deeds() == ["take", "pin", "open", "open"]
    await night.database.write(lambda c: night.requests.revoke(c, made, night.clock()))
    before = len(night.screens["ana"].ever)
    await night.tap("ana", f"open:{made}")
    await night.pin("ana")
    assert not any(ANSWERS["number"] in text for text in night.screens["ana"].ever[before:])


async def test_answers_go_to_nobody_else_and_never_to_a_group(night: Night) -> None:
    made = await night.sends()
    await night.takes("ana", made)
    await night.person("group")
    for chat in ("ben", "woman", "group", "operator", "nobody"):
        for name in ("answers", "why", "rules", "relay", "handover"):
            params = {"request": made, "relay": 1, "rung": 1}
            shown = await night.database.read(
                lambda c, n=name, w=chat, p=params: staff_words.words(night.rooms, c, w, n, p, "en", night.clock())
            )
            assert shown is None, (chat, name)
    for tap in (f"open:{made}", f"why:{made}", f"end:{made}:placed", f"rule:{made}:pets"):
        assert await night.tap("ben", tap) == ["message:oncall.old"]


async def test_why_these_programs_is_for_the_taker_alone_and_says_each_yes_and_no(night: Night) -> None:
    await night.program("kennel", pets="none", medical=False)
    await night.sets_pin("ana")
    made = await night.sends(pets="large")
    await night.takes("ana", made)
    await night.tap("ana", f"why:{made}")
    assert await night.pin("ana") == ["private:why"]
    text = night.screens["ana"].ever[-1]
    assert "1. Example House Lantern: could take it now" in text
    assert "2. Example Kennel Lantern: no: pets, medical care, nobody on duty" in text


async def test_an_officers_request_shows_his_number_and_is_by_phone(night: Night) -> None:
    await night.person("woman", role="officer")
    await night.sets_pin("ana")
    made = await night.sends("officer")
    assert "Tulsa" not in night.screens["ana"], "only which kind asks"
    await night.takes("ana", made)
    assert "hands over the phone" in night.screens["ana"]
    await night.tap("ana", f"open:{made}")
    await night.pin("ana")
    assert OFFICER["number"] in night.screens["ana"]
    assert "steps out of hearing" in night.screens["ana"]
    assert await night.says("ana", "hello") == ["message:oncall.write.officer"]
    assert night.says_to("woman", "request.taken.officer")


@pytest.mark.parametrize("asker", ["ally", "minor"])
async def test_r14_an_allys_alert_and_a_minors_say_only_which_kind(quick: Night, asker: str) -> None:
    await quick.advocate("mia", minors=True)
    made = await quick.sends(asker)
    who = "mia" if asker == "minor" else "ana"
    text = "\n".join(quick.screens[who].ever)
    assert "Tulsa" not in text
    assert "Oklahoma" not in text
    assert (await quick.takes(who, made)) == [f"staff:oncall.taken.{asker}"]


async def test_r44_a_minor_is_handed_only_to_who_is_marked_and_there_is_nothing_to_open(night: Night) -> None:
    made = await night.sends("minor")
    assert (await night.found(made)).state == "nobody", "neither Ana nor Ben is marked"
    await night.advocate("mia", minors=True)
    made = await night.sends("minor")
    assert [r.chat for r in await night.database.read(lambda c: night.oncall.rungs_of(c, made))] == ["mia"]
    await night.takes("mia", made)
    assert await night.tap("mia", f"open:{made}") == ["message:oncall.nothing_to_open"]
    assert await night.says("mia", "hi, I am here") == ["message:oncall.delivered"]


@pytest.mark.parametrize("outcome", ["placed", "other_help", "lost_contact"])
async def test_an_outcome_closes_it_and_counts(quick: Night, outcome: str) -> None:
    await quick.sets_pin("ana")
    made = await quick.sends()
    await quick.takes("ana", made)
    await quick.tap("ana", f"open:{made}")
    await quick.pin("ana")
    assert await quick.tap("ana", "/close") == ["staff:oncall.close"]
    assert await quick.tap("ana", f"end:{made}:{outcome}") == ["message:oncall.closed"]
    found = await quick.found(made)
    assert (found.state, found.outcome) == ("closed", outcome)
    assert (await quick.counted())["outcome", outcome] == 1
    assert ANSWERS["number"] not in quick.screens["ana"], "nothing stays on the screen"
    assert quick.says_to("woman", "request.closed")
    assert await quick.tap("ana", f"end:{made}:placed") == ["message:oncall.old"]
    assert await quick.tap("ana", "/request") == ["message:oncall.none"]


async def test_could_not_asks_which_rule_it_was(night: Night) -> None:
    made = await night.sends()
    await night.takes("ana", made)
    assert await night.tap("ana", f"end:{made}:could_not") == ["private:rules"]
    assert (await night.found(made)).state == "taken"
    offered = [p for p in night.screens["ana"].payloads() if p.startswith("a:rule:")]
    assert len(offered) == 12
    assert await night.tap("ana", f"rule:{made}:weather") == ["message:oncall.old"]
    assert await night.tap("ana", next(p for p in offered if p.endswith(":pets"))[2:]) == ["message:oncall.closed"]
    found = await night.found(made)
    assert (found.outcome, found.reason) == ("could_not", "pets")
    assert (await night.counted())["refused", "pets"] == 1


async def test_r61_what_staff_do_is_in_the_log_and_the_log_is_whole(night: Night) -> None:
    await night.sets_pin("ana")
    made = await night.sends()
    await night.tap("ana", f"pass:{await night.rung('ana', made)}")
    await night.takes("ben", made)
    await night.tap("ben", "/out")
    await night.tick(65)
    await night.tap("ana", f"have:{made}")
    await night.tap("ana", f"open:{made}")
    await night.pin("ana")
    await night.tap("ana", f"end:{made}:placed")
    assert await night.deeds() == ["pin", "pass", "take", "out", "handover", "open", "close"]
    assert await night.database.read(night.rooms.audit.verify) == []
    rows = await night.database.read(lambda c: [tuple(r) for r in c.execute(outbox.metadata.tables["audit"].select())])
    assert not re.search(r"\bana\b|\bben\b|woman|Tulsa|918 555", str(rows))


async def test_r26_neither_side_reads_the_other(quick: Night) -> None:
    """Words for advocates are refused to officers and guests, those for officers to advocates."""
    for (name, lang), message in library().messages.items():
        for role, may in (("guest", ()), ("officer", ("officer",)), ("advocate", ("advocate",))):
            part = Part(f"message:{name}", params={"id": 1})
            if message.audience in ("everyone", *may):
                Renderer(library(), lang, role).render(part)
            else:
                with pytest.raises(NotForThisReader):
                    Renderer(library(), lang, role).render(part)
    made = await quick.sends()
    for role in ("officer", "coordinator", "guest"):
        assert await quick.tap("ana", f"open:{made}", role=role) == ["message:oncall.not_listed"]


async def test_r14_nothing_that_comes_to_the_person_names_program_or_advocate(quick: Night) -> None:
    made = await quick.sends(told="every")
    await quick.tick(RUNG_SECONDS)
    await quick.takes("ben", made)
    await quick.says("ben", "Is now a good time?")
    await quick.tap("ben", f"end:{made}:placed")
    text = "\n".join(quick.screens["woman"].ever)
    assert text
    assert not re.search(r"lantern|house|ana\b|ben\b", text, re.IGNORECASE)


@given(
    answers=st.fixed_dictionaries(
        {
            "age": st.sampled_from(["18_24", "25_59", "60_up"]),
            "when": st.sampled_from(["tonight", "days", "unsure"]),
            "state": st.sampled_from(["OK", "TX", "KS"]),
        },
        optional={
            "area": st.sampled_from(
                ["Tulsa", "near tulsa, by my cousin Maravilla", "Elsewhere Maravilla", "broken arrow"]
            ),
            "gender": st.sampled_from(["women", "men", "nonbinary", "any"]),
            "children": st.integers(0, 3),
            "pets": st.sampled_from(["none", "small", "large"]),
            "needs": st.lists(st.sampled_from(["medical", "detox", "mobility"]), unique=True),
            "other_language": st.just("Maravillan"),
            "contact": st.sampled_from(["chat", "call", "text"]),
            "number": st.just("+1 918 555 0117"),
            "hours": st.sampled_from(["any", "morning", "night"]),
        },
    ),
    lang=st.sampled_from(["en", "es"]),
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_r41_an_alert_carries_age_group_region_and_tonight_or_later_alone(
    quick: Night, answers: dict[str, Any], lang: str
) -> None:
    await quick.program("house", regions=["OK", "OK:Tulsa", "TX", "KS"])
    made = await quick.sends(start=False, **answers)
    await quick.database.write(lambda c: quick.clockwork.start(c, quick.requests.get(c, made), quick.clock()))  # type: ignore[arg-type]
    rung = await quick.rung("ana", made)
    shown = await quick.database.read(
        lambda c: staff_words.words(
            quick.rooms, c, "ana", "alert", {"request": made, "rung": rung}, lang, quick.clock()
        )
    )
    assert shown is not None
    values = library().intake[lang].values
    state = values["state"][answers["state"]]
    named = f"Tulsa, {state}" if answers["state"] == "OK" and "ulsa" in answers.get("area", "Tulsa") else state
    wanted = f"{values['age'][answers['age']]} · {named} · {values['when'][answers['when']]}"
    assert shown.rendered.text.splitlines()[1:] == [wanted]
    assert [p for _, p in shown.rendered.buttons] == [f"a:take:{rung}", f"a:pass:{rung}"]
    await quick.database.write(lambda c: quick.requests.drop(c, made))


async def test_nothing_that_waits_in_the_queue_holds_an_answer(night: Night) -> None:
    await night.sets_pin("ana")
    made = await night.sends()
    rows = await night.database.read(lambda c: [tuple(r) for r in c.execute(outbox.select())])
    assert rows
    assert not re.search(r"Tulsa|918 555|25_59|medical", str(rows))
    await night.takes("ana", made)
    await night.tap("ana", f"open:{made}")
    await night.pin("ana")
    rows = await night.database.read(lambda c: [tuple(r) for r in c.execute(outbox.select())])
    assert not re.search(rf"Tulsa|918 555|25_59|medical|\b{PIN}\b", str(rows))


async def test_with_the_relay_off_writing_says_that_the_phone_is_the_way(quick: Night) -> None:
    quick.restart(Switches(relay=False))
    made = await quick.sends()
    await quick.takes("ana", made)
    assert await quick.says("ana", "hello") == ["message:oncall.relay_off"]
    assert await quick.database.read(lambda c: quick.requests.relay_waiting(c, made, to_advocate=False)) == []


async def test_what_they_hold_is_shown_again_and_the_chat_is_about_it_again(quick: Night) -> None:
    made = await quick.sends()
    assert await quick.tap("ana", "/request") == ["private:alert"], "what waits for a tap"
    await quick.takes("ana", made)
    await quick.database.write(lambda c: quick.requests.attach(c, "ana", None))
    assert await quick.tap("ana", "/request") == ["staff:oncall.holding"]
    assert (await quick.database.read(lambda c: quick.requests.of_chat(c, "ana"))).id == made  # type: ignore[union-attr]
