"""python-telegram-bot over aiohttp, through its `BaseRequest` seam: one pool, many requests side by side (design, decision 8)."""

from __future__ import annotations

import asyncio
import io
from typing import Any, cast

import aiohttp
import orjson
from telegram._utils.defaultvalue import DefaultValue
from telegram.error import NetworkError, TimedOut
from telegram.request import BaseRequest, RequestData

JSON = {"Content-Type": "application/json"}


class _Plain:
    """Stands where python-telegram-bot wants its `RequestData`: the parameters of one call, sent as JSON as they are."""

    contains_files = False
    multipart_data = None

    def __init__(self, body: dict[str, Any]) -> None:
        self.body = orjson.dumps(body)


class AiohttpRequest(BaseRequest):
    """Time-outs in seconds; `connections` is how many requests may be under way at once. `write_timeout` is for files alone: all else
    is so short that it is written at once."""

    def __init__(
        self,
        connections: int = 128,
        read_timeout: float = 10.0,
        connect_timeout: float = 5.0,
        write_timeout: float = 10.0,
    ) -> None:
        self._connections, self._read, self._connect = connections, read_timeout, connect_timeout
        self._write = write_timeout
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float:
        return self._read

    async def initialize(self) -> None:
        await self._open()

    async def _open(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            connector = aiohttp.TCPConnector(limit=self._connections, keepalive_timeout=60)
            self._session = aiohttp.ClientSession(
                connector=connector, trust_env=False, cookie_jar=aiohttp.DummyCookieJar()
            )
        return self._session

    async def call(self, url: str, body: dict[str, Any], read_timeout: float | None = None) -> Any:
        """One method of the Bot API without python-telegram-bot's objects around it; raises its errors."""
        return await self.post(url, cast(RequestData, _Plain(body)), read_timeout=read_timeout)

    async def shutdown(self) -> None:
        if self._session is not None:
            await self._session.close()

    def _seconds(self, given: Any, default: float) -> float:
        return default if isinstance(given, DefaultValue) or given is None else float(given)

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """Raises TimedOut or NetworkError; neither holds the address, which holds the token."""
        session = await self._open()
        connect, read = self._seconds(connect_timeout, self._connect), self._seconds(read_timeout, self._read)
        whole: float | None = None
        headers = None
        data: Any = None
        if isinstance(request_data, _Plain):
            data, headers = request_data.body, JSON
        elif request_data:
            data = request_data.json_parameters
        if request_data and request_data.multipart_data:
            # aiohttp's clock for reading starts when all is written, and it has none for writing: without an end to the whole, an
            # upload that is stuck would hold its row for ever. The whole stays under the 30 s for which a sender has its row.
            whole = connect + self._seconds(write_timeout, self._write) + read
            data = aiohttp.FormData()
            for name, value in request_data.json_parameters.items():
                data.add_field(name, value)
            for name, (filename, content, mime) in request_data.multipart_data.items():
                held = io.BytesIO(content) if isinstance(content, bytes) else content
                data.add_field(name, held, filename=filename, content_type=mime)
        timeout = aiohttp.ClientTimeout(total=whole, sock_connect=connect, sock_read=read)
        try:
            async with session.request(method, url, data=data, headers=headers, timeout=timeout) as response:
                return response.status, await response.read()
        except aiohttp.ConnectionTimeoutError:
            raise NotSent("could not connect in time") from None
        except (TimeoutError, asyncio.TimeoutError):
            raise TimedOut from None
        except aiohttp.ClientConnectorError:
            raise NotSent("could not connect") from None
        except aiohttp.ClientError as error:
            raise NetworkError(type(error).__name__) from None


class NotSent(NetworkError):
    """The request never left: sending again cannot double anything."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
