"""What APScheduler 3 does by itself with the same messages: one job for each officer in its SQLAlchemy job store, all due in the same
minute, each sent by its thread pool as it comes. A survivor's message is a job that is due at once. It knows no budget of sends.

    python -m tests.bench.peers.apscheduler_sends --database URL --api URL --officers N --first N --survivors N --every SECONDS

Prints, as JSON, when each survivor's message was written (seconds since the epoch).
"""

from __future__ import annotations

import argparse
import json
import sys
import threading
import time
import urllib.request
from datetime import UTC, datetime
from typing import Any

from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler

from bot.store.database import Database
from tests.bench.peers import TOKEN

_LOCK = threading.Lock()
_STATE: dict[str, Any] = {"sent": 0}


def send(chat: int, text: str) -> None:
    """What a job does."""
    body = json.dumps({"chat_id": chat, "text": text, "link_preview_options": {"is_disabled": True}}).encode()
    asked = urllib.request.Request(_STATE["url"], body, {"content-type": "application/json"})
    with urllib.request.urlopen(asked, timeout=30) as answer:
        answer.read()
    with _LOCK:
        _STATE["sent"] += 1


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--database", required=True)
    parser.add_argument("--api", required=True)
    for name in ("officers", "first", "survivors"):
        parser.add_argument(f"--{name}", type=int, required=True)
    parser.add_argument("--every", type=float, required=True)
    options = parser.parse_args()
    _STATE["url"] = f"{options.api}/bot{TOKEN}/sendMessage"
    database = Database(options.database)
    database.open()
    store = SQLAlchemyJobStore(engine=database._engine)  # with the same settings of SQLite as ours
    scheduler = BackgroundScheduler(
        jobstores={"default": store}, timezone="UTC", job_defaults={"misfire_grace_time": None, "coalesce": True}
    )
    scheduler.start(paused=True)
    due = datetime.now(UTC)
    for number in range(options.officers):
        scheduler.add_job(send, "date", run_date=due, args=[options.first + number, "Example"], id=f"officer-{number}")
    begin, written = time.time() + 0.2, []
    scheduler.resume()
    for number in range(options.survivors):
        at = begin + number * options.every
        time.sleep(max(0.0, at - time.time()))
        written.append(at)  # when it was written, not when the scheduler had time to take it
        scheduler.add_job(send, args=[options.first + options.officers + number, "Example"])
    until = time.time() + 300
    while _STATE["sent"] < options.officers + options.survivors and time.time() < until:
        time.sleep(0.05)
    scheduler.shutdown(wait=False)
    sys.stdout.write(json.dumps(written) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
