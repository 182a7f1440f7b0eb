"""The shapes of `content/`. Loading a file that does not fit says which file, which field and what was expected."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Lang = Literal["en", "es"]
Audience = Literal["everyone", "officer", "advocate"]
Certainty = Literal["verified", "practice", "contested"]
Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_.]+$", max_length=40)]
OFFICER_ROLES = frozenset({"officer", "coordinator"})


class Strict(BaseModel):
    """Unknown fields are errors: a misspelt key must not pass in silence."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Bilingual(Strict):
    en: str
    es: str

    def get(self, lang: str) -> str:
        return self.es if lang == "es" else self.en


class Button(Strict):
    """`payload` is what a tap sends: `t:` a content id, `m:` a further page, `h:` a catalogue id, `c:` a command,
    `q:` the request that is open, `r:` a yes or no to a release, `a:` what an advocate does, `k:` refreshers (bot/training). `d:` looks into the directory, and only
    rendering makes it."""

    title: Annotated[str, StringConstraints(min_length=1, max_length=34)]
    payload: Annotated[str, StringConstraints(pattern=r"^[tmhcqrak]:.+$", max_length=64)]


class Side(Strict):
    name: str
    points: dict[str, Annotated[str, StringConstraints(max_length=220)]]


class Topic(Strict):
    """One answer: what is said at once, what follows on a tap, where it comes from."""

    id: Id
    handling: str
    audience: Audience
    lang: Lang
    title: Annotated[str, StringConstraints(max_length=34)]
    about: dict[str, list[str]] = Field(default_factory=dict)
    keywords: list[str] = Field(default_factory=list)
    default: bool = False
    short: str
    more: list[str] = Field(default_factory=list)
    sides: list[Side] = Field(default_factory=list)
    next: list[str] = Field(default_factory=list)
    lines: list[str] = Field(default_factory=list)
    sources: list[str]
    facts: list[str] = Field(default_factory=list)
    certainty: Certainty
    legal: bool = False
    reviewed_on: date


class Message(Strict):
    """A fixed reply or a line of the interface. `neutral`: its help lines go by a name that says nothing (R1)."""

    id: Id
    audience: Audience = "everyone"
    lang: Lang = "en"
    text: str
    neutral: bool = False
    lines: list[str] = Field(default_factory=list)
    buttons: list[Button] = Field(default_factory=list)
    sources: list[str] = Field(default_factory=list)
    reviewed_on: date


class Term(Strict):
    """A word that harms or misleads, what to write instead, and the reason."""

    key: Id
    lang: Lang = "en"
    avoid: list[str]
    prefer: str
    why: str
    keep_for_charging: bool = False
    quote_only: bool = False
    certainty: Certainty
    sources: list[str]
    facts: list[str] = Field(default_factory=list)
    reviewed_on: date


class Slang(Strict):
    """A word officers hear: what it means, and what that can mean for the case."""

    key: Id
    lang: Lang = "en"
    term: str
    aliases: list[str] = Field(default_factory=list)
    meaning: str
    matters: str
    certainty: Certainty
    sources: list[str]
    facts: list[str] = Field(default_factory=list)
    reviewed_on: date


class Letters(Strict):
    letters: str
    digits: str


class Sms(Strict):
    """`keyword` must be sent; `keyword_optional` may be; `keyword_es` leads to Spanish; `keyword_then` says what follows it."""

    number: str
    display: str | None = None
    keyword: str | None = None
    keyword_optional: str | None = None
    keyword_es: str | None = None
    keyword_then: Bilingual | str | None = None
    letters: Letters | None = None


class Hours(Strict):
    always: bool
    note: Bilingual | None = None


class Interpreters(Strict):
    phone: bool = False


class Ages(Strict):
    min: int | None = None
    max: int | None = None


class HelpLine(Strict):
    """A human help line. `read_on` is when its source was read, `called_on` when a person last rang it."""

    id: Id
    name: Bilingual
    short_name: Bilingual
    neutral_name: Bilingual | None = None
    phone: str | None = None
    phone_display: str | None = None
    letters: Letters | None = None
    sms: Sms | None = None
    chat: str | None = None
    chat_es: str | None = None
    web: str | None = None
    videophone: str | None = None
    videophone_display: str | None = None
    sign_languages: list[str] = Field(default_factory=list)
    relay: str | None = None
    hours: Hours
    languages: list[str]
    other_languages: Bilingual | list[str] | str | None = None
    interpreters: Interpreters = Interpreters()
    spanish_press: str | None = None
    for_needs: list[str]
    ages: Ages | None = None
    country: str = "US"
    is_law_enforcement: bool = False
    is_government: bool = False
    what_it_is: Bilingual
    what_it_is_not: Bilingual
    owner: str
    sources: list[str]
    read_on: date
    verified_on: str | None = None
    called_on: date | None = None
    called_by: str | None = None
    status: Literal["show", "link_only", "hidden"]


class Source(Strict):
    title: str
    publisher: str
    date: str
    address: str | None = None
    read: Literal["own_page", "second_hand", "copy"]
    note: str | None = None


class Asking(Strict):
    """The words of one question: what is asked, what it is for, and what its buttons say where `values` says it otherwise."""

    text: str
    because: str | None = None
    options: dict[str, str] = Field(default_factory=dict)


class Intake(Strict):
    """The words of the questions of a request in one language. `values` and `said` by field, then by value: what a value is called,
    and further ways of saying it; under `said.any` those that hold for every question."""

    lang: Lang
    reviewed_on: date
    labels: dict[str, str]
    fields: dict[str, str]
    values: dict[str, dict[str, str]]
    said: dict[str, dict[str, list[str]]]
    nodes: dict[str, Asking]


class Asked(BaseModel):
    """What showing a question needs of `content/intake/graph.yml`; the rest of that file is the graph's own affair."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: Id
    kind: str
    field: str | None = None
    options: list[str] = Field(default_factory=list)
    skip: bool = True
    first: bool = False
