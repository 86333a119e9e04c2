"""Operators' commands for apps, and the example of the page for those who make apps, on a running server."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import httpx

from tests.conftest import Server

PAGE = Path(__file__).parents[2] / "docs" / "smart.md"


def test_an_operator_adds_lists_and_blocks_an_app(demo_server: Server) -> None:
    added = demo_server.run(
        "access", "add-client", "--name", "Sổ tay", "--proof", "secret", "--redirect-uri", "https://app.example/ve",
        "--scope", "openid", "--scope", "patient/*.rs",
    )  # fmt: skip
    assert added.returncode == 0, added.stderr
    client_id, secret = re.findall(r"client_\w+\s+(\S+)", added.stdout)
    assert len(secret) >= 43
    assert client_id in demo_server.run("access", "apps").stdout
    blocked = demo_server.run("access", "decide-app", client_id, "block", "--reason", "x")
    assert blocked.stdout == f"{client_id} is blocked.\n"
    assert f"blocked   {client_id}" in demo_server.run("access", "apps").stdout


def test_an_app_that_does_not_go_together_is_refused(demo_server: Server) -> None:
    done = demo_server.run("access", "add-client", "--name", "Sổ tay", "--scope", "patient/*.rs")
    assert done.returncode == 1
    assert "redirect_uris" in done.stderr


def test_keys_are_rotated(demo_server: Server) -> None:
    before = len(httpx.get(f"{demo_server.url}/oauth/jwks.json").json()["keys"])
    assert "signs from a minute on" in demo_server.run("access", "rotate-keys").stdout
    after = httpx.get(f"{demo_server.url}/oauth/jwks.json").json()["keys"]
    assert len(after) == before + 1


def test_the_example_of_a_backend_service_runs_as_it_is_written(demo_server: Server, tmp_path: Path) -> None:
    examples = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    code = next(each for each in examples if "client_credentials" in each)
    code = code.replace("http://localhost:8000", demo_server.url).replace("var/keys", f"{demo_server.data}/keys")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stderr
    assert "'resourceType': 'Bundle'" in done.stdout
    assert "'Observation'" in done.stdout
