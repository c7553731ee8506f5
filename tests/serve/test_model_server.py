"""Servers of a model as those see them who watch: which port, which token, who is at work."""

from __future__ import annotations

import socket
import stat
from pathlib import Path

import msgspec
import pytest

from tlcore.errors import RunError
from tlcore.runs.job import Reporter
from tlcore.runs.run import Run
from tlcore.serve import address, model_server
from tlcore.serve.model_server import Address, ModelServer, is_busy, new_server, servers

pytestmark = pytest.mark.quick


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(tmp_path / "run")


def at_work(run: Run, port: int) -> ModelServer:
    """What a server that this process is leaves in the run."""
    server = ModelServer(run, port)
    server.folder.mkdir(parents=True)
    Reporter(server).stage("answering", "")
    return server


def test_a_new_server_takes_a_port_that_nobody_uses(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server((address.HOST, 0)) as taken:
        first = taken.getsockname()[1]
        monkeypatch.setattr(address, "PORT", first)
        monkeypatch.setattr(model_server, "MOST", 3)
        at_work(run, first + 1)
        assert new_server(run).port == first + 2
        monkeypatch.setattr(model_server, "MOST", 2)
        with pytest.raises(RunError, match="No port is free"):
            new_server(run)


def test_two_who_ask_at_once_get_two(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = new_server(run), new_server(run)
    assert first.port != second.port
    monkeypatch.setattr(model_server, "START_SECONDS", 0)  # it has never said a word
    assert new_server(run).port == first.port


def test_those_of_a_run_are_found_and_one_at_work_keeps_it(run: Run) -> None:
    (run.folder / "servers" / "notes").mkdir(parents=True)
    ModelServer(run, 7).folder.mkdir()  # asked for, and silent so far
    Reporter(at_work(run, 9)).end("failed", error="It cannot.")
    assert [server.port for server in servers(run)] == [9] and not is_busy(run)
    server = at_work(run, 8)
    assert [server.port for server in servers(run)] == [8, 9] and is_busy(run)
    Reporter(server).end("done")
    assert not is_busy(run)


def test_a_token_is_for_this_account_and_shown_where_it_is_asked_for(run: Run) -> None:
    server = ModelServer(run, 8600)
    server.make_token()
    assert server.token() == "", "a server without a token has an older one in its folder"
    server.put_address(Address("http://192.0.2.7:8600", has_token=True))
    token = server.token()
    address.check(address.ANYBODY, token)
    file = server.folder / "token"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    server.make_token()
    assert server.token() != token
    words = server.command(is_shared=True)
    assert words[-1] == str(file) and address.ANYBODY in words and server.token() not in words
    assert address.HOST in server.command(is_shared=False)


def test_a_spoilt_address_is_that_of_its_port(run: Run) -> None:
    server = ModelServer(run, 8601)
    server.folder.mkdir(parents=True)
    for content in (b"", b"[]", msgspec.json.encode({"url": 3})):
        (server.folder / "address.json").write_bytes(content)
        assert server.address() == Address("http://127.0.0.1:8601")


def test_others_on_the_network_get_an_address_with_the_port() -> None:
    assert address.network_url(8600).endswith(":8600")
