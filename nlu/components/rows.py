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
    """Letter runs (2 to 5, inside words) and words (1 to 2) of the folded message, weighted by rarity. Both read what was folded once."""

    letters: TfidfVectorizer = field(
        default_factory=lambda: TfidfVectorizer(
            preprocessor=str, analyzer="char_wb", ngram_range=(2, 5), min_df=2, sublinear_tf=True, dtype=np.float32
        )
    )
    words: TfidfVectorizer = field(
        default_factory=lambda: TfidfVectorizer(
            preprocessor=str,
            token_pattern=r"(?u)\b\w+\b",
            ngram_range=(1, 2),
            min_df=2,
            sublinear_tf=True,
            dtype=np.float32,
        )
    )

    def fit(self, texts: list[str]) -> NgramSpace:
        folded = [fold(text) for text in texts]
        self.letters.fit(folded)
        self.words.fit(folded)
        return self

    def transform(self, texts: list[str]) -> sp.csr_matrix:
        """(len(texts), vocabulary) float32, unit length per part."""
        folded = [fold(text) for text in texts]
        return sp.hstack([self.letters.transform(folded), self.words.transform(folded)], format="csr", dtype=np.float32)

    def knows(self, text: str) -> bool:
        """Whether any single word of the message was seen in training."""
        vocabulary = self.words.vocabulary_
        return any(word in vocabulary for word in fold(text).split())


@dataclass
class RowModel:
    """Linear model over [vectors x scale | role | n-grams]; `temperature` makes confidences honest.

    With `branch` the vectors stand in one of two places, for English and for the rest, so that what the English encoder makes
    of Spanish is weighed apart. It is off: it costs accuracy in both languages, more where the language was misheard.
    """

    scale: float = 0.5
    ngram_scale: float = 3.0
    role_scale: float = 1.0
    strength: float = 0.1
    branch: bool = False
    temperature: float = 1.0
    rows: list[str] = field(default_factory=list)
    weights: np.ndarray | None = None
    """(features, rows) float32: one line of it is read for every n-gram of a message."""
    offset: np.ndarray | None = None

    def _dense(self, vectors: np.ndarray, roles: list[str], langs: list[str]) -> np.ndarray:
        role = np.array([[r == name for name in ROLES] for r in roles], dtype=np.float32) * self.role_scale
        if not self.branch:
            return np.hstack([vectors * self.scale, role])
        english = np.array([[lang == "en"] for lang in langs], dtype=np.float32)
        return np.hstack([vectors * english * self.scale, vectors * (1 - english) * self.scale, role])

    def design(self, vectors: np.ndarray, ngrams: sp.csr_matrix, roles: list[str], langs: list[str]) -> sp.csr_matrix:
        """(n, features) of what the linear model learns from."""
        return sp.hstack([sp.csr_matrix(self._dense(vectors, roles, langs)), ngrams * self.ngram_scale], format="csr")

    def fit(self, features: sp.csr_matrix, labels: list[str]) -> RowModel:
        # Rows weigh as many phrases as they have: out of scope and danger have more, and are more of what people write (decision 0015).
        model = LinearSVC(C=self.strength, max_iter=300, tol=1e-2, random_state=7)
        model.fit(features, labels)
        coefficients, offset = model.coef_, model.intercept_
        if len(model.classes_) == 2:  # scikit-learn keeps one line for two rows
            coefficients, offset = np.vstack([-coefficients, coefficients]), np.hstack([-offset, offset])
        self.rows = [str(name) for name in model.classes_]
        self.weights = np.ascontiguousarray(coefficients.T, dtype=np.float32)
        self.offset = offset.astype(np.float32)
        return self

    def scores(self, features: sp.csr_matrix) -> np.ndarray:
        """(n, rows): how far each message is on each row's side."""
        assert self.weights is not None
        return features @ self.weights + self.offset

    def read(self, vectors: np.ndarray, ngrams: sp.csr_matrix, roles: list[str], langs: list[str]) -> np.ndarray:
        """`probabilities(scores(design(...)))` without building the design matrix."""
        assert self.weights is not None
        dense = self._dense(vectors, roles, langs)
        width = dense.shape[1]
        spread = ngrams @ self.weights[width:] * np.float32(self.ngram_scale)
        return self.probabilities(dense @ self.weights[:width] + spread + self.offset)

    def probabilities(self, scores: np.ndarray) -> np.ndarray:
        """(n, rows), each row sums to one, columns in the order of `rows`."""
        scores = scores / self.temperature
        scores = np.exp(scores - scores.max(1, keepdims=True))
        return scores / scores.sum(1, keepdims=True)


def best_temperature(scores: np.ndarray, truth: np.ndarray) -> float:
    """The temperature with the lowest log loss on held-out scores; `truth` are column numbers."""
    best, lowest = 1.0, np.inf
    for temperature in np.geomspace(0.02, 5.0, 120):
        scaled = scores / temperature
        top = scaled.max(1, keepdims=True)
        log_sum = np.log(np.exp(scaled - top).sum(1)) + top[:, 0]
        loss = float((log_sum - scaled[np.arange(len(truth)), truth]).mean())
        if loss < lowest:
            best, lowest = float(temperature), loss
    return best
