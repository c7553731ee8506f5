"""`serve`: a finished run's answers over HTTP, until somebody ends it.

The Export page starts exactly this command. While it is at work `servers/<port>/` in the run says where.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tlcore import system
from tlcore.commands.shared.lines import key_value_lines
from tlcore.commands.shared.paths import own_path
from tlcore.commands.shared.values import whole
from tlcore.errors import ConfigError
from tlcore.export import container
from tlcore.runs.job import Reporter
from tlcore.runs.run import Run
from tlcore.serve import address
from tlcore.serve.model_server import Address, ModelServer
from tlcore.shortage import explain

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
    parser.add_argument("--token-file", type=own_path, metavar="FILE", help="a file with the token")
    parser.add_argument(
        "--container",
        type=own_path,
        metavar="FOLDER",
        help="write a folder with a Dockerfile that serves this model elsewhere, and do not serve it here",
    )


def _port(text: str) -> int:
    return whole(text, "a port from 0 to 65535", least=0, most=65_535)


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Answer requests until Ctrl-C, or a polite request to end; those under way are answered first."""
    run = Run.existing(Path(args.run))
    run.require_model()
    if args.container:
        container.write(run, Path(args.container))
        return {"state": "done", "folder": args.container}
    token = _token(args)
    address.check(args.host, token)
    from tlcore.serve import server

    with server.listening(args.host, args.port) as listener:
        job = ModelServer(run, listener.getsockname()[1])
        with _reporter(job, args.host, bool(token)) as reporter:
            return {"state": "stopped", "answered": _serve(job, args, token, listener, reporter)}


def _token(args: argparse.Namespace) -> str | None:
    if args.token_file is None:
        return args.token if args.token is not None else os.environ.get(address.TOKEN)
    try:
        return Path(args.token_file).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError("The token cannot be read.", received=args.token_file) from error


@contextlib.contextmanager
def _reporter(job: ModelServer, host: str, has_token: bool) -> Iterator[Reporter | None]:
    """Report to those who watch; None where the run's folder cannot be written."""
    reporter = None
    with contextlib.suppress(OSError):
        job.folder.mkdir(parents=True, exist_ok=True)
        is_local = address.is_local(host)
        url = address.url(host, job.port) if is_local else address.network_url(job.port)
        job.put_address(Address(url, has_token))
        reporter = Reporter(job)
        reporter.stage("loading", "Loading the model")
    try:
        yield reporter
    except Exception as error:
        if reporter:
            said = explain(error) or f"Something unexpected happened: {type(error).__name__}. See train.log."
            reporter.end("failed", error=str(said))
            reporter = None
        raise
    finally:
        if reporter:
            reporter.end("done")
            shutil.rmtree(job.folder, ignore_errors=True)
            with contextlib.suppress(OSError):  # another server of this run is at work
                job.folder.parent.rmdir()


def _serve(
    job: ModelServer,
    args: argparse.Namespace,
    token: str | None,
    listener: socket.socket,
    reporter: Reporter | None,
) -> int:
    """Serve until somebody ends it, and count the answers."""
    from tlcore.serve import server
    from tlcore.serve.app import application
    from tlcore.serve.service import Service

    with system.stderr_to():
        from tlcore.graft.predict.predictor import load

    with contextlib.closing(Service(job.run, load(job.run))) as service:
        service.warm_up()
        app = application(service, address.is_local(args.host), token)
        _say(address.url(args.host, job.port), job.run, bool(token), args.json)
        if reporter:
            reporter.stage("answering", "")
        server.run(app, listener, lambda: _report(job, service.batcher.answered, reporter))
    return service.batcher.answered


def _report(job: ModelServer, answered: int, reporter: Reporter | None) -> bool:
    """Tell those who watch how much it has answered; False: they ask it to stop."""
    if reporter and answered != reporter.done:
        reporter.progress(answered, 0)
    return not (reporter and job.stop_requested())


def _say(url: str, run: Run, has_token: bool, as_json: bool) -> None:
    """Where it is, now that it answers."""
    line = address.curl_line(url, run.task, has_token)
    told = {"state": "ready", "url": url, "curl": line}
    print(json.dumps(told) if as_json else f"The model answers at {url}; Ctrl-C ends it.\n{line}", flush=True)
