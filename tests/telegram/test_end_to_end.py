"""The real bot, the real Rasa and the real actions through the local Bot API server, as the people it serves meet it."""

from __future__ import annotations

import asyncio
import json
import subprocess
from pathlib import Path

from bot.processes import Processes
from tests.botapi.server import BotApiServer
from tests.directory.making import service
from tests.forking import waymark
from tests.telegram.running import RunningBot

WOMAN, OFFICER, NOISY = 5001, 5002, 5003
SECONDS = 10.0


def _screen(telegram: BotApiServer, chat: int) -> str:
    return "\n".join(m.text for m in telegram.chat(chat).visible())


async def test_r01_first_words_are_neutral_and_the_answer_follows(telegram: BotApiServer, bot: RunningBot) -> None:
    telegram.user_says(WOMAN, "hi")
    await telegram.wait_for_message(WOMAN, "free guide to local services", SECONDS)
    screen = _screen(telegram, WOMAN).lower()
    assert "trafficking" not in screen
    assert "police" not in screen


async def test_crisis_in_spanish_gets_its_lines_first(telegram: BotApiServer, bot: RunningBot) -> None:
    telegram.user_says(WOMAN, "esta afuera de mi puerta con un cuchillo")
    first = await telegram.wait_for_message(WOMAN, "911", SECONDS)
    assert "No puedo llamar" in first.text
    taps = [p for p in first.payloads if p.startswith("t:")]
    telegram.user_taps(WOMAN, taps[0])
    await telegram.wait_for_message(WOMAN, "911", SECONDS)


async def test_r03_exit_clears_the_screen_theirs_and_ours(telegram: BotApiServer, bot: RunningBot) -> None:
    telegram.user_says(WOMAN, "he took my passport")
    await telegram.wait_for_message(WOMAN, timeout=SECONDS)
    telegram.user_says(WOMAN, "can he see this chat")
    await telegram.wait_for_message(WOMAN, timeout=SECONDS)
    telegram.user_says(WOMAN, "exit")

    def one_line() -> bool:
        shown = telegram.chat(WOMAN).visible()
        return len(shown) == 1 and shown[0].from_bot

    await telegram.wait_for(one_line, SECONDS)
    left = telegram.chat(WOMAN).visible()[0].text
    assert len(left) < 40
    await asyncio.sleep(0.5)
    assert len(telegram.chat(WOMAN).visible()) == 1, "nothing more comes after leaving (R6)"


async def test_r02_not_safe_clears_first_and_lines_come_on_the_next_tap(
    telegram: BotApiServer, bot: RunningBot
) -> None:
    telegram.user_says(WOMAN, "im so tired of all this")
    await telegram.wait_for_message(WOMAN, timeout=SECONDS)
    telegram.user_says(WOMAN, "not safe")
    # While the screen is cleared there may be one message for a moment that is about to go: the one that stays has the button.
    await telegram.wait_for(
        lambda: ["c:lines" in m.payloads for m in telegram.chat(WOMAN).visible()] == [True], SECONDS
    )
    shown = telegram.chat(WOMAN).visible()[0]
    assert "888" not in shown.text
    telegram.user_taps(WOMAN, "c:lines")
    await telegram.wait_for_message(WOMAN, "1-888-373-7888", SECONDS)


async def test_r12_media_are_refused_with_a_number(telegram: BotApiServer, bot: RunningBot) -> None:
    for send in (
        telegram.user_sends_photo,
        telegram.user_sends_voice,
        telegram.user_sends_location,
        telegram.user_sends_sticker,
    ):
        send(WOMAN)
        shown = await telegram.wait_for_message(WOMAN, "can't open this", SECONDS)
        assert shown.text.startswith("I can't open this")
        assert "911" in shown.text
    assert not telegram.calls("getFile"), "media are never downloaded"


async def test_r60_an_invitation_makes_an_officer_once(telegram: BotApiServer, bot: RunningBot) -> None:
    made = waymark("invite", "officer", env=bot.env)
    code = made.stdout.strip().partition("start=")[2]
    telegram.user_says(OFFICER, f"/start {code}")
    await telegram.wait_for_message(OFFICER, timeout=SECONDS)
    telegram.user_says(OFFICER, "red flags at a motel")
    answer = await telegram.wait_for_message(OFFICER, "Source", SECONDS)
    assert "proves trafficking" in answer.text
    telegram.user_says(WOMAN, f"/start {code}")
    await telegram.wait_for_message(WOMAN, timeout=SECONDS)
    telegram.user_says(WOMAN, "red flags at a motel")
    await telegram.wait_for_message(WOMAN, timeout=SECONDS)
    await asyncio.sleep(0.3)
    assert "front desk" not in _screen(telegram, WOMAN).lower()


