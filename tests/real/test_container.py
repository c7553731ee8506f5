"""The commands of both Dockerfiles in one empty environment: a model's server, and Graft's own for a class.

No image is built. What a container's RUN lines make below / is made below a folder of the test.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.fixtures import ROOT, environments
from tests.fixtures.served import Client, free_port
from tests.fixtures.tiny_training import Graft, Trained
from tlcore.export import container
from tlcore.serve import address

TOKEN = "a-token-that-nobody-guesses"
NAME = "school-computer.example"


class Image:
    """What a Dockerfile makes, its RUN lines run: the environment and the command of a container."""

    def __init__(self, folder: Path, environment: Path, root: Path) -> None:
        self.env = {"PATH": f"{environment / 'bin'}:/usr/bin:/bin"}
        self.entry: list[str] = []
        self.command: list[str] = []
        self._folder, self._environment, self._root = folder, environment, root
        (root / "tmp").mkdir(parents=True)
        for name, words in instructions(folder / "Dockerfile"):
            if name == "RUN":
                self._run(words)
            elif name == "ENV":
                self.env |= dict(word.split("=", 1) for word in shlex.split(self._below_root(words)))
            elif name == "ENTRYPOINT":
                self.entry = json.loads(words)
            elif name == "CMD":
                self.command = json.loads(words)

    def _below_root(self, words: str) -> str:
        return re.sub(r"(?<=[ =])/(?=tmp|workspace|weights)", f"{self._root}/", words)

    def _run(self, words: str) -> None:
        for lock in re.findall(r"(?<= -r )\S+", words):
            environments.link_pinned(self._environment, self._folder / lock)
        kept = self._below_root(words).replace(" --no-cache-dir", "")  # wheels may come out of pip's cache
        if os.geteuid():  # only root gives files to another account
            kept = re.sub(r" -o 1000 -g 1000| && chown .*", "", kept)
        env = self.env | {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
        subprocess.run(kept, shell=True, cwd=self._folder, env=env, check=True, stdout=subprocess.DEVNULL)


def instructions(file: Path) -> Iterator[tuple[str, str]]:
    """Those of a Dockerfile's first stage, each with its words."""
    _, first, *_ = re.split(r"^FROM ", file.read_text("utf-8"), flags=re.M)
    for line in first.splitlines()[1:]:
        if line and not line.startswith("#"):
            name, _, words = line.partition(" ")
            yield name, words


def copy_context(folder: Path) -> None:
    """What an image of the repository may see: the places that `.dockerignore` names."""
    for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines():
        place = ROOT / line[1:]
        if line.startswith("!") and place.is_dir():
            shutil.copytree(place, folder / line[1:], ignore=shutil.ignore_patterns("__pycache__"))
        elif line.startswith("!"):
            (folder / line[1:]).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(place, folder / line[1:])


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new virtual environment."""
    folder = tmp_path_factory.mktemp("container") / "venv"
    environments.new_environment(folder)
    return folder


def test_the_image_of_a_model_answers(trained: Trained, graft: Graft, empty: Path, tmp_path: Path) -> None:
    folder = tmp_path / "context"
    container.write(trained.run, folder)
    image = Image(folder, empty, tmp_path / "root")
    own, command = image.env, image.command
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


def test_the_image_of_graft_serves_a_class(empty: Path, tmp_path: Path) -> None:
    folder, root = tmp_path / "context", tmp_path / "root"
    copy_context(folder)
    shutil.copy2(ROOT / "Dockerfile", folder)
    image = Image(folder, empty, root)
    assert any((root / "weights").iterdir())
    service = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))["services"]["graft"]
    words = [re.sub(r"\$\{GRAFT_NAME:\?.*\}", NAME, word) for word in service["command"]]
    words = [re.sub(r"\$\{\w+:-(.*)\}", r"\1", word) for word in words]
    port = free_port()  # the one of the container, on a machine of its own
    command = [*image.entry, *words, "--port", str(port)]
    assert service["ports"] == ["8501:8501"] and "workspace:/workspace" in service["volumes"]
    log = tmp_path / "log"
    with log.open("w") as out:
        server = subprocess.Popen(command, cwd=folder, env=image.env, stdout=out, stderr=out)
    try:
        client = Client(port, is_secure=True)
        wait_until_healthy(client, server, log)
        assert client.ask("GET", "/", Host=NAME)[0] == 401  # nobody is let in without a pass
        assert "Your name" in client.ask("GET", "/graft/join", Host=NAME)[1]
        assert client.ask("GET", "/graft/join", Host="elsewhere.example")[0] == 403
    finally:
        server.terminate()
        server.wait(60)
    assert f"https://{NAME}:{port}" in log.read_text()
    assert (root / "workspace" / "people").is_dir()


def wait_until_healthy(client: Client, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 120
    while server.poll() is None and time.monotonic() < deadline:
        try:
            if client.ask("GET", "/_stcore/health")[0] == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(log.read_text())
