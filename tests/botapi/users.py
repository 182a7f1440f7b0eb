"""What people do: the other half of every conversation."""

from __future__ import annotations

from typing import Any

from . import spec, text
from .state import Chat, Json, Message, Tap, World


class UserActions:
    """Mixed into the server, so that a test reads `server.user_says(7, "hello")`."""

    world: World

    def chat(self, chat_id: int) -> Chat:
        """A chat that exists already; `user_says` and `add_chat` make one."""
        return self.world.chats[chat_id]

    def add_chat(self, chat_id: int, kind: str | None = None, **known: Any) -> Chat:
        """`known`: title, username, lang, started, blocked, deactivated, member, kicked, admin."""
        return self.world.add_chat(chat_id, kind, **known)

    def menu_of(self, chat_id: int) -> list[str]:
        """Names of the commands that the person sees listed."""
        return self.world.menu_of(chat_id)

    # --- sending

    def user_says(self, chat_id: int, said: str, *, user_id: int | None = None, **more: Any) -> Message:
        """`more` goes into Telegram's message object as it is (for example `reply_to_message`)."""
        entities = text.commands(said)
        content = {"text": said, **({"entities": entities} if entities else {}), **more}
        return self.user_sends(chat_id, content, user_id=user_id)

    def user_sends_photo(self, chat_id: int, caption: str | None = None, *, user_id: int | None = None) -> Message:
        return self._sends(chat_id, "photo", [self._file("PhotoSize", width=90 * n, height=60 * n) for n in (1, 8)],
                           caption, user_id)  # fmt: skip

    def user_sends_voice(self, chat_id: int, seconds: int = 4, *, user_id: int | None = None) -> Message:
        return self._sends(chat_id, "voice", self._file("Voice", duration=seconds), None, user_id)

    def user_sends_video(self, chat_id: int, caption: str | None = None, *, user_id: int | None = None) -> Message:
        return self._sends(chat_id, "video", self._file("Video", width=640, height=480), caption, user_id)

    def user_sends_sticker(self, chat_id: int, emoji: str = "🙂", *, user_id: int | None = None) -> Message:
        made = self._file("Sticker", type="regular", is_animated=False, is_video=False, emoji=emoji)
        return self._sends(chat_id, "sticker", made, None, user_id)

    def user_sends_document(
        self, chat_id: int, name: str = "file.pdf", caption: str | None = None, *, user_id: int | None = None
    ) -> Message:
        return self._sends(chat_id, "document", self._file("Document", file_name=name), caption, user_id)

    def user_sends_location(
        self, chat_id: int, latitude: float = 40.0, longitude: float = -75.0, *, user_id: int | None = None
    ) -> Message:
        place = {"latitude": latitude, "longitude": longitude}
        return self._sends(chat_id, "location", place, None, user_id)

    def user_sends_contact(self, chat_id: int, phone: str, name: str, *, user_id: int | None = None) -> Message:
        return self._sends(chat_id, "contact", {"phone_number": phone, "first_name": name}, None, user_id)

    def user_sends(self, chat_id: int, content: Json, *, user_id: int | None = None) -> Message:
        """Any content, as fields of Telegram's message object."""
        chat = self._acting(chat_id)
        sender = self._person(chat, user_id)
        message = self.world.post(chat, content, sender=sender)
        if self._is_told(chat, message):
            self.world.updates.add("message", message.data)
            self.world.changed()
        return message

    # --- everything else

    def user_taps(
        self,
        chat_id: int,
        payload: str,
        message_id: int | None = None,
        *,
        user_id: int | None = None,
        forged: bool = False,
    ) -> Tap:
        """A tap on a button that is on the screen; the newest message with it unless `message_id` says which.

        `forged` sends any payload, and for a message that is gone too: what a modified client can do.
        """
        chat = self._acting(chat_id)
        if message_id is None:
            shown = [m for m in chat.visible() if m.from_bot and (forged or payload in m.payloads)]
            if not shown:
                raise ValueError(f"no visible message in chat {chat_id} has a button {payload!r}")
            message_id = shown[-1].message_id
        message = chat.messages[message_id]
        if not forged and (message.deleted or payload not in message.payloads):
            raise ValueError(f"message {message_id} in chat {chat_id} shows no button {payload!r}")
        tap = Tap(str(4_000_000_000 + len(self.world.taps)), chat_id, message_id, payload, self.world.clock.now())
        self.world.taps[tap.id] = tap
        chat.last_user_event = self.world.next_event()
        gone = {"chat": chat.describe(), "message_id": message_id, "date": 0}
        content = {"id": tap.id, "from": self._person(chat, user_id), "chat_instance": f"{chat_id}", "data": payload,
                   "message": gone if message.deleted else message.data}  # fmt: skip
        self.world.updates.add("callback_query", content)
        self.world.changed()
        return tap

    def user_edits(self, chat_id: int, message_id: int, said: str) -> Message:
        chat = self._acting(chat_id)
        message = self.world.present(chat, message_id, "message")
        self.world.edit(message, {"text": said})
        chat.last_user_event = message.touched
        self.world.updates.add("edited_message", message.data)
        self.world.changed()
        return message

    def user_deletes(self, chat_id: int, message_id: int) -> None:
        """For both sides; bots are not told."""
        self.chat(chat_id).messages[message_id].deleted = True
        self.world.changed()

    def user_deletes_chat(self, chat_id: int) -> None:
        """The whole history, for both sides; bots are not told."""
        for message in self.chat(chat_id).messages.values():
            message.deleted = True
        self.world.changed()

    def user_blocks(self, chat_id: int) -> None:
        self._membership(self.chat(chat_id), blocked=True)

    def user_unblocks(self, chat_id: int) -> None:
        self._membership(self.chat(chat_id), blocked=False)

    def user_deactivates(self, chat_id: int) -> None:
        self.chat(chat_id).deactivated = True

    def kick_bot(self, chat_id: int) -> None:
        chat = self.chat(chat_id)
        chat.kicked = True
        self._tell_membership(chat, "member", "kicked")

    def migrate(self, chat_id: int, new_chat_id: int) -> Chat:
        """A group becomes a supergroup under a new id; both ends are told by a service message."""
        old = self.chat(chat_id)
        new = self.add_chat(new_chat_id, "supergroup", title=old.title, admin=old.admin, members=set(old.members))
        sender = self._person(old, None)
        for chat, content in ((old, {"migrate_to_chat_id": new_chat_id}), (new, {"migrate_from_chat_id": chat_id})):
            self.world.updates.add("message", self.world.post(chat, content, sender=sender).data)
        old.migrated_to = new_chat_id
        self.world.changed()
        return new

    def inject(self, kind: str, content: Json) -> Json | None:
        """Any update at all; None where `allowed_updates` leaves its kind out."""
        update = self.world.updates.add(kind, content)
        self.world.changed()
        return update

    def unanswered_taps(self) -> list[Tap]:
        return [tap for tap in self.world.taps.values() if tap.answered is None]

    # --- inside

    def _acting(self, chat_id: int) -> Chat:
        chat = self.world.chats.get(chat_id) or self.world.add_chat(chat_id)
        if chat.blocked or chat.deactivated:
            raise ValueError(f"chat {chat_id} is blocked or deactivated: nobody can write there")
        if not chat.started:
            chat.started = True
        return chat

    def _person(self, chat: Chat, user_id: int | None) -> Json:
        identity = user_id or (chat.id if chat.private else min(chat.members, default=777))
        chat.members.add(identity)
        language = {"language_code": chat.lang} if chat.lang else {}
        return {"id": identity, "is_bot": False, "first_name": chat.title if chat.private else "Member", **language}

    def _is_told(self, chat: Chat, message: Message) -> bool:
        """Privacy mode: in a group, a bot that is no administrator hears commands and replies to it only."""
        if not (chat.member and not chat.kicked):
            return False
        if chat.private or chat.admin or self.world.reads_all:
            return True
        replied = message.data.get("reply_to_message", {}).get("from", {}).get("id")
        said = message.text
        named = f"@{self.world.bot['username']}" in said
        return named or replied == self.world.bot["id"] or (said.startswith("/") and "@" not in said.split()[0])

    def _sends(self, chat_id: int, kind: str, value: Any, caption: str | None, user_id: int | None) -> Message:
        return self.user_sends(chat_id, {kind: value, **({"caption": caption} if caption else {})}, user_id=user_id)

    def _file(self, type_name: str, **known: Any) -> Json:
        number = self.world.next_event()
        made: Json = spec.load().sample(type_name)
        return {**made, "file_id": f"file-{number}", "file_unique_id": f"unique-{number}", **known}

    def _membership(self, chat: Chat, *, blocked: bool) -> None:
        if chat.blocked != blocked:
            chat.blocked = blocked
            self._tell_membership(chat, *(("member", "kicked") if blocked else ("kicked", "member")))

    def _tell_membership(self, chat: Chat, old: str, new: str) -> None:
        def membership(status: str) -> Json:
            until = {"until_date": 0} if status == "kicked" else {}
            return {"status": status, "user": self.world.bot, **until}

        content = {"chat": chat.describe(), "from": self._person(chat, None), "date": int(self.world.clock.now()),
                   "old_chat_member": membership(old), "new_chat_member": membership(new)}  # fmt: skip
        self.world.updates.add("my_chat_member", content)
        self.world.changed()
