"""Words between advocate and person; the person's word for "not me"; taking back and erasing as advocates hear of it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import Connection, func, select

from bot.placement import staff_words
from bot.placement.model import Extra
from bot.store import queues
from bot.store.queues import purge
from bot.store.schema import chat, outbox, relay
from tests.placement.staff.making import ANSWERS, Night
from tests.store.virtual import HOUR

pytestmark = pytest.mark.store


async def _held(night: Night, asker: str = "self") -> str:
    made = await night.sends(asker)
    await night.takes("ana", made)
    return made


async def _writes(night: Night, request_id: str, text: str) -> int:
    """The person writes, as the person's side does it."""

    def work(c: Connection) -> int:
        number = night.requests.relay_put(c, request_id, True, text, night.clock())
        night.calling.words(c, night.requests.get(c, request_id), number, night.clock())  # type: ignore[arg-type]
        return number

    number = await night.database.write(work)
    await night.deliver()
    return number


async def _waits(night: Night, request_id: str) -> list[str]:
    found = await night.database.read(lambda c: night.requests.relay_waiting(c, request_id, to_advocate=False))
    return [words.text for words in found]


async def test_the_answer_is_the_same_whether_or_not_the_person_is_there(night: Night) -> None:
    made = await _held(night)
    assert await night.says("ana", "Is now a good time?") == ["message:oncall.delivered"]
    await night.database.write(lambda c: night.requests.attach(c, "woman", None))  # an exit
    said = await night.says("ana", "I am here.")
    assert said == ["message:oncall.delivered"]
    await night.database.write(lambda c: night.requests.mute(c, made, True))
    assert await night.says("ana", "No hurry.") == said
    assert await _waits(night, made) == ["Is now a good time?", "I am here.", "No hurry."]
    assert "nobody can know who holds the phone" in night.screens["ana"].ever[-1]


async def test_the_persons_words_come_marked_and_are_gone_once_they_were_sent(night: Night) -> None:
    made = await _held(night)
    loud = night.screens["ana"].loud
    await _writes(night, made, "yes, but be quick")
    assert "words from the person" in night.screens["ana"]
    assert night.screens["ana"].ever[-1].endswith("yes, but be quick")
    assert night.screens["ana"].loud == loud + 1
    assert await night.database.read(lambda c: c.scalar(select(func.count()).select_from(relay))) == 0


async def test_words_that_wait_go_to_whoever_took_over(night: Night) -> None:
    made = await _held(night)
    await night.tap("ana", "/out")

    def written(c: Connection) -> None:
        number = night.requests.relay_put(c, made, True, "are you there?", night.clock())
        night.calling.words(c, night.requests.get(c, made), number, night.clock())  # type: ignore[arg-type]

    await night.database.write(written)
    await night.database.write(lambda c: queues.drop_waiting(c, "ana") and None)  # it never reached Ana
    await night.tap("ben", f"have:{made}")
    assert "are you there?" in night.screens["ben"]
    assert "are you there?" not in "".join(night.screens["ana"].ever)


@pytest.mark.parametrize("sends", [True, False])
async def test_a_text_with_an_address_or_a_programs_name_waits_for_a_second_yes(night: Night, sends: bool) -> None:
    made = await _held(night)
    for text in (
        "Come to 1450 Maple Street",
        "Ask at the house lantern",
        "call 918 555 0123",
        "see www.example.org/help",
    ):
        assert await night.says("ana", text) == ["staff:oncall.held"], text
        assert await _waits(night, made) == []
    numbers = await night.database.read(lambda c: list(c.scalars(select(relay.c.id).order_by(relay.c.id))))
    tap = f"relay_{'send' if sends else 'drop'}:{numbers[0]}"
    assert await night.tap("ben", tap) == ["message:oncall.old"], "not his"
    assert await night.tap("ana", tap) == ["message:oncall.delivered" if sends else "message:oncall.dropped"]
    assert await night.tap("ana", tap) == ["message:oncall.old"]
    assert await _waits(night, made) == (["Come to 1450 Maple Street"] if sends else [])


