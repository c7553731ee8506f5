"""`classroom`: the pages for a teacher and students on one network, until somebody ends it.

Each student has a workspace of their own below `people/`, so a class that is started again goes on.
"""

from __future__ import annotations

import argparse
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import segno

from tlcore import system
from tlcore.commands.shared.lines import key_value_lines
from tlcore.commands.shared.values import whole
from tlcore.errors import ConfigError
from tlcore.people import CLASSROOM, SWITCH, classroom
from tlcore.people.certificate import certificate_for
from tlcore.people.classroom import MOST_STUDENTS, Classroom
from tlcore.serve import address
from tlcore.workspace.home import PEOPLE, shared_home

APP = Path(__file__).resolve().parents[2] / "app.py"
HOST, PORT, SEATS = address.ANYBODY, 8501, 25
render = key_value_lines


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The seats and the address."""
    parser.add_argument(
        "--students", type=_seats, default=SEATS, metavar="N", help=f"how many may join (default: {SEATS})"
    )
    parser.add_argument("--port", type=_port, default=PORT, help=f"(default: {PORT})")
    parser.add_argument(
        "--host",
        default=HOST,
        help=f"who reaches it (default: {HOST}, this network; {address.HOST}: this machine alone)",
    )
    parser.add_argument(
        "--name", action="append", default=[], help="another name of this machine, as students type it"
    )


def _seats(text: str) -> int:
    return whole(text, f"a number from 1 to {MOST_STUDENTS}", least=1, most=MOST_STUDENTS)


def _port(text: str) -> int:
    return whole(text, "a port from 1 to 65535", least=1, most=65_535)


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Serve the pages until Ctrl-C, or a polite request to end."""
    _check_free(args.host, args.port)
    names = _names(args.host, args.name)
    files = certificate_for(names, shared_home() / PEOPLE)
    _say(classroom.open_class(args.students, address.url(names[0], args.port, "https")))
    options = {
        "server.address": args.host,
        "server.port": str(args.port),
        "server.headless": "true",
        "server.sslCertFile": str(files.certificate),
        "server.sslKeyFile": str(files.key),
    }
    words = [word for name, value in options.items() for word in (f"--{name}", value)]
    words += [word for name in names for word in ("--server.allowedHosts", name)]
    command = [sys.executable, "-m", "streamlit", "run", str(APP), *words]
    server = subprocess.Popen(command, env={**os.environ, SWITCH: CLASSROOM})
    system.on_interrupt(server.terminate)  # Ctrl-C in a terminal reaches it anyway
    if (code := server.wait()) > 0:
        raise ConfigError("The server of the class ended by itself.", received=f"exit code {code}")
    return {"state": "stopped", "students": len(classroom.students())}


def _check_free(host: str, port: int) -> None:
    """Refuse before anything is made.

    Raises:
        ConfigError: somebody else listens there, or this machine has no such address.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        remedy = "Choose another --port, or leave --host out."
        raise ConfigError(
            "The class cannot be served there.", received=f"{host}:{port}", remedy=remedy
        ) from error


def _names(host: str, more: list[str]) -> list[str]:
    """The names and addresses by which the server is reached, the one for students first."""
    if address.is_local(host):
        return list(dict.fromkeys([*more, host, "localhost"]))
    found = address.network_host() if host in (address.ANYBODY, "::") else host
    return list(dict.fromkeys([*more, found, socket.gethostname().lower(), "localhost", address.HOST]))


def _say(made: Classroom) -> None:
    """How to come in, for students and for the teacher."""
    segno.make(made.join_link).terminal(compact=True)
    print(
        f"Students open {made.url} and join with the code {made.code}, or point a phone at this square.\n"
        "Each browser warns once, because this computer made the certificate itself: choose Advanced, then "
        f"Continue.\n\nYou, the teacher, open {made.pass_link(classroom.teacher())}\n"
        "Keep that link to yourself. Ctrl-C ends the class; everything stays, and the same command goes on.",
        flush=True,
    )
