"""The content covers what it has to cover (`coverage.yml`), and the topic that fits best is the one that is shown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.library.checks.base import data
from bot.library.finding import best
from bot.library.loading import LANGS, Library
from bot.library.model import Topic
from bot.library.rendering import Renderer, pages_of
from bot.library.replies import Part

ROOT = Path(__file__).parents[2]
COVERAGE: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "coverage.yml").read_text("utf-8"))
CITED = [number for numbers in COVERAGE["cited"].values() for number in numbers]
ASPECTS = {"elements", "consent", "movement", "age", "statutes"}


def _values(name: str) -> list[str]:
    """What can be named of one kind, as the lexicon finds it."""
    return list(yaml.safe_load((ROOT / "nlu" / "lexicon" / "en" / f"{name}.yml").read_text("utf-8")))


SETTINGS, AGES, GENDERS, GROUPS = (_values(name) for name in ("setting", "age_group", "gender", "group"))


def _citing(library: Library, lang: str) -> dict[str, set[str]]:
    """Numbers of the fact base with the ids of the texts that rest on them."""
    found: dict[str, set[str]] = {}
    for items in (library.topics, library.terms, library.slang):
        for (name, item_lang), item in items.items():
            if item_lang == lang:
                for number in item.facts:
                    found.setdefault(number, set()).add(name)
    return found


def _row(library: Library, row: str, lang: str) -> list[Topic]:
    return [t for (_, topic_lang), t in library.topics.items() if topic_lang == lang and t.handling == row]


@pytest.mark.parametrize("lang", LANGS)
def test_every_fact_that_has_to_be_told_is_told(library: Library, lang: str) -> None:
    citing = _citing(library, lang)
    assert len(CITED) > 150
    assert [number for number in CITED if number not in citing] == []


def test_what_must_not_be_shown_is_cited_nowhere_and_guarded(library: Library) -> None:
    guarded = {entry["fact"] for entry in data("wrong_numbers.yml")}
    for number in COVERAGE["not_shown"]:
        assert number not in CITED
        assert number in guarded, number
        assert not any(number in _citing(library, lang) for lang in LANGS), number


@pytest.mark.parametrize(("number", "line"), COVERAGE["lines"].items())
def test_every_help_line_of_the_fact_base_is_there(library: Library, number: str, line: str) -> None:
    assert library.lines[line].status in ("show", "link_only")
    assert number in CITED


@pytest.mark.parametrize(("row", "numbers"), COVERAGE["rows"].items())
@pytest.mark.parametrize("lang", LANGS)
def test_a_row_tells_what_belongs_to_it(library: Library, row: str, numbers: list[str], lang: str) -> None:
    told = {number for topic in _row(library, row, lang) for number in topic.facts}
    assert [number for number in numbers if number not in told] == []


@pytest.mark.parametrize("lang", LANGS)
def test_whoever_rests_on_a_fact_names_where_it_was_read(library: Library, lang: str) -> None:
    read = COVERAGE["sources"]
    for (name, topic_lang), topic in library.topics.items():
        if topic_lang == lang:
            for number in topic.facts:
                assert number not in read or set(read[number]) & set(topic.sources), (
                    f"{name}: {number} needs {read[number]}"
                )


@pytest.mark.parametrize(("row", "names"), COVERAGE["named"].items())
@pytest.mark.parametrize("lang", LANGS)
def test_tools_and_courses_are_named(library: Library, row: str, names: list[str], lang: str) -> None:
    told = " ".join(" ".join([topic.short, *topic.more]) for topic in _row(library, row, lang))
    for name in names:
        assert all(word in told for word in name.split()), name


@pytest.mark.parametrize("lang", LANGS)
def test_every_word_of_the_two_lists_is_there(library: Library, lang: str) -> None:
    assert {key for key, entry_lang in library.terms if entry_lang == lang} >= set(COVERAGE["terms"])
    assert {key for key, entry_lang in library.slang if entry_lang == lang} >= set(COVERAGE["slang"])


# --- Two sides next to each other ---


@pytest.mark.parametrize(("number", "name"), COVERAGE["distinctions"].items())
@pytest.mark.parametrize("lang", LANGS)
def test_a_distinction_shows_two_sides_with_the_same_points(
    library: Library, number: str, name: str, lang: str
) -> None:
    topic = library.topics[(name, lang)]
    assert number in topic.facts
    first, second = topic.sides
    assert list(first.points) == list(second.points)
    assert set(first.points) >= ASPECTS
    assert first.name != second.name
    shown = Renderer(library, lang, "officer").render(Part(f"topic:{name}", 1)).text
    assert all(side.name in shown for side in (first, second))


@pytest.mark.parametrize("statute", COVERAGE["statutes"])
@pytest.mark.parametrize("lang", LANGS)
def test_a_statute_is_answered_by_a_topic_about_it(library: Library, statute: str, lang: str) -> None:
    topic = best(library, "officer_legal_distinction", lang, True, [("statute", statute)], "")
    assert topic is not None
    assert statute in topic.about["statute"]


# --- Signs by setting, age and gender ---


@pytest.mark.parametrize("setting", SETTINGS)
def test_whoever_names_a_place_gets_the_signs_for_that_place(library: Library, setting: str) -> None:
    for lang, age, gender in product(LANGS, [None, *AGES], [None, *GENDERS]):
        named = [("setting", setting), ("age_group", age), ("gender", gender)]
        topic = best(library, "officer_indicators", lang, True, [(k, v) for k, v in named if v], "")
        assert topic is not None
        assert setting in topic.about.get("setting", []), (age, gender, topic.id)


@pytest.mark.parametrize(
    ("kind", "value"),
    [(k, v) for k, values in (("age_group", AGES), ("gender", GENDERS), ("group", GROUPS)) for v in values],
)
def test_every_age_gender_and_group_has_signs_of_its_own(library: Library, kind: str, value: str) -> None:
    topic = best(library, "officer_indicators", "en", True, [(kind, value)], "")
    assert topic is not None
    assert value in topic.about.get(kind, [])


BEST = [
    ({"setting": "hotel"}, "indicators.hotel"),
    ({"setting": "hotel", "age_group": "minor"}, "indicators.hotel_minors"),
    ({"setting": "hotel", "age_group": "minor", "gender": "male"}, "indicators.hotel_boys"),
    ({"setting": "hotel", "gender": "male"}, "indicators.hotel_boys"),
    ({"setting": "traffic_stop", "age_group": "minor"}, "indicators.traffic_minors"),
    ({"setting": "traffic_stop", "gender": "male"}, "indicators.traffic_stop"),
    ({"setting": "runaway_recovery"}, "indicators.runaway_recovery"),
    ({"setting": "runaway_recovery", "age_group": "minor"}, "indicators.runaway_recovery"),
    ({"setting": "runaway_recovery", "gender": "male"}, "indicators.runaway_boys"),
    ({"setting": "runaway_recovery", "gender": "lgbtq"}, "indicators.lgbtq_missing"),
    ({"setting": "home"}, "indicators.home"),
    ({"setting": "home", "age_group": "older_adult"}, "indicators.home_older"),
    ({"setting": "home", "group": "disabled"}, "indicators.home_older"),
    ({"age_group": "older_adult"}, "indicators.older_disabled"),
    ({"group": "disabled"}, "indicators.older_disabled"),
    ({"setting": "labor_site", "age_group": "minor"}, "indicators.labor_site"),
    ({"setting": "labor_site", "group": "foreign_national"}, "indicators.labor_site"),
    ({"gender": "lgbtq"}, "indicators.lgbtq"),
    ({"gender": "lgbtq", "age_group": "minor"}, "indicators.lgbtq"),
    ({"age_group": "minor"}, "indicators.minors"),
    ({"gender": "male"}, "indicators.men_boys"),
]


@pytest.mark.parametrize(("named", "name"), BEST, ids=[" ".join(n.values()) for n, _ in BEST])
def test_the_most_specific_signs_win(library: Library, named: dict[str, str], name: str) -> None:
    for lang in LANGS:
        topic = best(library, "officer_indicators", lang, True, named.items(), "")
        assert topic is not None
        assert topic.id == name


ELSEWHERE = [
    ("officer_placement_now", {"age_group": "minor", "gender": "male"}, "placement.minor"),
    ("officer_placement_now", {"gender": "male"}, "placement.caveats"),
    ("officer_placement_now", {"age_group": "adult"}, "placement.now"),
    ("officer_interview", {"age_group": "minor", "gender": "male"}, "interview.minors"),
    ("officer_interview", {"age_group": "minor", "gender": "lgbtq"}, "interview.minors"),
    ("officer_interview", {"gender": "male"}, "interview.men_boys"),
    ("officer_interview", {"gender": "lgbtq"}, "interview.lgbtq"),
    ("officer_interview", {"group": "foreign_national"}, "interview.interpreter"),
    ("officer_screening_tools", {"gender": "male"}, "tools.overview"),
    ("officer_screening_tools", {"age_group": "minor"}, "tools.cse_it"),
    ("officer_legal_distinction", {"age_group": "minor"}, "law.1591_minors"),
]


@pytest.mark.parametrize(
    ("row", "named", "name"), ELSEWHERE, ids=[f"{r} {' '.join(n.values())}" for r, n, _ in ELSEWHERE]
)
def test_a_minor_comes_before_gender_in_every_row(library: Library, row: str, named: dict[str, str], name: str) -> None:
    for lang in LANGS:
        topic = best(library, row, lang, True, named.items(), "")
        assert topic is not None
        assert topic.id == name


IN_WORDS = [
    ("officer_control_methods", "en", "how do they keep them", "control.on_scene"),
    ("officer_control_methods", "es", "cómo las retienen", "control.on_scene"),
    ("officer_victim_centered", "en", "she wont cooperate", "vc.declines"),
    ("officer_barriers_myths", "en", "doesn't happen in a town like ours", "myths.not_here"),
    ("officer_barriers_myths", "es", "dicen que lo hacen por gusto", "myths.choice"),
    ("officer_barriers_myths", "en", "a real victim would ask for help", "myths.ask_for_help"),
    ("officer_interview", "en", "she keeps changing her story", "interview.memory"),
    ("officer_interview", "en", "what not to say", "interview.questions_avoid"),
    ("officer_interview", "es", "qué no debo preguntar", "interview.questions_avoid"),
    ("officer_evidence_report_writing", "en", "what corroborates her account", "report.corroboration"),
    ("afraid_of_police", "en", "a cop raped me", "police.officer_did_harm"),
    ("afraid_of_police", "en", "my boss knows the cops", "police.knows_them"),
    ("afraid_of_police", "es", "tengo una orden de arresto", "police.record"),
    ("immigration_help", "en", "i'm 16 and have no papers", "immigration.under_18"),
    ("immigration_help", "en", "can i bring my kids if i get a t visa", "immigration.t_visa"),
    ("immigration_help", "es", "dice que va a llamar a la migra", "immigration.if_reported"),
    ("unsure_if_trafficking", "en", "he makes me steal", "unsure.made_to_steal"),
    ("legal_help_survivor", "es", "cómo pido una orden de protección", "legal.stay_away"),
]


@pytest.mark.parametrize(("row", "lang", "said", "name"), IN_WORDS)
def test_the_words_alone_lead_to_the_topic(library: Library, row: str, lang: str, said: str, name: str) -> None:
    topic = best(library, row, lang, row.startswith("officer_"), [], said)
    assert topic is not None
    assert topic.id == name


@pytest.mark.parametrize("gender", GENDERS)
@pytest.mark.parametrize("lang", LANGS)
def test_r44_a_boy_who_needs_a_place_gets_the_youth_lines(library: Library, gender: str, lang: str) -> None:
    topic = best(library, "wants_safe_place", lang, False, [("age_group", "minor"), ("gender", gender)], "")
    assert topic is not None
    assert topic.id == "safe.minor"
    assert topic.lines[0] == "nrs"


@pytest.mark.parametrize("lang", LANGS)
def test_signs_never_stand_without_their_limits(library: Library, lang: str) -> None:
    limit = {
        "en": r"No sign, alone or added up, proves|Never a sign",
        "es": r"Ninguna señal, sola o sumada, prueba|Nunca es señal",
    }[lang]
    for topic in _row(library, "officer_indicators", lang):
        if topic.audience == "officer":
            assert re.search(limit, topic.short), topic.id


@pytest.mark.parametrize(
    "row", ["officer_control_methods", "officer_victim_centered", "officer_barriers_myths", "officer_language"]
)
@pytest.mark.parametrize("lang", LANGS)
def test_an_officer_who_asks_in_general_gets_what_is_written_for_officers(
    library: Library, row: str, lang: str
) -> None:
    officer, guest = (best(library, row, lang, officer, [], "") for officer in (True, False))
    assert officer is not None
    assert guest is not None
    assert (officer.audience, guest.audience) == ("officer", "everyone")


# --- How guests are spoken to ---


def _guest_pages(library: Library, lang: str) -> Iterator[tuple[str, str]]:
    guest = Renderer(library, lang, "guest")
    for (name, topic_lang), topic in library.topics.items():
        if topic_lang == lang and topic.audience == "everyone":
            for page in range(len(pages_of(topic, library.commands[lang]["words"], officer=False))):
                yield name, guest.render(Part(f"topic:{name}", page)).text
    for (name, message_lang), message in library.messages.items():
        if message_lang == lang and message.audience == "everyone":
            yield name, guest.render(Part(f"message:{name}")).text


QUOTED = re.compile(r"[\"“«][^\"”»]*[\"”»]")
FAMILIAR = re.compile(
    r"\b(tú|ti|contigo|tu|tus|tuyo|tuya|eres|estás|tienes|puedes|quieres|sabes|debes|necesitas|dime|llámame|escríbeme|vos|vuestro)\b"
    r"|\bte (pas|dig|ayud|escuch|llam|dec|sient)\w*",
    re.IGNORECASE,
)


def test_spanish_says_usted(library: Library) -> None:
    """Words in quotation marks are left out: what one friend says to another."""
    for name, text in _guest_pages(library, "es"):
        found = FAMILIAR.search(QUOTED.sub("", text))
        assert not found, f"{name}: {found and found.group()}"


@pytest.mark.parametrize("lang", LANGS)
def test_nothing_is_promised_to_guests(library: Library, lang: str) -> None:
    promise = {
        "en": r"\bguarantee|\bwe will (find|get|protect|keep)|\byou will (get|be safe|not be arrested)|\bstays secret|\bI promise|completely (private|confidential)",
        "es": r"\bgarantiza|\ble (encontraremos|protegeremos|daremos)|\b(recibirá|tendrá) (una cama|la visa)|\bno (le|lo|la) arrestarán|\ble prometo|totalmente (privado|confidencial)",
    }[lang]
    for name, text in _guest_pages(library, lang):
        found = re.search(promise, QUOTED.sub("", text), re.IGNORECASE)
        assert not found, f"{name}: {found and found.group()}"


@pytest.mark.parametrize("lang", LANGS)
def test_nothing_for_everyone_teaches_how_offenders_are_found(library: Library, lang: str) -> None:
    method = {
        "en": r"\bundercover|\bstings?\b|surveillance|funnel account|prepaid card|front compan|jail call|preservation|search warrant|subpoena|chain of custody|key.?card|bait|decoy",
        "es": r"encubiert|operativo|vigilancia policial|cuentas? embudo|prepagad|empresas? (de )?fachada|llamadas de la cárcel|preservación|orden judicial|cadena de custodia|señuelo",
    }[lang]
    for name, text in _guest_pages(library, lang):
        found = re.search(method, text, re.IGNORECASE)
        assert not found, f"{name}: {found and found.group()}"


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("name", ["message:danger.minor_at_risk", "topic:minor.help"])
def test_a_young_person_hears_first_that_nobody_reads_this(library: Library, name: str, lang: str) -> None:
    text = Renderer(library, lang, "guest").render(Part(name)).text
    words = {
        "en": ("I am a program. Nobody reads this and I cannot report it.", "911"),
        "es": ("Soy un programa. Nadie lee esto y no puedo denunciarlo.", "911"),
    }[lang]
    for piece in words:
        assert piece in text
    assert text.index(words[0]) < text.index("☎")


@pytest.mark.parametrize("lang", LANGS)
def test_home_is_never_the_answer_before_it_is_known_to_be_safe(library: Library, lang: str) -> None:
    home = {
        "en": r"\b(go|went|get|bring \w+|take \w+|drive) (back )?home\b",
        "es": r"\b(volver|vuelva|regresar|llevar\w*) a (su )?casa\b",
    }[lang]
    allowed = {
        "en": r"don't have to go home|if home is safe|can't go home",
        "es": r"No tiene que volver a casa|casa es segura",
    }[lang]
    for name, text in _guest_pages(library, lang):
        for line in text.splitlines():
            if re.search(home, line, re.IGNORECASE):
                assert re.search(allowed, line), f"{name}: {line}"
