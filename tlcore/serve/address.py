"""Where a model is served: the rules for host and token, the command, and the line with which to ask.

Pages import this; nothing here loads the server.
"""

from __future__ import annotations

import contextlib
import ipaddress
import re
import shlex
import socket
from pathlib import Path

from tlcore.config.task import INPUTS, InputKind, Task
from tlcore.errors import ConfigError

HOST, PORT = "127.0.0.1", 8600
ANYBODY = "0.0.0.0"  # noqa: S104  a host that is checked: it needs a token
TOKEN = "GRAFT_TOKEN"  # noqa: S105  the variable of the environment: other users cannot read it, as they can words
_TOKEN = re.compile(r"[!-~]{16,200}")
_FORMS: dict[InputKind, tuple[str, ...]] = {
    "images": ("-F", "files=@picture.jpg"),
    "texts": ("-H", "Content-Type: application/json", "-d", '{"texts": ["A text"]}'),
}


def is_local(host: str) -> bool:
    """Tell whether only this machine reaches a server at `host`."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check(host: str, token: str | None) -> None:
    """Refuse what would let strangers in. A token is never repeated.

    Raises:
        ConfigError: the token is easy to guess, or there is none and others reach the host.
    """
    if token is not None and not _TOKEN.fullmatch(token):
        raise ConfigError(
            "This token is too easy to guess, or has characters that a header cannot carry.",
            remedy="Take 16 to 200 letters, digits and signs of ASCII, without spaces.",
        )
    if token is None and not is_local(host):
        raise ConfigError(
            "Others could reach this address, and a model answers others only with a token.",
            received=host,
            remedy=f"Add --token, set {TOKEN}, or leave --host out.",
        )


def url(host: str, port: int, scheme: str = "http") -> str:
    """The address of a server for those on its machine."""
    name = {ANYBODY: HOST, "::": "::1", "": HOST}.get(host, host)  # no address that can be asked
    return f"{scheme}://[{name}]:{port}" if ":" in name else f"{scheme}://{name}:{port}"


def network_url(port: int) -> str:
    """The address of a server for others on this machine's network."""
    return url(network_host(), port)


def network_host() -> str:
    """The name or number of this machine for others on its network, as far as it knows."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as route:
        route.connect(("192.0.2.1", 9))  # nothing is sent: it only asks by which way that would go
        return str(route.getsockname()[0])
    return socket.gethostname().lower()


def command(run: Path, port: int = PORT, host: str = HOST) -> list[str]:
    """The words after `python -m tlcore` that serve a run. A token goes into the environment, as `TOKEN`."""
    return ["serve", str(run), "--port", str(port), "--host", host]


def curl_line(address: str, task: Task, has_token: bool = False) -> str:
    """The line of a shell that asks a server for one answer.

    Args:
        address: as `url` gives it.
    """
    words = ["curl", *_FORMS[INPUTS[task]], f"{address}/predict"]
    line = " ".join(map(shlex.quote, words))
    return f'{line} -H "Authorization: Bearer ${TOKEN}"' if has_token else line
