"""The keypad and the hash (docs/decisions/0011)."""

from __future__ import annotations

import pytest

from bot.oncall import pin
from tests.oncall.making import NOW


def tap(pad: pin.Keypad, keys: str, at: float = NOW) -> object:
    """`+` is ok, `<` is back; what the last tap gave."""
    said: object = None
    for key in keys:
        said = pad.press({"+": "ok", "<": "back"}.get(key, key), at)
    return said


@pytest.mark.parametrize(
    ("keys", "digits"),
    [
        ("1234+", "1234"),
        ("123456+", "123456"),
        ("1234567+", "123456"),
        ("12<345+", "1345"),
        ("<<1234+", "1234"),
        ("0000+", "0000"),
        ("12x3²4+", "1234"),
        ("123+4+", "1234"),
    ],
)
def test_digits_are_complete_with_ok(keys: str, digits: str) -> None:
    assert tap(pin.Keypad("open:r", NOW), keys) == digits


@pytest.mark.parametrize("keys", ["", "1", "123+", "1234", "+", "<", "1234<+"])
def test_until_then_nothing_is_said(keys: str) -> None:
    assert tap(pin.Keypad("open:r", NOW), keys) is None


def test_a_new_pin_is_tapped_twice() -> None:
    pad = pin.Keypad("set", NOW)
    assert tap(pad, "1234+") is pin.AGAIN
    assert tap(pad, "1234+") == "1234"


def test_two_that_differ_are_both_wanted_anew() -> None:
    pad = pin.Keypad("set", NOW)
    assert tap(pad, "1234+") is pin.AGAIN
    assert tap(pad, "4321+") is pin.DIFFERENT
    assert tap(pad, "4321+") is pin.AGAIN, "the second try is not held against the first"
    assert tap(pad, "4321+") == "4321"


def test_a_keypad_is_over_a_minute_after_the_last_tap_and_forgets() -> None:
    pad = pin.Keypad("open:r", NOW)
    tap(pad, "12", NOW + 59)
    assert not pad.old(NOW + 118.9)
    assert pad.old(NOW + 119)
    assert tap(pad, "34+", NOW + 119) is None
    assert tap(pad, "1234+", NOW + 110) == "1234", "what was tapped before is gone"


def test_nothing_prints_the_digits() -> None:
    pad = pin.Keypad("set", NOW)
    tap(pad, "987654+")
    tap(pad, "98765")
    assert "9876" not in repr(pad) + str(pad)


def test_only_the_same_digits_are_right() -> None:
    kept = pin.hashed("4711")
    assert kept.startswith("$argon2id$")
    assert len(kept) <= 160, "the column"
    assert pin.right(kept, "4711")
    assert not pin.right(kept, "4712")
    assert not pin.right(kept, "04711")
    assert pin.hashed("4711") != kept, "salted"


@pytest.mark.parametrize("kept", [None, "", "4711", "$argon2id$broken"])
def test_without_a_whole_hash_nothing_is_right(kept: str | None) -> None:
    assert not pin.right(kept, "4711")
    assert not pin.right(kept, "")


@pytest.mark.parametrize("digits", ["", "123", "1234567", "12a4", "٤٧١١"])
def test_what_is_no_pin_is_not_hashed(digits: str) -> None:
    with pytest.raises(ValueError, match="four to six digits"):
        pin.hashed(digits)


def test_five_misses_lock() -> None:
    assert pin.MISSES == 5
