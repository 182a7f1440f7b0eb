"""The ladder on a virtual clock: who is asked, when, and that it ends (R45, R46, R60)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.oncall import ladder
from bot.oncall.ladder import Again, Ask, End, Over, step
from bot.oncall.model import Rung, Shift
from tests.oncall.making import NOW, rotas, shift

ASKED, TOOK, PASSED, OVER = range(4)


@dataclass
class Rows:
    """What the store keeps, and what was done, by seconds since sending. Nothing else is remembered between two looks."""

    climb: Sequence[str]
    shifts: list[Shift]
    rungs: list[Rung] = field(default_factory=list)
    done: list[tuple[float, str, str]] = field(default_factory=list)
    ended: float | None = None

    def look(self, at: float) -> None:
        now = NOW + at
        for act in step(NOW, self.climb, self.rungs, self.shifts, now, taken=False):
            match act:
                case Ask(program, chat):
                    assert not [r for r in self.rungs if r.state == ASKED], "two open rungs"
                    again, until = now + ladder.REPEAT_SECONDS, now + ladder.RUNG_SECONDS
                    self.rungs.append(Rung(len(self.rungs), program, chat, now, again, until))
                    self.done.append((at, "ask", chat))
                case Again(rung):
                    self.put(rung, again_at=now + ladder.REPEAT_SECONDS)
                    self.done.append((at, "again", rung.chat))
                case Over(rung):
                    self.put(rung, state=OVER)
                    self.done.append((at, "over", rung.chat))
                case End():
                    self.ended = at
                    self.done.append((at, "end", ""))

    def put(self, rung: Rung, **changes: float) -> None:
        self.rungs[rung.id] = replace(self.rungs[rung.id], **changes)  # type: ignore[arg-type]

    def run(self, looks: Sequence[float], then: Callable[[float], None] = lambda _: None) -> Rows:
        for at in looks:
            if self.ended is None:
                self.look(at)
                then(at)
        return self


def every(seconds: float, until: float = 1000.0) -> list[float]:
    return [n * seconds for n in range(int(until // seconds) + 1)]


def test_r45_a_rung_is_three_minutes_and_the_alert_repeats_each_minute() -> None:
    rows = Rows(["a"], [shift(1, "x"), shift(2, "y")]).run(every(5))
    assert rows.done == [
        (0, "ask", "x"),
        (60, "again", "x"),
        (120, "again", "x"),
        (180, "over", "x"),
        (180, "ask", "y"),
        (240, "again", "y"),
        (300, "again", "y"),
        (360, "over", "y"),
        (360, "end", ""),
    ]


def test_r45_the_ladder_is_at_most_fifteen_minutes_however_many_could_be_asked() -> None:
    rows = Rows(["a"], [shift(n, f"x{n}") for n in range(9)]).run(every(5))
    assert rows.ended == 900
    assert [at for at, what, _ in rows.done if what == "ask"] == [0, 180, 360, 540, 720]
    assert all(r.state == OVER for r in rows.rungs)


def test_then_the_same_program_then_the_next_that_was_agreed_to() -> None:
    shifts = [shift(1, "b1", "b"), shift(2, "a1"), shift(3, "c1", "c"), shift(4, "a2")]
    rows = Rows(["a", "b"], shifts).run(every(10))
    assert [chat for _, what, chat in rows.done if what == "ask"] == ["a1", "a2", "b1"], "nobody agreed to c"


def test_whoever_goes_out_or_whose_shift_ends_is_skipped_at_once() -> None:
    shifts = [shift(1, "x"), shift(2, "y", until=NOW + 100), shift(3, "z")]
    rows = Rows(["a"], shifts)

    def goes_out(at: float) -> None:
        if at == 40:
            rows.shifts[0] = replace(shifts[0], out_at=NOW + 40)

    rows.run(every(5), goes_out)
    assert rows.done[:6] == [
        (0, "ask", "x"),
        (45, "over", "x"),
        (45, "ask", "y"),
        (100, "over", "y"),
        (100, "ask", "z"),
        (160, "again", "z"),
    ]


def test_who_passes_is_followed_at_once_and_never_asked_again() -> None:
    rows = Rows(["a"], [shift(1, "x"), shift(2, "y")])
    rows.look(0)
    rows.put(rows.rungs[0], state=PASSED)
    rows.look(7)
    assert rows.done[1:] == [(7, "ask", "y")]
    rows.put(rows.rungs[1], state=PASSED)
    rows.look(8)
    assert rows.ended == 8, "nobody is left: said at once, not after fifteen minutes"


def test_somebody_whose_shift_begins_meanwhile_is_asked() -> None:
    rows = Rows(["a"], [shift(1, "x"), shift(2, "late", since=NOW + 170)]).run(every(10))
    assert (180, "ask", "late") in rows.done


def test_taken_closes_what_is_open_and_asks_nobody() -> None:
    rung = Rung(7, "a", "x", NOW, NOW + 60, NOW + 180)
    assert step(NOW, ["a"], [rung], [shift(1, "x"), shift(2, "y")], NOW + 61, taken=True) == [Over(rung)]
    assert step(NOW, ["a"], [replace(rung, state=TOOK)], [], NOW + 5000, taken=True) == []


def test_r43_a_program_whose_release_was_taken_back_is_asked_no_more() -> None:
    rung = Rung(0, "a", "x", NOW, NOW + 60, NOW + 180)
    on = [shift(1, "x"), shift(2, "y", "b")]
    assert step(NOW, ["b"], [rung], on, NOW + 61, taken=False) == [Over(rung), Ask("b", "y")]
    assert step(NOW, [], [rung], on, NOW + 61, taken=False) == [Over(rung), End()]


def test_r60_police_are_asked_only_where_the_person_said_yes_to_their_program() -> None:
    on = [shift(1, "officer-employed", "unit"), shift(2, "x")]
    asked = [c for _, w, c in Rows(["a"], on).run(every(5)).done if w == "ask"]
    assert asked == ["x"]
    assert "officer-employed" in [c for _, w, c in Rows(["a", "unit"], on).run(every(5)).done if w == "ask"]


@given(
    st.permutations(["a", "b", "c"]).flatmap(lambda p: st.integers(0, 3).map(lambda n: p[:n])),
    rotas(),
    st.lists(st.floats(0.5, 400), min_size=1, max_size=60),
    st.lists(st.booleans(), min_size=60, max_size=60),
)
def test_r46_after_any_gaps_the_rows_alone_lead_to_an_end(
    climb: list[str], shifts: list[Shift], gaps: list[float], passes: list[bool]
) -> None:
    """Every look starts from rows, as after a restart. `gaps` are the times between looks, `passes` who passes between them."""
    rows = Rows(climb, shifts)
    looks = [0.0]
    for gap in gaps:
        looks.append(looks[-1] + gap)
    looks += [max(looks[-1], 900.0), max(looks[-1], 900.0) + 60]
    coin = iter(passes * 2)

    def perhaps_passes(_: float) -> None:
        for rung in [r for r in rows.rungs if r.state == ASKED]:
            if next(coin, False):
                rows.put(rung, state=PASSED)

    rows.run(looks, perhaps_passes)
    assert rows.ended is not None
    assert rows.ended <= next(at for at in looks if at >= 900), (
        "its end is known at the first look after fifteen minutes"
    )
    assert not [r for r in rows.rungs if r.state == ASKED], "nothing is open after the end"
    assert len({r.chat for r in rows.rungs}) == len(rows.rungs), "nobody is asked twice"
    for rung in rows.rungs:
        assert rung.program in climb
        assert any(s.chat == rung.chat and s.program == rung.program and s.on(rung.asked_at) for s in shifts)
        assert rung.asked_at < NOW + 900
    ends = [n for n, (_, what, _) in enumerate(rows.done) if what == "end"]
    assert ends == [len(rows.done) - 1], "after the end nothing more"
    for at, what, chat in rows.done:
        if what == "again":
            begun = next(t for t, w, c in rows.done if (w, c) == ("ask", chat))
            assert 60 <= at - begun < 180


@given(st.floats(0, 3000), st.floats(0, 3000))
def test_timers_survive_restarts_with_the_same_end(one: float, two: float) -> None:
    """Nobody looks between the last look before a crash and the first one after it; the end is the one that it would have been, or the
    first look after it."""
    shifts = [shift(n, f"x{n}") for n in range(9)]
    down, up = sorted((one, two))
    rows = Rows(["a"], shifts).run([at for at in every(5, 4000) if not down < at < up])
    assert rows.ended == next(at for at in every(5, 4000) if at >= 900 and not down < at < up)


def test_a_clock_that_stands_still_does_nothing_twice() -> None:
    rows = Rows(["a"], [shift(1, "x"), shift(2, "y")])
    for at in (0, 0, 60, 60, 180, 180):
        rows.look(at)
    assert [what for _, what, _ in rows.done] == ["ask", "again", "over", "ask"]


def test_of_two_open_rungs_that_should_not_be_the_later_is_closed() -> None:
    rungs = [Rung(n, "a", chat, NOW, NOW + 60, NOW + 180) for n, chat in enumerate("xy")]
    assert step(NOW, ["a"], rungs, [shift(1, "x"), shift(2, "y")], NOW + 5, taken=False) == [Over(rungs[1])]


@pytest.mark.parametrize("on", [[], [shift(1, "x", confirmed_at=None)], [shift(1, "x", "b")]])
def test_where_nobody_is_there_the_end_comes_at_once(on: list[Shift]) -> None:
    assert step(NOW, ["a"], [], on, NOW, taken=False) == [End()]
