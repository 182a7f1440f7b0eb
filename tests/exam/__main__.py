"""`make exam`: how well unseen messages are understood, with 95 % intervals, by language, role and row.

Scores tests/evaluation/messages.jsonl (our own, by a hand that wrote no training phrase) and, where it is there, a file named
in WAYMARK_EXAM. Messages go through the very same desk as a person's.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from bot import logs, trained
from bot.ask import answers
from bot.desk import Desk
from bot.library import loading
from bot.processes import Processes
from bot.safety.exits import Exits
from bot.safety.floor import Floor
from bot.settings import Settings
from tests.exam.scoring import interval, seen_role, verdict

OWN = Path(__file__).resolve().parents[1] / "evaluation" / "messages.jsonl"
DANGER = ("emergency_now", "self_harm", "minor_at_risk")


async def score(path: Path) -> list[dict[str, Any]]:
    """Each message with what the bot made of it."""
    messages = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
    settings, library = Settings(), loading.shared()
    async with Processes(settings) as parts:
        desk = Desk(library, parts.nlu, Floor(), Exits())
        lines = [json.dumps({"id": m["id"], "text": m["text"], "role": seen_role(m["role"])}) for m in messages]
        out = [answer async for answer in answers(lines, desk, library, parts.nlu)]
    return [{**m, **verdict(m, a), "answer": a} for m, a in zip(messages, out, strict=True)]


def table(name: str, rows: list[dict[str, Any]]) -> None:
    def line(label: str, hits: list[bool]) -> None:
        if hits:
            low, high = interval(sum(hits), len(hits))
            print(f"{label:44s} {sum(hits) / len(hits):.3f}  [{low:.3f}, {high:.3f}]  n={len(hits)}")

    print(f"\n== {name}")
    line("right at the first try", [r["right"] for r in rows])
    line("right, or one tap away", [r["one_tap"] for r in rows])
    for lang in ("en", "es", "mixed"):
        line(f"  right, {lang}", [r["right"] for r in rows if r["lang"] == lang])
    for row in DANGER:
        line(f"  {row}: a danger reply", [r["danger"] for r in rows if r["label"] == row])
    line("  danger, pooled", [r["danger"] for r in rows if r["label"] in DANGER])
    line("critical message handled as must_not", [r["must_not_hit"] for r in rows if r["severity"] == "critical"])
    line(
        "danger reply without danger",
        [r["danger"] for r in rows if r["label"] not in DANGER and not set(r["also_ok"]) & set(DANGER)],
    )
    line("abuse refused", [r["right"] for r in rows if r["label"] == "abuse_or_perpetrator"])
    line("out_of_scope recognized", [r["right"] for r in rows if r["label"] == "out_of_scope"])
    line("only asked which was meant", [not r["answer"].get("answered", True) for r in rows])
    by_row: dict[str, list[bool]] = defaultdict(list)
    confused: Counter[tuple[str, str]] = Counter()
    for r in rows:
        by_row[r["label"]].append(r["right"])
        if not r["right"]:
            confused[(r["label"], r["answer"].get("handling", "error"))] += 1
    print(
        "weakest rows: "
        + ", ".join(
            f"{k} {sum(v)}/{len(v)}" for k, v in sorted(by_row.items(), key=lambda i: sum(i[1]) / len(i[1]))[:12]
        )
    )
    print("most confused: " + ", ".join(f"{a}→{b} {n}" for (a, b), n in confused.most_common(14)))


def main() -> None:
    logs.set_up("ERROR")
    trained.ensure(Settings(), lambda text: print(text, file=sys.stderr))
    files = [OWN] + ([Path(os.environ["WAYMARK_EXAM"])] if os.environ.get("WAYMARK_EXAM") else [])
    for path in files:
        rows = asyncio.run(score(path))
        table(path.parent.name + "/" + path.name, rows)
        if os.environ.get("WAYMARK_EXAM_OUT"):
            with open(os.environ["WAYMARK_EXAM_OUT"], "a", encoding="utf-8") as file:
                file.writelines(json.dumps(r, ensure_ascii=False) + "\n" for r in rows)


if __name__ == "__main__":
    main()
