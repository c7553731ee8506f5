"""The server is one person's on this machine, or asks everybody who they are."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest
import streamlit as st
from streamlit.errors import StreamlitSecretNotFoundError

from pages.components.server import access
from tests.fixtures import ROOT, SHORT
from tests.fixtures.served import free_port


@pytest.mark.parametrize("host", ["0.0.0.0", ""])
def test_others_are_not_let_in_unasked(host: str, tmp_path: Path) -> None:
    options = ["--server.address", host, "--server.port", str(free_port()), "--server.headless", "true"]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", *options]
    env = {**os.environ, "GRAFT_HOME": str(tmp_path), "PYTHONPATH": SHORT}
    said = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=120)
    assert said.returncode != 0
    assert "Others could reach these pages" in said.stderr and "tlcore classroom" in said.stderr
    assert "Traceback" not in said.stderr


class NoSecrets(dict[str, object]):
    """Streamlit's, where no file is there, or it is no TOML."""

    def get(self, *_: object) -> object:
        raise StreamlitSecretNotFoundError("No secrets found.")


@pytest.fixture
def sign_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server at which people are to sign in."""
    monkeypatch.setenv("GRAFT_PEOPLE", "openid")
    monkeypatch.setenv("GRAFT_SIGNIN_ALLOW", "*")


@pytest.mark.usefixtures("sign_in")
@pytest.mark.parametrize(
    "secrets", [NoSecrets(), {}, {"auth": 1}, {"auth": {}}, {"auth": {"client_id": "x"}}]
)
def test_signing_in_that_is_not_settled_is_a_sentence(
    secrets: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: name)
    monkeypatch.setattr(st, "secrets", secrets)
    with pytest.raises(SystemExit, match=r"\[auth\]"):
        access.routes()


@pytest.mark.usefixtures("sign_in")
def test_signing_in_without_its_package_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SystemExit, match=r"Authlib.*requirements-signin\.txt"):
        access.routes()


def test_a_way_that_is_none_opens_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAFT_PEOPLE", "OpenID")
    with pytest.raises(SystemExit, match="Received: OpenID"):
        access.routes()
