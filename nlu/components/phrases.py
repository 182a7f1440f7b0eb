"""Training phrases as people edit them: one YAML file per language and row, blocks by role and voice, a phrase a line."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from nlu.text import clean

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
ROLES = ("survivor", "ally", "officer", "coordinator", "advocate", "offender", "other")
LANGS = ("en", "es", "mixed")


class PhraseFileError(ValueError):
    """A phrase file that cannot be used; says which file and what to do."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """One training message. `role` is who types it, `role_seen` what the bot knows of that person."""

    text: str
    intent: str
    lang: str
    role: str
    author: str
    voice: str

    @property
    def role_seen(self) -> str:
        return seen_role(self.role)


def seen_role(role: str) -> str:
    """Officers and coordinators are known by invitation; everybody else is a guest to the bot."""
    return role if role in ("officer", "coordinator") else "guest"


def kept_out(text: str) -> bool:
    """One message in twenty, by its words: the sentence encoder never learns it, so that confidences can be made honest with it."""
    return int.from_bytes(hashlib.sha256(clean(text).encode()).digest()[:2], "big") % 20 == 0


def read_file(path: Path) -> Iterator[Phrase]:
    """The phrases of one file, in order. Raises `PhraseFileError` on anything but the documented shape."""
    try:
        data = yaml.load(path.read_text("utf-8"), Loader=LOADER)  # noqa: S506  # the safe one, in C where it is there
        intent, lang, author = data["intent"], data["lang"], data["author"]
        for block in data["blocks"]:
            block_lang, role = block.get("lang", lang), block["role"]
            if role not in ROLES or block_lang not in LANGS:
                raise PhraseFileError(f"{path}: role {role!r} or lang {block_lang!r} is not one of {ROLES}, {LANGS}")
            for line in block["say"].splitlines():
                if line.strip():
                    yield Phrase(line.strip(), intent, block_lang, role, author, str(block["voice"]))
    except (KeyError, TypeError, AttributeError, yaml.YAMLError) as error:
        raise PhraseFileError(
            f"{path}: not a phrase file ({type(error).__name__}: {error}); see nlu/data/README.md"
        ) from None


def read_folder(folder: Path) -> list[Phrase]:
    """All phrases below `folder`, files in name order; the same words twice under one intent count once."""
    seen: set[tuple[str, str]] = set()
    phrases = []
    for path in sorted(folder.rglob("*.yml")):
        for phrase in read_file(path):
            key = (phrase.text.casefold(), phrase.intent)
            if key not in seen:
                seen.add(key)
                phrases.append(phrase)
    return phrases
