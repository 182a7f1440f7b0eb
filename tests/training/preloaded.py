"""Imported once by the process that children are forked from, so that one that was killed is back in no time: content is loaded already."""

from __future__ import annotations

import tests.training.sending  # noqa: F401
from bot.library import loading
from bot.training import cards

loading.shared()
cards.shared()
