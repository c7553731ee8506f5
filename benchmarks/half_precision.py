"""Features in half precision against full: `python -m benchmarks.half_precision [--quick] [--data FOLDER]`.

Each set is trained on twice with each seed, everything frozen, once with features kept in full and once in
half precision, as Graft keeps them where the disk is short. Prints JSON: the accuracy on the test split of
both, how many test pictures get the same answer, the largest difference of the chance of an answer, and the
bytes that the features of the set take.
"""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks.common import sets
from benchmarks.common.measure import (
    Home,
    Row,
    at_most,
    finish,
    import_dataset,
    machine,
    print_table,
    scratch,
)
from benchmarks.common.options import Options
from tlcore import system

SETS = ("flowers5", "signdigits10")
QUICK = {"sets": ["drawn"], "seeds": [0]}
WORSE, APART = 0.01, 0.01  # accuracy that may be lost, and by which a chance may differ


def train(home: Home, data: Path, kept: str, seed: int, shortest: bool) -> Row:
    """The test part of the report of one run."""
    run = home.folder / "runs" / f"{data.name}-{kept}-{seed}"
    config = home.folder / "config.json"
    home.folder.mkdir(parents=True, exist_ok=True)
    config.write_text(json.dumps({"kept": kept, "seed": seed, **(sets.SHORTEST if shortest else {})}))
    home.run("tlcore", "train", data, "--out", run, "--config", config, "--json")
    found: Row = json.loads((run / "report.json").read_bytes())["test"]
    return found


def measure(name: str, source: Path, folder: Path, seeds: list[int], quick: bool) -> Row:
    """One set: both kinds of features, with each seed."""
    row: Row = {"set": name, "full": [], "half": [], "same": 0, "n": 0, "largest_difference": 0.0}
    data, _ = import_dataset(Home(folder / "full"), source, name)
    for seed in seeds:
        full, half = (train(Home(folder / kept), data, kept, seed, quick) for kept in ("full", "half"))
        row["full"].append(full["accuracy"])
        row["half"].append(half["accuracy"])
        for one, other in zip(full["predictions"], half["predictions"], strict=True):
            same = one["predicted"] == other["predicted"]
            row["same"], row["n"] = row["same"] + same, row["n"] + 1
            apart = abs(one["confidence"] - other["confidence"])
            row["largest_difference"] = max(row["largest_difference"], apart)
    sizes = {kept: system.folder_bytes(folder / kept / "cache" / "features") for kept in ("full", "half")}
    return row | {f"{kept}_bytes": size for kept, size in sizes.items()}


def main() -> None:
    """Print the figures as one JSON object."""
    options = Options(__doc__, QUICK)
    options.add_argument("--data", type=Path, default=sets.SHARED, help="where the data sets lie")
    options.set_defaults(sets=SETS, seeds=[0, 1])
    args = options.read()
    before = machine()
    with scratch() as folder:
        rows = [
            measure(name, source, folder / f"work-{name}", args.seeds, args.quick)
            for name, source in sets.gather(args.sets, args.data, folder).items()
        ]
    head = ("", "full", "half", "same answer", "largest difference", "MB full", "MB half")
    cells = [
        (
            row["set"],
            *(sum(row[kept]) / len(row[kept]) for kept in ("full", "half")),
            f"{row['same']} of {row['n']}",
            row["largest_difference"],
            *(row[f"{kept}_bytes"] / 1e6 for kept in ("full", "half")),
        )
        for row in rows
    ]
    print_table("Features in half precision", head, cells)
    targets = [
        target
        for row in rows
        for target in (
            at_most(f"lost_{row['set']}", WORSE, (sum(row["full"]) - sum(row["half"])) / len(row["full"])),
            at_most(f"apart_{row['set']}", APART, row["largest_difference"]),
        )
    ]
    finish(args.quick, before, {"sets": rows, "targets": targets})


if __name__ == "__main__":
    main()
