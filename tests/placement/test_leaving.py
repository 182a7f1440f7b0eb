"""Out of every state of a request, by word, button and command: the screen is cleared, nobody hears of it, the word brings it back."""

from __future__ import annotations

import pytest

from tests.placement.room import ANA, ANSWERS, WOMAN, Room

STEPS = ("!q:begin:self", *ANSWERS, "!q:told:every", "!q:summary:send", "!r:yes:house")
BEFORE_THE_WORD = 4
WAYS = ("exit", "/exit", "!c:exit", "not safe", "!c:unsafe")


@pytest.mark.parametrize("steps", range(1, len(STEPS) + 1))
async def test_r02_r03_r04_out_of_every_question_at_once(room: Room, steps: int) -> None:
    for number, way in enumerate(WAYS):
        chat = WOMAN + 100 * (number + 1)
        await room.hears(chat, *STEPS[:steps])
        before = len(room.seen(ANA))
        await room.hears(chat, way)
        left = room.phones.screen(chat)
        assert len(left) == 1, (way, left)
        assert len(left[0].split()) <= 40
        assert len(room.seen(ANA)) == before, "nobody is told"
        await room.ticks(20)
        assert room.phones.screen(chat) == left, "nothing more comes (R6)"


@pytest.mark.parametrize("steps", range(BEFORE_THE_WORD, len(STEPS) + 1))
async def test_r07_the_word_goes_on_from_every_question(room: Room, steps: int) -> None:
    await room.hears(WOMAN, *STEPS[:steps])
    shown = room.seen(WOMAN)[-1]
    await room.hears(WOMAN, "/exit")
    back = await room.hears(WOMAN, "purple otter")
    if steps < len(STEPS):
        assert shown.splitlines()[0] in back[-1]
    else:
        assert "people are being asked now" in back[-1]


async def test_r04_leaving_asks_nobody_anything(room: Room) -> None:
    await room.sends(WOMAN)
    asked = len(room.reader.parsed)
    await room.hears(WOMAN, "/exit")
    assert len(room.reader.parsed) == asked
