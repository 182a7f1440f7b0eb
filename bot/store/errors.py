"""What the store says when it cannot go on."""

from __future__ import annotations


class StoreError(RuntimeError):
    """The database cannot be used; the text says what to do."""


class NotThere(StoreError):
    """What was asked for is not in the database, or not as it should be; the text says what."""
