"""`make bench`: Waymark against stock Rasa, aiogram and python-telegram-bot, measured in one run.

`WAYMARK_BENCH_QUICK=1` does little of everything, to see that it runs.
"""

from __future__ import annotations

import logging
import os
import random
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import orjson
import uvloop

from bot import trained
from bot.desk import Desk
from bot.library import loading
from bot.processes import Processes
from bot.safety.exits import Exits
from bot.safety.floor import Floor
from bot.settings import ROOT, Settings
from tests.bench import figures, reading, stock, telegram, turns, whole
from tests.bench.figures import Row, ms

QUICK = os.environ.get("WAYMARK_BENCH_QUICK") == "1"
TEXTS = 60 if QUICK else 300
TURNS = 60 if QUICK else 300
RUNS = 1 if QUICK else 3
UPDATES = {
    "waymark": 300 if QUICK else 2000,
    "aiogram": 300 if QUICK else 2000,
    "ptb": 60 if QUICK else 300,
    "ptb concurrent": 100 if QUICK else 1000,
}
METHOD = [
    f"Texts: {TEXTS} drawn with a fixed seed from `tests/evaluation/messages.jsonl`, both languages, none trained on.",
    "Parse: `POST /parse` of our Rasa channel over HTTP, one after another.",
    "Message to reply: from the desk's door to replies in words, with the real Rasa and the real action process, without queues "
    "and Telegram; only texts that the safety floor and the commands leave to Rasa, since the rest is quicker still. "
    "Conversations of ten messages, ours and stock taking turns.",
    "Stock Rasa: `rasa run` 3.6.21 with its REST channel, WhitespaceTokenizer, RegexFeaturizer, LexicalSyntacticFeaturizer, two "
    "CountVectorsFeaturizers, DIETClassifier (5 epochs) and RulePolicy, trained on the same phrases, rules and domain; "
    "`python -m rasa_sdk` with the same actions. Five epochs make it quick to train, not good: its answers are not compared here.",
    "Long conversation: the same few texts over and over in one conversation; median of turns 11 to 40 against the last thirty.",
    "The longest message: text, exit words and floor, before the classifier is asked; median of nine, eight kinds of text.",
    "Telegram: the local Bot API server of the tests in a process of its own, 50 ms before every answer, no limits on rate. The "
    "server is full of updates from 500 chats before a bot starts; the clock runs from its first `getUpdates` to the last reply, "
    f"60 s at most; median of {RUNS} interleaved runs. Each bot is one process and answers one message an update. Ours has the update "
    "on the disk (SQLite, synchronous=FULL) before the offset moves, seals it, reads it for danger, queues the reply, and remembers "
    "what it sent; the message is `/menu`, which needs no Rasa. aiogram and python-telegram-bot send back what they got and keep "
    "nothing. The local server needs most of a core, so on two cores no bot has more than one.",
    "CPU: user and system time of the bot's process by update; unlike updates a second it hardly minds who else is on the machine.",
    "Memory: resident, after a few hundred messages; each process counts the pages it shares with others, so the sum is an upper "
    "bound. Stock Rasa's is `rasa run` and the action server, without any bot.",
    "Start: from the call of `waymark run`, model trained, to the first reply at the Bot API server.",
    "Refreshers, planned and sent: [a page of their own](refreshers.md).",
]  # fmt: skip


def run_all(out: Path) -> dict[str, Any]:
    """Measures, prints the table, writes `README.md` and `benchmarks.svg` into `out`. Returns all figures."""
    load = os.getloadavg()[0]
    logging.getLogger().setLevel(logging.ERROR)
    found: dict[str, Any] = uvloop.run(_measure())
    rows = _rows(found)
    print(figures.plain(rows))
    out.mkdir(parents=True, exist_ok=True)
    (out / "README.md").write_text(figures.page(rows, METHOD, load, QUICK), "utf-8")
    figures.picture(out / "benchmarks.svg", _panels(found))
    return found


def _say(text: str) -> None:
    print(f"· {text}", file=sys.stderr, flush=True)


def _texts(count: int) -> list[str]:
    lines = (ROOT / "tests" / "evaluation" / "messages.jsonl").read_text("utf-8").splitlines()
    texts = [orjson.loads(line)["text"] for line in lines if line.strip()]
    return random.Random(7).sample(texts, min(count, len(texts)))


async def _measure() -> dict[str, Any]:
    base = Settings()
    _say("stock Rasa's model (trained once)")
    stock_model = await stock.model(base)
    with tempfile.TemporaryDirectory(prefix="waymark-bench-") as home:
        settings = base.model_copy(update={"home": Path(home), "keys_dir": None, "models_dir": base.models})
        found = await _turns(settings, stock_model)
        _say("the longest message")
        found["longest"] = reading.longest()
        _say("start and memory")
        found["whole"] = await whole.start_and_memory(settings, _texts(TEXTS))
    _say("Telegram, four bots")
    found["telegram"] = await telegram.measure(RUNS, UPDATES)
    return found


