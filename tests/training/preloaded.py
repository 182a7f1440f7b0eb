"""Imported once by the process that children are forked from, so that one that was killed is back in no time: content is loaded already, and
what speaks to PostgreSQL."""

from __future__ import annotations

from sqlalchemy import create_engine

import tests.training.sending  # noqa: F401
from bot.library import loading
from bot.training import cards

loading.shared()
cards.shared()
create_engine("postgresql+psycopg://")
