"""R60: an invitation's code is signed for one kind, one role and an end. What nobody here signed never comes to the store."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from typing import Any, NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.store import codes
from bot.store.chats import Chats
from bot.store.database import Database
from bot.store.keys import KeyRing
from bot.store.rotation import Rotation
from bot.store.schema import invitation
from bot.store.training_links import Joined, Links
from bot.store.training_schema import batch
from tests.store.memory import folder
from tests.store.virtual import START
from tests.training.making import one_department

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
EVERY = [(kind, role) for kind, roles in codes.ROLES.items() for role in roles]
KINDS = list(codes.ROLES)
DAY = 86400.0


@pytest.fixture(scope="module")
def ring() -> Iterator[KeyRing]:
    with folder() as path:
        yield KeyRing(path / "keys")


class NoStore:
    """A connection that must not be asked."""

    def __getattr__(self, name: str) -> NoReturn:
        pytest.fail(f"the store was asked: {name}")


@pytest.mark.parametrize(("kind", "role"), EVERY)
@given(ends=st.integers(0, 9_000_000_000_000).map(lambda ms: ms / 1000))
def test_r60_a_code_says_whom_it_makes_and_until_when_to_whoever_has_the_keys(
    ring: KeyRing, kind: str, role: str, ends: float
) -> None:
    code = codes.make(ring, kind, role, ends)
    signed = codes.read(ring, kind, code)
    assert signed is not None
    assert signed.role == role
    assert 0 <= signed.ends - ends < 60


@pytest.mark.parametrize("kind", KINDS)
@given(st.integers(0, codes.LENGTH - 1), st.sampled_from([*LETTERS, " ", "é", "+", "/", "=", "\n", "\0", "٣"]))
def test_r60_a_code_with_any_character_altered_is_nobodys(ring: KeyRing, kind: str, at: int, letter: str) -> None:
    code = codes.make(ring, kind, "officer", START + DAY)
    altered = code[:at] + letter + code[at + 1 :]
    assert (codes.read(ring, kind, altered) is None) == (altered != code)


def test_r60_every_letter_of_a_code_counts_the_last_one_too(ring: KeyRing) -> None:
    """Where the bytes did not fill the letters, two codes would say the same."""
    code = codes.make(ring, codes.INVITATION, "officer", START + DAY)
    read = [codes.read(ring, codes.INVITATION, code[:-1] + letter) for letter in LETTERS]
    assert sum(signed is not None for signed in read) == 1


@pytest.mark.parametrize("kind", KINDS)
@given(st.one_of(st.text(), st.text(LETTERS, max_size=70), st.text(LETTERS, min_size=40, max_size=40)))
def test_r60_made_up_codes_of_any_length_are_nobodys(ring: KeyRing, kind: str, said: str) -> None:
    assert codes.read(ring, kind, said) is None


@pytest.mark.parametrize("kind", KINDS)
def test_r60_a_shorter_longer_or_dressed_up_code_is_nobodys(ring: KeyRing, kind: str) -> None:
    code = codes.make(ring, kind, "officer", START + DAY)
    others = ["", code[:-1], code[1:], code + "A", code + "=", code + "\n", f" {code}", code * 2, code.swapcase()]
    assert [codes.read(ring, kind, other) for other in others] == [None] * len(others)


@pytest.mark.parametrize(("kind", "role"), EVERY)
def test_r60_a_code_of_one_kind_is_none_of_another(ring: KeyRing, kind: str, role: str) -> None:
    code = codes.make(ring, kind, role, START + DAY)
    assert [k for k in KINDS if codes.read(ring, k, code) is not None] == [kind]


@pytest.mark.parametrize(("kind", "role"), EVERY)
def test_r60_a_code_passes_through_a_link_and_tells_a_reader_nothing_but_its_end(
    ring: KeyRing, kind: str, role: str
) -> None:
    made = [codes.make(ring, kind, role, START + DAY) for _ in range(50)]
    assert len(set(made)) == 50
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{1,64}", code) for code in made), "what Telegram passes on"
    assert {len(code) for code in made} == {codes.LENGTH}
    ends = codes.NONCE * 8 // 6, (codes.NONCE + codes.END) * 8 // 6
    same = codes.make(ring, codes.INVITATION, "officer", START + DAY)[ends[0] : ends[1]]
    assert {code[ends[0] : ends[1]] for code in made} == {same}


@pytest.mark.parametrize("kind", KINDS)
def test_r60_other_keys_open_nothing_and_make_nothing(ring: KeyRing, kind: str) -> None:
    with folder() as path:
        stranger = KeyRing(path / "keys")
        assert codes.read(ring, kind, codes.make(stranger, kind, "officer", START + DAY)) is None
        assert codes.read(stranger, kind, codes.make(ring, kind, "officer", START + DAY)) is None


@pytest.mark.parametrize(
    ("kind", "role"), [(codes.INVITATION, "guest"), (codes.DEPARTMENT, "advocate"), (codes.PHONE, "operator")]
)
def test_r60_no_code_is_made_for_a_role_that_its_kind_does_not_give(ring: KeyRing, kind: str, role: str) -> None:
    with pytest.raises(ValueError, match=f"no {kind} code makes anybody {role}"):
        codes.make(ring, kind, role, START)


@pytest.mark.parametrize("ends", [-60.0, 60.0 * 256**codes.END])
def test_an_end_that_no_code_can_say_is_refused(ring: KeyRing, ends: float) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        codes.make(ring, codes.INVITATION, "officer", ends)


# -- what the store is asked ---------------------------------------------------------------------------------------------


@given(st.one_of(st.text(), st.text(LETTERS, min_size=40, max_size=40)))
def test_r60_the_store_is_not_asked_about_a_code_that_nobody_here_signed(ring: KeyRing, said: str) -> None:
    _not_asked(ring, said, said, said)


def test_r60_nor_about_one_that_is_signed_for_something_else(ring: KeyRing) -> None:
    made = {kind: codes.make(ring, kind, "officer", START + DAY) for kind in KINDS}
    for department in (made[codes.INVITATION], made[codes.PHONE]):
        for phone in (made[codes.INVITATION], made[codes.DEPARTMENT]):
            for one in (made[codes.DEPARTMENT], made[codes.PHONE]):
                _not_asked(ring, one, department, phone)


def _not_asked(ring: KeyRing, one: str, department: str, phone: str) -> None:
    chats, links, c = Chats(ring), Links(ring), NoStore()
    assert chats.accept(c, one, "chat", START) is None
    assert links.ask_to_join(c, department, "chat", "en", START) == Joined("unknown")
    assert not links.is_link(c, department)
    assert not links.is_phone(c, phone)
    assert links.phone_of(c, phone, START) is None


def test_r60_nor_about_a_one_time_code_whose_signed_end_is_past(ring: KeyRing) -> None:
    chats, links, c = Chats(ring), Links(ring), NoStore()
    assert chats.accept(c, codes.make(ring, codes.INVITATION, "officer", START - 60), "chat", START) is None
    assert links.phone_of(c, codes.make(ring, codes.PHONE, "officer", START - 60), START) is None


# -- what the rows say against what was signed -----------------------------------------------------------------------------


@pytest.mark.store
@pytest.mark.parametrize(
    "changed", [{"purpose": "coordinator"}, {"purpose": "advocate"}, {"expires_at": START + 90 * DAY}]
)
async def test_r60_whoever_edits_the_row_of_an_invitation_gets_no_more_than_was_signed(
    database: Database, keys: KeyRing, changed: dict[str, Any]
) -> None:
    chats = Chats(keys)
    await database.write(lambda c: chats.seen(c, "chat", "777", START))
    code = await database.write(lambda c: chats.invite(c, "officer", START + DAY))
    await database.write(lambda c: c.execute(invitation.update().values(**changed)))
    assert await database.write(lambda c: chats.accept(c, code, "chat", START + 2 * DAY)) is None
    if "purpose" in changed:
        assert await database.write(lambda c: chats.accept(c, code, "chat", START)) is None
    assert (await database.read(lambda c: chats.get(c, "chat"))).role == "guest"


@pytest.mark.store
@pytest.mark.parametrize(
    ("changed", "outcome"), [({"role": "coordinator"}, "unknown"), ({"expires_at": START + 90 * DAY}, "expired")]
)
async def test_r60_whoever_edits_the_row_of_a_departments_link_gets_no_more_than_was_signed(
    database: Database, keys: KeyRing, changed: dict[str, Any], outcome: str
) -> None:
    people = Links(keys)

    def work(c: Any) -> Joined:
        code = people.make_batch(c, one_department(c, people, 0, START), None, 1, START + DAY, tap=False)
        c.execute(batch.update().values(**changed))
        return people.ask_to_join(c, code, "chat", "en", START + 2 * DAY)

    assert await database.write(work) == Joined(outcome)
    assert await database.read(lambda c: people.of_chat(c, "chat")) is None


@pytest.mark.store
async def test_r60_open_links_outlive_a_new_master_key(database: Database, keys: KeyRing) -> None:
    """R22: a rotation takes the master; what signs stays, so that a sheet in the roll-call room is not waste paper."""
    chats, people = Chats(keys), Links(keys)
    await database.write(lambda c: chats.seen(c, "chat", "777", START))

    def make(c: Any) -> tuple[str, str, str]:
        where = one_department(c, people, 1, START)
        officer = people.members(c, where)[0].id
        return (
            chats.invite(c, "operator", START + DAY),
            people.make_batch(c, where, None, 1, START + DAY),
            people.make_batch(c, where, None, 1, START + DAY, member_id=officer),
        )

    one, many, phone = await database.write(make)
    assert (await Rotation(database, keys, sleep=lambda _: asyncio.sleep(0)).rotate()).destroyed == 1
    fresh = KeyRing(keys.folder, keys.clock)
    for running in (people, Links(fresh)):  # a process that ran on, and one that was started afterwards
        assert await database.read(lambda c, p=running: p.phone_of(c, phone, START)) is not None
    assert await database.write(lambda c: Chats(fresh).accept(c, one, "chat", START)) == "operator"
    joined = await database.write(lambda c: Links(fresh).ask_to_join(c, many, "chat", "en", START))
    assert joined.outcome == "waits"
