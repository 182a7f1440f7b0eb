"""Programs, shifts and times for tests: fictional, short to write, and hypothesis strategies for them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from bot.oncall.model import Need, Program, Shift

NOW = 1_800_000_000.0
ALL: dict[str, Any] = {
    "ages": ["under_18", "18_24", "25_59", "60_up"],
    "genders": ["women", "men", "nonbinary"],
    "children": 3,
    "pets": "large",
    "medical": True,
    "detox": True,
    "mobility": True,
    "languages": ["en", "es", "other"],
}


def program(name: str = "a", **changes: Any) -> Program:
    """Takes everybody in Oklahoma unless `changes` says otherwise; keys of `takes` may stand beside the others."""
    takes = {key: changes.pop(key, value) for key, value in ALL.items()}
    entry = {
        "name": f"Example {name}",
        "front_door": "https://example.org",
        "regions": ["OK"],
        "zone": "America/Chicago",
    }
    return Program.model_validate({"id": name, **entry, "takes": takes, "fictional": True, **changes})


def shift(
    number: int, chat: str, of: str = "a", since: float = NOW - 3600, until: float = NOW + 36000, **changes: Any
) -> Shift:
    """Confirmed and running at `NOW`."""
    return Shift(
        **{
            "id": number,
            "chat": chat,
            "program": of,
            "starts_at": since,
            "ends_at": until,
            "confirmed_at": since,
            **changes,
        }
    )


def need(**changes: Any) -> Need:
    return Need(**{"age": "25_59", "state": "OK", **changes})


programs = st.builds(
    program,
    st.sampled_from("abcdef"),
    ages=st.lists(st.sampled_from(ALL["ages"]), unique=True),
    genders=st.lists(st.sampled_from(ALL["genders"]), unique=True),
    children=st.integers(0, 3),
    pets=st.sampled_from(["none", "small", "large"]),
    medical=st.booleans(),
    detox=st.booleans(),
    mobility=st.booleans(),
    languages=st.lists(st.sampled_from(["en", "es", "other"]), unique=True),
    regions=st.lists(st.sampled_from(["OK", "TX", "OK:Tulsa", "TX:Dallas"]), min_size=1, unique=True),
    hours=st.sampled_from([[], ["daily 20:00-08:00"], ["mon-fri 08:00-20:00"], ["sat 00:00-24:00"]]),
)
needs = st.builds(
    Need,
    age=st.sampled_from([*ALL["ages"], None]),
    state=st.sampled_from(["OK", "TX", None]),
    county=st.sampled_from(["Tulsa", "tulsa county", "Dallas", "Elsewhere", None]),
    gender=st.sampled_from([*ALL["genders"], None]),
    children=st.integers(0, 3),
    pets=st.sampled_from(["none", "small", "large"]),
    needs=st.lists(st.sampled_from(["medical", "detox", "mobility"]), unique=True).map(tuple),
    language=st.sampled_from(["en", "es", "other"]),
)


@st.composite
def rotas(draw: st.DrawFn, span: float = 1200.0) -> list[Shift]:
    """Shifts around `NOW`: some begin or end within `span`, some are not confirmed, out, or of two programs."""
    found = []
    for number in range(draw(st.integers(0, 8))):
        since = NOW + draw(st.floats(-600, span))
        found.append(
            shift(
                number, f"chat{draw(st.integers(0, 5))}", draw(st.sampled_from("abc")), since, since + draw(st.floats(1, span)),
                confirmed_at=since if draw(st.booleans()) else None,
                out_at=since if draw(st.integers(0, 5)) == 0 else None,
                minors=draw(st.booleans()),
            )
        )  # fmt: skip
    return found
