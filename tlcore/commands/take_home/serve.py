"""`serve`: a finished run's answers over HTTP, until somebody ends it."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
from pathlib import Path
from typing import Any

from tlcore import system
from tlcore.commands.shared.lines import key_value_lines
from tlcore.commands.shared.paths import own_path
from tlcore.commands.shared.values import whole
from tlcore.runs.run import Run
from tlcore.serve import address

PORT = address.PORT
render = key_value_lines


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The run, the address and the token."""
    parser.add_argument("run", type=own_path)
    parser.add_argument(
        "--port", type=_port, default=PORT, help=f"(default: {address.PORT}; 0: any that is free)"
    )
    parser.add_argument(
        "--host", default=address.HOST, help=f"who reaches it (default: {address.HOST}, this machine alone)"
    )
    parser.add_argument("--token", help=f"what requests have to carry; better set {address.TOKEN}, unseen")


def _port(text: str) -> int:
    port = whole(text, "a port from 0 to 65535", least=0)
    if port > 65_535:
        raise argparse.ArgumentTypeError(f"expected a port from 0 to 65535, received {text!r}")
    return port


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Answer requests until Ctrl-C, or a polite request to end; those under way are answered first."""
    token = args.token if args.token is not None else os.environ.get(address.TOKEN)
    address.check(args.host, token)
    run = Run.existing(Path(args.run))
    run.require_model()
    from tlcore.serve import server
    from tlcore.serve.app import application
    from tlcore.serve.service import Service

    with server.listening(args.host, args.port) as listener:
        with system.stderr_to():
            from tlcore.graft.predict.predictor import load

        with contextlib.closing(Service(run, load(run))) as service:
            service.warm_up()
            app = application(service, address.is_local(args.host), token)
            _say(address.url(args.host, listener.getsockname()[1]), run, bool(token), args.json)
            server.run(app, listener)
        return {"state": "stopped", "answered": service.batcher.answered}


def _say(url: str, run: Run, has_token: bool, as_json: bool) -> None:
    """Where it is, now that it answers."""
    line = address.curl_line(url, run.task, has_token)
    told = {"state": "ready", "url": url, "curl": line}
    print(json.dumps(told) if as_json else f"The model answers at {url}; Ctrl-C ends it.\n{line}", flush=True)