async def test_r63_one_noisy_chat_does_not_slow_a_crisis(telegram: BotApiServer, bot: RunningBot) -> None:
    for number in range(150):
        telegram.user_says(NOISY, f"hello hello {number}")
    telegram.user_says(WOMAN, "hes outside my door")
    await telegram.wait_for_message(WOMAN, "911", 2.0)
    assert telegram.rate.max_per_second() <= 30


async def test_a_group_is_left(telegram: BotApiServer, bot: RunningBot) -> None:
    telegram.add_chat(-100500, "group")
    telegram.user_says(-100500, "/start@waymark_test_bot")
    await telegram.wait_for(lambda: bool(telegram.calls("leaveChat")), SECONDS)


async def test_a_block_ends_everything_until_they_write(telegram: BotApiServer, bot: RunningBot) -> None:
    telegram.user_says(WOMAN, "hi")
    await telegram.wait_for_message(WOMAN, timeout=SECONDS)
    telegram.user_blocks(WOMAN)
    await asyncio.sleep(0.3)
    telegram.user_unblocks(WOMAN)
    before = len(telegram.sent_to(WOMAN))
    await asyncio.sleep(0.5)
    assert len(telegram.sent_to(WOMAN)) == before
    telegram.user_says(WOMAN, "hi again")
    await telegram.wait_for_message(WOMAN, timeout=SECONDS)


async def test_r20_r21_nothing_written_holds_words_or_ids(telegram: BotApiServer, bot: RunningBot) -> None:
    chat = 777_000_123_456
    canary = "zanahoria kestrel umbrella"
    telegram.user_says(chat, f"{canary} i need somewhere to sleep tonight")
    await telegram.wait_for_message(chat, timeout=SECONDS)
    telegram.user_says(chat, f"and what about {canary}")
    await telegram.wait_for_message(chat, timeout=SECONDS)
    for path in bot.home.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert b"zanahoria" not in data, path
            assert b"777000123456" not in data, path


async def test_run_starts_its_own_parts_and_stops_cleanly(
    telegram: BotApiServer, tmp_path: Path, settings, rasa: Processes
) -> None:
    """No Rasa given: the bot starts Rasa and actions itself, answers, and leaves nobody behind on SIGTERM."""
    bot = RunningBot(tmp_path / "home", telegram.url, None, None, models_dir=str(settings.models))
    bot.fresh = True
    await bot.start()
    telegram.user_says(WOMAN, "what is debt bondage")
    await telegram.wait_for_message(WOMAN, timeout=SECONDS)
    assert await bot.stop() == 0
    left = subprocess.run(["pgrep", "-f", str(bot.home)], capture_output=True, text=True, check=False)
    assert left.stdout.strip() == ""


async def test_r28_r29_a_directory_that_is_taken_in_while_the_bot_runs_is_shown_without_a_restart(
    telegram: BotApiServer, bot: RunningBot, tmp_path: Path
) -> None:
    """Nothing is offered while nothing is listed; a file that breaks a rule changes nothing; a good one is there in ten seconds."""

    def take_in(**changes: str) -> subprocess.CompletedProcess[str]:
        (tmp_path / "services.json").write_text(json.dumps([service(**changes)]))
        return waymark("directory", "import", str(tmp_path / "services.json"), env=bot.env)

    telegram.user_says(WOMAN, "i need a free lawyer")
    before = await telegram.wait_for_message(WOMAN, "☎", SECONDS)
    assert not any(p.startswith("d:") for p in before.payloads)
    refused = take_in(name="Juniper Safe House")
    assert refused.returncode == 1
    assert "address must not be here" in " ".join(refused.stderr.split())
    taken = take_in()
    assert taken.returncode == 0, taken.stderr
    await asyncio.sleep(12)
    telegram.user_says(WOMAN, "i need a free lawyer")
    after = await telegram.wait_for_message(WOMAN, "☎", SECONDS)
    (near,) = [p for p in after.payloads if p.startswith("d:")]
    telegram.user_taps(WOMAN, near)
    asked = await telegram.wait_for_message(WOMAN, "Which state", SECONDS)
    telegram.user_taps(WOMAN, next(p for p in asked.payloads if p.endswith(":OK:0")))
    listed = await telegram.wait_for_message(WOMAN, "Red Oak Legal Aid: 888-373-7888", SECONDS)
    assert "checked" in listed.text
    assert "Example Way" not in listed.text
