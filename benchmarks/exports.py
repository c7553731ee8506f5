"""Every export format of several models: equal answers, largest difference, size, milliseconds, the refused.

    python -m benchmarks.exports [--quick] [--models …] [--sets …]

Trains each model through the command line with the recommended settings, and exports it in each format, which
asks the file about the validation and test examples in a fresh process (docs/export.md). Milliseconds are for
one example without decoding, on this machine. That planted faults are refused is tested
(`tests/export/test_make.py`). Prints JSON.
"""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks.common import sets
from benchmarks.common.measure import Home, Row, answer, at_least, finish, machine, print_table, scratch
from benchmarks.common.options import Options
from tlcore.backbones.weights import weights
from tlcore.export.formats.formats import FORMATS, formats_of
from tlcore.export.proof.proof import LARGEST
from tlcore.runs.run import Run

PICTURES, TEXTS = ("flowers5", "signdigits10"), ("sms_spam", "snips7")
# The settings of each model, and its sets.
MODELS: dict[str, tuple[Row, tuple[str, ...]]] = {
    "lite0": ({}, PICTURES),
    "lite0-8": ({"unfreeze": 8}, PICTURES),
    "mobilenet_v2": ({"backbone": "mobilenet_v2"}, PICTURES),
    "minilm": ({}, TEXTS),
    "detector": ({}, ("bccd_det",)),
    "segmenter": ({}, ("pets_seg",)),
}
QUICK = {"models": ["lite0"], "sets": ["drawn"], "formats": ["litert"], "changes": sets.SHORTEST}


def export(home: Home, run: Path, format: str) -> Row:
    """The proof of one format, or the reason why there is no file."""
    process = home.start("tlcore", "export", run, "--format", format, "--json")
    if process.wait():
        assert process.stdout is not None
        with process.stdout as out:
            out.seek(0)
            return {"refusal": out.read().strip().splitlines()[-1]}
    return answer(process) | {"refusal": ""}


def measure(home: Home, data: Path, settings: Row, formats: list[str]) -> dict[str, Row]:
    """Train on `data`; the row of each format, or of all that the model has."""
    home.folder.mkdir(parents=True)
    file, run = home.folder / "wanted.json", home.folder / "run"
    file.write_text(json.dumps(settings))
    home.run("tlcore", "train", data, "--out", run, "--config", file, "--json")
    possible = formats_of(Run(run).task, Run(run).config().backbone, Run(run).counts_terms)
    return {format: export(home, run, format) for format in formats or [one.id for one in possible]}


def line(format: str, row: Row) -> tuple[object, ...]:
    """One format for people."""
    if row["refusal"]:
        return (format, *("–",) * 5, row["refusal"])
    sizes = (row["size"] / 1e6, row["milliseconds"], row["milliseconds_before"])
    return (format, f"{row['same']} of {row['n']}", f"{row['largest']:.4f}", *sizes, "")


def targets(found: dict[str, dict[str, Row]]) -> list[Row]:
    """Every exact format is offered; a rounded one may be refused."""
    exact = [row for rows in found.values() for id, row in rows.items() if not FORMATS[id].is_rounded]
    good = [row for row in exact if not row["refusal"] and row["largest"] <= LARGEST]
    return [at_least("share of the exact files that are offered", 1.0, len(good) / max(1, len(exact)))]


def main() -> None:
    """Print the figures as one JSON object."""
    options = Options(__doc__, QUICK)
    options.add_argument("--data", type=Path, default=sets.SHARED, help="folder of the sets")
    options.add_argument("--models", nargs="+", choices=MODELS, default=list(MODELS))
    options.add_argument("--sets", nargs="+", help="instead of each model's own")
    options.set_defaults(changes={}, formats=[])
    args = options.read()
    before, found = machine(), {}
    with scratch() as folder:
        for model in args.models:
            settings, own = MODELS[model]
            for name, data in sets.gather(args.sets or own, args.data, folder).items():
                key = f"{model}, {name}"
                home = Home(folder / f"home-{model}-{name}", weights.folder())
                found[key] = measure(home, data, {**settings, **args.changes}, args.formats)
                print_table(key, COLUMNS, [line(*item) for item in found[key].items()])
    finish(args.quick, before, {"models": found, "targets": targets(found)})


COLUMNS = ("", "same answer", "largest difference", "MB", "ms", "ms of the model", "refused")

if __name__ == "__main__":
    main()
