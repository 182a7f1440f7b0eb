"""Every button of refreshers in content leads to something that answers, in both languages, where it stands on a screen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.store.virtual import VirtualClock
from tests.training.making import MONDAY, ZONE
from tests.training.school import CHIEF, School

MADE_ANEW = frozenset({"k:set:id", "k:set:move", "k:set:phone", "k:set:remove"})
"""Stand for a tap with the officer's number, which is put in when it is shown (tests/training/test_officers.py)."""
ENDS = ("k:leave:yes",)
"""Tapped last: nobody is a member afterwards."""
SETTING_UP = {
    "clerk": "setting_up", "name": "Example Police", "zone": ZONE, "holidays": "US", "when": "tuesday 10am", "when_lang": "en", "cards": 2,
    "step": "confirm", "unit": "",
}  # fmt: skip
INVITING = {
    "clerk": "inviting", "role": "officer", "unit": "", "count": 10, "kind": "all", "days": 7, "codes": ["example-code"],
    "expires": MONDAY + 7 * 86400.0,
}  # fmt: skip
OWN_TIME = {"clerk": "own_time", "kind": "fixed", "tour": [420, 900], "days": [0, 1], "step": "yes"}
PARTNER = {"clerk": "partners", "name": "Example House", "phone": "918-555-0123"}
DRAFTS: dict[str, dict[str, Any]] = {
    "k:set:": SETTING_UP, "k:invite:": INVITING, "k:hours:": OWN_TIME, "k:partner:always": PARTNER,
    "k:partner:yes": {**PARTNER, "hours": "24/7", "spoken": "", "unit": "none"}, "k:partner:spoken:": {**PARTNER, "hours": "24/7"},
}  # fmt: skip
"""What is half done on the screen on which such a button stands."""


@pytest.mark.parametrize("lang", ["en", "es"])
async def test_every_button_of_content_answers(tmp_path: Path, lang: str) -> None:
    school = School(tmp_path, VirtualClock(MONDAY))
    place = await school.opened(lang=lang)
    chief = school.chats.hash("telegram", str(CHIEF))
    await school.database.write(lambda c: school.chats.change(c, chief, lang=lang))
    messages = school.library.messages
    taps = {b.payload for m in messages.values() for b in m.buttons if b.payload.startswith("k:")} - MADE_ANEW
    nothing = {messages[(name, lang)].text.strip() for name in ("train.old", "train.set.old", "train.for_coordinators")}
    dead = []
    for tap in sorted(taps - set(ENDS)) + [tap for tap in ENDS if tap in taps]:
        draft = next((body for start, body in DRAFTS.items() if tap.startswith(start)), None)
        if draft is not None:
            await school.database.write(
                lambda c, body=draft: school.training.rooms.drafts.put(
                    c, chief, {**body, "place": place}, school.clock()
                )  # type: ignore[misc]
            )
        said = await school.hears(CHIEF, f"!{tap}")
        if not said or any(text.strip() in nothing or "{" in text for text in said):
            dead.append((tap, said))
    school.close()
    assert dead == []


def test_both_languages_have_the_same_buttons(tmp_path: Path) -> None:
    school = School(tmp_path, VirtualClock(MONDAY))
    messages = school.library.messages
    for (name, lang), message in messages.items():
        if lang == "en" and name.startswith("train."):
            theirs = [button.payload for button in messages[(name, "es")].buttons]
            assert theirs == [button.payload for button in message.buttons], name
    school.close()
