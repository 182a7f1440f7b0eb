"""A person's side of a request, through the real desk, worker and sender, on a virtual clock."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest
from sqlalchemy import Connection, func, select

from bot.intake import graph as graphs
from bot.intake import walk as walking
from bot.placement import needs
from bot.placement.command import Command
from bot.placement.survivor import walk_of
from bot.store.schema import release, request
from tests.placement.room import ANA, ANSWERS, OFFICER, SISTER, WOMAN, Room

GRAPH = graphs.shared()


async def count(room: Room, table: object = request) -> int:
    return await room.database.read(lambda c: c.scalar(select(func.count()).select_from(table)))  # type: ignore[call-overload,no-any-return]


async def test_r45_with_nobody_on_shift_nothing_is_asked_and_nothing_kept(room: Room) -> None:
    room.clock.advance(hours=9)
    said = await room.hears(WOMAN, "!q:begin:self")
    assert any("nobody is on call" in text for text in said)
    assert any("1-888-373-7888" in text for text in said)
    assert await count(room) == 0


async def test_the_first_answer_offers_a_person_before_the_questions(room: Room) -> None:
    (said,) = [t for t in await room.hears(WOMAN, "hello", "!q:begin") if "on call" in t]
    assert "1-888-373-7888" in said
    assert await count(room) == 0, "nobody was asked yet who it is for"


async def test_every_question_is_asked_in_turn_and_the_summary_shows_all_answers(room: Room) -> None:
    (said,) = await room.asks(WOMAN)
    for words in (
        "25 to 59",
        "Oklahoma",
        "Tulsa",
        "Tonight",
        "For women",
        "Two",
        "English",
        "Here in this chat",
        "Only when",
    ):
        assert words in said
    assert "purple" not in said
    assert "green" not in said


async def test_r41_what_goes_is_what_the_summary_showed_to_one_named_program(room: Room) -> None:
    await room.asks(WOMAN)
    shown = await room.hears(WOMAN, "!q:summary:send")
    assert "Example house" in shown[-1], "the program is named before the yes"
    assert await count(room, release) == 0
    await room.hears(WOMAN, "!r:yes:house")
    (found,) = await room.requests()
    agreed = await room.database.read(
        lambda c: room.placement.rooms.requests.valid_release(c, found.id, "house", room.clock())
    )
    assert agreed is not None
    assert set(agreed.fields) == {name for name, _ in walking.summary(GRAPH, walk_of(found))}
    assert not {"word", "not_me", "consent", "safe_here", "danger_now"} & set(agreed.fields)
    assert agreed.text_version == GRAPH.version
    assert agreed.expires_at - agreed.given_at == 7 * 86400


async def test_r41_each_further_program_needs_a_yes_of_its_own(room: Room) -> None:
    await room.staffed(SISTER + 100, of="other")
    await room.asks(WOMAN)
    await room.hears(WOMAN, "!q:summary:send", "!r:yes:house", "!r:no:other")
    (found,) = await room.requests()
    assert found.state == "sent"
    assert found.walk["extra"]["climb"] == ["house"]
    assert await count(room, release) == 1


async def test_r42_a_no_to_everybody_keeps_nothing_and_lines_stay(room: Room) -> None:
    await room.asks(WOMAN)
    (said,) = await room.hears(WOMAN, "!q:summary:send", "!r:no:house")
    assert "kept nothing" in said
    assert "1-888-373-7888" in said
    assert await count(room) == 0
    assert any("1-888-373-7888" in text for text in await room.hears(WOMAN, "!c:lines"))


@pytest.mark.parametrize("age", ["16", "!q:age:under_18", "!q:age:skip", "I'm a minor"])
async def test_r44_under_18_or_unsaid_meets_no_release_and_people_for_young_people_come_first(
    room: Room, age: str
) -> None:
    said = await room.hears(WOMAN, "!q:begin:self", *ANSWERS[:5], age)
    assert await count(room) == 0
    assert await count(room, release) == 0
    text = "\n".join(said)
    assert "1-800-786-2929" in text
    assert "Somebody trained to help young people is on call" in text


async def test_r44_without_anybody_marked_for_minors_it_says_so_at_once(room: Room) -> None:
    room.clock.advance(hours=9)
    await room.staffed(SISTER + 100, of="house", minors=False)
    said = "\n".join(await room.hears(WOMAN, "!q:begin:self", *ANSWERS[:5], "16"))
    assert "Nobody here can take this right now" in said
    assert not any("q:minor" in payload for pairs in room.phones.buttons.values() for _, payload in pairs)


async def test_r7_after_an_exit_only_the_word_brings_it_back(room: Room) -> None:
    await room.hears(WOMAN, "!q:begin:self", *ANSWERS[:7], "/exit")
    await room.work()
    known = await room.hears(WOMAN, "Texas", "yes", "purple lotter")
    unknown = await room.hears(SISTER, "Texas", "yes", "purple lotter")
    assert known == unknown, "a chat with a request answers as one without"
    back = await room.hears(WOMAN, "Purple  OTTER!")
    assert "Welcome back" in back[0]
    assert "county" in back[-1]


async def test_r7_without_a_word_a_draft_is_gone_when_they_leave(room: Room) -> None:
    await room.hears(WOMAN, "!q:begin:self", "ok", "go on", "!q:word:skip", "yes", "/exit")
    assert await count(room) == 0


async def test_r7_the_word_of_another_chat_brings_nothing_back(room: Room) -> None:
    await room.hears(WOMAN, "!q:begin:self", *ANSWERS[:7], "/exit")
    assert not any("Welcome back" in text for text in await room.hears(SISTER, "purple otter"))


async def test_r20_neither_word_number_nor_answer_goes_to_rasa(room: Room) -> None:
    await room.hears(WOMAN, "!q:begin:self", *ANSWERS[:14], "call", "918-555-0142", "any", "green bird")
    for secret in ("purple", "otter", "555", "green", "Tulsa", "Oklahoma"):
        assert not any(secret in text for text in room.reader.parsed + room.reader.turned), secret


async def test_a_question_in_the_middle_is_answered_and_the_request_goes_on(room: Room) -> None:
    await room.hears(WOMAN, "!q:begin:self", *ANSWERS[:5])
    said = await room.hears(WOMAN, "what is trafficking?")
    assert "an answer to what is trafficking?" in said[0]
    assert "Your questions are still here" in said[-1]
    assert "state" in (await room.hears(WOMAN, "30"))[-1], "the question that was open is the one that is answered"


async def test_a_danger_word_in_the_middle_gets_the_danger_reply_and_the_request_stays(room: Room) -> None:
    await room.hears(WOMAN, "!q:begin:self", *ANSWERS[:5])
    said = await room.hears(WOMAN, "he is going to kill me")
    assert "911" in said[0]
    assert "answers stay here" in said[-1]
    assert "How old" in (await room.hears(WOMAN, "!q:go"))[-1]


async def test_an_old_button_says_so_and_shows_the_question_that_is_open(room: Room) -> None:
    await room.hears(WOMAN, "!q:begin:self", *ANSWERS[:5])
    said = await room.hears(WOMAN, "!q:consent:yes")
    assert "older question" in said[0]
    assert "How old" in said[-1]


async def test_an_answer_is_changed_from_the_summary(room: Room) -> None:
    await room.asks(WOMAN)
    assert "children" in (await room.hears(WOMAN, "!q:summary:change:children"))[-1]
    assert "Children: None" in (await room.hears(WOMAN, "none"))[-1]


async def test_going_back_from_the_yes_takes_the_yes_back(room: Room) -> None:
    await room.staffed(SISTER + 100, of="other")
    await room.asks(WOMAN)
    await room.hears(WOMAN, "!q:summary:send", "!r:yes:house")
    assert "This is what you told me" in (await room.hears(WOMAN, "!q:back"))[-1]
    (found,) = await room.requests()
    held = await room.database.read(
        lambda c: room.placement.rooms.requests.valid_release(c, found.id, "house", room.clock())
    )
    assert held is None
    assert found.state == "draft"


async def test_r46_a_second_tap_on_yes_sends_nothing_twice(room: Room) -> None:
    found = await room.sends(WOMAN)
    await room.hears(WOMAN, "!r:yes:house", "!q:summary:send")
    assert [r.id for r in await room.requests()] == [found.id]
    assert await count(room, release) == 1


async def test_r43_taking_it_back_ends_every_yes_at_once(room: Room) -> None:
    found = await room.sends(WOMAN)
    said = await room.hears(WOMAN, "!q:end")
    assert found.number in said[0]
    (after,) = await room.requests()
    assert after.state == "withdrawn"
    assert (
        await room.database.read(lambda c: room.placement.rooms.requests.let_out(c, found.id, "house", room.clock()))
        == {}
    )


async def test_r43_to_withdraw_is_answered_alike_where_there_was_nothing(room: Room) -> None:
    room.reader.known["stop sharing my things"] = "withdraw_consent"
    await room.sends(WOMAN)

    def words(c: Connection, chat: int) -> list[str]:
        said = room.placement.apply(c, room.hash(chat), "guest", "en", Command("withdraw"), room.clock())
        return [part.content for reply in said or [] for part in reply.parts]

    answers = [await room.database.write(partial(words, chat=chat)) for chat in (WOMAN, SISTER)]
    assert answers[0] == answers[1]
    assert (await room.requests())[0].state == "withdrawn"


async def test_r23_erasing_takes_the_request_and_its_key_and_says_the_same(room: Room) -> None:
    await room.hears(SISTER, "hello")
    await room.sends(WOMAN)
    assert len(list((room.home / "keys").rglob("*"))) > 0
    before = {p.name for p in (room.home / "keys").rglob("*")}
    assert await room.hears(WOMAN, "/erase") == await room.hears(SISTER, "/erase")
    assert await count(room) == 0
    assert await count(room, release) == 0
    gone = before - {p.name for p in (room.home / "keys").rglob("*")}
    assert gone, "the key of the request is destroyed"


async def test_r14_an_ally_is_asked_about_themselves_and_names_no_program(room: Room) -> None:
    said = await room.hears(
        SISTER, "!q:begin:ally", "ok", "go on", "yes", "!q:ally.word:skip", "Oklahoma", "Tulsa", "chat", "any", "!q:ally.told:answer",
        "!q:summary:send",
    )  # fmt: skip
    assert "Sent" in said[-1]
    assert not any("Example house" in text for text in room.seen(SISTER))
    (found,) = await room.requests()
    assert set(found.walk["answers"]) <= {"consent", "details", "adult", "state", "area", "contact", "hours", "told"}


async def test_an_officer_gives_what_the_call_needs_and_sees_no_program(room: Room) -> None:
    await room.person(OFFICER, role="officer", lang="en")
    said = await room.hears(
        OFFICER, "!q:begin", "!q:officer.reporting:go", "1", "!q:officer.agreed:yes", "0", "Oklahoma", "Tulsa", "spanish",
        "!q:officer.needs:none", "918-555-0142", "!q:summary:send",
    )  # fmt: skip
    assert "a person will call" in said[-1]
    assert "1-888-373-7888" in said[-1]
    assert not any("Example house" in text for text in room.seen(OFFICER))
    (found,) = await room.requests()
    assert (found.asker, found.told, found.walk["answers"]["adults"]) == ("officer", "answer", 1)


async def test_r60_an_officer_gets_no_question_of_a_survivor_and_a_guest_none_of_an_officer(room: Room) -> None:
    await room.person(OFFICER, role="officer", lang="en")
    await room.hears(OFFICER, "!q:begin:self")
    await room.hears(WOMAN, "!q:begin:officer")
    assert [r.asker for r in await room.requests()] == ["officer"]


async def test_r41_a_program_that_employs_police_is_named_as_that_to_its_yes(room: Room) -> None:
    room.clock.advance(hours=9)
    await room.staffed(SISTER + 100, of="unit", police=True)
    await room.asks(WOMAN)
    said = await room.hears(WOMAN, "!q:summary:send")
    assert "police" in said[-1]


@pytest.mark.parametrize("asker", ["ally", "officer"])
async def test_r60_a_program_that_employs_police_is_not_asked_for_others(room: Room, asker: str) -> None:
    room.clock.advance(hours=9)
    await room.staffed(SISTER + 100, of="unit", police=True)
    held = await room.database.read(
        lambda c: needs.held(asker, {}, "en", room.placement.rooms.oncall.programs(c), room.placement.rooms.oncall.on_now(c, room.clock()), room.clock())
    )  # fmt: skip
    assert not any(match.possible for match in held)


async def test_what_stands_in_the_way_is_named_by_its_kind_alone(room: Room) -> None:
    room.clock.advance(hours=9)
    await room.staffed(SISTER + 100, of="nopets", pets="none")
    said = await room.hears(WOMAN, "!q:begin:self", *ANSWERS[:11], "!q:pets:large", "none", "english")
    assert any("pets" in text for text in said), said
    assert not any("Example" in text for text in room.seen(WOMAN))
    assert await count(room) == 0


async def test_without_the_relay_somebody_who_gives_no_number_is_told_before_anything_is_sent(room: Room) -> None:
    room.placement.rooms = replace(room.placement.rooms, switches=replace(room.placement.rooms.switches, relay=False))
    room.placement._survivor._rooms = room.placement.rooms
    await room.asks(WOMAN)
    said = await room.hears(WOMAN, "!q:summary:send")
    assert any("number" in text for text in said)
    assert (await room.requests())[0].state == "draft"
    await room.hears(WOMAN, "!q:summary:change:contact", "call", "918-555-0142", "!q:summary:send", "!r:yes:house")
    assert (await room.requests())[0].state == "sent"


async def test_r3_r24_a_screen_that_the_clock_cleared_is_about_no_request(room: Room) -> None:
    await room.hears(WOMAN, "!q:begin:self", *ANSWERS[:5])
    room.clock.advance(minutes=61)
    await room.housekeeping.clear_quiet_chats()
    await room.work()
    assert any("Welcome back" in text for text in await room.hears(WOMAN, "purple otter"))


async def test_r10_no_question_is_asked_while_its_words_wait_for_a_reviewer(room: Room) -> None:
    room.placement.rooms = replace(room.placement.rooms, switches=replace(room.placement.rooms.switches, asks=False))
    said = await room.hears(WOMAN, "!q:begin:self")
    assert await count(room) == 0
    assert said, "silence is no answer"


async def test_a_word_written_twice_in_a_hurry_is_no_sign_of_anything(room: Room) -> None:
    await room.hears(WOMAN, "!q:begin:self", *ANSWERS)
    again = await room.hears(WOMAN, "green bird")
    assert "what should I tell you" in again[-1]
    assert "This is what you told me" in (await room.hears(WOMAN, "!q:told:answer"))[-1]
    assert "What do you need?" in (await room.hears(WOMAN, "green bird"))[-1], "later it means what was agreed"


@pytest.mark.parametrize(("said", "state"), [("yes", "sent"), ("Yes please", "sent"), ("no", None)])
async def test_a_yes_to_a_program_may_be_written(room: Room, said: str, state: str | None) -> None:
    room.reader.known[said] = "is_this_normal"  # whatever a classifier makes of so short a word
    await room.asks(WOMAN)
    await room.hears(WOMAN, "!q:summary:send", "hm", said)
    assert [found.state for found in await room.requests()] == ([state] if state else [])


@pytest.mark.parametrize("said", ["I'm 16", "i am a minor", "I'm under 18", "tengo 16 años", "no soy mayor de edad"])
@pytest.mark.parametrize("steps", [9, 12, 18, 19, 20])
async def test_r44_whoever_says_later_that_they_are_under_18_meets_no_release(
    room: Room, said: str, steps: int
) -> None:
    walk = ("!q:begin:self", *ANSWERS, "!q:told:answer", "!q:summary:send")
    await room.hears(WOMAN, *walk[:steps])
    assert await count(room) == 1
    heard = await room.hears(WOMAN, said)
    assert await count(room) == 0
    assert await count(room, release) == 0
    assert any("1-800-786-2929" in text for text in heard)


@pytest.mark.parametrize("said", ["I have 2 kids", "my son is 16", "2", "i'm 30", "soy de Tulsa"])
async def test_other_numbers_and_people_are_no_age(room: Room, said: str) -> None:
    await room.hears(WOMAN, "!q:begin:self", *ANSWERS[:10])
    await room.hears(WOMAN, said)
    assert await count(room) == 1


async def test_r45_a_program_that_is_gone_before_the_yes_is_said_to_be_no_choice_of_theirs(room: Room) -> None:
    await room.asks(WOMAN)
    await room.hears(WOMAN, "!q:summary:send")
    await room.database.write(lambda c: room.placement.rooms.oncall.remove_program(c, "house", room.clock()))
    said = await room.hears(WOMAN, "!r:yes:house")
    assert any("Nobody on call right now can take this" in text for text in said)
    assert await count(room) == 0


async def test_r41_a_yes_that_ran_out_opens_nothing_and_says_so(room: Room) -> None:
    await room.sends(WOMAN)
    await room.hears(ANA, room.tap_on(ANA, "a:take:"), "/request")
    await room.hears(ANA, room.tap_on(ANA, "a:open:"), *(f"!a:pin:{key}" for key in ("4", "7", "1", "1", "ok") * 2))
    assert any("Tulsa" in text for text in room.seen(ANA))
    (found,) = await room.requests()
    await room.database.write(lambda c: room.placement.rooms.requests.revoke(c, found.id, room.clock()))
    said = await room.hears(ANA, room.tap_on(ANA, "a:open:"), *(f"!a:pin:{key}" for key in ("4", "7", "1", "1", "ok")))
    assert any("it is over" in text for text in said)
    assert not any("Tulsa" in text for text in said)
