"""What counts as right in an exam."""

from __future__ import annotations

from math import sqrt
from typing import Any


def seen_role(writer: str) -> str:
    """What the bot is told of the writer: officers and coordinators as they are, everybody else a guest."""
    return writer if writer in ("officer", "coordinator") else "guest"


def verdict(message: dict[str, Any], answer: dict[str, Any]) -> dict[str, bool]:
    """`right`: the handling, or one just as right. `one_tap`: that, or answered besides, or offered as a button."""
    wanted = {message["label"], *message["also_ok"]}
    given = answer.get("handling")
    kinds = {reply["kind"] for reply in answer.get("replies", [])}
    return {
        "right": given in wanted,
        "one_tap": bool(wanted & {given, *answer.get("also", []), *answer.get("offered", [])}),
        "danger": "danger" in kinds,
        "must_not_hit": given in message["must_not"],
    }


def interval(hits: int, total: int, z: float = 1.96) -> tuple[float, float]:
    """Wilson's 95 % interval of a share."""
    if total == 0:
        return 0.0, 1.0
    share = hits / total
    middle = (share + z * z / (2 * total)) / (1 + z * z / total)
    half = z * sqrt(share * (1 - share) / total + z * z / (4 * total * total)) / (1 + z * z / total)
    return max(0.0, middle - half), min(1.0, middle + half)
