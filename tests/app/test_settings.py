"""Settings: secrets come from files that nobody else can read, and what is wrong is said with what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.settings import TELEGRAM, Settings, SettingsError, read_secret


@pytest.fixture(autouse=True)
def _clean(clean_environment: Path) -> None:
    return


def secret_file(folder: Path, text: str = "123456:abc\n", mode: int = 0o600) -> Path:
    path = folder / "token"
    path.write_text(text)
    path.chmod(mode)
    return path


def test_a_secret_is_one_word_from_a_file(tmp_path: Path) -> None:
    assert read_secret(secret_file(tmp_path), "the token") == "123456:abc"


@pytest.mark.parametrize("mode", [0o604, 0o640, 0o644, 0o660, 0o666, 0o601])
def test_a_file_that_others_can_open_is_refused_with_the_command_that_mends_it(tmp_path: Path, mode: int) -> None:
    path = secret_file(tmp_path, mode=mode)
    with pytest.raises(SettingsError, match=f"chmod 600 {path}"):
        read_secret(path, "the token")


@pytest.mark.parametrize("mode", [0o400, 0o600])
def test_a_file_of_ones_own_is_taken(tmp_path: Path, mode: int) -> None:
    assert read_secret(secret_file(tmp_path, mode=mode), "the token")


@pytest.mark.parametrize(
    ("text", "says"),
    [("", "is empty"), (" \n\n", "is empty"), ("one two", "more than one word"), ("a\nb", "more than")],
)
def test_a_file_with_something_else_is_refused_and_not_quoted(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(SettingsError, match=says) as error:
        read_secret(secret_file(tmp_path, text), "the token")
    assert "one two" not in str(error.value)


def test_a_missing_file_a_folder_and_a_picture_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"cannot read .*create it with mode 600"):
        read_secret(tmp_path / "no", "the token")
    with pytest.raises(SettingsError, match="cannot read"):
        read_secret(tmp_path, "the token")
    (tmp_path / "picture").write_bytes(b"\xff\xd8\xff")
    with pytest.raises(SettingsError, match="not a text file"):
        read_secret(tmp_path / "picture", "the token")


def test_no_token_says_where_one_comes_from() -> None:
    with pytest.raises(SettingsError, match=r"@BotFather.*WAYMARK_TELEGRAM_TOKEN_FILE"):
        Settings().telegram_token()


def test_no_setting_holds_a_secret_itself() -> None:
    """Only files: an environment can be read by whoever lists processes, and is written into crash reports."""
    words = ("token", "secret", "password", "key")
    assert [n for n in Settings.model_fields if any(w in n for w in words) and not n.endswith(("_file", "_dir"))] == []


def test_everything_lies_in_the_home_folder_unless_said_otherwise(
    clean_environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings()
    assert settings.home == clean_environment
    assert settings.database == f"sqlite:///{clean_environment / 'waymark.db'}"
    assert settings.keys == clean_environment / "keys"
    monkeypatch.setenv("WAYMARK_KEYS_DIR", "~/elsewhere")
    monkeypatch.setenv("WAYMARK_DATABASE_URL", "postgresql://h/d")
    settings = Settings()
    assert settings.keys == Path.home() / "elsewhere"
    assert settings.database == "postgresql://h/d"


def test_a_file_of_settings_is_read_and_the_environment_goes_before(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("waymark.env").write_text("WAYMARK_WORKERS=7\nWAYMARK_LOG_LEVEL=ERROR\n")
    monkeypatch.setenv("WAYMARK_LOG_LEVEL", "DEBUG")
    settings = Settings()
    assert (settings.workers, settings.log_level) == (7, "DEBUG")


@pytest.mark.parametrize(
    ("name", "value"),
    [("WORKERS", "many"), ("WORKERS", "0"), ("SENDS_PER_SECOND", "31"), ("SENDS_PER_SECOND", "0"), ("LOG_LEVEL", "LOUD"),
     ("UNREVIEWED", "yes"), ("STAFF_GROUPS", "not json"), ("WEBHOOK_PORT", "x")],
)  # fmt: skip
def test_a_setting_that_cannot_be_read_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"WAYMARK_{name}", value)
    with pytest.raises(SettingsError, match=name if name != "STAFF_GROUPS" else "staff_groups"):
        Settings()


@pytest.mark.parametrize(
    ("url", "allowed"),
    [(TELEGRAM, False), ("http://127.0.0.1:8081", True), ("http://localhost:1", True), ("http://[::1]:1", True),
     ("http://127.0.0.1.evil.example", False), ("http://localhost.example:1", False), ("http://user@10.0.0.1", False)],
)  # fmt: skip
def test_r10_unreviewed_words_leave_only_towards_this_machine(
    monkeypatch: pytest.MonkeyPatch, url: str, allowed: bool
) -> None:
    monkeypatch.setenv("WAYMARK_TELEGRAM_API_URL", url)
    assert Settings().unreviewed_allowed is False, "never by itself"
    monkeypatch.setenv("WAYMARK_UNREVIEWED", "allow")
    assert Settings().unreviewed_allowed is allowed


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:5005", "http://localhost:5005", "http://[::1]:5005", "http://10.0.0.5:5005", "http://192.168.1.7",
     "http://172.16.3.4:1", "http://[fd00::5]:5005", "http://[::ffff:10.0.0.5]:5005", "https://10.0.0.5"],
)  # fmt: skip
def test_r62_rasa_may_be_on_this_machine_or_a_private_network(url: str) -> None:
    assert Settings(nlu_url=url).private_nlu_url() == url


@pytest.mark.parametrize(
    "url",
    ["http://93.184.216.34:5005", "https://8.8.8.8", "http://[2606:4700::1111]:5005", "http://[::ffff:8.8.8.8]:5005", "http://0.0.0.0:5005",
     "http://172.32.0.1", "http://11.0.0.1", "http://3232235777.1:5005/", "http://134744072"],
)  # fmt: skip
def test_r62_rasa_anywhere_else_is_refused(url: str) -> None:
    """What people write would leave in clear; also an address that is written so that it does not look like one."""
    with pytest.raises(SettingsError, match=r"WAYMARK_NLU_URL"):
        Settings(nlu_url=url).private_nlu_url()


@pytest.mark.parametrize("addresses", [["10.0.0.5", "93.184.216.34"], ["93.184.216.34"], ["::ffff:93.184.216.34"]])
def test_r62_a_name_that_leads_outside_by_any_of_its_addresses_is_refused(
    monkeypatch: pytest.MonkeyPatch, addresses: list[str]
) -> None:
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: [(0, 0, 0, "", (a, 0)) for a in addresses])
    with pytest.raises(SettingsError, match="outside this machine"):
        Settings(nlu_url="http://rasa.internal:5005").private_nlu_url()
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: [(0, 0, 0, "", ("10.0.0.5", 0))])
    assert Settings(nlu_url="http://rasa.internal:5005").private_nlu_url()


@pytest.mark.parametrize(
    "url",
    [
        "",
        "rasa",
        "127.0.0.1:5005",
        "ftp://127.0.0.1",
        "http://",
        "http://user:pw@127.0.0.1",
        "http://[::1",
        "http://127.0.0.1:x",
    ],
)
def test_r62_what_is_no_address_is_refused_with_an_example(url: str) -> None:
    with pytest.raises(SettingsError, match="http://127"):
        Settings(nlu_url=url).private_nlu_url()


def test_r62_a_name_that_nobody_knows_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise OSError

    monkeypatch.setattr("socket.getaddrinfo", unknown)
    with pytest.raises(SettingsError, match="nobody knows where"):
        Settings(nlu_url="http://no-such-host:5005").private_nlu_url()


async def test_r62_the_service_asks_before_it_connects(tmp_path: Path) -> None:
    from contextlib import AsyncExitStack

    from bot.service import _nlu

    settings = Settings(nlu_url="http://93.184.216.34:5005", nlu_token_file=secret_file(tmp_path))
    async with AsyncExitStack() as stack:
        with pytest.raises(SettingsError, match="private network"):
            await _nlu(settings, stack, lambda _: None)
