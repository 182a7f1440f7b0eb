"""Phone numbers are those of `lines.yml` and nothing else; wrong numbers, wrong claims and addresses are nowhere."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import phonenumbers

from bot.library.addresses import ADDRESSES
from bot.library.checks.base import Text, all_texts, data
from bot.library.loading import Library
from bot.library.model import HelpLine

SHORT_CODES = frozenset({"911", "988"})
# Three digits that a text may tell to call: the lines above, relay for deaf callers, and emergencies in the UK.
THREE_DIGITS = SHORT_CODES | {"711", "999"}
MAX_AGE_DAYS = 90

_KEYPAD = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "22233344455566677778889999")
_SEPARATORS = r"[ \t().·/\u00a0\u2010-\u2015-]"
_BETWEEN_DIGITS = re.compile(rf"(?<=\d){_SEPARATORS}+(?=\d)")
# Seven digits or more, apart by no more than two separators and never over a line's end.
_PHONE_LIKE = re.compile(rf"(?<![\w$€£§])\+?\(?\d(?:{_SEPARATORS}{{0,2}}\d){{6,14}}(?![\w%])")
_VANITY = re.compile(r"(?<!\w)(?:1-)?8\d\d-(?=[\w-]*[A-Z])[A-Z0-9-]{5,12}(?!\w)")
_TEXT_TO = re.compile(
    r"\b(?:text|sms|textee|(?:mande|env[ií]e|escriba)(?: un)?(?: texto| mensaje)?)\b[^.\n]{0,25}?(?<![\d-])(\d{5,6})(?![\d-])",
    re.IGNORECASE,
)
_CALL = re.compile(r"\b(?:call|dial|llam[ae]n?(?: al)?|marque(?: el)?)\s+(\d{3})\b(?![\d-])", re.IGNORECASE)
# What has seven digits or more and is no phone number. Each must match the whole find.
NOT_PHONES = (
    re.compile(r"(?:19|20)\d\d-[01]\d-[0-3]\d"),  # a date
    re.compile(r"(?:19|20)\d\d[-–/](?:19|20)\d\d"),  # from year to year
)
# Two section numbers of the US Code, as in "18 USC 1591 (sex), 1589/1590"; only after "USC", "U.S.C." or "§" in the same sentence.
_SECTIONS = re.compile(r"(?:USC|U\.S\.C\.|§)[^.\n]{0,40}$")
_SECTION_RUN = re.compile(r"\d{4}[-–/]\d{4}")


def digits(text: str) -> str:
    """Digits alone, letters read off a telephone keypad left out."""
    return re.sub(r"\D", "", text)


def keypad(text: str) -> str:
    """Digits that a spelling such as 1-800-656-HOPE stands for."""
    return digits(text.upper().translate(_KEYPAD))


def strip_separators(text: str) -> str:
    """Whatever stands between two digits to make a number easier to read, taken out."""
    return _BETWEEN_DIGITS.sub("", text)


def _forms(number: str) -> set[str]:
    """A number with and without its country code, as digits."""
    bare = digits(number)
    if not number.startswith("+"):
        return {bare}
    national = phonenumbers.national_significant_number(phonenumbers.parse(number, None))
    parsed = phonenumbers.parse(number, None)
    zero = "0" if parsed.country_code == 44 else ""
    return {bare, national, zero + national}


def known_numbers(library: Library) -> set[str]:
    """Every number of `lines.yml` in every way in which it may be written, as digits."""
    found: set[str] = set()
    for line in library.lines.values():
        for number in (line.phone, line.sms.number if line.sms else None, line.videophone, line.relay):
            try:
                found |= _forms(number) if number else set()
            except phonenumbers.NumberParseException:
                continue  # `line_numbers` says so
    return found


def _parses(number: str, short: bool) -> bool:
    if number in SHORT_CODES or (short and re.fullmatch(r"\d{3,6}", number)):
        return True
    try:
        return number.startswith("+") and phonenumbers.is_valid_number(phonenumbers.parse(number, None))
    except phonenumbers.NumberParseException:
        return False


def _written(line: HelpLine) -> Iterator[tuple[str, str | None, str | None]]:
    """Field, number, and how it is written for people."""
    yield "phone", line.phone, line.phone_display
    yield "videophone", line.videophone, line.videophone_display
    if line.sms:
        yield "sms", line.sms.number, line.sms.display


def line_numbers(library: Library) -> Iterator[str]:
    """Every number parses; what people read and the letters they know stand for the same digits (R29)."""
    for line in library.lines.values():
        where = f"lines.yml: {line.id}"
        for field, number, shown in _written(line):
            if shown and not number:
                yield f"{where}: {field}_display without {field}"
            if not number:
                continue
            if not _parses(number, short=field == "sms"):
                yield f"{where}: {field} {number} is no number; write it as +1… or as the short code"
            elif shown and digits(shown) not in _forms(number):
                yield f"{where}: {field} {number} is shown as {shown}: not the same digits"
        for letters, number in (
            (line.letters, line.phone),
            (line.sms.letters if line.sms else None, line.sms.number if line.sms else None),
        ):
            if letters and (
                keypad(letters.letters) != letters.digits or not number or letters.digits not in _forms(number)
            ):
                yield f"{where}: {letters.letters} spells {keypad(letters.letters)}, not {number}"
        if line.status == "link_only" and (line.phone or line.sms):
            yield f"{where}: link_only, so it must not have a number"


def line_owners(library: Library) -> Iterator[str]:
    """Every help line has an owner and sources that exist; who called it and when stand together (R29)."""
    for line in library.lines.values():
        where = f"lines.yml: {line.id}"
        if not line.owner.strip():
            yield f"{where}: has no owner; say who runs it"
        if not line.sources:
            yield f"{where}: has no source"
        for key in line.sources:
            if key not in library.sources:
                yield f"{where}: source {key} is not in sources.yml"
        if (line.called_on is None) != (line.called_by is None):
            yield f"{where}: called_on and called_by belong together"


def _wrong_entries() -> list[tuple[dict[str, Any], list[re.Pattern[str]]]]:
    return [(entry, [re.compile(p, re.IGNORECASE) for p in entry["patterns"]]) for entry in data("wrong_numbers.yml")]


def wrong_in(texts: Iterable[Text]) -> Iterator[str]:
    """A line for each number, address or claim of `wrong_numbers.yml` in the texts, however it is written."""
    entries = _wrong_entries()
    for text in texts:
        bare = strip_separators(text.text)
        runs = set(re.findall(r"\d+", bare)) | {keypad(v) for v in _VANITY.findall(text.text)}
        for entry, patterns in entries:
            if runs & set(entry["digits"]) or any(p.search(text.text) for p in patterns):
                yield f"{text.where}: {entry['id']}: {entry['what_is_wrong']} Instead: {entry['what_is_right']}"


def wrong_numbers(library: Library) -> Iterator[str]:
    """No number, address or claim of `wrong_numbers.yml` stands in any text or help line, however it is written."""
    entries = _wrong_entries()
    yield from wrong_in(all_texts(library))
    for line in library.lines.values():
        numbers = {d for _, number, shown in _written(line) for n in (number, shown) if n for d in (digits(n),)}
        for entry, _ in entries:
            if numbers & set(entry["digits"]):
                yield f"lines.yml: {line.id}: {entry['id']}: {entry['what_is_wrong']} Instead: {entry['what_is_right']}"
        keywords = " ".join(k for k in (line.sms.keyword, line.sms.keyword_es) if k) if line.sms else ""
        row = f"text {keywords} to {line.sms.number}" if line.sms and keywords else ""
        for entry, patterns in entries:
            if row and any(p.search(row) for p in patterns):
                yield f"lines.yml: {line.id}: {entry['id']}: {entry['what_is_wrong']} Instead: {entry['what_is_right']}"


def _is_phone(text: str, match: re.Match[str]) -> bool:
    found = match.group().strip()
    if any(pattern.fullmatch(found) for pattern in NOT_PHONES):
        return False
    return not (_SECTION_RUN.fullmatch(found) and _SECTIONS.search(text[: match.start()]))


def phones_in(text: str) -> Iterator[str]:
    """What looks like a telephone number in a text, as it is written: also in letters, and short codes to text to."""
    spelled = _VANITY.findall(text)
    rest = _VANITY.sub("", text)
    yield from (m.group() for m in _PHONE_LIKE.finditer(rest) if _is_phone(rest, m))
    yield from (keypad(v) for v in spelled)
    yield from _TEXT_TO.findall(text)


def calls_in(text: str) -> list[str]:
    """Three digits that a text tells to call."""
    return _CALL.findall(text)


def known_phones(library: Library) -> Iterator[str]:
    """A number that looks like a telephone's is one of `lines.yml`'s. Dates, years and sections of the US Code are none."""
    known = known_numbers(library)
    for text in all_texts(library):
        for found in phones_in(text.text):
            if digits(found) not in known:
                yield f"{text.where}: {found.strip()} is not in lines.yml; take it out or add the line there with its source"
        for code in calls_in(text.text):
            if code not in THREE_DIGITS:
                yield f"{text.where}: tells to call {code}; only {', '.join(sorted(THREE_DIGITS))} are known"


def addresses(library: Library) -> Iterator[str]:
    """No street, box, ZIP or point on a map in any text: nobody learns from the bot where a shelter is (R14, R28)."""
    yield from addresses_in(all_texts(library))


def addresses_in(texts: Iterable[Text]) -> Iterator[str]:
    """A line for each street, box, ZIP or point on a map in the texts."""
    for text in texts:
        for pattern in ADDRESSES:
            found = pattern.search(text.text)
            if found:
                yield f"{text.where}: {found.group()!r} reads like an address; take it out"


def old_lines(library: Library, today_ordinal: int) -> Iterator[str]:
    """Help lines whose source was read too long ago: a warning, for the numbers are still the best there are."""
    for line in library.lines.values():
        last = library.calls.last(line.id, line.read_on, line.called_on) or line.read_on
        age = today_ordinal - last.toordinal()
        if age > MAX_AGE_DAYS:
            yield f"lines.yml: {line.id}: last read {age} days ago; read its source again, or ring it and confirm it"
