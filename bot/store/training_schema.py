"""Tables of refreshers. No column and no foreign key leads from here to a request or to what belongs to one (R26; a test walks them)."""

from __future__ import annotations

from sqlalchemy import Column, Float, ForeignKey, Index, Integer, LargeBinary, String, Table, Text, UniqueConstraint

from bot.store.schema import metadata


def _of(table: str, column: str, kind: str, **how: object) -> Column[object]:
    """A column that names a row of another table of this page."""
    target = {"department": ("id", String(32)), "unit": ("id", String(32)), "batch": ("code", String(40))}
    key, typed = target.get(kind, ("id", Integer()))
    return Column(column, typed, ForeignKey(f"{kind}.{key}", name=f"{table}_{column}"), **how)  # type: ignore[arg-type]


# `id` is random. `keep_days`: the department's written retention of completions. `ranking_since`: when the list by officer was turned on; what
# somebody answered before is shown to nobody. `instructor`: who answers for the training, sealed; empty where that is the department itself.
department = Table(
    "department",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", String(80), nullable=False),
    Column("zone", String(40), nullable=False),
    Column("lang", String(2), nullable=False),
    Column("holidays", String(12), nullable=False),
    Column("on_duty_only", Integer, nullable=False, default=1),
    Column("ranking", Integer, nullable=False, default=0),
    Column("ranking_since", Float, nullable=True),
    Column("keep_days", Integer, nullable=True),
    Column("instructor", LargeBinary, nullable=True),
    Column("created_at", Float, nullable=False),
    info={"backup": True},
)

unit = Table(
    "unit",
    metadata,
    Column("id", String(32), primary_key=True),
    _of("unit", "department", "department", nullable=False, index=True),
    Column("name", String(80), nullable=False),
    info={"backup": True},
)

# `chat` is the keyed hash of `chat.chat`, taken away when somebody leaves. `officer_id` is what the department gave, sealed.
# `planned_to`: rows of `occurrence` are there for everything before. `paused_at`: until they resume.
member = Table(
    "member",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("chat", String(40), nullable=True, unique=True),
    _of("member", "department", "department", nullable=False, index=True),
    _of("member", "unit", "unit", nullable=True, index=True),
    Column("role", String(12), nullable=False),
    Column("officer_id", LargeBinary, nullable=True),
    Column("lang", String(2), nullable=False),
    Column("quiet_first", Integer, nullable=True),
    Column("quiet_last", Integer, nullable=True),
    Column("pattern", Text, nullable=True),
    Column("snoozed_until", Float, nullable=True),
    Column("off_until", Float, nullable=True),
    Column("paused_at", Float, nullable=True),
    Column("silences", Integer, nullable=False, default=0),
    Column("planned_to", Float, nullable=False),
    Column("joined_at", Float, nullable=False),
    Column("left_at", Float, nullable=True),
    Index("member_to_plan", "planned_to"),
    sqlite_autoincrement=True,
    info={"backup": True},
)

# One for a department or a unit: `whose` is its id. `rule` is JSON (bot/training/schedule.py); `version` counts its changes.
schedule = Table(
    "schedule",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("whose", String(32), nullable=False, unique=True),
    _of("schedule", "department", "department", nullable=False, index=True),
    _of("schedule", "unit", "unit", nullable=True),
    Column("version", Integer, nullable=False),
    Column("rule", Text, nullable=False),
    Column("active", Integer, nullable=False, default=1),
    Column("changed_at", Float, nullable=False),
    sqlite_autoincrement=True,
    info={"backup": True},
)

# state: 0 planned, 1 queued, 2 sent, 3 skipped, 4 answered, 5 not answered in a day, 6 put off by the officer and to be planned anew. The unique key
# decides between planners: an officer's slot once on a local date. `put_off`: whether the officer ever did, so that it is never the bot's own lateness.
occurrence = Table(
    "occurrence",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    _of("occurrence", "member", "member", nullable=False),
    _of("occurrence", "schedule", "schedule", nullable=False),
    Column("version", Integer, nullable=False),
    Column("slot", String(24), nullable=False),
    Column("day", String(10), nullable=False),
    Column("at", Float, nullable=False),
    Column("until", Float, nullable=False),
    Column("state", Integer, nullable=False, default=0),
    Column("reason", String(12), nullable=True),
    Column("reminded", Integer, nullable=False, default=0),
    Column("put_off", Integer, nullable=False, default=0, server_default="0"),
    UniqueConstraint("member", "slot", "day", name="occurrence_once"),
    Index("occurrence_due", "state", "at", "id"),
    Index("occurrence_schedule", "schedule", "state"),
    sqlite_autoincrement=True,
    info={"backup": True},
)

