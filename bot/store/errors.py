"""What the store says when it cannot go on."""

from __future__ import annotations


class StoreError(RuntimeError):
    """The database cannot be used; the text says what to do."""
