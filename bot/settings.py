"""Settings: environment variables with the prefix WAYMARK_, or `waymark.env` in the current folder. Secrets come from files."""

from __future__ import annotations

import ipaddress
import os
import socket
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from pydantic_settings.exceptions import SettingsError as SourceError

ROOT = Path(__file__).resolve().parents[1]
TELEGRAM = "https://api.telegram.org"


class SettingsError(ValueError):
    """A setting that cannot work; the text says what to do."""


class Settings(BaseSettings):
    """All of them; docs/reference/settings.md lists each with its default."""

    model_config = SettingsConfigDict(
        env_prefix="WAYMARK_", env_file="waymark.env", env_ignore_empty=True, extra="ignore"
    )

    home: Path = Field(
        default_factory=lambda: Path(os.environ.get("XDG_DATA_HOME", Path.home() / ".local" / "share")) / "waymark"
    )
    database_url: str | None = None
    keys_dir: Path | None = None
    models_dir: Path | None = None
    encoder: Path | None = None
    telegram_token_file: Path | None = None
    telegram_api_url: str = TELEGRAM
    webhook_url: str | None = None
    webhook_secret_file: Path | None = None
    webhook_port: int = 8443
    webhook_host: str = "127.0.0.1"
    staff_groups: list[int] = Field(default_factory=list)
    paging_hosts: list[str] = Field(default_factory=list)
    unreviewed: Literal["refuse", "allow"] = "refuse"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    nlu_python: Path = ROOT / ".venv-nlu" / "bin" / "python"
    nlu_url: str | None = None
    nlu_token_file: Path | None = None
    sends_per_second: float = Field(default=25.0, gt=0, le=30)
    directory_days: int = Field(default=180, ge=1, le=730)
    workers: int = Field(default=32, ge=1, le=256)
    relay: bool = False
    minors_chat: bool = False

    def __init__(self, **values: Any) -> None:
        try:
            super().__init__(**values)
        except ValidationError as error:
            wrong = [f"WAYMARK_{'.'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in error.errors()]
            raise SettingsError(f"a setting cannot be read: {'; '.join(wrong)} (docs/reference/settings.md)") from None
        except SourceError as error:
            raise SettingsError(
                f"a setting cannot be read: {error}; a list is written like [-1001, -1002] (docs/reference/settings.md)"
            ) from None

    @field_validator(
        "home",
        "keys_dir",
        "models_dir",
        "encoder",
        "telegram_token_file",
        "webhook_secret_file",
        "nlu_token_file",
        mode="after",
    )
    @classmethod
    def _expand(cls, value: Path | None) -> Path | None:
        return value.expanduser() if value else value

    @property
    def keys(self) -> Path:
        """Keys live beside, never inside, what is backed up (R22)."""
        return self.keys_dir or self.home / "keys"

    @property
    def models(self) -> Path:
        return self.models_dir or self.home / "models"

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite:///{self.home / 'waymark.db'}"

    @property
    def api_is_loopback(self) -> bool:
        return urlsplit(self.telegram_api_url).hostname in ("127.0.0.1", "::1", "localhost")

    @property
    def unreviewed_allowed(self) -> bool:
        """Unreviewed words may leave only towards a test server (rulings 8)."""
        return self.unreviewed == "allow" and self.api_is_loopback

    def private_nlu_url(self) -> str:
        """WAYMARK_NLU_URL, to be used only where it leads to this machine or a private network: what people write goes
        there in clear (R62). Raises `SettingsError`; a name is looked up, and every address of it must be private."""
        url = self.nlu_url or ""
        host = _host(url)
        wrong = [address for address in _addresses(host) if not _is_private(address)]
        if wrong:
            raise SettingsError(
                f"WAYMARK_NLU_URL leads to {wrong[0]}, which is outside this machine and any private network: what people "
                "write would leave it. Use 127.0.0.1, or an address such as 10.0.0.5 behind your own firewall"
            )
        return url

    def telegram_token(self) -> str:
        """Raises `SettingsError` where there is none."""
        if self.telegram_token_file is None:
            raise SettingsError(
                "no Telegram token: write the token that @BotFather gave you into a file, then set "
                "WAYMARK_TELEGRAM_TOKEN_FILE to that file"
            )
        return read_secret(self.telegram_token_file, "the Telegram token")


def _host(url: str) -> str:
    try:
        parts = urlsplit(url)
        host = parts.hostname if parts.scheme in ("http", "https") and parts.username is None else None
        _ = parts.port
    except ValueError:
        host = None
    if not host:
        raise SettingsError("WAYMARK_NLU_URL is no address of a server: write it as http://127.0.0.1:5005")
    return host


def _addresses(host: str) -> list[str]:
    try:
        return sorted({str(found[4][0]) for found in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)})
    except (OSError, UnicodeError):
        raise SettingsError(f"WAYMARK_NLU_URL: nobody knows where {host} is; write its address in digits") from None


def _is_private(address: str) -> bool:
    found = ipaddress.ip_address(address.partition("%")[0])
    inner = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    found = inner or found
    return found.is_loopback or (found.is_private and not found.is_unspecified and not found.is_reserved)


def read_secret(path: Path, what: str) -> str:
    """One line from a file. Raises `SettingsError` where the file is missing, empty, or open to other users."""
    try:
        mode = path.stat().st_mode
        secret = path.read_text("utf-8").strip()
    except OSError as error:
        raise SettingsError(f"{what}: cannot read {path} ({error.strerror}); create it with mode 600") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{what}: {path} is not a text file; write the secret into it as one line") from None
    if not secret:
        raise SettingsError(f"{what}: {path} is empty")
    if len(secret.split()) != 1:
        raise SettingsError(f"{what}: {path} holds more than one word; it must hold the secret and nothing else")
    if mode & 0o077:
        raise SettingsError(f"{what}: other users can read {path}; run: chmod 600 {path}")
    return secret