async def test_the_persons_own_words_cannot_be_sent_or_dropped_by_the_advocate(quick: Night) -> None:
    made = await _held(quick)
    number = await quick.database.write(lambda c: quick.requests.relay_put(c, made, True, "secret", quick.clock()))
    for tap in (f"relay_send:{number}", f"relay_drop:{number}", "relay_send:x", "relay_drop:999"):
        assert await quick.tap("ana", tap) == ["message:oncall.old"]
    assert await quick.database.read(lambda c: quick.requests.relay_one(c, number, made)) is not None


async def test_who_holds_nothing_writes_to_nobody(quick: Night) -> None:
    made = await _held(quick)
    assert await quick.says("ben", "hello") == ["message:oncall.none"]
    await quick.tap("ana", f"end:{made}:other_help")
    assert await quick.says("ana", "hello") == ["message:oncall.none"]
    assert await quick.database.read(lambda c: c.scalar(select(func.count()).select_from(relay))) == 0


async def test_words_that_were_dropped_with_the_queue_are_shown_on_request_once(night: Night) -> None:
    made = await _held(night)
    number = await night.database.write(lambda c: night.requests.relay_put(c, made, True, "still here", night.clock()))
    assert number
    assert await night.tap("ana", "/request") == ["staff:oncall.holding", "private:relay"]
    assert "still here" in night.screens["ana"]
    assert await night.tap("ana", "/request") == ["staff:oncall.holding"]


# -- not me ------------------------------------------------------------------------------------------------------------------


async def _not_me(night: Night, request_id: str) -> None:
    def work(c: Connection) -> None:
        night.calling.not_me(c, night.requests.get(c, request_id), night.clock())  # type: ignore[arg-type]

    await night.database.write(work)
    await night.deliver()


async def test_the_second_word_warns_whoever_holds_it_and_changes_nothing_else(night: Night) -> None:
    made = await _held(night)
    before = await night.found(made)
    woman = list(night.screens["woman"].ever)
    await _not_me(night, made)
    await _not_me(night, made)
    warned = [t for t in night.screens["ana"].ever if "may not be the person" in t]
    assert len(warned) == 1, "once a minute"
    after = await night.found(made)
    assert replace(after, walk={}) == replace(before, walk={})
    assert night.screens["woman"].ever == woman
    night.clock.advance(61)
    await _not_me(night, made)
    assert len([t for t in night.screens["ana"].ever if "may not be the person" in t]) == 2


async def test_a_warning_before_anybody_took_it_waits_for_whoever_does(night: Night) -> None:
    made = await night.sends()
    await _not_me(night, made)
    assert not night.says_to("ana", "oncall.not_me"), "an alert carries nothing of it (R41)"
    assert await night.takes("ana", made) == ["staff:oncall.taken", "message:oncall.not_me"]
    await night.tap("ana", "/out")
    assert await night.tap("ben", f"have:{made}") == ["staff:oncall.taken", "message:oncall.not_me"]
    assert Extra.of(await night.found(made)).warned


# -- taken back ---------------------------------------------------------------------------------------------------------------


async def _takes_back(night: Night, request_id: str) -> None:
    def work(c: Connection) -> None:
        night.calling.withdrawn(c, night.requests.get(c, request_id), night.clock())  # type: ignore[arg-type]
        night.requests.withdraw(c, request_id, night.clock())

    await night.database.write(work)


async def test_r43_taking_it_back_tells_who_holds_it_and_clears_the_screen(night: Night) -> None:
    await night.sets_pin("ana")
    made = await _held(night)
    await night.tap("ana", f"open:{made}")
    await night.pin("ana")
    await _writes(night, made, "never mind")
    await _takes_back(night, made)
    await night.deliver()
    assert night.says_to("ana", "oncall.withdrawn")
    assert ANSWERS["number"] not in night.screens["ana"]
    assert "never mind" not in night.screens["ana"]
    assert await night.says("ana", "hello?") == ["message:oncall.none"]
    assert await night.tap("ana", f"open:{made}") == ["message:oncall.old"]
    assert (await night.database.read(lambda c: c.scalar(select(chat.c.request).where(chat.c.chat == "ana")))) is None


