"""Why a reply came, in a few lines for an operator: the step that decided, and the figures that it went by."""

from __future__ import annotations

from collections.abc import Callable

from bot.desk import ANSWER_SECONDS, DEGRADED, UNREADABLE
from bot.explain import Explanation
from bot.library.model import OFFICER_ROLES
from bot.stages.floor import DANGER, VETO_CHANCE, VETO_CONFIDENCE, VETO_SECONDS, vetoed, vetoing
from bot.stages.reading import SECOND_CONFIDENCE, enough_in_a_part

STEPS = {
    "ExitStage": "exit words, before everything else",
    "RequestFirst": "an open request, before the floor",
    "FloorStage": "the safety floor",
    "RequestStage": "an open request",
    "TrainingStage": "refreshers: a command or a word of theirs",
    "CommandStage": "commands and small words",
    "ReadingStage": "the classifier and its action",
    UNREADABLE: "the language",
    DEGRADED: "the safety reply",
}
"""What a step is called, by what `Outcome.decided` holds."""


def why(found: Explanation) -> list[str]:
    """One to five lines, most important first."""
    lines = _BY_STEP.get(found.decided, _elsewhere)(found)
    if found.role not in OFFICER_ROLES and any(reply.kind == "refusal" for reply in found.said.outcome.replies):
        lines.append("the answer is not for this reader, so it is refused")
    return lines


def _exit(found: Explanation) -> list[str]:
    if found.exit == "unsafe":
        return ["the message says nothing but that it is not safe: the chat is cleared and a way back is shown"]
    what = "a wish to leave" if found.exit else "a command to leave"
    if found.said.outcome.effects and found.said.outcome.effects[0].kind == "pause":
        return [f"the message is nothing but {what}; from staff it pauses refreshers"]
    return [f"the message is nothing but {what}: the chat is cleared, nothing further is looked at"]


def _floor(found: Explanation) -> list[str]:
    floor = found.floor
    if floor.ambiguous_exit and floor.level != "certain":
        return ["it may mean danger as much as a wish to leave: help is shown and nothing is cleared"]
    if floor.level == "certain":
        special = {
            "bare_help": "a bare call for help: the menu with people to call",
            "bare_signal": "a bare signal, too little to read: people to call",
            "other_script": "another script, which nobody here reads: people to call, with an interpreter",
        }
        known = next((text for name, text in special.items() if floor.hits == (name,)), None)
        return [known or "danger is certain: answered at once, the classifier has no say"]
    if found.whole is None:
        return ["danger is possible and nobody could be asked: that counts as danger"]
    if found.whole.read is None:
        return [f"danger is possible and no reading came within {VETO_SECONDS} s: that counts as danger"]
    if found.whole.reply is not None and found.whole.reply.kind == "danger":
        return ["danger is possible, and the classifier reads danger too"]
    if vetoed(found.whole.read, found.role in OFFICER_ROLES):
        return [f"the classifier would take it back, but not in a part that it read apart: {_veto(found)}"]
    return [f"danger is possible and the classifier did not take it back: {_veto(found)}"]


def _veto(found: Explanation) -> str:
    read = found.whole.read if found.whole is not None else None
    if read is None:
        return "it gave no answer"
    chance = read.chance(*vetoing(found.role in OFFICER_ROLES))
    return (
        f"danger has {chance:.2f} (a veto needs less than {VETO_CHANCE}), "
        f"the first meaning {read.best[1]:.2f} (a veto needs {VETO_CONFIDENCE})"
    )


def _reading(found: Explanation) -> list[str]:
    read, lines = found.whole.read if found.whole is not None else None, []
    if read is None:
        return ["nothing is left to read once what cannot be seen is taken away"]
    if found.floor.level == "possible":
        lines.append(f"the floor saw possible danger and the classifier took it back: {_veto(found)}")
    row, confidence = read.best
    needed = found.thresholds.get("danger_threshold" if row in DANGER else "threshold")
    mark = f"{needed:.2f}" if needed is not None else "its threshold"
    main = found.said.main
    first = found.whole.reply if found.whole is not None else None
    if not read.known_words:
        lines.append("no word of it was seen in training, so no row is named")
    elif read.intent != row:
        lines.append(f"the first meaning, {row}, has {confidence:.2f}; a row is named from {mark} on")
    else:
        lines.append(f"the first meaning, {row}, has {confidence:.2f}, at least {mark}, so it is named")
    if main is not None and first is not None and main != first and main.kind == "danger":
        enough = enough_in_a_part(read)
        danger = next((p for p in found.pieces if p.row in DANGER and (p.confidence or 0) >= enough), None)
        lines += (
            [f"a part of it reads as {danger.row} with {danger.confidence:.2f}, so that comes first"] if danger else []
        )
    elif main is not None and main.kind == "offer":
        lines.append("so the nearest meanings are offered")
    elif main is not None and main.kind == "miss":
        lines.append("so it says that it did not understand, with people to call")
    elif first is not None and first.handling not in (row, "nlu_fallback"):
        lines.append(f"the action of {read.intent} answered as {first.handling}")
    further = [p for p in found.pieces if p.answered and p.row is not None and (p.confidence or 0) >= SECOND_CONFIDENCE]
    lines += [f"a part of it asks for {p.row} with {p.confidence:.2f} and was looked at by itself" for p in further]
    return lines


def _command(found: Explanation) -> list[str]:
    if found.text.startswith("/"):
        return ["a command: the classifier is not asked"]
    return ["words with a fixed meaning, or too few for the classifier, which is not asked"]


def _elsewhere(found: Explanation) -> list[str]:
    return ["it belongs to what the chat is in the middle of: the classifier is not asked"]


_BY_STEP: dict[str, Callable[[Explanation], list[str]]] = {
    "ExitStage": _exit,
    "FloorStage": _floor,
    "TrainingStage": _command,
    "CommandStage": _command,
    "ReadingStage": _reading,
    UNREADABLE: lambda _: ["neither English nor Spanish: people to call, with an interpreter"],
    DEGRADED: lambda _: [f"a step failed, or had no answer within {ANSWER_SECONDS} s"],
}
