from __future__ import annotations

import pytest

from bot.intake import graph as graphs
from bot.intake.model import Graph


@pytest.fixture(scope="session")
def graph() -> Graph:
    return graphs.shared()