async def test_r43_with_the_queue_full_nothing_more_goes_out(night: Night) -> None:
    """The alert and the answers wait in the queue while it is taken back."""
    made = await night.sends()
    await night.tick(RUNG := 60)
    night.clock.advance(RUNG)
    await night.database.write(lambda c: night.clockwork.tick(c, night.clock()))  # queued, not sent
    loud = night.screens["ana"].loud
    await _takes_back(night, made)
    await night.deliver()
    assert not [p for p in night.screens["ana"].payloads() if p.startswith("a:take")]
    assert night.screens["ana"].loud == loud, "who was asked hears it without a sound"
    assert night.says_to("ana", "oncall.withdrawn.asked")
    await night.tick(400)
    assert not night.screens["ben"].ever


async def test_r43_what_was_just_on_its_way_is_taken_down_again(night: Night) -> None:
    """Taken back between the look and the sending."""
    await night.sets_pin("ana")
    made = await _held(night)
    shown = await night.database.read(
        lambda c: staff_words.words(night.rooms, c, "ana", "answers", {"request": made}, "en", night.clock())
    )
    assert shown is not None
    await _takes_back(night, made)
    await night.deliver()
    screen = night.screens["ana"]
    screen.texts[7], screen.buttons[7] = shown.rendered.text, []
    await night.database.write(lambda c: night._sent(c, "ana", 7, shown))
    await night.deliver()
    assert 7 not in screen.texts


async def test_r23_erasing_takes_alerts_and_answers_off_every_screen(night: Night) -> None:
    await night.sets_pin("ben")
    made = await night.sends()
    await night.tick(180)
    await night.takes("ben", made)
    await night.tap("ben", f"open:{made}")
    await night.pin("ben")

    def work(c: Connection) -> None:
        night.calling.erased(c, made, ["ana", "ben"], night.clock())
        night.requests.drop(c, made)

    await night.database.write(work)
    await night.deliver()
    assert ANSWERS["number"] not in night.screens["ben"]
    assert "Oklahoma" not in night.screens["ana"]
    assert night.says_to("ben", "oncall.withdrawn")
    assert await night.says("ben", "hello") == ["message:oncall.none"]
    left = await night.database.read(lambda c: list(c.scalars(select(outbox.c.content).where(outbox.c.state <= 1))))
    assert left == []


async def test_whoever_is_no_advocate_any_more_hears_nothing_and_what_they_held_is_offered(night: Night) -> None:
    made = await _held(night)
    await night.database.write(lambda c: night.oncall.remove_advocate(c, "ana", night.clock()))
    before = len(night.screens["ana"].ever)
    await _writes(night, made, "are you there?")
    await _not_me(night, made)
    await night.tick(5)
    assert len(night.screens["ana"].ever) == before
    assert await night.tap("ben", f"have:{made}") == ["staff:oncall.taken", "message:oncall.not_me"]
    assert "are you there?" in night.screens["ben"]


# -- a guest whose request is open ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["draft", "sent", "taken", "closed"])
async def test_r07_a_guest_with_an_open_request_is_kept_and_looks_like_a_stranger(night: Night, state: str) -> None:
    await night.database.write(lambda c: night.chats.change(c, "woman", lang="es", greeted=1, quiet_minutes=15))
    if state == "draft":
        await night.database.write(lambda c: night.requests.begin(c, "woman", "self", "en", {}, night.clock()) and None)
    else:
        made = await night.sends(told="nothing")
        if state != "sent":
            await night.takes("ana", made)
        if state == "closed":
            await night.tap("ana", f"end:{made}:placed")
    await night.database.write(lambda c: night.chats.leave(c, "woman", night.clock() + 1))
    row = await night.database.read(lambda c: night.chats.get(c, "woman"))
    assert (row is not None) == (state in ("sent", "taken"))
    if row is not None:
        assert (row.lang, row.greeted, row.quiet_minutes, row.request) == (None, 0, 60, None)
        assert await night.database.read(lambda c: night.chats.address(c, "woman")) == "777woman"


@pytest.mark.parametrize("state", ["sent", "taken", "closed"])
async def test_the_clock_forgets_no_guest_to_whom_somebody_may_write(night: Night, state: str) -> None:
    made = await night.sends(told="nothing")
    if state != "sent":
        await night.takes("ana", made)
    if state == "closed":
        await night.tap("ana", f"end:{made}:placed")
    night.clock.advance(50 * HOUR)
    await night.database.write(lambda c: purge(c, night.clock()) and None)
    row = await night.database.read(lambda c: night.chats.get(c, "woman"))
    assert (row is not None) == (state != "closed")
