"""python-telegram-bot as its guide shows it: Application, httpx, long polling; `--concurrent` turns its own switch on."""

from __future__ import annotations

import argparse
import time

from telegram import Update
from telegram.ext import Application, ContextTypes, MessageHandler, filters

from tests.bench.peers import TOKEN


async def answer(update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
    if update.message is not None:
        await update.message.reply_text(f"You said {update.message.text}")


async def started(_: Application) -> None:  # type: ignore[type-arg]
    print(f"polling {time.time()}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--url", required=True)
    parser.add_argument("--concurrent", action="store_true")
    options = parser.parse_args()
    builder = Application.builder().token(TOKEN).base_url(f"{options.url}/bot").post_init(started)
    if options.concurrent:
        builder = builder.concurrent_updates(True)
    application = builder.build()
    application.add_handler(MessageHandler(filters.ALL, answer))
    application.run_polling(timeout=2)


if __name__ == "__main__":
    main()
