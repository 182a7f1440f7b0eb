"""The operator is told what is wrong, and a guest decides when the clock clears the chat."""

from __future__ import annotations

import pytest

from bot.alerts import Alerts
from bot.library import loading
from bot.library.rendering import Renderer
from bot.library.replies import Part
from bot.stages.commands import CommandStage
from bot.stages.context import Context, Done, Incoming, Person
from tests.app.parts import World

OPERATOR = 777_000_111_222


async def bind_operator(world: World) -> None:
    await world.says(OPERATOR, "hello")
    await world.work()
    code = await world.database.write(lambda c: world.chats.invite(c, "operator", world.clock() + 3600))
    await world.database.write(lambda c: world.chats.accept(c, code, world.hash(OPERATOR), world.clock()))


async def test_an_alert_reaches_the_bound_operator_once_an_hour(world: World) -> None:
    await bind_operator(world)
    alerts = Alerts(world.database, world.chats, lambda: None, world.clock)
    for _ in range(3):
        assert await alerts.tell("operator.part_restarted", part="Rasa")
    await world.work()
    assert sum("Rasa" in text for text in world.platform.texts(OPERATOR)) == 1
    world.clock.advance(minutes=61)
    await alerts.tell("operator.part_restarted", part="Rasa")
    await world.work()
    assert sum("Rasa" in text for text in world.platform.texts(OPERATOR)) == 2


async def test_an_operator_who_says_nothing_for_days_is_still_told(world: World) -> None:
    """The clock clears guests' chats and forgets them; the one that alerts go to is not among them."""
    await bind_operator(world)
    for _ in range(3):
        world.clock.advance(hours=25)
        await world.housekeeping.clear_quiet_chats()
        await world.housekeeping.purge()
        await world.work()
    assert await Alerts(world.database, world.chats, lambda: None, world.clock).tell(
        "operator.part_restarted", part="Rasa"
    )
    await world.work()
    assert any("Rasa" in text for text in world.platform.texts(OPERATOR))


async def test_without_an_operator_an_alert_is_only_in_the_log(world: World) -> None:
    alerts = Alerts(world.database, world.chats, lambda: None, world.clock)
    assert not await alerts.tell("operator.unreviewed", count=3)


async def test_a_revoked_operator_hears_nothing(world: World) -> None:
    await world.says(OPERATOR, "hello")
    await world.work()
    code = await world.database.write(lambda c: world.chats.invite(c, "operator", world.clock() + 3600))
    await world.database.write(lambda c: world.chats.accept(c, code, world.hash(OPERATOR), world.clock()))
    assert await world.database.write(lambda c: world.chats.revoke(c, code, world.clock()))
    assert not await Alerts(world.database, world.chats, lambda: None, world.clock).tell("operator.unreviewed", count=3)


@pytest.mark.parametrize(("said", "minutes"), [("/quiet 15", 15), ("/silencio 480", 480)])
async def test_r03_the_person_sets_the_quiet_time(said: str, minutes: int) -> None:
    context = Context(Incoming("chat", said), Person(), said, "en")
    with pytest.raises(Done):
        await CommandStage(loading.shared(), None)(context)  # type: ignore[arg-type]
    assert [(e.kind, e.value) for e in context.effects] == [("quiet", str(minutes))]


@pytest.mark.parametrize("said", ["/quiet", "/quiet 0", "/quiet 99999", "/quiet soon"])
async def test_a_quiet_time_that_cannot_be_is_asked_again(said: str) -> None:
    context = Context(Incoming("chat", said), Person(), said, "en")
    with pytest.raises(Done):
        await CommandStage(loading.shared(), None)(context)  # type: ignore[arg-type]
    assert context.effects == []
    assert context.replies[0].parts[0].content == "message:quiet.ask"


@pytest.mark.parametrize("lang", ["en", "es"])
async def test_r01_people_to_talk_to_go_by_names_that_say_nothing(lang: str) -> None:
    context = Context(Incoming("chat", "", payload="c:lines"), Person(lang=lang), "", lang)
    with pytest.raises(Done):
        await CommandStage(loading.shared(), None)(context)  # type: ignore[arg-type]
    renderer = Renderer(loading.shared(), lang, "guest")
    shown = [renderer.render(part) for part in context.replies[0].parts]
    words = " ".join([m.text for m in shown] + [title for m in shown for title, _ in m.buttons]).lower()
    assert "1-888-373-7888" in words
    for told in ("traffick", "trata", "suicid", "violen"):
        assert told not in words


def test_r01_the_plain_help_line_is_neutral_too() -> None:
    part = Part("lines:", params={"ids": ["nhth"], "neutral": True})
    assert "raffick" not in Renderer(loading.shared(), "en", "guest").render(part).text
    assert "raffick" in Renderer(loading.shared(), "en", "officer").render(part).text
