"""The keypad and the hash behind it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.oncall import pin
from bot.oncall.pin import AGAIN, DIFFERENT, Keypad
from tests.oncall.making import NOW


def tap(pad: Keypad, keys: str) -> object:
    """Digits, `<` for back, `.` for ok; the last answer."""
    said: object = None
    for key in keys:
        said = pad.press({"<": "back", ".": "ok"}.get(key, key), NOW)
    return said


@pytest.mark.parametrize(
    ("keys", "digits"),
    [("1234.", "1234"), ("123456.", "123456"), ("129<34.", "1234"), ("<<0000.", "0000"), ("12.34.", "1234")],
)
def test_digits_come_out_when_they_are_complete(keys: str, digits: str) -> None:
    assert tap(Keypad("open:1", NOW), keys[:-1]) is None
    assert tap(Keypad("open:1", NOW), keys) == digits


@pytest.mark.parametrize("keys", [".", "123.", "123456", "1234<."])
def test_too_few_are_not_enough(keys: str) -> None:
    assert tap(Keypad("open:1", NOW), keys) is None


@given(st.lists(st.text(max_size=3)))
def test_other_keys_do_nothing(keys: list[str]) -> None:
    pad = Keypad("open:1", NOW)
    for key in keys:
        if key not in ("ok", "back") and key not in tuple("0123456789"):
            assert pad.press(key, NOW) is None
    assert tap(pad, "4711.") == "4711"


def test_a_new_one_is_tapped_twice() -> None:
    pad = Keypad("set", NOW)
    assert tap(pad, "4711.") is AGAIN
    assert tap(pad, "4712.") is DIFFERENT
    assert tap(pad, "1234.") is AGAIN, "it begins anew"
    assert tap(pad, "1234.") == "1234"


def test_a_keypad_that_nobody_touches_grows_old() -> None:
    pad = Keypad("open:1", NOW)
    assert not pad.old(NOW + 59)
    assert pad.old(NOW + 60)
    pad.press("1", NOW + 50)
    assert not pad.old(NOW + 100)
    assert pad.old(NOW + 110)


def test_what_is_typed_is_in_no_traceback() -> None:
    pad = Keypad("set", NOW)
    tap(pad, "4711.47")
    assert "4711" not in repr(pad)


def test_only_the_right_digits_open_and_the_hash_is_argon2id_with_a_salt() -> None:
    kept = pin.hashed("4711")
    assert kept.startswith("$argon2id$")
    assert len(kept) <= 160, "the column"
    assert kept != pin.hashed("4711")
    assert pin.right(kept, "4711")
    assert not pin.right(kept, "4712")
    assert not pin.right(None, "4711")
    assert not pin.right("4711", "4711"), "no hash"
    assert pin.MISSES == 5
