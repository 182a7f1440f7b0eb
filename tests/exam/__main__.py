"""`make exam`: how well unseen messages are understood. `--record` keeps the figures in `tests/evaluation/scores.json`, which
the tests then hold; `--again` scores the sealed file once more with the same model.

Scores our own messages, the sealed ones (by hands that wrote no training phrase; once per model, for whoever looks twice
begins to fit them), and an exam from outside: the file named in WAYMARK_EXAM, or the one beside the checkout.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from pathlib import Path

from bot import logs, trained
from bot.library import loading
from bot.processes import Processes
from bot.settings import Settings
from tests.exam import calibration, marks, pictures, tables
from tests.exam.asking import OWN, SEALED, given, score
from tests.exam.records import Scores, name_of
from tests.exam.scoring import figures

FAILED = 0.005
"""More answers without the classifier than this, and the figures are those of the machine."""


async def sit(files: list[Path], scores: Scores, fingerprint: str, record: bool) -> None:
    """Scores the files, prints what came out, keeps it where that was asked for."""
    library = loading.shared()
    async with Processes(Settings()) as parts:
        for path in files:
            if path == SEALED:
                scores.look(path, fingerprint)
            rows = await score(path, library, parts.nlu)
            print(*tables.report(name_of(path), rows), sep="\n", flush=True)
            found, said = figures(rows), calibration.points(rows)
            failed = sum(row["answer"]["failed"] for row in rows)
            if failed:
                print(f"\n{failed} messages were answered without the classifier: the machine is busy")
            if os.environ.get("WAYMARK_EXAM_PICTURES"):
                file = name_of(path).replace("/", "-").removesuffix(".jsonl") + ".svg"
                pictures.reliability(Path(os.environ["WAYMARK_EXAM_PICTURES"]) / file, name_of(path), said)
            if record and failed > FAILED * len(rows):
                print("not kept: try again when nothing else runs here")
            elif record:
                scores.keep(path, fingerprint, found, calibration.ece(said))
            if os.environ.get("WAYMARK_EXAM_OUT") and path != SEALED:  # what was wrong there is not read, either
                with open(os.environ["WAYMARK_EXAM_OUT"], "a", encoding="utf-8") as file_out:
                    file_out.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def kept(scores: Scores, path: Path) -> list[str]:
    """What is printed instead of scoring the sealed file again."""
    found = scores.stored(path)
    head = f"\n== {name_of(path)}: looked at with this very model already; `--again` does it once more"
    if found is None:
        return [head, "its figures were not kept"]
    return [
        head,
        f"kept figures, measured at model {scores.model_of(path)}",
        *tables.shares(found),
        "",
        *marks.lines(found),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.exam", description=__doc__)
    parser.add_argument("--record", action="store_true", help="keep the figures in tests/evaluation/scores.json")
    parser.add_argument("--again", action="store_true", help="score the sealed file again with the same model")
    asked = parser.parse_args()
    logs.set_up("CRITICAL")
    outside = given()
    if outside is not None and not outside.is_file():
        parser.error(f"WAYMARK_EXAM names {outside}, which is no file: correct it, or unset it")
    trained.ensure(Settings(), lambda text: print(text, file=sys.stderr))
    scores, fingerprint = Scores(), trained.fingerprint()
    files = [OWN] + ([outside] if outside else [])
    looked = scores.looked(SEALED, fingerprint) and not asked.again
    asyncio.run(sit(files if looked else [*files, SEALED], scores, fingerprint, asked.record))
    if looked:
        print(*kept(scores, SEALED), sep="\n")


if __name__ == "__main__":
    main()