async def _turns(settings: Settings, stock_model: Path) -> dict[str, Any]:
    library, texts = loading.shared(), _texts(TEXTS)
    async with Processes(settings) as parts, stock.StockRasa(settings, stock_model) as peer:
        nlu = turns.Counting(parts.nlu)
        desk = Desk(library, nlu, Floor(), Exits())
        _say("parse")
        parse = await turns.parse_times(parts.nlu, texts)
        asked = await turns.through_rasa(desk, library, nlu, texts)
        sides = [turns.ours(desk, library, nlu), turns.stock(peer)]
        _say("message to reply")
        reply = await turns.message_to_reply(sides, asked)
        rates = await turns.per_second(sides, asked, rounds=RUNS)
        _say("a long conversation")
        talk = await turns.long_talk(sides, asked[:20], TURNS)
        stock_memory = sum(whole.resident(pid) for pid in peer.pids)
    return {
        "parse": asdict(parse),
        "asked": len(asked),
        "reply": {name: {**asdict(spread), "unanswered": silent} for name, (spread, silent) in reply.items()},
        "per_second": rates,
        "long": {name: {"early": early, "late": late} for name, (early, late) in talk.items()},
        "stock_memory": stock_memory,
    }


def _rows(found: dict[str, Any]) -> list[Row]:
    return [*_turn_rows(found), _longest_row(found["longest"]), *_telegram_rows(found["telegram"]), *_whole_rows(found)]


def _turn_rows(found: dict[str, Any]) -> list[Row]:
    parse, rates = found["parse"], found["per_second"]
    ours, peer = found["reply"]["Waymark"], found["reply"]["stock Rasa"]
    long, stock_long = found["long"]["Waymark"], found["long"]["stock Rasa"]
    faster, slower = peer["p50"] / ours["p50"], long["late"] / long["early"]
    return [
        Row("Parse, p50", ms(parse["p50"]), wanted="≤ 10 ms", reached=parse["p50"] <= 10),
        Row("Parse, p99", ms(parse["p99"])),
        Row("Message to reply, p50", ms(ours["p50"]), wanted="≤ 15 ms", reached=ours["p50"] <= 15),
        Row("Message to reply, p50, against stock Rasa", ms(ours["p50"]), ms(peer["p50"]), faster, "≥ 3 ×", faster >= 3),
        Row("Message to reply, p99, against stock Rasa", ms(ours["p99"]), ms(peer["p99"]), peer["p99"] / ours["p99"]),
        Row("Messages a second, eight at once, against stock Rasa", f"{rates['Waymark']:.0f}", f"{rates['stock Rasa']:.0f}",
            rates["Waymark"] / rates["stock Rasa"]),
        Row("Messages that Rasa did not answer", str(ours["unanswered"]), str(peer["unanswered"])),
        Row(f"One conversation: turns 11–40, then {TURNS - 29}–{TURNS}", f"{ms(long['early'])}, {ms(long['late'])}", "", slower,
            "≤ 1.2 ×", slower <= 1.2),
        Row("The same with stock Rasa", "", f"{ms(stock_long['early'])}, {ms(stock_long['late'])}",
            stock_long["late"] / stock_long["early"]),
    ]  # fmt: skip


def _longest_row(found: dict[str, float]) -> Row:
    worst = max(found, key=lambda name: found[name])
    ours = f"{ms(found['a story'])}, {ms(found[worst])} ({worst})"
    return Row(
        "10,000 characters, text and floor: a story, the worst", ours, wanted="≤ 200 ms", reached=found[worst] <= 200
    )


def _telegram_rows(bots: dict[str, Any]) -> list[Row]:
    ours = bots["waymark"]
    rows = []
    for bot, label, aim in (
        ("aiogram", "aiogram 3", 1.5),
        ("ptb", "python-telegram-bot", 10.0),
        ("ptb concurrent", "python-telegram-bot, concurrent_updates", None),
    ):
        what = f"Updates a second at 50 ms latency, against {label}"
        ratio = ours["rate"] / bots[bot]["rate"]
        reached = None if aim is None else ratio >= aim
        rates = f"{ours['rate']:.0f}", f"{bots[bot]['rate']:.0f}"
        rows.append(Row(what, *rates, ratio, f"≥ {aim:g} ×" if aim else "", reached))
    cpu = bots["aiogram"]["cpu_ms"]
    rows.append(Row("CPU by update, against aiogram 3", ms(ours["cpu_ms"]), ms(cpu), cpu / ours["cpu_ms"]))
    return rows


def _whole_rows(found: dict[str, Any]) -> list[Row]:
    memory, peer = found["whole"], found["stock_memory"]
    parts = ", ".join(f"{memory.get(part, 0.0):.0f} MB" for part in ("bot", "actions", "rasa"))
    together = sum(memory.get(part, 0.0) for part in ("bot", "actions", "rasa", "other"))
    return [
        Row("Memory: bot, actions, Rasa", parts),
        Row("Memory together, against stock Rasa and its actions", f"{together:.0f} MB", f"{peer:.0f} MB", peer / together,
            "≤ 1 GB", together <= 1024),
        Row("Start to first reply", f"{memory['start']:.1f} s", wanted="≤ 25 s", reached=memory["start"] <= 25),
    ]  # fmt: skip


def _panels(found: dict[str, Any]) -> list[tuple[str, list[tuple[str, float]]]]:
    reply, talk, bots = found["reply"], found["long"], found["telegram"]
    names = ("Waymark", "stock Rasa")
    return [
        ("Message to reply, ms", [(f"{name} {p}", reply[name][p]) for p in ("p50", "p99") for name in names]),
        ("One conversation, ms a turn", [(f"{name}, {w}", talk[name][w]) for name in names for w in ("early", "late")]),
        ("Telegram updates a second", [("Waymark" if bot == "waymark" else bot, bots[bot]["rate"]) for bot in bots]),
    ]


if __name__ == "__main__":
    trained.ensure(Settings(), _say)
    run_all(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "benchmarks")
