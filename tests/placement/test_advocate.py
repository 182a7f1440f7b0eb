"""An advocate's night through the real desk, worker and sender: the phone rings, a PIN, answers that go, words both ways."""

from __future__ import annotations

import pytest

from tests.placement.room import ANA, BEN, OFFICER, WOMAN, Room

DIGITS = "1379"


def last(room: Room, chat: int, start: str) -> str:
    """The newest payload on this screen that begins so."""
    for shown in reversed(room.phones.sent):
        for _, payload in room.phones.buttons.get(shown.ids[0], []) if shown.chat == chat else []:
            if payload.startswith(start):
                return f"!{payload}"
    raise AssertionError(f"no button {start}")


async def pin(room: Room, chat: int, digits: str = DIGITS) -> list[str]:
    for key in digits:
        assert await room.hears(chat, f"!a:pin:{key}") == [], "a digit is answered with nothing"
    return await room.hears(chat, "!a:pin:ok")


async def ready(room: Room, chat: int = ANA) -> None:
    await room.hears(chat, "hello", "/pin")
    await pin(room, chat)
    assert any("PIN is set" in text for text in await pin(room, chat))


async def test_from_the_ring_to_the_end(room: Room) -> None:
    await ready(room)
    keypad = next(s for s in room.phones.sent if len(room.phones.buttons.get(s.ids[0], [])) == 12)
    await room.sends(WOMAN)
    rings = [s for s in room.phones.sent if s.chat == ANA and not s.silent and "Request on call" in s.text]
    assert [s.text.splitlines()[1] for s in rings] == ["25 to 59 · Oklahoma · Tonight"]
    (said,) = await room.hears(ANA, last(room, ANA, "a:take:"))
    assert "is yours" in said
    await room.hears(ANA, last(room, ANA, "a:open:"))
    (answers,) = await pin(room, ANA)
    assert "Children: Two" in answers
    assert answers in room.phones.screen(ANA)
    await room.ticks(605)
    assert answers not in room.phones.screen(ANA)
    assert keypad.text not in room.phones.screen(ANA), "the keypad goes as well"
    await room.hears(WOMAN, "!q:show")
    assert await room.hears(ANA, "Is now a good time to write?") == [
        t for t in room.phones.texts(ANA) if t.startswith("Delivered when")
    ]
    assert any("Is now a good time to write?" in t for t in room.phones.screen(WOMAN))
    await room.hears(WOMAN, "yes it is")
    assert any(t.endswith("yes it is") for t in room.phones.screen(ANA))
    await room.hears(ANA, "/close", last(room, ANA, "a:close:"))
    await room.hears(ANA, last(room, ANA, "a:end:").rpartition(":")[0] + ":placed")
    (found,) = await room.requests()
    assert (found.state, found.outcome) == ("closed", "placed")
    assert not any(t.endswith("yes it is") for t in room.phones.screen(ANA))


async def test_a_held_text_waits_for_the_second_yes_and_shows_nothing_to_the_person(room: Room) -> None:
    await room.sends(WOMAN)
    await room.hears(ANA, last(room, ANA, "a:take:"))
    await room.hears(WOMAN, "!q:show")
    (said,) = await room.hears(ANA, "come to 1450 Maple Street")
    assert said.startswith("Held")
    assert not any("Maple" in t for t in room.phones.texts(WOMAN))
    await room.hears(ANA, last(room, ANA, "a:relay_drop:"))
    await room.ticks(30)
    assert not any("Maple" in t for t in room.phones.texts(WOMAN))


async def test_r43_taking_it_back_reaches_the_advocate_at_once(room: Room) -> None:
    await ready(room)
    await room.sends(WOMAN)
    await room.hears(ANA, last(room, ANA, "a:take:"))
    await room.hears(ANA, last(room, ANA, "a:open:"))
    (answers,) = await pin(room, ANA)
    await room.hears(WOMAN, "!q:end")
    assert any("was taken back" in t for t in room.phones.screen(ANA))
    assert answers not in room.phones.screen(ANA)


async def test_the_second_word_warns_and_the_screen_stays_a_strangers(room: Room) -> None:
    await room.sends(WOMAN)
    await room.hears(ANA, last(room, ANA, "a:take:"))
    said = await room.hears(WOMAN, "green bird")
    assert said
    assert not any("number" in t.lower() for t in said)
    assert any("may not be the person" in t for t in room.phones.screen(ANA))


async def test_r60_nobody_but_an_invited_advocate_gets_anything_from_these_buttons(room: Room) -> None:
    await room.sends(WOMAN)
    taps = [last(room, ANA, "a:take:"), "!a:pin", "!a:shift", "!a:request", "/pin", "/oncall"]
    await room.person(OFFICER, role="officer")
    for chat in (OFFICER, WOMAN, BEN):
        for tap in taps:
            said = " ".join(await room.hears(chat, tap))
            assert "PIN" not in said
            assert "shift" not in said
            assert "Request on call" not in said
    (found,) = await room.requests()
    assert found.state == "sent"


@pytest.mark.parametrize("lang", ["en", "es"])
async def test_r23_erasing_takes_it_off_the_advocates_screen(room: Room, lang: str) -> None:
    await room.person(ANA, lang=lang)
    await ready(room) if lang == "en" else None
    await room.sends(WOMAN)
    await room.hears(WOMAN, "/erase")
    assert not any("Oklahoma" in t for t in room.phones.screen(ANA))
    assert await room.requests() == []
    await room.ticks(400)
    assert not any("Oklahoma" in t for t in room.phones.screen(ANA))


async def test_an_advocate_who_clears_the_screen_is_still_rung(room: Room) -> None:
    await room.hears(ANA, "hello", "/exit")
    await room.sends(WOMAN)
    assert any("Request on call" in t for t in room.phones.screen(ANA))
    await room.hears(ANA, "/out")
    (found,) = await room.requests()
    assert found.state == "nobody", "who is out is asked no more"
