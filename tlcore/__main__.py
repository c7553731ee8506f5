"""The command line: the same doors that the pages use.

    python -m tlcore check DATA
    python -m tlcore train DATA --out RUN
    python -m tlcore predict RUN PATH...

Exit 0 when it worked, with a last line of JSON under --json; 2 with one sentence on stderr when the request
cannot be met; 1 when something unexpected happened; 130 or 143 when Ctrl-C or a polite request to end
(SIGTERM) came before there was a model or another result.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import io
import json
import os
import sys
from typing import Any, NoReturn, Protocol, cast

from tlcore import __version__, system
from tlcore.commands.shared import memory_limit, spare
from tlcore.commands.shared.paths import check_output
from tlcore.errors import printable
from tlcore.shortage import check, explain

# Command → its module in `tlcore.commands`, and its line of help.
COMMANDS = {
    "check": ("data.check", "look at a folder, archive or table as an import would"),
    "import": ("data.import_", "import a folder, archive or table as a data set, or into one"),
    "sample": ("data.sample", "import a sample of pictures or texts"),
    "fetch": ("data.fetch", "fetch a public data set and import it, or list what there is"),
    "backbones": ("backbones", "list the pretrained backbones"),
    "train": ("train", "train a new run in the foreground"),
    "resume": ("resume", "go on with a run or experiment that was stopped or killed"),
    "prepare": ("prepare", "run the frozen part before training, and estimate the score"),
    "estimate": ("estimate", "estimate the score with fewer examples of each class"),
    "find-rate": ("find_rate", "try learning rates and suggest one for each phase"),
    "export": (
        "take_home.export",
        "write a model for other programs, proven; or pictures with boxes or areas",
    ),
    "code": ("take_home.code", "write a run as a script and a notebook in plain Keras"),
    "hand-on": ("take_home.hand_on", "put a finished run into one file for somebody else"),
    "open": ("take_home.open_", "open a run from somebody else's file"),
    "bring": ("take_home.bring", "try a plain Keras classifier from elsewhere, and make it a run"),
    "measure": ("measure", "time how fast finished runs answer"),
    "coach": ("coach", "suggest what to try after a run, and say why"),
    "evaluate": ("evaluate", "score a finished run on labelled examples"),
    "predict": ("predict", "answer for pictures or texts"),
    "serve": ("take_home.serve", "answer over HTTP, for programs"),
    "classroom": ("classroom", "serve the pages to a class: one teacher, students with a code to join"),
    "publish": ("take_home.publish", "put a model with its card on Hugging Face, or into a folder"),
    "batch": ("batch", "answer for many as a job, and go on with one that was cut off"),
    "experiment": ("experiment", "train runs that differ in one thing, and compare"),
}


class CommandModule(Protocol):
    """The three functions of every command's module."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None: ...

    def run(self, args: argparse.Namespace) -> dict[str, Any] | None: ...

    def render(self, result: dict[str, Any]) -> str: ...


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    _speak_utf8()
    system.on_interrupt()
    words = sys.argv[1:] if arguments is None else arguments
    try:
        args = parser().parse_args(words)
        if memory_limit.is_needed(args.command) and not memory_limit.is_child():
            return memory_limit.run(args, words)
        check_output(args)
        module = command(COMMANDS[args.command][0])
        result = module.run(args)
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return system.interrupt_code() or 130
    except Exception as error:
        if os.environ.get("GRAFT_DEBUG"):
            raise
        if problem := explain(error):
            print(problem, file=sys.stderr)
            return 2
        print(f"Something unexpected happened: {type(error).__name__}: {error}", file=sys.stderr)
        return 1
    if result is not None:
        print(json.dumps(result) if args.json else module.render(result))
    return _code(result or {})


def _code(result: dict[str, Any]) -> int:
    """0, or 128 and the signal's number where a signal ended the work before it came to anything. A training
    that was asked to end keeps its best model so far: that is a result.
    """
    nothing = result.get("state") == "cancelled" and "accuracy" not in result
    return system.interrupt_code() if nothing else 0


def _speak_utf8() -> None:
    """Paths and class names go in and out whole, also where the system's own encoding is another."""
    for stream, errors in ((sys.stdin, "surrogateescape"), (sys.stdout, "replace"), (sys.stderr, "replace")):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors=errors)


class Parser(argparse.ArgumentParser):
    """A parser that says what is wrong in one sentence, without the usage around it."""

    def error(self, message: str) -> NoReturn:
        sentence = printable(message[:1].upper() + message[1:], 500)
        self.exit(2, f"{sentence}. `{self.prog} --help` lists what there is.\n")


class CommandParser(Parser):
    """The options of one command. Its module, which adds them, is imported when the command is used."""

    def __init__(self, *words: Any, command: str, **options: Any) -> None:
        super().__init__(*words, **options)
        self._command = command

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        if not (memory_limit.is_child() or {"-h", "--help"} & set(args)):
            check(self._command)
        command(COMMANDS[self._command][0]).add_arguments(self)
        return super().parse_known_args(args, namespace)


def command(module: str) -> CommandModule:
    """The module of a command."""
    return cast(CommandModule, importlib.import_module(f"tlcore.commands.{module}"))


def parser() -> argparse.ArgumentParser:
    """All commands; each adds its options when it is used."""
    root = Parser(prog="python -m tlcore", description="Transfer learning without code.")
    root.add_argument("--version", action="version", version=__version__)
    commands = root.add_subparsers(
        dest="command", required=True, metavar="COMMAND", parser_class=CommandParser
    )
    for name, (_, text) in COMMANDS.items():
        one = commands.add_parser(name, help=text, description=text, command=name)
        one.add_argument("--json", action="store_true", help="print the result as JSON")
    return root


def _open_streams() -> None:
    """An empty stream for each that was closed: the next file to be opened would take its place."""
    while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(number)
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode))  # noqa: SIM115  as long as the process


def run() -> int:
    """`main`, for a terminal whose other end may close early, as in `… | head`, or was never there."""
    _open_streams()
    words: list[str] | None = sys.argv[1:]
    if spare.is_spare(sys.argv[1:]):
        words = spare.stand_by(sys.argv[1:])
        if words is None:
            return 0
    if not (os.environ.get("GRAFT_DEBUG") or os.environ.get("GRAFT_LOG")):
        system.silence_libraries()
    try:
        code = main(words)
        if code:  # h5py crashes over a broken model where what TensorFlow loaded stays frozen
            gc.unfreeze()
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # flushed once more at the end
        return 1
    return code


if __name__ == "__main__":
    sys.exit(run())
