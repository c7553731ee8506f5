"""Words and letters beside the features of texts: `python -m benchmarks.word_counts [--quick] [--seeds 3]`.

Random tenths of each class of four sets, with three seeds, by the command line and the recommended recipe:
once as it is, so that cross-validation decides whether the head counts words or letters, and once with that
switched off, on the features of MiniLM alone. Beside them TF-IDF of words and pairs of words, and of letters,
with logistic regression (scikit-learn, C = 10). All are scored on test.csv; 95 % intervals are Wilson's. The
target: what is decided is nowhere below the better of features and words by more than its interval. Prints
JSON.
"""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks import texts
from benchmarks.common import labelled_data, sets
from benchmarks.common.measure import Home, Row, at_least, finish, machine, print_table, scratch
from benchmarks.common.options import Options
from tlcore.backbones.weights import weights

FEWEST = 4  # training texts of a class
QUICK = {"sets": ["generated"], "seeds": 1, "share": 1.0}
LETTERS = {"analyzer": "char", "ngram_range": (1, 3)}


def tenth(source: Path, folder: Path, seed: int, share: float) -> Path:
    """A share of each class in train.csv, drawn by `seed`, and all of test.csv, in the new `folder`."""
    train, test = (labelled_data.read(source / f"{split}.csv") for split in ("train", "test"))
    labelled_data.write(folder / "train.csv", labelled_data.draw_by_class(train, share, FEWEST, seed))
    labelled_data.write(folder / "test.csv", test)
    return folder


def measure(home: Home, data: Path, seed: int) -> Row:
    """The accuracies on one tenth."""
    found = {
        "TF-IDF": texts.tf_idf(data)["accuracy"],
        "TF-IDF of letters": texts.tf_idf(data, **LETTERS)["accuracy"],
    }
    for name, counts in (("features", False), ("decided", True)):
        run = texts.train(home, data, seed, 0, {"head": {"counts": counts}}, name)
        found |= {name: run["accuracy"], f"{name}_interval": run["interval"], f"{name}_s": run["seconds"]}
    report = json.loads((home.folder / f"{data.name}-decided-{seed}" / "report.json").read_bytes())
    return found | {"counts": (report["head_choice"] or {}).get("counts")}


def show(name: str, rows: list[Row]) -> None:
    """One data set for people."""
    kinds = ("TF-IDF", "TF-IDF of letters", "features", "decided", "counts")
    print_table(
        name, ("seed", *kinds), [(seed, *(row[kind] for kind in kinds)) for seed, row in enumerate(rows)]
    )


def main() -> None:
    """Print the figures as one JSON object."""
    options = Options(__doc__, QUICK)
    options.add_argument("--data", type=Path, default=sets.SHARED, help="folder of the sets")
    options.add_argument("--sets", nargs="+", default=list(texts.SETS))
    options.add_argument("--seeds", type=int, default=3)
    options.set_defaults(share=0.1)
    args = options.read()
    before, found, targets = machine(), {}, []
    with scratch() as folder:
        weights.minilm_folder()  # fetched where it is not there
        home = Home(folder / "home", weights.folder())
        for name, source in sets.gather(args.sets, args.data, folder).items():
            drawn = [tenth(source, folder / f"{name}-{n}", n, args.share) for n in range(args.seeds)]
            found[name] = [measure(home, data, seed) for seed, data in enumerate(drawn)]
            show(name, found[name])
            for seed, row in enumerate(found[name]):
                better = max(row["TF-IDF"], row["features"])
                targets.append(
                    at_least(f"{name}, seed {seed}: end of the interval", better, row["decided_interval"][1])
                )
    finish(args.quick, before, {"sets": found, "targets": targets})


if __name__ == "__main__":
    main()
