"""A server of a run's model, seen by those who watch it: a job whose folder in the run is named by its port.

`servers/<port>/` holds `status.json`, `train.log`, `address.json` and, where others may ask, `token`. It goes
when the server is stopped. `python -m tlcore serve` writes it, whoever started it; the Export page starts,
watches and stops servers through the backend.
"""

from __future__ import annotations

import contextlib
import secrets
import shutil
import socket
from pathlib import Path

import msgspec

from tlcore import system
from tlcore.errors import RunError
from tlcore.records import JsonType
from tlcore.runs.job import ALIVE, START_SECONDS, Job
from tlcore.runs.run import Run
from tlcore.runs.workers.backend import BACKEND, any_alive
from tlcore.serve import address
from tlcore.workspace.refusals import writing

MOST = 20  # ports that are tried for a new server


class Address(msgspec.Struct, frozen=True):
    """Where a server answers, and whether requests have to carry a token."""

    url: str
    has_token: bool = False


_ADDRESS = JsonType(Address)


class ModelServer(Job):
    """The server of a run's model on one port."""

    def __init__(self, run: Run, port: int) -> None:
        super().__init__(run.folder / "servers" / str(port))
        self.run, self.port = run, port

    @property
    def _token(self) -> Path:
        return self.folder / "token"

    def command(self, is_shared: bool) -> list[str]:
        """The words after `python -m tlcore` that start it.

        Args:
            is_shared: for others on the network, with the token that `make_token` has made.
        """
        words = address.command(self.run.folder, self.port, address.ANYBODY if is_shared else address.HOST)
        return [*words, "--token-file", str(self._token)] if is_shared else words

    def make_token(self) -> None:
        """Make a token that only this account of the computer can read.

        Raises:
            WorkspaceError: the run's folder cannot be written.
        """
        with writing():
            self.folder.mkdir(parents=True, exist_ok=True)
            system.write_atomic(self._token, secrets.token_urlsafe(18).encode(), private=True)

    def token(self) -> str:
        """The token that requests carry; "": they need none, or it is not known here."""
        with contextlib.suppress(OSError):
            return self._token.read_text("utf-8") if self.address().has_token else ""
        return ""

    def address(self) -> Address:
        """Where it answers."""
        own = Address(address.url(address.HOST, self.port))
        return _ADDRESS.read_or(self.folder / "address.json", own)

    def put_address(self, where: Address) -> None:
        """Write down where it answers."""
        system.write_atomic(self.folder / "address.json", msgspec.json.encode(where))


def servers(run: Run) -> list[ModelServer]:
    """Those of this run that are at work, or ended otherwise than asked, by port."""
    names = (status.parent.name for status in (run.folder / "servers").glob("*/status.json"))
    return [ModelServer(run, port) for port in sorted(int(name) for name in names if name.isdecimal())]


def is_busy(run: Run) -> bool:
    """Tell whether its model is being served."""
    return any_alive(servers(run))


def new_server(run: Run) -> ModelServer:
    """A server on the first port, from the usual one on, that nobody uses; it has a folder of its own.

    Raises:
        RunError: all of them are in use.
        WorkspaceError: the run's folder cannot be written.
    """
    for port in range(address.PORT, address.PORT + MOST):
        server = ModelServer(run, port)
        if _is_free(port) and _take(server):
            return server
    tried = f"ports {address.PORT} to {address.PORT + MOST - 1}"
    raise RunError("No port is free for another server.", received=tried, remedy="Stop a server first.")


def _take(server: ModelServer) -> bool:
    """Make its folder, unless it is another one's that is at work, or that somebody has just asked for."""
    state = BACKEND.status(server).state
    is_fresh = state == "new" and server.folder.exists() and system.age(server.folder) < START_SECONDS
    if state in ALIVE or is_fresh:
        return False
    shutil.rmtree(server.folder, ignore_errors=True)
    with writing():
        server.folder.parent.mkdir(parents=True, exist_ok=True)
        try:
            server.folder.mkdir()
        except FileExistsError:  # taken between two looks
            return False
    return True


def _is_free(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_server((address.ANYBODY, port)):
        return True
    return False
