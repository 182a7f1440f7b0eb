"""The bot in a terminal. A number picks a button; nothing is written to a disk but the files that somebody asked for."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.history import DummyHistory
from prompt_toolkit.patch_stdout import patch_stdout
from rich.console import Console
from rich.markup import escape

from bot.channels.conversation import Conversation, Said
from bot.library.model import OFFICER_ROLES
from bot.library.replies import Attachment


class Terminal:
    """Shows replies as a phone would, numbers its buttons, and clears the screen on exit."""

    def __init__(
        self,
        conversation: Conversation,
        console: Console | None = None,
        mark: str = "",
        note: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._conversation, self._mark, self._note = conversation, mark, note
        self._console = console or Console(width=76, highlight=False)
        self._buttons: list[tuple[str, str]] = []
        self._folder: Path | None = None

    def show(self, said: Said) -> None:
        if said.cleared:
            self._console.clear()
        self._buttons = []
        for _, message in said.messages:
            if message.file is not None:
                saved = self._conversation.words("file.saved", said.outcome.lang, path=str(self._save(message.file)))
                self._console.print(f"\n   [dim]{escape(saved)}[/dim]", soft_wrap=True)
            self._console.print(f"\n[bold]▌[/bold] {escape(message.text)}")
            for title, payload in message.buttons:
                self._buttons.append((title, payload))
                self._console.print(f"   [cyan]\\[{len(self._buttons)}][/cyan] {escape(title)}")
        if self._mark and said.messages and not (said.cleared or self._conversation.person.role in OFFICER_ROLES):
            self._console.print(f"   [dim]{escape(self._mark)}[/dim]")

    def _save(self, file: Attachment) -> Path:
        """Where it lies now, in a folder of this user alone (mode 700). It stays when the conversation ends: who tries this here wants
        to open it. Another of the same name does not replace it."""
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="waymark-files-"))
        stem, kind = os.path.splitext(file.safe_name)
        names = (file.safe_name, *(f"{stem}-{number}{kind}" for number in range(2, 10_000)))
        path = next(p for name in names if not (p := self._folder / name).exists())
        path.touch(mode=0o600)
        path.write_bytes(file.data)
        return path

    async def answer(self, typed: str) -> Said:
        typed = typed.strip()
        if typed.isdigit() and 1 <= int(typed) <= len(self._buttons):
            return await self._conversation.say(payload=self._buttons[int(typed) - 1][1])
        return await self._conversation.say(typed)

    async def run(self, prompt: str = "\n> ") -> None:
        """Until end of file (Ctrl-D)."""
        session: PromptSession[str] = PromptSession(history=DummyHistory())
        self.show(await self._conversation.say("/start"))
        while True:
            try:
                with patch_stdout():
                    typed = await session.prompt_async(prompt)
            except (EOFError, KeyboardInterrupt):
                return
            if typed.strip():
                self.show(await self.answer(typed))
                other = await self._conversation.rings()
                if other is not None:
                    self._note(f"the other phone rings: /role {other}")
