-- What the first release ran to make its tables. Never changed: databases made so are adopted.
CREATE TABLE schema_version (
    version SERIAL NOT NULL,
    PRIMARY KEY (version)
);

CREATE TABLE chat (
    chat VARCHAR(40) NOT NULL,
    address BYTEA NOT NULL,
    role VARCHAR(12) NOT NULL,
    lang VARCHAR(2),
    heard VARCHAR(2),
    greeted INTEGER NOT NULL,
    misses INTEGER NOT NULL,
    awaiting VARCHAR(12),
    blocked INTEGER NOT NULL,
    quiet_minutes INTEGER NOT NULL,
    last_seen FLOAT NOT NULL,
    cleared_at FLOAT,
    PRIMARY KEY (chat)
);

CREATE INDEX chat_last_seen ON chat (last_seen);

CREATE TABLE inbox (
    id SERIAL NOT NULL,
    channel VARCHAR(24) NOT NULL,
    update_id VARCHAR(40) NOT NULL,
    chat VARCHAR(40) NOT NULL,
    body BYTEA,
    key_name VARCHAR(40) NOT NULL,
    received_at FLOAT NOT NULL,
    urgent INTEGER NOT NULL,
    state INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (channel, update_id)
);

CREATE INDEX inbox_chat ON inbox (chat, state, id);

CREATE INDEX inbox_waiting ON inbox (state, urgent DESC, id);

CREATE TABLE outbox (
    id SERIAL NOT NULL,
    dedupe VARCHAR(64) NOT NULL,
    chat VARCHAR(40) NOT NULL,
    lane INTEGER NOT NULL,
    content TEXT NOT NULL,
    created_at FLOAT NOT NULL,
    not_before FLOAT NOT NULL,
    not_after FLOAT,
    lease_until FLOAT NOT NULL,
    attempts INTEGER NOT NULL,
    state INTEGER NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (dedupe)
);

CREATE INDEX outbox_due ON outbox (state, lane, id);

CREATE INDEX outbox_chat ON outbox (chat, state, id);

CREATE TABLE sent (
    id SERIAL NOT NULL,
    chat VARCHAR(40) NOT NULL,
    message_id BYTEA NOT NULL,
    key_name VARCHAR(40) NOT NULL,
    at FLOAT NOT NULL,
    PRIMARY KEY (id)
);

CREATE INDEX ix_sent_chat ON sent (chat);

CREATE TABLE bucket (
    name VARCHAR(40) NOT NULL,
    tokens FLOAT NOT NULL,
    updated_at FLOAT NOT NULL,
    paused_until FLOAT NOT NULL,
    PRIMARY KEY (name)
);

CREATE TABLE invitation (
    code VARCHAR(40) NOT NULL,
    purpose VARCHAR(12) NOT NULL,
    expires_at FLOAT NOT NULL,
    used_at FLOAT,
    used_by VARCHAR(40),
    revoked_at FLOAT,
    PRIMARY KEY (code)
);

INSERT INTO schema_version VALUES (1);
