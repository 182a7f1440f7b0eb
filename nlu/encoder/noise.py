"""How thumbs change a message: lost accents, swapped and dropped letters, text-speak. Keeps its meaning; used in fine-tuning only."""

from __future__ import annotations

import random
import string
import unicodedata

TEXT_SPEAK = {
    "you": "u", "are": "r", "please": "pls", "because": "cuz", "to": "2", "for": "4", "that": "tht", "with": "w",
    "people": "ppl", "que": "q", "porque": "xq", "por": "x", "para": "pa", "estoy": "toy", "me": "m", "know": "kno",
    "what": "wat", "the": "da", "okay": "k", "don't": "dnt",
}  # fmt: skip


def slip(word: str, chance: random.Random) -> str:
    """One slip of the thumb in a word of at least four letters: swapped, dropped, doubled or wrong."""
    if len(word) < 4:
        return word
    at, kind = chance.randrange(len(word) - 1), chance.random()
    if kind < 0.35:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if kind < 0.7:
        return word[:at] + word[at + 1 :]
    if kind < 0.85:
        return word[:at] + word[at] * 2 + word[at + 1 :]
    return word[:at] + chance.choice(string.ascii_lowercase) + word[at + 1 :]


def noise(text: str, chance: random.Random) -> str:
    """The message as another thumb might have typed it; never empty where `text` is not."""
    if chance.random() < 0.3:
        text = text.lower()
    if chance.random() < 0.2:
        text = "".join(c for c in unicodedata.normalize("NFD", text) if unicodedata.category(c) != "Mn")
    if chance.random() < 0.25:
        text = text.replace("'", "").rstrip(".?!")
    words = text.split()
    if not words:
        return text
    if chance.random() < 0.15:
        words = [TEXT_SPEAK.get(word.lower(), word) for word in words]
    if len(words) > 4 and chance.random() < 0.2:
        del words[chance.randrange(len(words))]
    if chance.random() < 0.3:
        for _ in range(1 + len(words) // 12):
            at = chance.randrange(len(words))
            words[at] = slip(words[at], chance)
    return " ".join(words) or text
