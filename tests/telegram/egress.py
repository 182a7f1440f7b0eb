"""`waymark run` with a spy in front of the network: `python -m tests.telegram.egress run` writes a line for every address
that the process asks for, connects to or sends to, and for every program that it starts, into the file that
WAYMARK_SPY_FILE names. The clock ticks twice a second, so that a short run is a whole one."""

from __future__ import annotations

import os
import sys
from typing import Any

SEEN = ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "socket.sendmsg", "urllib.Request",
        "subprocess.Popen", "os.exec", "os.posix_spawn", "os.system")  # fmt: skip


def watch(path: str) -> None:
    """From now on; an audit hook cannot be taken away again."""
    out = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event in SEEN:
            what = arguments[1] if event in ("socket.connect", "socket.sendto", "socket.sendmsg") else arguments[0]
            os.write(out, f"{event}\t{what!r}\n".encode())

    sys.addaudithook(hook)


def main() -> None:
    watch(os.environ["WAYMARK_SPY_FILE"])
    sys.modules["uvloop"] = None  # type: ignore[assignment] # its sockets are not Python's, so no hook would see them
    from bot import cli, service

    real = service.clock
    service.clock = lambda ticks: real({name: (tick, 0.5) for name, (tick, _) in ticks.items()})  # type: ignore[assignment]
    cli.main()


if __name__ == "__main__":
    main()
