"""The server process: it takes its port before the model is loaded, and stops when it has answered."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator

import uvicorn
from starlette.types import ASGIApp

from tlcore.errors import RunError

PATIENCE = 30  # seconds that requests under way have when the server stops
MOST_CONNECTIONS = 1000


@contextlib.contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """A socket that listens at this address.

    Raises:
        RunError: somebody else does, or this computer has no such address.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0][0]
        listener = socket.create_server((host, port), family=family, backlog=256)
    except (OSError, UnicodeError) as error:
        said = getattr(error, "strerror", None) or "There is no such name"
        raise RunError(
            f"The server cannot listen there: {said.lower()}.",
            received=f"{host}, port {port}",
            remedy="Choose another --port, or end what uses this one.",
        ) from error
    with listener:
        yield listener


def make_server(app: ASGIApp) -> uvicorn.Server:
    """A server that writes nothing of its requests anywhere; its `run` takes the socket."""
    return uvicorn.Server(
        uvicorn.Config(
            app,
            log_config=None,  # its own would close what other libraries have opened to write to
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            ws="none",
            lifespan="off",
            limit_concurrency=MOST_CONNECTIONS,
            timeout_graceful_shutdown=PATIENCE,
        )
    )


def run(app: ASGIApp, listener: socket.socket, goes_on: Callable[[], bool] = lambda: True) -> None:
    """Serve in a thread until this one is interrupted, or `goes_on`, asked twice a second, says no.

    Requests under way are answered first.

    Ours is the main thread, which hears signals, so these stay with `tlcore.system`. It waits for an event: a
    `join` that is interrupted takes the thread for ended.
    """
    server, has_ended = make_server(app), threading.Event()

    def work() -> None:
        try:
            server.run([listener])
        finally:
            has_ended.set()

    threading.Thread(target=work, name="server", daemon=True).start()
    try:
        while not has_ended.wait(0.5) and goes_on():  # Windows interrupts no longer wait
            pass
    except KeyboardInterrupt:
        pass
    server.should_exit = True
    has_ended.wait(PATIENCE + 5)
