"""Test accuracy on texts, beside TF-IDF: `python -m benchmarks.texts [--quick] [--seeds 1] [--unfreeze 0 2]`.

MiniLM with the default recipe through the command line, everything frozen, and on banking77 also with the
last layers unfrozen. Beside it TF-IDF of words and pairs of words with logistic regression (scikit-learn, C =
10), which trains on all of train.csv; ours sets 15 % of it apart for validation. Intervals are 95 %:
Wilson's, from report.json; for a difference, that of paired answers. langid_udhr has no target: MiniLM read
English, without accents, so alone it takes Czech for Slovak, which share most words; its head counts letters.
Each run lists the classes that were confused most. Prints JSON.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.common import labelled_data, sets
from benchmarks.common.measure import Home, Row, at_least, finish, machine, print_table, scratch
from benchmarks.common.options import Options
from tlcore.backbones.weights import weights

SETS = ("snips7", "banking77", "sms_spam", "langid_udhr")
UNFROZEN = "banking77"  # the set that layers are unfrozen on
SPAM = "spam"
WANTED = {"snips7": 0.97, "banking77": 0.915, "sms_spam": 0.98}
WANTED_F1 = 0.93
GOAL = 0.93  # with layers unfrozen
# Five layers of six: of the two that are left of them in CI, the last one.
QUICK = {"sets": ["generated"], "seeds": 1, "unfreeze": [5], "epochs": 1, "changes": sets.SHORTEST}
Recipe = Callable[[int], Row]  # by depth: what differs from the default recipe


def train(home: Home, data: Path, seed: int, unfreeze: int, recipe: Row, kind: str = "") -> Row:
    """One run of the command line, and what its report says about the test split."""
    run = home.folder / f"{data.name}-{kind or unfreeze}-{seed}"
    wanted = home.folder / f"{run.name}.json"
    wanted.parent.mkdir(parents=True, exist_ok=True)
    wanted.write_text(json.dumps({"seed": seed, "unfreeze": unfreeze, **recipe}))
    _, seconds = home.run("tlcore", "train", data, "--out", run, "--config", wanted, "--json")
    report = json.loads((run / "report.json").read_bytes())
    config = json.loads((run / "config.json").read_bytes())
    test = report["test"]
    return {
        "accuracy": round(test["accuracy"], 4),
        "interval": [round(end, 4) for end in test["interval"]],
        "f1": {row["label"]: round(row["f1"], 4) for row in test["per_class"]},
        "validation_accuracy": round(report["validation_accuracy"], 4),
        "epochs": report["epochs"],
        "best_epoch": report["best_epoch"],
        "length": config["input_size"],
        "learning_rate": config["fine_tuning" if unfreeze else "training"]["learning_rate"],
        "seconds": round(seconds, 1),
        "confused": confusions(test["predictions"]),
        "right": [row["label"] == row["predicted"] for row in test["predictions"]],
    }


def confusions(predictions: list[Row]) -> list[tuple[str, str, int]]:
    """The pairs of classes that most mistakes are about, either way, and how many each."""
    pairs = Counter(
        tuple(sorted((row["label"], row["predicted"])))
        for row in predictions
        if row["label"] != row["predicted"]
    )
    return [(*pair, count) for pair, count in pairs.most_common(3)]


def tf_idf(data: Path, **options: Any) -> Row:
    """TF-IDF with logistic regression: accuracy on test.csv. `options` other than one and two words."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import f1_score
    from sklearn.pipeline import make_pipeline

    began = time.perf_counter()
    (texts, labels), (asked, true) = (
        zip(*labelled_data.read(data / f"{split}.csv"), strict=True) for split in ("train", "test")
    )
    model = make_pipeline(
        TfidfVectorizer(**({"ngram_range": (1, 2)} | options)), LogisticRegression(C=10, max_iter=1000)
    )
    answers = model.fit(texts, labels).predict(asked)
    classes = sorted(set(labels))
    found = f1_score(true, answers, labels=classes, average=None)
    return {
        "accuracy": round(sum(a == b for a, b in zip(answers, true, strict=True)) / len(true), 4),
        "f1": {label: round(float(f1), 4) for label, f1 in zip(classes, found, strict=True)},
        "train": len(texts),
        "test": len(true),
        "classes": len(classes),
        "seconds": round(time.perf_counter() - began, 1),
    }


def difference(right: list[bool], before: list[bool]) -> Row:
    """Difference in accuracy on the same examples, with its 95 % interval."""
    n = len(before)
    gained = sum(a and not b for a, b in zip(right, before, strict=True))
    lost = sum(b and not a for a, b in zip(right, before, strict=True))
    share = (gained - lost) / n
    half = 1.96 * math.sqrt(max(0.0, (gained + lost) / n - share**2) / n)
    return {"accuracy": round(share, 4), "interval": [round(share - half, 4), round(share + half, 4)]}


