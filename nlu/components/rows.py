"""Which row of the catalogue a message belongs to: sentence vectors, letter and word runs, role, one linear model.

Pure functions and arrays; the Rasa components around it are in `featurizers.py` and `classifier.py`. Why this model and
not another is measured in docs/decisions/0003-classifier.md.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import scipy.sparse as sp
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.svm import LinearSVC

from nlu.text import fold

ROLES = ("guest", "officer", "coordinator")
LANGS = ("en", "es", "mixed")


@dataclass
class NgramSpace:
    """Letter runs (2 to 5, inside words) and words (1 to 2) of the folded message, weighted by rarity."""

    letters: TfidfVectorizer = field(
        default_factory=lambda: TfidfVectorizer(
            preprocessor=fold, analyzer="char_wb", ngram_range=(2, 5), min_df=2, sublinear_tf=True, dtype=np.float32
        )
    )
    words: TfidfVectorizer = field(
        default_factory=lambda: TfidfVectorizer(
            preprocessor=fold,
            token_pattern=r"(?u)\b\w+\b",
            ngram_range=(1, 2),
            min_df=2,
            sublinear_tf=True,
            dtype=np.float32,
        )
    )

    def fit(self, texts: list[str]) -> NgramSpace:
        self.letters.fit(texts)
        self.words.fit(texts)
        return self

    def transform(self, texts: list[str]) -> sp.csr_matrix:
        """(len(texts), vocabulary) float32, unit length per part."""
        return sp.hstack([self.letters.transform(texts), self.words.transform(texts)], format="csr", dtype=np.float32)

    def knows(self, text: str) -> bool:
        """Whether any single word of the message was seen in training."""
        vocabulary = self.words.vocabulary_
        return any(word in vocabulary for word in fold(text).split())


@dataclass
class RowModel:
    """Linear model over [vectors x scale | n-grams | role | language x vectors]; `temperature` makes confidences honest."""

    scale: float = 2.0
    ngram_scale: float = 3.0
    role_scale: float = 1.0
    strength: float = 0.1
    temperature: float = 1.0
    model: LinearSVC | None = None

    def design(self, vectors: np.ndarray, ngrams: sp.csr_matrix, roles: list[str], langs: list[str]) -> sp.csr_matrix:
        """(n, features) of what the linear model sees. Spanish messages get a second copy of the vectors, so that what the
        English encoder makes of Spanish is weighed apart (language is a branch in one component)."""
        role = np.array([[r == name for name in ROLES] for r in roles], dtype=np.float32) * self.role_scale
        english = np.array([1.0 if lang == "en" else 0.0 for lang in langs], dtype=np.float32)[:, None]
        dense = np.hstack([vectors * english * self.scale, vectors * (1 - english) * self.scale, role])
        return sp.hstack([sp.csr_matrix(dense), ngrams * self.ngram_scale], format="csr")

    def fit(self, features: sp.csr_matrix, labels: list[str], weights: np.ndarray | None = None) -> RowModel:
        self.model = LinearSVC(C=self.strength, max_iter=300, tol=1e-2, class_weight="balanced", random_state=7)
        self.model.fit(features, labels, sample_weight=weights)
        return self

    @property
    def rows(self) -> list[str]:
        assert self.model is not None
        return list(self.model.classes_)

    def probabilities(self, features: sp.csr_matrix) -> np.ndarray:
        """(n, rows), each row sums to one, columns in the order of `rows`."""
        assert self.model is not None
        scores = self.model.decision_function(features) / self.temperature
        scores = np.exp(scores - scores.max(1, keepdims=True))
        return scores / scores.sum(1, keepdims=True)


def best_temperature(scores: np.ndarray, truth: np.ndarray) -> float:
    """The temperature with the lowest log loss on held-out scores; `truth` are column numbers."""
    best, lowest = 1.0, np.inf
    for temperature in np.geomspace(0.2, 5.0, 60):
        scaled = scores / temperature
        top = scaled.max(1, keepdims=True)
        log_sum = np.log(np.exp(scaled - top).sum(1)) + top[:, 0]
        loss = float((log_sum - scaled[np.arange(len(truth)), truth]).mean())
        if loss < lowest:
            best, lowest = float(temperature), loss
    return best
