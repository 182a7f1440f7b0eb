"""Telegram: the only package that knows it."""

import os

# python-telegram-bot then gives pauses as `timedelta`, as its next release will, and warns of nothing on standard error.
os.environ.setdefault("PTB_TIMEDELTA", "1")
