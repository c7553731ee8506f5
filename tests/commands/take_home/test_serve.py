"""`serve`: what it refuses before it loads a model, and its life in a process of its own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.served import Client, ended_once_asked, free_port
from tests.fixtures.tiny_network import tiny_run
from tests.fixtures.tiny_training import Graft, Trained
from tlcore.serve.address import TOKEN
from tlcore.serve.server import listening

SECRET = "a-token-that-nobody-guesses"


def test_it_ends_as_it_should_when_it_is_asked_to(graft: Graft, trained: Trained, tmp_path: Path) -> None:
    port, run = free_port(), tiny_run(trained, tmp_path / "run")
    with ended_once_asked(Client(port)) as answers:
        said = graft.call("serve", run.folder, "--port", port)
    assert said.code == 0 and answers[0][0] == 200, said.err
    assert f"The model answers at http://127.0.0.1:{port}" in said.out
    assert said.out.splitlines()[1].startswith("curl ") and "answered: 0" in said.out
    assert not (run.folder / "servers").exists()


def test_mistakes_are_said_before_a_model_is_loaded(
    graft: Graft, trained: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unfinished = shutil.copytree(trained.folder, tmp_path / "run", ignore=shutil.ignore_patterns("*.keras"))
    with listening("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        for words, sentence in (
            ((trained.folder, "--host", "0.0.0.0"), "only with a token"),
            ((trained.folder, "--token", "secret"), "too easy to guess"),
            ((trained.folder, "--token", ""), "too easy to guess"),
            ((trained.folder, "--port", "70000"), "a port from 0 to 65535"),
            ((trained.folder, "--port", port), "cannot listen there"),
            ((trained.folder, "--host", "no such name", "--token", SECRET), "cannot listen there"),
            ((tmp_path, "--port", 0), "no run in that folder"),
            ((unfinished, "--port", 0), "no model yet"),
        ):
            said = graft.call("serve", *words)
            assert (said.code, said.out) == (2, "") and sentence in said.err and said.err.count("\n") == 1
            assert "secret" not in said.err and SECRET not in said.err
    monkeypatch.setenv(TOKEN, "short")
    assert "too easy to guess" in graft.call("serve", trained.folder).err


def started(graft: Graft, run: Path, port: int, *words: str) -> tuple[subprocess.Popen[str], Any]:
    """A server in a process of its own, and what it says once it answers."""
    process = graft.spawn("serve", run, "--port", port, *words, "--json")
    assert process.stdout is not None
    return process, json.loads(process.stdout.readline())


def test_killed_it_starts_again_and_asked_to_end_it_answers_first(graft: Graft, trained: Trained) -> None:
    picture, port = trained.path("blue").read_bytes(), free_port()
    process, told = started(graft, trained.folder, port)
    assert told["url"] == f"http://127.0.0.1:{port}"
    assert Client(port).send(picture)[0] == 200
    process.kill()
    process.communicate(timeout=60)

    process, told = started(graft, trained.folder, port, "--token", SECRET)
    client = Client(port, SECRET)
    assert SECRET not in json.dumps(told) and Client(port).send(picture)[0] == 401
    with ThreadPoolExecutor(1) as threads:
        asked = threads.submit(client.send, *[picture] * 64)
        while not any(client.ask("GET", "/health")[1][count] for count in ("waiting", "answered")):
            pass
        os.kill(process.pid, signal.SIGTERM)
        status, told = asked.result()
    assert status == 200 and len(told["answers"]) == 64
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "") and json.loads(out) == {"state": "stopped", "answered": 64}
