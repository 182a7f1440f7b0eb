"""`python -m tests.botapi --port N --token-file F [--control]`: the server in a process of its own.

Prints one line of JSON with `base_url`, `url` and `port` once it answers, and stops cleanly on SIGTERM or SIGINT.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
from pathlib import Path

from .control import add_routes
from .rate import Limits
from .server import BotApiServer


async def serve(options: argparse.Namespace, token: str) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    server = BotApiServer(
        token,
        port=options.port,
        limits=Limits() if options.enforce_rate else None,
        latency_ms=options.latency_ms,
        seed=options.seed,
        routes=add_routes if options.control else None,
    )
    async with server:
        ready = {"base_url": server.base_url, "url": server.url, "port": server.port}
        sys.stdout.write(json.dumps(ready) + "\n")
        sys.stdout.flush()
        await stopped.wait()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.botapi")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--token-file", type=Path, required=True)
    parser.add_argument("--control", action="store_true", help="serve /_control/ too")
    parser.add_argument("--enforce-rate", action="store_true", help="answer 429 above 30/s overall or 1/s in a chat")
    parser.add_argument("--latency-ms", type=float, default=0.0)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    asyncio.run(serve(options, options.token_file.read_text(encoding="utf-8").strip()))


if __name__ == "__main__":
    main()
