"""The real graph keeps its promises, and the proof finds the fault when one is planted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from bot import cli
from bot.intake import graph as graphs
from bot.intake import proof
from bot.intake.model import Graph, Node, Way
from bot.library.loading import CONTENT, ContentError, Library
from bot.library.rendering import NotForThisReader, Renderer
from bot.library.replies import Part
from bot.review import strings
from tests.content.planting import with_asking, with_intake
from tests.intake.planting import with_node, with_ways

Plant = Callable[[Graph], Graph]


def test_the_graph_keeps_its_promises(graph: Graph, library: Library) -> None:
    assert proof.problems(graph, library) == []


def _added(graph: Graph, node: Node, before: str) -> Graph:
    """A new node that everything which led to `before` now leads to."""
    nodes = {
        name: n.model_copy(
            update={"next": [w.model_copy(update={"to": node.id}) if w.to == before else w for w in n.next]}
        )
        for name, n in graph.nodes.items()
    }
    return graph.model_copy(update={"nodes": nodes | {node.id: node}})


NAME = Node(id="name", kind="text", field="name", identifying=True, next=[Way(to="reporting")])
SURE = Node(id="birthday", kind="text", field="birthday", identifying=True, next=[Way(to="age")])
HIS = Node(id="ally.their_name", kind="text", field="their_name", identifying=True, next=[Way(to="ally.contact")])

FAULTS: list[tuple[str, Plant, str]] = [
    ("r40_no_notice", lambda g: with_node(g, "reporting", reporting=False), "(R40)"),
    ("r40_notice_of_the_officer", lambda g: with_node(g, "officer.reporting", reporting=False), "officer: nothing says"),
    ("r40_notice_gone", lambda g: with_ways(g, "consent", ({"consent": ["yes"]}, "word"), ({}, "end.stop")), "(R40)"),
    ("r40_way_around", lambda g: with_ways(g, "consent", ({"consent": ["yes"]}, "reporting"), ({}, "word")), "area: can be reached (self)"),
    ("r40_asked_before", lambda g: _added(g, NAME, "reporting"), "name: can be reached (self)"),
    ("r40_details_all_the_same", lambda g: with_ways(g, "state", ({}, "area")), "without details"),
    ("r40_must_be_told", lambda g: with_node(g, "officer.number", skip=False), "without answering"),
    ("r44_minor_goes_on", lambda g: with_ways(g, "age", ({}, "state")), "R44"),
    ("r44_skip_goes_on", lambda g: with_ways(with_node(g, "age", skipped=None), "age", ({"age": ["under_18"]}, "end.minor"), ({}, "state")), "R44"),
    ("r44_skip_is_adult", lambda g: with_node(g, "ally.adult", skipped="yes"), "ally.adult: a skip counts as 18"),
    ("r44_before_the_age", lambda g: _added(g, SURE, "age"), "birthday: somebody under 18"),
    ("r44_officer", lambda g: with_ways(g, "officer.adults", ({}, "officer.agreed")), "(officer, R44)"),
    ("r14_ally", lambda g: _added(g, HIS, "ally.contact"), "their_name"),
    ("r14_officer", lambda g: with_ways(g, "officer.children", ({}, "gender")), "officer is asked for gender"),
    ("dead_end", lambda g: with_node(g, "pets", next=[]), "pets: is a dead end"),
    ("nowhere", lambda g: with_ways(g, "pets", ({}, "moon")), "moon"),
    ("circle", lambda g: with_ways(g, "pets", ({}, "when")), "circle"),
    ("trap", lambda g: with_ways(g, "summary", ({}, "summary")), "no way from here"),
    ("not_reached", lambda g: with_ways(g, "gender", ({}, "pets")), "children: nothing leads there"),
    ("last_way", lambda g: with_ways(g, "pets", ({"pets": ["small"]}, "needs")), "last way has a condition"),
    ("hidden_way", lambda g: with_ways(g, "pets", ({}, "needs"), ({}, "language")), "hides"),
    ("never_said", lambda g: with_ways(g, "pets", ({"pets": ["horse"]}, "needs"), ({}, "needs")), "'horse'"),
    ("free_text", lambda g: with_node(g, "area", identifying=False), "area: free text"),
    ("no_options", lambda g: with_node(g, "pets", options=[]), "no options"),
    ("no_start", lambda g: g.model_copy(update={"start": {"self": "consent", "ally": "moon", "officer": "officer.reporting"}}), "begins nowhere"),
    ("skipped", lambda g: with_node(g, "told", skipped="whatever"), "whatever"),
    ("locked_in", lambda g: with_ways(g, "consent", ({}, "reporting")), "no way out"),
]  # fmt: skip


@pytest.mark.parametrize(("plant", "says"), [f[1:] for f in FAULTS], ids=[f[0] for f in FAULTS])
def test_a_planted_fault_is_found(graph: Graph, library: Library, plant: Plant, says: str) -> None:
    found = proof.problems(plant(graph), library)
    assert any(says in line for line in found), found


def _option(library: Library, field: str, option: str) -> Library:
    values = {k: v for k, v in library.intake["es"].values[field].items() if k != option}
    return with_intake(library, "es", "values", field, values)


WORDS: list[tuple[str, Callable[[Library], Library], str]] = [
    ("language", lambda c: replace(c, intake={"en": c.intake["en"]}), "es/intake.yml: is not there"),
    ("question", lambda c: with_intake(c, "es", "nodes", "pets", None), "es/intake.yml: nodes.pets"),
    ("what it is for", lambda c: with_asking(c, "pets", "en", because=None), "en/intake.yml: nodes.pets does not say"),
    ("option", lambda c: _option(c, "pets", "small"), "small has no words"),
    ("value", lambda c: _option(c, "state", "TX"), "TX has no words"),
    ("field", lambda c: with_intake(c, "en", "fields", "pets", None), "fields: pets"),
    ("label", lambda c: with_intake(c, "en", "labels", "skip", None), "labels.skip"),
    ("no question", lambda c: with_intake(c, "en", "nodes", "moon", c.intake["en"].nodes["pets"]), "nodes.moon"),
]


@pytest.mark.parametrize(("plant", "says"), [w[1:] for w in WORDS], ids=[w[0] for w in WORDS])
def test_missing_words_are_found(
    graph: Graph, library: Library, plant: Callable[[Library], Library], says: str
) -> None:
    found = proof.problems(graph, plant(library))
    assert any(says in line for line in found), found


# -- loading and `waymark check` ---------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "intake").mkdir()
    for name in ("intake/graph.yml", "en/intake.yml", "es/intake.yml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes((CONTENT / name).read_bytes())
    return tmp_path


def _edit(path: Path, change: Callable[[Any], None]) -> None:
    data = yaml.safe_load(path.read_text("utf-8"))
    change(data)
    path.write_text(yaml.safe_dump(data, allow_unicode=True), "utf-8")


def test_r41_the_version_changes_with_every_word_that_is_read(folder: Path, graph: Graph) -> None:
    assert graphs.load(folder).version == graph.version
    path = folder / "es" / "intake.yml"
    path.write_text(path.read_text("utf-8").replace("Atrás", "Regresar"), "utf-8")
    assert graphs.load(folder).version != graph.version


def test_a_graph_that_does_not_fit_says_where(folder: Path) -> None:
    _edit(folder / "intake" / "graph.yml", lambda d: d["nodes"][0].update(kind="riddle", colour="red"))
    with pytest.raises(ContentError) as error:
        graphs.load(folder)
    assert any("consent" in line and "kind" in line for line in error.value.problems)
    assert any("colour" in line for line in error.value.problems)


def test_a_question_given_twice_is_refused(folder: Path) -> None:
    _edit(folder / "intake" / "graph.yml", lambda d: d["nodes"].append(d["nodes"][0]))
    with pytest.raises(ContentError, match="consent is there twice"):
        graphs.load(folder)


def test_waymark_check_runs_the_proof(monkeypatch: pytest.MonkeyPatch, graph: Graph) -> None:
    monkeypatch.setattr(graphs, "load", lambda: with_ways(graph, "age", ({}, "state")))
    result = CliRunner().invoke(cli.main, ["check"])
    assert result.exit_code != 0
    assert "R44" in result.output


# -- on the screen ---------------------------------------------------------------------------------------------------


def test_a_question_is_shown_with_what_it_is_for_and_every_way_out(library: Library) -> None:
    shown = Renderer(library, "es", "guest").render(Part("ask:pets"))
    words = library.intake["es"].nodes["pets"]
    assert words.text.strip() in shown.text
    assert (words.because or "") in shown.text
    assert [payload for _, payload in shown.buttons] == [
        "q:pets:none", "q:pets:small", "q:pets:large", "q:pets:skip", "q:pets:back", "c:unsafe", "c:exit",
    ]  # fmt: skip


def test_what_is_chosen_is_marked_and_done_is_offered(library: Library) -> None:
    shown = dict(Renderer(library, "en", "guest").render(Part("ask:needs", params={"chosen": ["detox"]})).buttons)
    assert shown["✓ Help to stop drugs or alcohol"] == "q:needs:detox"
    assert shown["A doctor or medicine"] == "q:needs:medical"
    assert shown["Done"] == "q:needs:done"


@pytest.mark.parametrize("lang", ["en", "es"])
def test_the_first_question_has_no_way_back_and_cannot_be_skipped(library: Library, lang: str) -> None:
    payloads = [p for _, p in Renderer(library, lang, "guest").render(Part("ask:consent")).buttons]
    assert payloads == ["q:consent:yes", "q:consent:no", "c:unsafe", "c:exit"]


def test_r26_an_officers_question_is_refused_to_a_guest(library: Library) -> None:
    with pytest.raises(NotForThisReader):
        Renderer(library, "en", "guest").render(Part("ask:officer.number"))
    assert Renderer(library, "en", "officer").render(Part("ask:officer.number")).buttons


@pytest.mark.parametrize(
    ("lang", "begins"), [("en", "You can say no. Nothing changes if you do."), ("es", "Puede decir que no.")]
)
def test_the_agreement_is_read_aloud_and_begins_with_the_no(library: Library, lang: str, begins: str) -> None:
    text = Renderer(library, lang, "officer").render(Part("ask:officer.agreed")).text
    assert text[text.index('"') + 1 :].startswith(begins)


def test_r41_a_release_names_one_program_and_its_buttons_carry_it(library: Library) -> None:
    part = Part("release:request.release", params={"program": "harbor", "name": "Harbor"})
    shown = Renderer(library, "en", "guest").render(part)
    assert "Harbor" in shown.text
    assert {"r:yes:harbor", "r:no:harbor"} <= {payload for _, payload in shown.buttons}


def test_a_summary_has_words_for_every_kind_of_answer(library: Library) -> None:
    assert library.intake_row("age", "25_59", "en") == "Age: 25 to 59"
    assert library.intake_row("children", 2, "es") == "Niños: Dos"
    assert (
        library.intake_row("needs", ["medical", "mobility"], "en")
        == "Needs: A doctor or medicine, No stairs, or a wheelchair"
    )
    assert library.intake_row("needs", [], "es") == "Necesita: nada"
    assert library.intake_row("area", "Tulsa", "en") == "County or city: Tulsa"
    assert library.intake_row("state", "NM", "es") == "Estado: Nuevo México"
    assert library.intake_change("age", "en") == "Change: Age"


def test_r10_every_question_to_a_guest_waits_for_a_reviewer(library: Library) -> None:
    names = strings(library)
    assert "ask:consent:es" in names
    assert "ask:ally.area:en" in names
    assert not any(name.startswith("ask:officer.") for name in names)


def test_r06_what_comes_unasked_says_nothing_by_itself(library: Library) -> None:
    for lang, line in (("en", "There is an answer for you."), ("es", "Hay una respuesta para usted.")):
        for name in ("request.answer", "request.end"):
            assert Renderer(library, lang, "guest").render(Part(f"message:{name}")).text == line


def test_r45_nothing_promises_a_bed(library: Library) -> None:
    for (name, _), message in library.messages.items():
        if name.startswith(("request.", "intake.")):
            assert not any(
                word in message.text.lower() for word in ("bed ", "bed.", "cama", "we will find", "le encontraré")
            )
