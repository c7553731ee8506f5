"""The commands of a container's Dockerfile, in an empty environment; no image is built."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fixtures.served import Client, free_port
from tests.fixtures.tiny_training import Graft, Trained
from tlcore.export import container
from tlcore.serve import address

TOKEN = "a-token-that-nobody-guesses"


def instructions(folder: Path) -> Iterator[tuple[str, str]]:
    """Those of the Dockerfile, each with its words."""
    for line in (folder / "Dockerfile").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            name, _, words = line.partition(" ")
            yield name, words


def test_its_commands_make_a_server_that_answers(trained: Trained, graft: Graft, tmp_path: Path) -> None:
    folder, bin = tmp_path / "context", tmp_path / "venv" / "bin"
    container.write(trained.run, folder)
    subprocess.run([sys.executable, "-m", "venv", bin.parent], check=True)
    own = {"PATH": f"{bin}:/usr/bin:/bin"} | {
        name: os.environ[name] for name in os.environ if name.startswith("PIP_")
    }
    command: list[str] = []
    for name, words in instructions(folder):
        if name == "RUN":  # the wheels may come out of pip's cache
            kept = [word for word in shlex.split(words) if word != "--no-cache-dir"]
            subprocess.run(kept, cwd=folder, env=os.environ | own, check=True, stdout=subprocess.DEVNULL)
        elif name == "ENV":
            own |= dict(word.split("=", 1) for word in shlex.split(words.replace("/tmp", str(tmp_path))))
        elif name == "CMD":
            command = json.loads(words)
    refused = subprocess.run(command, cwd=folder, env=own, capture_output=True, text=True)
    assert refused.returncode == 2 and "only with a token" in refused.stderr

    port = free_port()
    command[command.index(str(address.PORT))] = str(port)
    own[address.TOKEN] = TOKEN
    with subprocess.Popen(command, cwd=folder, env=own, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        assert f":{port}" in server.stdout.readline()
        picture = trained.path("blue")
        status, told = Client(port, TOKEN).send(picture.read_bytes())
        assert Client(port).send(picture.read_bytes())[0] == 401
        server.terminate()
        server.communicate(timeout=60)  # its last words: a closed pipe would be a failure of its own
    expected = graft.call("predict", trained.folder, picture, "--json").json
    assert status == 200 and server.returncode == 0
    assert told["answers"][0]["label"] == expected["label"]
    assert told["answers"][0]["confidence"] == pytest.approx(expected["confidence"], abs=1e-5)
