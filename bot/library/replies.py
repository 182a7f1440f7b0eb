"""What an answer is on its way from an action to a channel: content ids and parameters, never a sentence.

Text is put in by `rendering` at the last moment, so that what waits in a queue holds nothing that anybody wrote or read
(rulings 10), and so that a guest can never be sent what is for officers (`rendering` refuses it).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Kind = Literal["answer", "danger", "intro", "offer", "miss", "neutral", "menu", "refusal"]
EffectKind = Literal[
    "exit", "erase", "withdraw", "set_lang", "set_role", "pause", "invite", "quiet", "request", "begin", "training"
]

_ODD = re.compile(r"[^A-Za-z0-9._-]+")
_DOTS = re.compile(r"\.{2,}")


@dataclass(frozen=True, slots=True)
class Part:
    """One message to send: `content` names it ("topic:…", "message:…", "term:…", "slang:…", "lines:…", "offer", "check")."""

    content: str
    page: int = 0
    params: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Effect:
    """The one thing the desk does beside answering, in the transaction that marks the message handled (rulings 1)."""

    kind: EffectKind
    value: str | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """`handling` is a catalogue id; `offered` only where the reply asks which was meant (then `answered` is false)."""

    handling: str
    parts: list[Part]
    kind: Kind = "answer"
    also: list[str] = field(default_factory=list)
    offered: list[str] = field(default_factory=list)
    urgent: bool = False
    ephemeral: bool = False
    effect: Effect | None = None
    subject: str | None = None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Reply:
        """Raises KeyError or TypeError where the shape is not a reply's."""
        effect = data.get("effect")
        return cls(
            **{k: v for k, v in data.items() if k not in ("parts", "effect")},
            parts=[Part(**p) for p in data["parts"]],
            effect=Effect(**effect) if effect else None,
        )


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a message. `picture`: it is to be seen in the chat itself, else it is a document to open. What is in
    it never stands in a log: `repr` leaves it out."""

    name: str
    mime: str
    data: bytes = field(repr=False)
    picture: bool = False

    @property
    def safe_name(self) -> str:
        """The name as any disk and any request can bear it: ASCII letters, digits, dot, hyphen and underscore, at most 70 of
        them, never hidden, never a path."""
        plain = unicodedata.normalize("NFKD", self.name).encode("ascii", "ignore").decode()
        stem, dot, kind = _ODD.sub("-", plain).rpartition(".")
        if not dot:
            stem, kind = kind, ""
        stem, kind = _DOTS.sub(".", stem)[:60].strip(".-_") or "file", kind.strip("-_")[:9]
        return f"{stem}.{kind}" if kind else stem


@dataclass(frozen=True, slots=True)
class Rendered:
    """What a channel shows. `buttons`: (title, payload) pairs, `columns` of them in a row; `sources`: one line each. A `file` is
    shown before the text."""

    text: str
    buttons: list[tuple[str, str]]
    sources: list[str]
    columns: int = 1
    file: Attachment | None = None
