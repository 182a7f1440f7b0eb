"""The five steps of one message, a small class each; `bot/desk.py` says their order."""
