"""How Rasa calls our actions: over one connection that is kept, with only what an action reads, and with a narrow check of
what comes back.

Stock Rasa opens a connection a call, sends the whole domain and every event of the conversation, and checks the schema of the
answer's schema anew: most of a turn (design, decision 3; docs/benchmarks). Sending less also means that what a person wrote before
does not travel again (R20).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import aiohttp
import jsonschema
from rasa.core.actions.action import RemoteAction
from rasa.core.agent import Agent
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker, EventVerbosity
from rasa.shared.exceptions import RasaException
from rasa.utils.endpoints import EndpointConfig

CONNECTIONS = 32
DOMAIN = {"version": "3.1"}
"""What stands for the domain: the SDK refuses a call without one (status 449), and no action of ours reads it."""
ANSWER: dict[str, Any] = {
    "type": "object",
    "properties": {
        "events": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"event": {"const": "slot"}, "name": {"type": "string"}},
                "required": ["event", "name", "value"],
            },
        },
        "responses": {"type": "array", "items": {"type": "object"}},
    },
}
"""What our actions may answer: slots and responses. Narrower than Rasa's own schema, so whatever passes would pass there."""


class KeptEndpoint(EndpointConfig):
    """An endpoint that keeps its connections open between calls."""

    _session: aiohttp.ClientSession | None = None

    def session(self) -> Any:
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                headers=self.headers,
                timeout=aiohttp.ClientTimeout(total=10),
                connector=aiohttp.TCPConnector(limit=CONNECTIONS),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return _Open(self._session)

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()


class _Open:
    """Rasa closes the session after each call; this one stays open."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def __aenter__(self) -> aiohttp.ClientSession:
        return self._session

    async def __aexit__(self, *_: object) -> None:
        return None


@lru_cache(maxsize=1)
def _validator() -> Any:
    cls = jsonschema.validators.validator_for(ANSWER)
    cls.check_schema(ANSWER)
    return cls(ANSWER)


def _validate(self: RemoteAction, result: Any) -> bool:
    error = next(_validator().iter_errors(result), None)
    if error is not None:
        # The instance holds the tracker's text; only where it broke is said (R20).
        raise RasaException(f"action {self.name()} answered in a wrong shape at {list(error.absolute_path)}")
    return True


def _call_format(self: RemoteAction, tracker: DialogueStateTracker, domain: Domain) -> dict[str, Any]:
    state = tracker.current_state(EventVerbosity.NONE)
    return {
        "next_action": self.name(),
        "sender_id": tracker.sender_id,
        "tracker": {**state, "events": []},
        "domain": DOMAIN,
    }


def lean_actions() -> None:
    """For every remote action from now on."""
    RemoteAction._validate_action_result = _validate  # type: ignore[method-assign]
    RemoteAction._action_call_format = _call_format  # type: ignore[method-assign]


def keep_connections(agent: Agent) -> None:
    """Give the agent an action endpoint that keeps its connections."""
    found = agent.action_endpoint
    if found is None:
        return
    kept = KeptEndpoint(found.url, found.params, found.headers, found.basic_auth, found.token, found.token_name)
    agent.action_endpoint = kept
    if agent.processor is not None:
        agent.processor.action_endpoint = kept
