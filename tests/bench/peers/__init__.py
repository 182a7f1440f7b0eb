"""Bots that answer one message an update, each in a process of its own: ours and the named peers.

Each prints `polling <seconds since the epoch>` right before it first asks for updates, and ends on SIGTERM.
"""

TOKEN = "123456:bench-token-of-the-local-server-00000"
