"""The server in its own process, seen from a test: it outlives any bot that the test kills."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiohttp

START_S = 20.0
STOP_S = 5.0
ROOT = Path(__file__).resolve().parents[2]


class RemoteError(Exception):
    """A control call was refused."""


class RemoteBotApi:
    """`async with RemoteBotApi(token_file) as telegram: await telegram.do("user_says", chat_id=7, said="hello")`"""

    def __init__(self, token_file: Path, *options: str) -> None:
        self._command = (sys.executable, "-m", "tests.botapi", "--control", "--token-file", str(token_file), *options)
        self._process: asyncio.subprocess.Process | None = None
        self._session: aiohttp.ClientSession | None = None
        self.url = self.base_url = ""

    async def __aenter__(self) -> Self:
        self._process = await asyncio.create_subprocess_exec(*self._command, stdout=asyncio.subprocess.PIPE, cwd=ROOT)
        try:
            async with asyncio.timeout(START_S):
                line = await self._process.stdout.readline() if self._process.stdout else b""
            ready = json.loads(line)
        except (TimeoutError, ValueError):
            await self._end()
            raise
        self.url, self.base_url = ready["url"], ready["base_url"]
        self._session = aiohttp.ClientSession()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session:
            await self._session.close()
        await self._end()

    async def do(self, action: str, **args: Any) -> Any:
        """Any action of the server by name: user_says, user_taps, add_chat, fault, inject, advance, set_limits, ..."""
        return await self._call("POST", "do", {"action": action, "args": args})

    async def wait_for_message(
        self,
        chat_id: int,
        contains: str = "",
        *,
        payload: str | None = None,
        after: int | None = None,
        timeout: float = 5.0,
    ) -> dict[str, Any]:
        asked = {"chat_id": chat_id, "contains": contains, "payload": payload, "after": after, "timeout": timeout}
        found: dict[str, Any] = await self._call("POST", "wait", asked)
        return found

    async def sent(self, after: int = 0) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = await self._call("GET", f"sent?after={after}")
        return found

    async def visible(self, chat_id: int) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = await self._call("GET", f"visible?chat_id={chat_id}")
        return found

    async def state(self) -> dict[str, Any]:
        """violations, pending_updates, rates, webhook, commands, ..."""
        found: dict[str, Any] = await self._call("GET", "state")
        return found

    async def _call(self, verb: str, path: str, body: dict[str, Any] | None = None) -> Any:
        if self._session is None:
            raise RuntimeError("not started")
        async with self._session.request(verb, f"{self.url}/_control/{path}", json=body) as response:
            answer = await response.json()
        if response.status == 408:
            raise TimeoutError(answer["error"])
        if not answer["ok"]:
            raise RemoteError(answer["error"])
        return answer["result"]

    async def _end(self) -> None:
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), STOP_S)
        except TimeoutError:
            process.kill()
            await process.wait()
