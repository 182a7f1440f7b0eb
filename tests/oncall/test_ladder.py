"""Who is asked when, on a virtual clock; and the same end however late it is looked at (R45, R46)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from hypothesis import given
from hypothesis import strategies as st

from bot.oncall.ladder import LADDER_SECONDS, REPEAT_SECONDS, RUNG_SECONDS, Again, Ask, End, Over, step
from bot.oncall.model import ASKED, OVER, PASSED, TOOK, Rung, Shift
from tests.oncall.making import NOW, shift


@dataclass
class Rows:
    """What a store would keep, and what was done when; times are seconds after sending."""

    climb: Sequence[str] = ("ash",)
    rungs: list[Rung] = field(default_factory=list)
    told: list[tuple[int, str, str]] = field(default_factory=list)
    ended: bool = False

    def look(self, after: float, on_duty: Sequence[Shift], taken: bool = False) -> None:
        now = NOW + after
        for act in step(NOW, self.climb, self.rungs, on_duty, now, taken):
            match act:
                case Ask(program, chat):
                    number = len(self.rungs) + 1
                    self.rungs.append(Rung(number, program, chat, now, now + REPEAT_SECONDS, now + RUNG_SECONDS))
                    self.told.append((int(after), "ask", chat))
                case Again(rung):
                    self.put(rung, again_at=now + REPEAT_SECONDS)
                    self.told.append((int(after), "again", rung.chat))
                case Over(rung):
                    self.put(rung, state=OVER)
                case End():
                    self.ended = True
                    self.told.append((int(after), "end", ""))

    def put(self, rung: Rung, **values: float) -> None:
        self.rungs[rung.id - 1] = replace(rung, **values)  # type: ignore[arg-type]

    @property
    def open(self) -> list[Rung]:
        return [rung for rung in self.rungs if rung.state == ASKED]

    def run(self, on_duty: Sequence[Shift], ticks: Iterable[float]) -> Rows:
        for after in ticks:
            if not self.ended:
                self.look(after, on_duty)
        return self


def every(seconds: int, until: int = 2000) -> Iterator[float]:
    yield from range(0, until, seconds)


def on(*chats: str, program: str = "ash") -> list[Shift]:
    return [shift(chat, program, number) for number, chat in enumerate(chats, 1)]


def test_r45_three_minutes_a_rung_an_alert_each_minute_then_the_next() -> None:
    rows = Rows().run(on("a", "b"), every(1))
    assert rows.told == [
        (0, "ask", "a"), (60, "again", "a"), (120, "again", "a"), (180, "ask", "b"), (240, "again", "b"), (300, "again", "b"),
        (360, "end", ""),
    ]  # fmt: skip
    assert rows.open == []


def test_r45_the_next_program_comes_after_the_last_of_the_one_before_in_the_order_that_was_agreed_to() -> None:
    rota = [*on("x", program="oak"), *on("a", "b"), *on("z", program="pine")]
    rows = Rows(climb=["ash", "oak"]).run(rota, every(5))
    assert [chat for _, what, chat in rows.told if what == "ask"] == ["a", "b", "x"], "nobody said yes to pine"


def test_r45_fifteen_minutes_in_all_however_many_are_on_duty() -> None:
    rows = Rows().run(on(*"abcdefgh"), every(1))
    assert [(at, chat) for at, what, chat in rows.told if what == "ask"] == [(180 * n, "abcde"[n]) for n in range(5)]
    assert rows.told[-1] == (LADDER_SECONDS, "end", "")
    assert rows.open == []


def test_r45_where_nobody_is_left_it_ends_at_once() -> None:
    assert Rows().run([], every(1)).told == [(0, "end", "")]
    assert Rows(climb=[]).run(on("a"), every(1)).told == [(0, "end", "")]


def test_whoever_passes_or_goes_off_shift_is_skipped_at_once() -> None:
    rows = Rows()
    rows.look(0, on("a", "b", "c"))
    rows.put(rows.rungs[0], state=PASSED)
    rows.look(5, on("a", "b", "c"))
    rows.look(10, on("a", "c"))  # b went out
    assert rows.told == [(0, "ask", "a"), (5, "ask", "b"), (10, "ask", "c")]
    assert [rung.state for rung in rows.rungs] == [PASSED, OVER, ASKED]
    late = [replace(one, ends_at=NOW + 20) for one in on("c")]
    rows.look(20, late)
    assert rows.rungs[2].state == OVER, "their shift ended"
    assert rows.ended


def test_r43_a_program_whose_yes_was_taken_back_is_left_at_once() -> None:
    rows = Rows(climb=["ash", "oak"])
    rota = [*on("a"), *on("x", program="oak")]
    rows.look(0, rota)
    rows.climb = ["oak"]
    rows.look(1, rota)
    assert rows.told == [(0, "ask", "a"), (1, "ask", "x")]
    assert [rung.state for rung in rows.rungs] == [OVER, ASKED]


def test_nobody_is_asked_twice_also_on_another_programs_shift() -> None:
    rota = [*on("a"), *on("a", program="oak")]
    assert [what for _, what, _ in Rows(climb=["ash", "oak"]).run(rota, every(10)).told].count("ask") == 1


def test_nothing_is_done_once_somebody_has_it() -> None:
    rung = Rung(1, "ash", "a", NOW, NOW + 60, NOW + 180, TOOK)
    other = Rung(2, "ash", "b", NOW, NOW + 60, NOW + 180, ASKED)
    for after in (1, 200, 5000):
        assert step(NOW, ["ash"], [rung, other], on("a", "b", "c"), NOW + after, taken=False) == []
        assert step(NOW, ["ash"], [other], on("a", "b"), NOW + after, taken=True) == []


def test_of_two_open_rungs_the_first_stays() -> None:
    rungs = [Rung(n, "ash", chat, NOW, NOW + 60, NOW + 180) for n, chat in ((2, "b"), (1, "a"))]
    assert step(NOW, ["ash"], rungs, on("a", "b"), NOW + 1, taken=False) == [Over(rungs[0])]


ROTAS = st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from(["ash", "oak", "pine"])), max_size=8)
GAPS = st.lists(st.floats(0.1, 400), max_size=60)


@given(ROTAS, st.permutations(["ash", "oak", "pine"]), GAPS)
def test_r46_from_rows_after_any_gap_it_ends_the_same(
    rota: list[tuple[str, str]], climb: list[str], gaps: list[float]
) -> None:
    """Looked at each second or after any pauses: never two open, nobody twice, in the same order, ended by 15 minutes or the first look
    after that, and nothing after the end."""
    on_duty = [shift(chat, name, number) for number, (chat, name) in enumerate(rota, 1)]
    steady = Rows(climb=climb).run(on_duty, every(1))
    late, after = Rows(climb=climb), 0.0
    for gap in (0.0, *gaps, LADDER_SECONDS + 1):
        after += gap
        if not late.ended:
            late.look(after, on_duty)
        assert len(late.open) <= 1
        assert all(rung.until > NOW + after for rung in late.open)
    for rows in (steady, late):
        assert rows.ended
        assert rows.open == []
        assert rows.told[-1][1] == "end"
        chats = [rung.chat for rung in rows.rungs]
        assert len(chats) == len(set(chats))
    order = [rung.chat for rung in steady.rungs]
    assert [rung.chat for rung in late.rungs] == order[: len(late.rungs)], "pauses lose no turn, they only take time"
    assert len(late.told) <= len(steady.told), "what a pause missed is not sent in a heap"


@given(ROTAS, st.integers(0, 1500))
def test_a_second_look_at_the_same_moment_does_nothing(rota: list[tuple[str, str]], after: int) -> None:
    on_duty = [shift(chat, name, number) for number, (chat, name) in enumerate(rota, 1)]
    rows = Rows(climb=["ash", "oak", "pine"]).run(on_duty, [*range(0, after, 30), after])
    if not rows.ended:
        before = list(rows.told)
        rows.look(after, on_duty)
        assert rows.told == before
