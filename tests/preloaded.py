"""What every process of the bot has in its memory once it runs; `tests.forking` has it loaded once."""

from __future__ import annotations

from bot import cli, directories, rosters, service
from bot.intake import graph
from bot.library import loading
from bot.safety import exits, floor
from bot.training import cards

loading.shared()
graph.shared()
cards.shared()
exits.shared()
floor.shared()

__all__ = ["cli", "directories", "rosters", "service"]
