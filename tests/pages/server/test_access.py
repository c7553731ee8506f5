"""The server is one person's on this machine, or asks everybody who they are."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fixtures import ROOT
from tests.fixtures.served import free_port


@pytest.mark.parametrize("host", ["0.0.0.0", ""])
def test_others_are_not_let_in_unasked(host: str, tmp_path: Path) -> None:
    options = ["--server.address", host, "--server.port", str(free_port()), "--server.headless", "true"]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", *options]
    env = {**os.environ, "GRAFT_HOME": str(tmp_path)}
    said = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=120)
    assert said.returncode != 0
    assert "Others could reach these pages" in said.stderr and "tlcore classroom" in said.stderr
    assert "Traceback" not in said.stderr
