"""aiogram as its guide shows it: one router, long polling, each update a task, one reply a message."""

from __future__ import annotations

import argparse
import time

from aiogram import Bot, Dispatcher
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.types import Message

from tests.bench.peers import TOKEN

dispatcher = Dispatcher()


@dispatcher.message()
async def answer(message: Message) -> None:
    await message.answer(f"You said {message.text}")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--url", required=True)
    url = parser.parse_args().url
    bot = Bot(TOKEN, session=AiohttpSession(api=TelegramAPIServer.from_base(url)))
    print(f"polling {time.time()}", flush=True)
    dispatcher.run_polling(bot, polling_timeout=2)


if __name__ == "__main__":
    main()
