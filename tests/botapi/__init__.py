"""A local Telegram Bot API server that stands in for Telegram in Waymark's tests."""

from .faults import Fault
from .rate import Limits
from .remote import RemoteBotApi, RemoteError
from .server import BotApiServer, Request, Violation
from .state import ApiError, Button, Chat, Message, Sent, Tap

__all__ = ["ApiError", "BotApiServer", "Button", "Chat", "Fault", "Limits", "Message", "RemoteBotApi", "RemoteError",
           "Request", "Sent", "Tap", "Violation"]  # fmt: skip
