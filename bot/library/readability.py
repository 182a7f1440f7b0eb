"""How hard a text is to read (R11): Flesch-Kincaid for English, Fernández-Huerta for Spanish, by their published formulas.

Written here because textstat 0.7.4 needs a part of setuptools that is gone, and later versions fetch a word list from
the network. Syllables are counted by rule; `tests/content/test_readability.py` holds the counts that the rules must give.
"""

from __future__ import annotations

import re

_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
_URL = re.compile(r"(?:https?://)?(?:[\w-]+\.)+(?:org|gov|com|net|ca|mx|uk)\b[\w/#?=.-]*", re.IGNORECASE)
_MARKER = re.compile(r"^\s*(?:[•*–-]|\d{1,2}[.)])\s+")
_NUMBER = re.compile(r"\+?\d[\d\s().,–-]*\d|\d")
_SENTENCE_END = re.compile(r"[.!?…]+")

_EN_GROUP = re.compile(r"[aeiouy]+")
# Two vowels that are said apart in common words: "being", "going", "client", "real" stays one.
_EN_APART = re.compile(
    r"ia(?!l\b|n\b)|(?<!t|c|s|g)io|iu|eo(?!p)|ua(?=l|t)|uou|(?<=[aeiouy])ing|ying|i[ae](?=t[ey])|ie(?=t|n[ct])|oe(?=t|m)|ue(?=l\b|nt)"
)
_EN_SILENT_E = re.compile(r"[^aeiouy](?<![sxz])(?<![cs]h)(?<![cg])es$|[^aeiouyl]e$|[aeiouy]le$")
_EN_COUNTS = {
    "people": 2, "someone": 2, "somewhere": 2, "something": 2, "anyone": 3, "everyone": 3, "everything": 3, "every": 2,
    "somebody": 3, "phone": 1, "phones": 1, "sometimes": 2, "something's": 2, "really": 2, "area": 3, "idea": 3,
    "business": 2, "evening": 2, "different": 3, "family": 3, "police": 2, "safety": 2, "create": 2, "being": 2,
    "maybe": 2, "iphone": 2, "homeless": 2, "hopeless": 2, "careful": 2, "lawyer": 2, "lawyers": 2, "violence": 3,
    "diary": 3, "trial": 2, "client": 2, "science": 2, "quiet": 2, "diet": 2, "lives": 1, "clothes": 1, "forty": 2,
    "officer": 3, "officers": 3, "used": 1, "does": 1, "goes": 1, "shoes": 1, "doesn't": 2, "isn't": 2, "didn't": 2,
    "wasn't": 2, "couldn't": 2, "wouldn't": 2, "shouldn't": 2, "hasn't": 2, "haven't": 2, "aren't": 1, "weren't": 1,
    "i'm": 1, "you're": 1, "they're": 1, "we're": 1, "hotline": 2, "hotlines": 2, "lifeline": 2, "helpline": 2,
    "online": 2, "safe": 1, "statement": 2, "statements": 2, "movement": 2, "basement": 2, "apartment": 3,
    "guidelines": 2, "elsewhere": 2, "nowhere": 2, "anywhere": 3, "everywhere": 3, "therefore": 2, "lonely": 2,
    "likely": 2, "safely": 2, "surely": 2, "alone": 2, "cannot": 2, "eye": 1, "eyes": 1, "moved": 1, "lifetime": 2, "ok": 2,
    "everyday": 3, "earlier": 3, "january": 4, "videophone": 4, "companion": 3,
}  # fmt: skip

_ES_STRONG = "aeoáéó"
_ES_ACCENTED_WEAK = "íú"
_ES_WEAK = "iuüy"


def syllables_en(word: str) -> int:
    """Syllables of an English word, by vowel groups, silent endings and a list of frequent exceptions."""
    word = word.lower().replace("\u2019", "'")
    if word in _EN_COUNTS:
        return _EN_COUNTS[word]
    if word.endswith("'s") and word[:-2] in _EN_COUNTS:
        return _EN_COUNTS[word[:-2]]
    letters = word.replace("'", "")
    if len(letters) <= 3:
        return max(
            1, len(_EN_GROUP.findall(letters)) - (letters.endswith("e") and len(letters) == 3 and letters[0] in "aeiou")
        )
    count = len(_EN_GROUP.findall(letters)) + len(_EN_APART.findall(letters))
    if re.search(r"[^aeioutd]ed$|[aeiouy]ed$", letters) and not letters.endswith(("eed", "ied")) and len(letters) > 4:
        count -= 0 if letters[-3] in "aeiou" else 1
    elif _EN_SILENT_E.search(letters):
        count -= 1
    if re.search(r"[^aeiouyl]e(?:ly|ment|ments|ful|less|ness)$", letters):
        count -= 1
    return max(1, count)


def syllables_es(word: str) -> int:
    """Syllables of a Spanish word: vowels, less one for each pair that forms a diphthong."""
    word = re.sub(r"qu(?=[eiéí])", "q", word.lower())
    word = re.sub(r"gu(?=[eiéí])", "g", word)
    word = re.sub(r"y(?=[aeiouáéíóú])", "ll", word)
    count, before = 0, ""
    for char in word:
        strong, weak = char in _ES_STRONG + _ES_ACCENTED_WEAK, char in _ES_WEAK
        joined = (
            (weak and before != "" and before not in _ES_ACCENTED_WEAK)
            or (strong and char not in _ES_ACCENTED_WEAK and before != "" and before in _ES_WEAK)
        )  # fmt: skip
        if (strong or weak) and not joined:
            count += 1
        before = char if strong or weak else ""
    return max(1, count)


def sentences(text: str) -> list[list[str]]:
    """The words of each sentence. Numbers, web addresses and list markers are no words; a list item ends a sentence."""
    lines: list[str] = []
    for line in text.splitlines():
        marked = _MARKER.match(line)
        bare = _NUMBER.sub(" ", _URL.sub(" ", _MARKER.sub("", line))).strip()
        ended = bool(lines) and (not lines[-1] or lines[-1][-1] in '.!?:…"”»')
        if lines and bare and not marked and not ended:
            lines[-1] += " " + bare
        else:
            lines.append(bare)
    found = []
    for line in lines:
        for piece in _SENTENCE_END.split(line):
            words = _WORD.findall(piece.replace("\u2019", "'"))
            if words:
                found.append(words)
    return found


def grade_en(text: str) -> float:
    """Flesch-Kincaid grade: the US school year that can read it."""
    parts = sentences(text)
    words = [w for part in parts for w in part]
    if not words:
        return 0.0
    syllables = sum(map(syllables_en, words))
    return round(0.39 * len(words) / len(parts) + 11.8 * syllables / len(words) - 15.59, 1)


def ease_es(text: str) -> float:
    """Fernández-Huerta: 100 is very easy, 65 is what a twelve-year-old reads."""
    parts = sentences(text)
    words = [w for part in parts for w in part]
    if not words:
        return 100.0
    syllables = sum(map(syllables_es, words))
    return round(206.84 - 60 * syllables / len(words) - 1.02 * len(words) / len(parts), 1)
