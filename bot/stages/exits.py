"""Step 1: leaving comes before everything, also before danger; it asks nothing and waits for nothing (R2, R3, R4)."""

from __future__ import annotations

from bot.library.model import OFFICER_ROLES
from bot.library.replies import Effect, Part, Reply
from bot.safety.exits import Exits
from bot.stages.context import Context, Done

EXIT_COMMANDS = ("/exit", "/salir", "/quit")
STOP_COMMANDS = ("/stop",)
STAFF_COMMANDS = ("/pin", "/shift", "/out", "/request", "/close", "/oncall")
"""What an advocate on call may ask for (bot/placement/staff.py)."""
ERASE_COMMANDS = ("/erase", "/borrar")
"""Its own command, though "borrar" alone is a word to leave."""


class ExitStage:
    def __init__(self, exits: Exits) -> None:
        self._exits = exits

    async def __call__(self, context: Context) -> None:
        text, payload = context.message.text, context.message.payload
        command = text.strip().lower().split("@")[0]
        staff = context.person.role == "advocate" and command in STAFF_COMMANDS  # "/close" ends a request, not the chat
        wish = None if payload or staff else self._exits.wish(text)
        if payload == "c:unsafe" or wish == "unsafe":
            self._leave(context, "message:exit.unsafe")
        if payload == "c:exit" or command in EXIT_COMMANDS:
            self._leave(context, "message:exit.cleared")
        if command in ERASE_COMMANDS:
            return
        if not payload and (command in STOP_COMMANDS or wish == "exit"):
            if context.person.role in OFFICER_ROLES:
                context.effects.append(Effect("pause"))
                context.change(awaiting=None, misses=0)
                own = ".coordinator" if context.person.role == "coordinator" else ""
                context.replies.append(Reply("stop_or_exit", [Part(f"message:exit.officer{own}")], kind="neutral"))
                raise Done
            self._leave(context, "message:exit.cleared")

    @staticmethod
    def _leave(context: Context, content: str) -> None:
        context.effects.append(Effect("exit"))
        context.change(awaiting=None, misses=0)
        context.replies.append(Reply("stop_or_exit", [Part(content)], kind="neutral", ephemeral=True))
        raise Done
