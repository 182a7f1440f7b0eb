"""The linear model and the classifier around it, on a handful of made-up phrases."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu.components.classifier import NGRAMS, SENTENCE, UNSURE, RowClassifier, exchange, held_out
from nlu.components.encoder import DIM
from nlu.components.featurizers import NgramFeaturizer
from nlu.components.rows import NgramSpace, RowModel, best_temperature

PHRASES = {
    "greeting": ["hello there", "hello bot", "hi there", "hi bot", "good morning bot", "good morning there"],
    "thanks": ["thank you", "thanks a lot", "thank you bot", "thanks bot", "many thanks", "many thanks bot"],
    "minor_at_risk": ["a child is hurt", "the child is hurt", "child hurt here", "hurt child", "the child", "a child"],
    "officer_minor_protocol": ["found a minor", "minor found", "a minor here", "found the minor", "minor", "a minor"],
}
TEXTS = [text for texts in PHRASES.values() for text in texts]
LABELS = [row for row, texts in PHRASES.items() for _ in texts]


def vectors(texts: list[str]) -> np.ndarray:
    """Stands in for the sentence model: the same words, the same vector."""
    found = np.zeros((len(texts), DIM), dtype=np.float32)
    for row, text in enumerate(texts):
        for word in text.split():
            found[row, hash_of(word) % DIM] = 1.0
        found[row] /= max(1.0, float(np.linalg.norm(found[row])))
    return found


def hash_of(word: str) -> int:
    return sum(ord(char) * 31**index for index, char in enumerate(word))


@pytest.fixture(scope="module")
def space() -> NgramSpace:
    return NgramSpace().fit(TEXTS)


@pytest.fixture(params=[False, True], ids=["one place", "branch"])
def model(request: pytest.FixtureRequest, space: NgramSpace) -> RowModel:
    built = RowModel(branch=request.param, temperature=0.3)
    roles, langs = ["guest", "officer"] * 12, ["en", "es", "mixed"] * 8
    return built.fit(built.design(vectors(TEXTS), space.transform(TEXTS), roles, langs), LABELS)


def test_reading_is_the_design_matrix_without_building_it(model: RowModel, space: NgramSpace) -> None:
    texts = ["hello child", "", "found thanks", "zzz"]
    given = (
        vectors(texts),
        space.transform(texts),
        ["guest", "officer", "coordinator", "guest"],
        ["en", "es", "en", "mixed"],
    )
    slow = model.probabilities(model.scores(model.design(*given)))
    np.testing.assert_allclose(model.read(*given), slow, atol=1e-5)
    np.testing.assert_allclose(slow.sum(1), 1.0, atol=1e-5)


def test_weights_are_those_of_the_linear_model(space: NgramSpace) -> None:
    from sklearn.svm import LinearSVC

    model = RowModel()
    features = model.design(vectors(TEXTS), space.transform(TEXTS), ["guest"] * 24, ["en"] * 24)
    theirs = LinearSVC(C=model.strength, max_iter=300, tol=1e-2, random_state=7)
    expected = theirs.fit(features, LABELS).decision_function(features)
    np.testing.assert_allclose(model.fit(features, LABELS).scores(features), expected, atol=1e-4)


def test_two_rows_are_two_columns() -> None:
    features = sp.csr_matrix(np.array([[1.0, 0.0], [0.9, 0.1], [0.0, 1.0], [0.1, 0.9]], dtype=np.float32))
    model = RowModel().fit(features, ["b", "b", "a", "a"])
    assert model.rows == ["a", "b"]
    assert list(model.scores(features).argmax(1)) == [1, 1, 0, 0]


def test_role_is_part_of_what_is_read(model: RowModel, space: NgramSpace) -> None:
    text = ["hello"]
    as_guest = model.read(vectors(text), space.transform(text), ["guest"], ["en"])
    as_officer = model.read(vectors(text), space.transform(text), ["officer"], ["en"])
    assert np.abs(as_guest - as_officer).max() > 1e-4
    unknown = model.read(vectors(text), space.transform(text), ["advocate"], ["en"])
    assert np.isfinite(unknown).all(), "a role that nobody trained is no error"


def test_language_matters_only_with_a_branch(model: RowModel, space: NgramSpace) -> None:
    text = ["thank you child"]
    english, spanish = (model.read(vectors(text), space.transform(text), ["guest"], [lang]) for lang in ("en", "es"))
    assert (np.abs(english - spanish).max() > 1e-4) == model.branch


def test_temperature_finds_what_made_the_scores() -> None:
    random = np.random.default_rng(7)
    for true in (0.1, 0.5, 2.0):
        scores = random.normal(size=(4000, 5)) * true * 2
        chances = np.exp(scores / true)
        chances /= chances.sum(1, keepdims=True)
        truth = np.array([random.choice(5, p=row) for row in chances])
        assert best_temperature(scores, truth) == pytest.approx(true, rel=0.15)


def test_every_message_is_scored_by_a_model_that_did_not_see_it(space: NgramSpace) -> None:
    features = RowModel().design(vectors(TEXTS), space.transform(TEXTS), ["guest"] * 24, ["en"] * 24)
    scores, truth = held_out(features, LABELS, {})
    assert scores.shape == (24, 4)
    assert sorted(truth) == sorted(np.searchsorted(sorted(PHRASES), LABELS))


def test_ngrams_forgive_spelling_and_know_their_words(space: NgramSpace) -> None:
    one, other, far = (space.transform([text]) for text in ("thanks bot", "thaanks bot", "found minor"))
    assert (one @ other.T)[0, 0] > (one @ far.T)[0, 0] + 0.3
    assert space.knows("THANKS!")
    assert not space.knows("xyzzy 🆘")
    assert not space.knows("")
    assert space.transform([""]).nnz == 0


@pytest.mark.parametrize(
    ("role", "expected"), [("officer", [0.0, 0.9, 0.1]), ("guest", [0.9, 0.0, 0.1]), ("coordinator", [0.6, 0.3, 0.1])]
)
def test_what_belongs_to_the_other_role_moves(role: str, expected: list[float]) -> None:
    row = np.array([0.6, 0.3, 0.1])
    pairs = {"minor_at_risk": "officer_minor_protocol", "wants_safe_place": "officer_placement_now"}
    exchange(row, ["minor_at_risk", "officer_minor_protocol", "thanks"], role, pairs)
    np.testing.assert_allclose(row, expected)


# --- the Rasa component


def message(text: str, space: NgramSpace, row: str | None = None, **metadata: str) -> Message:
    data: dict[str, Any] = {TEXT: text, "metadata": metadata, "known_words": space.knows(text)}
    if row:
        data["intent"] = row
    built = Message(data)
    built.add_features(Features(vectors([text]), FEATURE_TYPE_SENTENCE, TEXT, SENTENCE))
    built.add_features(Features(space.transform([text]), FEATURE_TYPE_SENTENCE, TEXT, NGRAMS))
    return built


@pytest.fixture(scope="module")
def classifier(space: NgramSpace, tmp_path_factory: pytest.TempPathFactory) -> RowClassifier:
    """Trained, stored and loaded again."""
    storage = LocalModelStorage(tmp_path_factory.mktemp("storage"))
    resource, config = Resource("rows"), RowClassifier.get_default_config()
    seen = ["officer" if row.startswith("officer") else "guest" for row in LABELS]
    examples = [message(t, space, r, role=s, lang="en") for t, r, s in zip(TEXTS, LABELS, seen, strict=True)]
    RowClassifier.create(config, storage, resource, None).train(TrainingData(examples))  # type: ignore[arg-type]
    return RowClassifier.load(config, storage, resource, None)  # type: ignore[arg-type]


def read(classifier: RowClassifier, space: NgramSpace, text: str, **metadata: str) -> Message:
    return classifier.process([message(text, space, **metadata)])[0]


def test_the_row_comes_with_its_confidence_and_ranking(classifier: RowClassifier, space: NgramSpace) -> None:
    found = read(classifier, space, "thank you bot", role="guest", lang="en")
    assert found.get("intent")["name"] == "thanks"
    ranking = found.get("intent_ranking")
    assert ranking[0]["name"] == "thanks"
    assert sorted((r["confidence"] for r in ranking), reverse=True) == [r["confidence"] for r in ranking]
    assert found.get("intent")["confidence"] == ranking[0]["confidence"]


@pytest.mark.parametrize(("role", "row"), [("officer", "officer_minor_protocol"), ("guest", "minor_at_risk")])
@pytest.mark.parametrize("text", ["a child is hurt", "found a minor"])
def test_the_role_decides_whose_row_it_is(
    classifier: RowClassifier, space: NgramSpace, text: str, role: str, row: str
) -> None:
    assert read(classifier, space, text, role=role, lang="en").get("intent_ranking")[0]["name"] == row


def test_without_a_known_word_it_does_not_know(classifier: RowClassifier, space: NgramSpace) -> None:
    found = read(classifier, space, "🆘🆘", role="guest", lang="en")
    assert found.get("intent")["name"] == UNSURE
    assert found.get("known_words") is False
    assert UNSURE not in [r["name"] for r in found.get("intent_ranking")]


def test_no_metadata_is_an_english_guest(classifier: RowClassifier, space: NgramSpace) -> None:
    bare = read(classifier, space, "a child is hurt")
    assert bare.get("intent_ranking") == read(classifier, space, "a child is hurt", role="guest").get("intent_ranking")


def test_danger_needs_less_than_the_rest(classifier: RowClassifier, space: NgramSpace) -> None:
    config = {**RowClassifier.get_default_config(), "threshold": 1.1, "danger_threshold": 0.1}
    strict = RowClassifier(config, None, None, classifier._model)  # type: ignore[arg-type]
    assert read(strict, space, "hello thank you", role="guest").get("intent")["name"] == UNSURE
    assert read(strict, space, "the child is hurt", role="guest").get("intent")["name"] == "minor_at_risk"
    config["danger_threshold"] = 1.1
    assert read(strict, space, "the child is hurt", role="guest").get("intent")["name"] == UNSURE


def test_many_messages_at_once_read_as_one_by_one(classifier: RowClassifier, space: NgramSpace) -> None:
    texts = ["hello bot", "", "many thanks", "a minor"]
    together = classifier.process([message(text, space, role="guest") for text in texts])
    for text, found in zip(texts, together, strict=True):
        alone = read(classifier, space, text, role="guest").get("intent_ranking")
        assert [r["name"] for r in alone] == [r["name"] for r in found.get("intent_ranking")]
        np.testing.assert_allclose(
            [r["confidence"] for r in alone], [r["confidence"] for r in found.get("intent_ranking")], atol=2e-4
        )


def test_the_ngram_component_keeps_its_space(tmp_path: Path) -> None:
    storage, resource = LocalModelStorage(tmp_path), Resource("ngrams")
    examples = TrainingData([Message({TEXT: t, "intent": r}) for t, r in zip(TEXTS, LABELS, strict=True)])
    NgramFeaturizer.create({}, storage, resource, None).train(examples)  # type: ignore[arg-type]
    loaded = NgramFeaturizer.load({}, storage, resource, None)  # type: ignore[arg-type]
    found = loaded.process([Message({TEXT: "hello bot"}), Message({TEXT: "🆘"}), Message({})])
    assert [m.get("known_words") for m in found] == [True, False, False]
    assert [f.origin for f in found[0].features] == [NGRAMS]