# A card chosen for an officer (`asked_at` empty), asked, answered. kind: refresh, holdout, pretest, quiz, course. `predicted`: recall then.
# `completion`: the number of the completion that it counted for, 0 once that was taken away: it counts for no other of that department.
question = Table(
    "question",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    _of("question", "member", "member", nullable=False),
    _of("question", "occurrence", "occurrence", nullable=True, index=True),
    Column("card", String(80), nullable=False),
    Column("version", String(16), nullable=False),
    Column("topic", String(40), nullable=False),
    Column("wording", Integer, nullable=False),
    Column("options", Integer, nullable=False),
    Column("kind", String(8), nullable=False),
    Column("predicted", Float, nullable=True),
    Column("asked_at", Float, nullable=True),
    Column("answered_at", Float, nullable=True),
    Column("chosen", Integer, nullable=True),
    Column("right", Integer, nullable=True),
    Column("seconds", Float, nullable=True),
    Column("completion", Integer, nullable=True),
    Index("question_member", "member", "card"),
    Index("question_asked", "asked_at"),
    sqlite_autoincrement=True,
    info={"backup": False},
)

# FSRS-6 for each officer and card (bot/training/memory.py).
memory = Table(
    "memory",
    metadata,
    Column("member", Integer, ForeignKey("member.id", name="memory_member"), primary_key=True),
    Column("card", String(80), primary_key=True),
    Column("stability", Float, nullable=False),
    Column("difficulty", Float, nullable=False),
    Column("first_at", Float, nullable=False),
    Column("last_at", Float, nullable=False),
    Column("due_at", Float, nullable=False),
    Column("reps", Integer, nullable=False),
    Column("lapses", Integer, nullable=False),
    Column("wording", Integer, nullable=False),
    Column("held", Integer, nullable=False, default=0),
    info={"backup": False},
)

# A course done, each row bound to the one before like the staff log. `body` is sealed; `digest` a MAC of it, which stays when the body goes.
completion = Table(
    "completion",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("segment", String(7), nullable=False, index=True),
    Column("at", Float, nullable=False),
    Column("department", String(32), nullable=False, index=True),
    Column("digest", String(64), nullable=False),
    Column("member", Integer, nullable=True, index=True),
    Column("body", LargeBinary, nullable=True),
    Column("gone", String(64), nullable=True),
    Column("mac", String(64), nullable=False),
    info={"backup": True},
)

completion_head = Table(
    "completion_head",
    metadata,
    Column("segment", String(7), primary_key=True),
    Column("first_seq", Integer, nullable=False),
    Column("last_seq", Integer, nullable=False),
    Column("last_mac", String(64), nullable=False),
    Column("signature", String(64), nullable=False),
    info={"backup": True},
)

# A link for many. `code` is a keyed hash; `most` joins, each with a coordinator's tap unless `tap` is 0. `member`: whose new phone it lets in; then
# `most` tries.
batch = Table(
    "batch",
    metadata,
    Column("code", String(40), primary_key=True),
    _of("batch", "department", "department", nullable=False),
    _of("batch", "unit", "unit", nullable=True),
    Column("role", String(12), nullable=False),
    Column("most", Integer, nullable=False),
    Column("used", Integer, nullable=False, default=0),
    Column("tap", Integer, nullable=False, default=1),
    Column("expires_at", Float, nullable=False),
    Column("revoked_at", Float, nullable=True),
    Column("member", Integer, nullable=True),
    info={"backup": False},
)

# Who opened a batch link and waits for a coordinator's tap. accepted: 1 yes, 0 no, 2 as `queues.ENDED` says, empty while it waits.
joining = Table(
    "joining",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    _of("joining", "batch", "batch", nullable=False),
    Column("chat", String(40), nullable=False, index=True),
    Column("lang", String(2), nullable=False),
    Column("officer_id", LargeBinary, nullable=True),
    Column("asked_at", Float, nullable=False),
    Column("decided_at", Float, nullable=True),
    Column("accepted", Integer, nullable=True),
    UniqueConstraint("batch", "chat", name="joining_once"),
    sqlite_autoincrement=True,
    info={"backup": False},
)

# What a coordinator or an officer is being asked step by step, sealed; a row a chat.
training_draft = Table(
    "training_draft",
    metadata,
    Column("chat", String(40), primary_key=True),
    Column("body", LargeBinary, nullable=False),
    Column("at", Float, nullable=False),
    info={"backup": False},
)

# Whom officers of a department or a unit call first: added by its coordinator. `spoken_at`: when the coordinator last spoke with them;
# `reminded_at`: when they were last reminded to. Nothing of a person: a front door.
partner = Table(
    "partner",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    _of("partner", "department", "department", nullable=False, index=True),
    _of("partner", "unit", "unit", nullable=True),
    Column("name", String(80), nullable=False),
    Column("phone", String(24), nullable=False),
    Column("hours", String(80), nullable=False),
    Column("spoken_at", Float, nullable=True),
    Column("reminded_at", Float, nullable=True),
    Column("added_at", Float, nullable=False),
    sqlite_autoincrement=True,
    info={"backup": True},
)
