"""Unit, compose file, image: what a program can tell without running them."""

from __future__ import annotations

import fnmatch
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from bot.settings import ROOT

DEPLOY = ROOT / "deploy"
UNIT = (DEPLOY / "waymark.service").read_text("utf-8")
DOCKERFILE = (DEPLOY / "Dockerfile").read_text("utf-8")


def systemd(*arguments: str) -> subprocess.CompletedProcess[str]:
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not here")
    command = ["systemd-analyze", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_systemd_finds_nothing_wrong_with_the_unit(tmp_path: Path) -> None:
    program = "/opt/waymark/.venv/bin/waymark"
    assert f"ExecStart={program} run\n" in UNIT
    unit = tmp_path / "waymark.service"
    unit.write_text(UNIT.replace(program, sys.executable))  # which is there
    done = systemd("verify", "--man=no", str(unit))
    assert (done.returncode, done.stderr) == (0, "")
    unit.write_text(unit.read_text().replace("ProtectSystem=", "ProtectSystems="))
    assert "Unknown key" in systemd("verify", "--man=no", str(unit)).stderr, "or the check would see nothing"


def test_systemd_calls_the_unit_hardened() -> None:
    """Exposure of at most 2 of 10; a unit without any of the limits has 9.6."""
    done = systemd("security", "--offline=true", "--threshold=20", "--no-pager", str(DEPLOY / "waymark.service"))
    assert done.returncode == 0, done.stdout[-300:] + done.stderr


@pytest.mark.parametrize("path", sorted(DEPLOY.glob("*.sh")), ids=lambda path: path.name)
def test_scripts_are_clean_shell(path: Path) -> None:
    tool = ["shellcheck"] if shutil.which("shellcheck") else ["sh", "-n"]
    done = subprocess.run([*tool, str(path)], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def ignored(name: str) -> bool:
    """Whether the image's build leaves `name` out, as Docker reads its ignore file: without **/ only at the top."""
    parts = name.split("/")
    for line in (DEPLOY / "Dockerfile.dockerignore").read_text("utf-8").splitlines():
        pattern = line.strip()
        if not pattern or pattern.startswith("#"):
            continue
        depths = range(len(parts)) if pattern.startswith("**/") else range(1)
        if any(fnmatch.fnmatchcase(parts[depth], pattern.removeprefix("**/")) for depth in depths):
            return True
    return False


SECRETS = ["token", "waymark-token", "deploy/telegram-token", "webhook-secret", "deploy/webhook-secret", "waymark.env",
           "home/keys/master.key", "home/waymark.db", "home/waymark.db-wal", "backup/keys.tar", ".git/config"]  # fmt: skip


@pytest.mark.parametrize("name", SECRETS)
def test_no_secret_gets_into_the_image(name: str) -> None:
    assert ignored(name)


def test_nothing_of_the_program_is_left_out_of_the_image() -> None:
    files = [
        path
        for room in ("bot", "actions", "nlu", "content", "scripts", "locks", "deploy")
        for path in (ROOT / room).rglob("*")
    ]
    names = [p.relative_to(ROOT).as_posix() for p in files if p.is_file() and "__pycache__" not in p.parts]
    wanted = [name for name in names if not name.endswith("telegram-token")]
    assert len(wanted) > 300
    assert [name for name in wanted if ignored(name)] == []


def test_the_token_of_the_compose_file_is_kept_out_of_image_and_repository() -> None:
    compose = yaml.safe_load((DEPLOY / "compose.yml").read_text("utf-8"))
    file = (DEPLOY / compose["secrets"]["telegram-token"]["file"]).resolve()
    assert ignored(file.relative_to(ROOT).as_posix())
    assert file.name in (DEPLOY / ".gitignore").read_text().split()


def test_image_compose_and_unit_agree_on_where_things_are() -> None:
    compose = yaml.safe_load((DEPLOY / "compose.yml").read_text("utf-8"))["services"]["waymark"]
    mounts = {volume.split(":")[1] for volume in compose["volumes"]}
    assert mounts == set(re.findall(r'"(/var/lib/[\w-]+)"', DOCKERFILE.partition("VOLUME")[2]))
    for variable in ("WAYMARK_HOME", "WAYMARK_KEYS_DIR"):
        image = re.search(rf"{variable}=(\S+)", DOCKERFILE)
        unit = re.search(rf"{variable}=(\S+)", UNIT)
        assert image
        assert unit
        assert image[1] == unit[1]
        assert image[1] in mounts
    user = re.search(r"^USER (\d+)$", DOCKERFILE, re.MULTILINE)
    assert user
    assert compose["user"] == f"{user[1]}:{user[1]}"
    assert f"--uid {user[1]}" in DOCKERFILE
