"""`export`: a finished run's model in a format for other programs, with its proof; or annotated pictures.

The Export page starts exactly this command. What it makes is kept in the run's folder, `--out` takes it out.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import msgspec

from tlcore import shortage
from tlcore.commands.data import export as data_export
from tlcore.commands.shared.lines import key_value_lines
from tlcore.commands.shared.paths import add_output, path
from tlcore.commands.take_home.in_run import make_in_turn
from tlcore.errors import RunError
from tlcore.export.formats.formats import FORMATS
from tlcore.export.model_export import STOPPED, ModelExport
from tlcore.runs.job import JobState, Reporter
from tlcore.runs.run import Run


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The run or the pictures, the format and the file."""
    parser.add_argument(
        "source", type=path, help="a finished run; or a data set, folder or archive of annotated pictures"
    )
    ours, theirs = ", ".join(FORMATS), " or ".join(data_export.WRITERS)
    about = f"of a model {ours} (default: keras); of pictures {theirs} (default: coco)"
    parser.add_argument("--format", choices=(*FORMATS, *data_export.WRITERS), help=about)
    add_output(
        parser,
        "--out",
        "where to put it: a file; a folder for saved_model and folder (of pictures: export.zip)",
    )


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Write the model of a run, or the annotated pictures of anything else."""
    source = Path(args.source)
    if (source / "config.json").is_file():
        return _model(args)
    if args.format in FORMATS:
        raise RunError("There is no run in that folder.", received=source)
    return data_export.export(source, args.format or "coco", args.out or "export.zip", args.force)


def _model(args: argparse.Namespace) -> dict[str, Any]:
    run = Run.existing(Path(args.source).absolute())
    run.require_model()
    export = ModelExport(run, args.format or "keras")
    shortage.check("export RUN")
    state = _work(export)
    proof = export.proof()
    if state != "done" or proof is None:
        return {"state": state, "format": export.format.id}
    if proof.refusal:
        raise RunError(
            f"{export.format.title} is not offered. {proof.refusal}", remedy="Take another format."
        )
    if args.out:
        export.take_out(Path(args.out))
    shown = msgspec.to_builtins(proof)
    del shown["edition"], shown["refusal"]
    where = {"file": args.out or str(export.file)}
    return {"state": state} | where | shown | {"n": proof.n, "same": proof.same, "largest": proof.largest}


def _work(export: ModelExport) -> JobState:
    def make_it(reporter: Reporter) -> tuple[JobState, str]:
        from tlcore.export.make import make

        proof = make(export, reporter)
        if proof is None:
            return "cancelled", STOPPED
        return "done", f"Not offered. {proof.refusal}" if proof.refusal else "Ready"

    return make_in_turn(export, make_it)


def render(result: dict[str, Any]) -> str:
    """The proof in words; the rest as `key: value`."""
    if "same" not in result:
        return key_value_lines(result)
    return "\n".join(
        (
            f"{result['file']}: {result['size'] / 1e6:.1f} MB, {result['milliseconds']:.1f} ms an example "
            f"(the model itself: {result['milliseconds_before']:.1f})",
            f"{result['same']:,} of {result['n']:,} the same answer, largest difference in a chance "
            f"{result['largest']:.4f}",
        )
    )
