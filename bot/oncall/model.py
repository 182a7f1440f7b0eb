"""The shapes of who can help: programs, advocates, shifts, and what a request needs. Times are seconds since the epoch."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints

Age = Literal["under_18", "18_24", "25_59", "60_up"]
Gender = Literal["women", "men", "nonbinary"]
Rule = Literal[
    "age", "region", "gender", "children", "pets", "medical", "detox", "mobility", "language", "duty", "hours"
]
"""Kinds of reasons for a no. The survivor hears the kind, the advocate the kind with the program (the issue's words)."""
Identity = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]+$", max_length=40)]
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = f"(?:{'|'.join(DAYS)})"
TIME = "(?:[01][0-9]|2[0-3]):[0-5][0-9]"
SPAN = f"(?:daily|{_DAY}(?:-{_DAY})?)"
HOURS = f"^{SPAN} {TIME}-(?:{TIME}|24:00)$"
MISSES = 5
"""Wrong PINs in a row that lock it; only the operator unlocks (the issue's number)."""


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Takes(Strict):
    """Whom a program takes. An empty list of ages, genders or languages takes nobody: each is said out loud."""

    ages: list[Age]
    genders: list[Gender]
    children: int = 0
    pets: Literal["none", "small", "large"] = "none"
    medical: bool = False
    detox: bool = False
    mobility: bool = False
    languages: list[str]


class Program(Strict):
    """A program with a front door, never an address. `regions`: states ("OK") or state and county ("OK:Tulsa").
    `police`: its advocates are employed by police or prosecutor, and it is used only after the person reads that and says yes
    (R60). `fictional` entries load only in tests, `chat` and `simulate` (R29)."""

    id: Identity
    name: str
    front_door: str
    regions: list[str]
    takes: Takes
    zone: str
    hours: list[Annotated[str, StringConstraints(pattern=HOURS)]] = []
    """When it takes anybody new, in its zone: "mon-fri 08:00-20:00", "daily 20:00-08:00". Empty: whenever somebody is on duty."""
    police: bool = False
    paging: str | None = None
    fictional: bool = False


@dataclass(frozen=True, slots=True)
class Advocate:
    """`chat` is a keyed hash. `minors`: marked for minors (R44)."""

    chat: str
    program: str
    languages: tuple[str, ...] = ("en",)
    minors: bool = False
    police: bool = False


@dataclass(frozen=True, slots=True)
class Shift:
    """One advocate's time on call. It counts only once they have tapped a test alert: `confirmed_at`."""

    id: int
    chat: str
    program: str
    starts_at: float
    ends_at: float
    confirmed_at: float | None = None
    out_at: float | None = None
    minors: bool = False
    """Whether this advocate is marked for minors (R44)."""
    tested_at: float | None = None

    def on(self, now: float) -> bool:
        return self.confirmed_at is not None and self.out_at is None and self.starts_at <= now < self.ends_at


@dataclass(frozen=True, slots=True)
class Rung:
    """One advocate asked about one request. `again_at`: when the alert is repeated, `until`: when the next one is asked.
    `state`: 0 asked, 1 took it, 2 passed, 3 over."""

    id: int
    program: str
    chat: str
    asked_at: float
    again_at: float
    until: float
    state: int = 0


@dataclass(frozen=True, slots=True)
class Need:
    """What matching may know of a request: ranges only. None and empty mean "not said", which excludes no program but where
    the program's own rule needs to know."""

    age: Age | None
    state: str | None = None
    county: str | None = None
    gender: str | None = None
    children: int = 0
    pets: str = "none"
    needs: tuple[str, ...] = ()
    language: str = "en"
    when: str = "tonight"

    @classmethod
    def of(cls, answers: dict[str, Any]) -> Need:
        """From a walk's answers (ids as in content/intake/graph.yml); a skipped age is under 18 (rulings 11)."""
        return cls(
            age=answers.get("age", "under_18"),
            state=answers.get("state"),
            county=answers.get("area"),
            gender=None if answers.get("gender") in (None, "any") else answers["gender"],
            children=int(answers.get("children", 0)),
            pets=str(answers.get("pets", "none")),
            needs=tuple(answers.get("needs", ())),
            language=str(answers.get("language", "en")),
            when=str(answers.get("when", "tonight")),
        )


@dataclass(frozen=True, slots=True)
class Match:
    """A program held against a need: `refused` names every rule that says no, empty where it can be asked."""

    program: Program
    refused: tuple[Rule, ...] = ()
    on_duty: tuple[str, ...] = field(default=())
    """Chats of advocates on shift now, in the order of the rota."""

    @property
    def possible(self) -> bool:
        return not self.refused
