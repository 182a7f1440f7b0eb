"""What each method does to the world. Every call that comes here has passed the checks."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from types import MappingProxyType
from typing import Any

from . import text
from .rate import RateLog
from .spec import ApiSpec, Method
from .state import ApiError, Chat, Files, Json, Message, World, scope_key

NOT_MODIFIED = (
    "Bad Request: message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)
ANSWERABLE_S = 15 * 60  # a tap older than this can no longer be answered
_COPIED = frozenset({"text", "entities", "caption", "caption_entities", "photo", "document", "voice", "video", "audio",
                     "sticker", "animation", "video_note", "location", "contact", "venue", "poll", "dice"})  # fmt: skip


class Methods:
    def __init__(self, world: World, spec: ApiSpec, rate: RateLog) -> None:
        self.world = world
        self.spec = spec
        self.rate = rate
        self._own: dict[str, Callable[[Json], Any]] = {
            "getMe": self._get_me,
            "editMessageText": self._edit_text,
            "editMessageCaption": self._edit_caption,
            "editMessageReplyMarkup": self._edit_markup,
            "deleteMessage": self._delete_message,
            "deleteMessages": self._delete_messages,
            "answerCallbackQuery": self._answer_callback_query,
            "setMyCommands": self._set_my_commands,
            "getMyCommands": self._get_my_commands,
            "deleteMyCommands": self._delete_my_commands,
            "sendChatAction": self._send_chat_action,
            "leaveChat": self._leave_chat,
            "getChat": self._get_chat,
            "getChatMember": self._get_chat_member,
            "getChatMemberCount": lambda p: len(self.world.find_chat(p["chat_id"]).members) + 1,
            "forwardMessage": lambda p: self._copy("forwardMessage", p, p["message_id"]).data,
            "copyMessage": lambda p: {"message_id": self._copy("copyMessage", p, p["message_id"]).message_id},
            "forwardMessages": lambda p: self._copy_all("forwardMessages", p),
            "copyMessages": lambda p: self._copy_all("copyMessages", p),
            "sendMediaGroup": self._send_media_group,
        }
        for name in ("Name", "Description", "ShortDescription"):
            key = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
            self._own[f"setMy{name}"] = partial(self._set_profile, key)
            self._own[f"getMy{name}"] = partial(self._get_profile, key)

    def run(self, method: Method, params: Json, files: Files) -> Any:
        own = self._own.get(method.name)
        if own:
            return own(params)
        if method.name.startswith("send") and method.returns == ("Message",):
            return self._send(method.name, params, self._content(method.name, params, files), files).data
        return self._plausible(method, params)

    # --- sending

    def _send(self, method: str, params: Json, content: Json, files: Files = MappingProxyType({})) -> Message:
        chat = self.world.writable(params["chat_id"], sending=True)
        content = {**content, **self._extras(chat, params)}
        self.rate.admit(chat.id)
        message = self.world.post(chat, content, sender=self.world.bot)
        self.rate.add(chat.id)
        self.world.record(message, method, params, files)
        self.world.changed()
        return message

    def _content(self, method: str, params: Json, files: Files = MappingProxyType({})) -> Json:
        if method == "sendMessage":
            return _styled("text", "entities", params)
        fields = self.spec.types["Message"].fields
        kind = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", method.removeprefix("send")).lower()
        content = _styled("caption", "caption_entities", params) if "caption" in params else {}
        if kind in fields:
            declared = fields[kind].types[0]
            inner = declared.removeprefix("Array of ")
            made = self.spec.sample(inner)
            if isinstance(made, dict):
                known = self.spec.types[inner].fields
                scalars = {k: v for k, v in params.items() if k in known and isinstance(v, int | float | str)}
                made |= {k: v for k, v in scalars.items() if known[k].types[0] in ("String", "Integer", "Float")}
                number = self.world.next_event()
                made |= {k: f"{k}-{number}" for k in ("file_id", "file_unique_id") if k in made}
                if kind in files:
                    upload = files[kind]
                    about: Json = {"file_name": upload.name, "mime_type": upload.mime, "file_size": len(upload.data)}
                    about |= zip(("width", "height"), upload.size or (), strict=False)
                    made |= {k: v for k, v in about.items() if k in known}
            content[kind] = [made] if declared != inner else made
        return content

    def _extras(self, chat: Chat, params: Json) -> Json:
        extras: Json = {}
        markup = params.get("reply_markup", {})
        if "inline_keyboard" in markup:
            extras["reply_markup"] = markup
        if params.get("protect_content"):
            extras["has_protected_content"] = True
        if "message_thread_id" in params:
            extras["message_thread_id"] = params["message_thread_id"]
        reply = params.get("reply_parameters")
        if reply:
            original = chat.messages.get(reply["message_id"])
            if original and not original.deleted:
                extras["reply_to_message"] = {k: v for k, v in original.data.items() if k != "reply_to_message"}
            elif not reply.get("allow_sending_without_reply"):
                raise ApiError(400, "Bad Request: message to be replied not found")
        return extras

    def _send_media_group(self, params: Json) -> list[Json]:
        sent = []
        for media in params["media"]:
            single = {k: v for k, v in params.items() if k != "media"}
            single |= {k: media[k] for k in ("caption", "parse_mode") if k in media}
            kind = "".join(part.title() for part in media["type"].split("_"))
            sent.append(self._send("sendMediaGroup", single, self._content(f"send{kind}", single)).data)
        return sent

    def _copy(self, method: str, params: Json, message_id: int) -> Message:
        source = self.world.find_chat(params["from_chat_id"])
        verb = "forward" if method.startswith("forward") else "copy"
        original = self.world.present(source, message_id, f"message to {verb}")
        content = {k: v for k, v in original.data.items() if k in _COPIED}
        if "caption" in params:
            content |= _styled("caption", "caption_entities", params)
        return self._send(method, params, content)

    def _copy_all(self, method: str, params: Json) -> list[Json]:
        source = self.world.find_chat(params["from_chat_id"])
        there = [i for i in params["message_ids"] if i in source.messages and not source.messages[i].deleted]
        return [{"message_id": self._copy(method, params, message_id).message_id} for message_id in there]

    # --- editing and deleting

    def _edit_text(self, params: Json) -> Any:
        return self._edit(params, _styled("text", "entities", params) if "text" in params else {})

    def _edit_caption(self, params: Json) -> Any:
        return self._edit(params, _styled("caption", "caption_entities", params) if "caption" in params else {})

    def _edit_markup(self, params: Json) -> Any:
        return self._edit(params, None)

    def _edit(self, params: Json, content: Json | None) -> Any:
        """None keeps the content; a missing keyboard is taken off in every case, as Telegram does."""
        if "inline_message_id" in params:
            return True
        chat = self.world.writable(params["chat_id"])
        message = self.world.present(chat, params["message_id"], "message to edit")
        if not message.from_bot:
            raise ApiError(400, "Bad Request: message can't be edited")
        dropped = {"reply_markup"} if content is None else {"reply_markup", "entities", "caption", "caption_entities"}
        kept = {k: v for k, v in message.data.items() if k not in dropped}
        new = {**kept, **(content or {})}
        if params.get("reply_markup", {}).get("inline_keyboard"):
            new["reply_markup"] = params["reply_markup"]
        if new == message.data:
            raise ApiError(400, NOT_MODIFIED)
        message.data = new
        self.world.edit(message, {})
        return message.data

    def _delete_message(self, params: Json) -> bool:
        chat = self.world.writable(params["chat_id"])
        self.world.delete(chat, self.world.present(chat, params["message_id"], "message to delete"))
        return True

    def _delete_messages(self, params: Json) -> bool:
        """Missing ones are skipped; one that may not be deleted fails the call and nothing goes."""
        chat = self.world.writable(params["chat_id"])
        there = [chat.messages[i] for i in params["message_ids"] if i in chat.messages]
        there = [message for message in there if not message.deleted]
        for message in there:
            self.world.check_deletable(chat, message)
        for message in there:
            self.world.delete(chat, message)
        return True

    def _answer_callback_query(self, params: Json) -> bool:
        tap = self.world.taps.get(params["callback_query_id"])
        if tap is None or self.world.clock.now() - tap.at > ANSWERABLE_S:
            description = "Bad Request: query is too old and response timeout expired or query ID is invalid"
            raise ApiError(400, description)
        tap.answered = tap.answered or params
        self.world.changed()
        return True

    # --- the bot's own face

    def _get_me(self, _params: Json) -> Json:
        flags = {"can_join_groups": True, "can_read_all_group_messages": self.world.reads_all}
        return {**self.world.bot, **flags, "supports_inline_queries": False}

    def _set_profile(self, key: str, params: Json) -> bool:
        self.world.profile[key][params.get("language_code", "")] = params.get(key, "")
        return True

    def _get_profile(self, key: str, params: Json) -> Json:
        known = self.world.profile[key]
        return {key: known.get(params.get("language_code", "")) or known.get("", "")}

    def _set_my_commands(self, params: Json) -> bool:
        """An empty list deletes, as Telegram has it."""
        scope = self._scope(params)
        if not params["commands"]:
            self.world.commands.pop(scope, None)
        else:
            self.world.commands[scope] = params["commands"]
        self.world.changed()
        return True

    def _get_my_commands(self, params: Json) -> list[Json]:
        return self.world.commands.get(self._scope(params), [])

    def _delete_my_commands(self, params: Json) -> bool:
        self.world.commands.pop(self._scope(params), None)
        self.world.changed()
        return True

    def _scope(self, params: Json) -> str:
        """A chat that a scope names has to be there."""
        scope = params.get("scope", {"type": "default"})
        chat = [self.world.find_chat(scope["chat_id"]).id] if "chat_id" in scope else []
        named = [scope["type"], *chat, *([scope["user_id"]] if "user_id" in scope else [])]
        return scope_key(*named, lang=params.get("language_code", ""))

    # --- chats

    def _send_chat_action(self, params: Json) -> bool:
        self.world.writable(params["chat_id"], sending=True)
        return True

    def _leave_chat(self, params: Json) -> bool:
        chat = self.world.writable(params["chat_id"])
        if chat.private:
            raise ApiError(400, "Bad Request: chat member status can't be changed in private chats")
        chat.member = False
        self.world.changed()
        return True

    def _get_chat(self, params: Json) -> Json:
        made: Json = self.spec.sample("ChatFullInfo")
        return {**made, **self.world.find_chat(params["chat_id"]).describe()}

    def _get_chat_member(self, params: Json) -> Json:
        chat = self.world.find_chat(params["chat_id"])
        user_id = params["user_id"]
        if user_id == self.world.bot["id"]:
            return {"status": "member", "user": self.world.bot}
        person = {"id": user_id, "is_bot": False, "first_name": "Member"}
        return {"status": "member" if user_id in chat.members else "left", "user": person}

    # --- everything else

    def _plausible(self, method: Method, params: Json) -> Any:
        if "Message" in method.returns and "chat_id" in params and "message_id" in params:
            chat = self.world.writable(params["chat_id"])
            return self.world.present(chat, params["message_id"], "message to edit").data
        if "chat_id" in params:
            self.world.find_chat(params["chat_id"])
        return self.spec.sample(method.returns[-1])


def _styled(name: str, entities_name: str, params: Json) -> Json:
    plain, entities = text.parse(params[name], params.get("parse_mode"))
    entities = entities or params.get(entities_name, [])
    return {name: plain, **({entities_name: entities} if entities else {})}
