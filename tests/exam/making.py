"""Small exams for the tests: rows as `score` gives them, without a desk."""

from __future__ import annotations

from typing import Any

from tests.exam.scoring import verdict


def row(
    label: str,
    given: str,
    *,
    kind: str = "answer",
    confidence: float | None = 0.9,
    also_ok: tuple[str, ...] = (),
    **more: Any,
) -> dict[str, Any]:
    """A message expected as `label` and handled as `given`."""
    message = {
        "id": "x", "text": "one two three", "lang": "en", "role": "guest", "label": label, "also_ok": list(also_ok), "must_not": [],
        "severity": "normal", **more,
    }  # fmt: skip
    answer = {
        "handling": given,
        "replies": [{"kind": kind}],
        "confidence": confidence,
        "answered": True,
        "failed": False,
    }
    return {**message, **verdict(message, answer), "answer": answer}