def measure(folder: Path, tables: dict[str, Path], seeds: int, depths: list[int], recipe: Recipe) -> Row:
    """By set: each depth's runs, by seed, with their mean, and TF-IDF.

    A depth has a workspace of its own: no two share what is cached, and the runs of one take turns.
    """
    found: Row = {}
    for name, data in tables.items():
        chosen = [depth for depth in depths if depth == 0 or name in (UNFROZEN, *sets.MADE)]
        found[name] = {"tf_idf": tf_idf(data)}
        for depth in chosen:
            home = Home(folder / f"home-{depth}", weights.folder())
            runs = [train(home, data, seed, depth, recipe(depth)) for seed in range(seeds)]
            found[name][f"unfreeze_{depth}"] = summary(runs)
        compare(found[name], chosen)
        show(name, found[name])
    return found


def summary(runs: list[Row]) -> Row:
    """The runs of one kind by seed, and their mean."""
    return {"mean": round(statistics.mean(run["accuracy"] for run in runs), 4), "seeds": runs}


def compare(row: Row, depths: list[int]) -> None:
    """Add to each unfrozen run how it differs from the frozen one of its seed; drop single answers."""
    frozen = [run.pop("right") for run in row["unfreeze_0"]["seeds"]] if 0 in depths else None
    for depth in depths:
        for number, run in enumerate(row[f"unfreeze_{depth}"]["seeds"] if depth else []):
            right = run.pop("right")
            if frozen:
                run["more_than_frozen"] = difference(right, frozen[number])


def targets(found: Row) -> Iterator[Row]:
    """The targets that apply to the sets measured."""
    frozen = {name: row["unfreeze_0"] for name, row in found.items() if "unfreeze_0" in row}
    for name in [name for name in WANTED if name in frozen]:
        yield at_least(f"{name}, all frozen", WANTED[name], frozen[name]["mean"])
    if "sms_spam" in frozen:
        f1 = statistics.mean(run["f1"][SPAM] for run in frozen["sms_spam"]["seeds"])
        yield at_least("sms_spam, F1 of spam", WANTED_F1, f1)
    for kind, row in found.get(UNFROZEN, {}).items():
        if kind not in ("tf_idf", "unfreeze_0"):
            yield at_least(f"{UNFROZEN}, {kind}: the goal", GOAL, row["mean"])
            if UNFROZEN in frozen:
                more = row["mean"] - frozen[UNFROZEN]["mean"]
                yield at_least(f"{UNFROZEN}, {kind}: more than frozen", 0.0, more)


def show(name: str, row: Row) -> None:
    """One data set for people."""
    lines = []
    for kind, found in row.items():
        for seed, run in enumerate(found.get("seeds", [found])):
            low, high = run.get("interval", (None, None))
            spam = run["f1"].get(SPAM)
            lines.append((f"{kind}, seed {seed}", run["accuracy"], low, high, spam, run["seconds"]))
    print_table(name, ("", "accuracy", "from", "to", "F1 of spam", "seconds"), lines)


def changes(args: argparse.Namespace, depth: int) -> Row:
    """Settings of a depth that differ from the default recipe."""
    asked = {"epochs": args.epochs, "learning_rate": args.rate}
    tuning = {key: value for key, value in asked.items() if value is not None}
    return args.changes | ({"fine_tuning": tuning} if depth and tuning else {})


def main() -> None:
    """Print the figures as one JSON object."""
    options = Options(__doc__, QUICK)
    options.add_argument("--data", type=Path, default=sets.SHARED, help="folder of the sets")
    options.add_argument("--sets", nargs="+", default=list(SETS))
    options.add_argument("--seeds", type=int, default=1)
    options.add_argument("--unfreeze", type=int, nargs="+", default=[0, 2], help=f"other than 0: {UNFROZEN}")
    options.add_argument("--epochs", type=int, help="of fine-tuning; default: the recipe's")
    options.add_argument("--rate", type=float, help="learning rate of fine-tuning; default: the recipe's")
    options.set_defaults(changes={})  # of the default recipe
    args = options.read()
    before = machine()
    with scratch() as folder:
        tables = sets.gather(args.sets, args.data, folder)
        weights.minilm_folder()  # fetched where it is not there
        found = measure(folder, tables, args.seeds, args.unfreeze, partial(changes, args))
    result = {"unfreeze": args.unfreeze, "changes_unfrozen": changes(args, 1), "sets": found}
    finish(args.quick, before, result | {"targets": list(targets(found))})


if __name__ == "__main__":
    main()
