"""A night with a program on call: the running bot, its command line, and what people tap."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.botapi.server import BotApiServer
from tests.forking import waymark
from tests.telegram.running import RunningBot

WOMAN, SISTER, OFFICER, GIRL, ANA, BEN = 7001, 7002, 7003, 7004, 7005, 7006
SECONDS = 20.0
PROGRAM = """
- id: house
  name: House in a test
  front_door: "Ask through https://house.example.org"
  regions: ["OK"]
  zone: America/Chicago
  takes: {ages: ["18_24", "25_59", "60_up"], genders: [women, men, nonbinary], children: 3, pets: large, medical: true, detox: true,
          mobility: true, languages: [en, es, other]}
"""
SPANISH = (
    "q:begin:self", "q:consent:yes", "q:reporting:yes", "nutria morada", "q:safe_here:yes", "q:danger_now:no", "q:age:25_59", "Oklahoma",
    "Tulsa", "q:when:tonight", "q:gender:women", "q:children:1", "q:pets:none", "q:needs:done", "q:language:es", "q:contact:chat",
    "q:hours:any", "pájaro verde", "q:told:answer", "q:summary:send", "r:yes:house",
)  # fmt: skip


class Night:
    """The bot with one program, and what its people do."""

    def __init__(self, telegram: BotApiServer, bot: RunningBot, folder: Path) -> None:
        self.telegram, self.bot, self.folder = telegram, bot, folder

    def waymark(self, *words: str) -> str:
        done = waymark(*words, env=self.bot.env)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def program(self) -> None:
        programs = self.folder / "programs.yml"
        programs.write_text(PROGRAM)
        self.waymark("program", "import", str(programs))

    async def invited(self, chat: int, *marks: str) -> str:
        """An advocate by a link; returns the id that the rota names."""
        before = self._advocates()
        made = self.waymark("invite", "advocate", "--program", "house", *marks)
        self.telegram.user_says(chat, f"/start {made.split('start=')[1].split()[0]}")
        await self.telegram.wait_for_message(chat, "/pin", SECONDS)
        (fresh,) = (
            self._advocates() - before
        )  # the list is in the order of keyed hashes, which are other ones in each run
        return fresh

    def _advocates(self) -> set[str]:
        lines = [line.split() for line in self.waymark("advocate", "list").splitlines()]
        return {words[0] for words in lines if len(words) > 3}

    async def on_call(self, *people: tuple[int, str]) -> None:
        rota = self.folder / "rota.yml"
        who = ", ".join(f'p{n}: "{name}"' for n, (_, name) in enumerate(people))
        names = ", ".join(f"p{n}" for n in range(len(people)))
        rota.write_text(
            f'program: house\npeople: {{{who}}}\nweek:\n  - {{days: daily, from: "00:00", to: "24:00", who: [{names}]}}\n'
        )
        self.waymark("rota", "import", str(rota), "--days", "2")
        for chat, _ in people:
            await self.tap(chat, "a:test:")
            await self.telegram.wait_for_message(chat, "you are on", SECONDS)

    async def tap(self, chat: int, start: str) -> str:
        """Tap the newest button that begins so, once it is there."""

        def payload() -> str | None:
            for message in reversed([m for m in self.telegram.chat(chat).visible() if m.from_bot]):
                for found in message.payloads:
                    if found.startswith(start):
                        return found
            return None

        try:
            await self.telegram.wait_for(lambda: payload() is not None, SECONDS)
        except TimeoutError:
            raise AssertionError(f"no button {start} came; the screen ends: {self.screen(chat)[-700:]}") from None
        found = payload()
        assert found is not None
        self.telegram.user_taps(chat, found)
        return found

    async def goes_on(self, chat: int, *steps: str) -> None:
        """One step after another: a button is tapped once it is there, words follow once the question before was answered."""
        for step in steps:
            before = len(self.telegram.sent_to(chat))
            if step.startswith("q:begin"):
                self.telegram.user_taps(chat, step, forged=True)
            elif step[:2] in ("q:", "r:"):
                await self.tap(chat, step)
            else:
                self.telegram.user_says(chat, step)
            await self.telegram.wait_for(lambda: len(self.telegram.sent_to(chat)) > before, SECONDS)  # noqa: B023
            await asyncio.sleep(0.2)

    def screen(self, chat: int) -> str:
        return "\n".join(m.text for m in self.telegram.chat(chat).visible() if m.from_bot)

    async def pin(self, chat: int, digits: str = "4711") -> None:
        for key in (*digits, "ok"):
            await self.tap(chat, f"a:pin:{key}")
            await asyncio.sleep(0.1)
