"""The head that is chosen for the data, against one hidden layer of 128 and against logistic regression.

    python -m benchmarks.head [--sets A B] [--data FOLDER] [--seeds 3] [--quarters 3] [--quick]

FOLDER holds data sets with train/ and test/ folders. Each is taken whole and in random quarters of its
training part, and every head learns on the same frozen features of the default backbone. The regression is
scikit-learn's on standardised features, its C from cross-validation over training and validation examples.
Differences have a 95 % interval over the test examples, with seeds and quarters pooled. CPU seconds are those
from cached features to a head with out-of-fold answers. Prints JSON.
"""

from __future__ import annotations

import os
import shutil
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.common import sets
from benchmarks.common.measure import Row, at_least, finish, machine, print_table, scratch
from benchmarks.common.options import Options

if TYPE_CHECKING:
    from tlcore.graft.training.phases import TrainingResult

SETS = ("flowers5", "signdigits10", "caltech10_easy", "bloodcells3")
HEADS: dict[str, tuple[int, ...] | None] = {"hidden layer of 128": (128,), "chosen": None}
REGRESSION = "regression"
QUICK = {"sets": ["drawn"], "seeds": 1, "quarters": 1, "size": 32}
FEWEST = 4  # pictures of a class in a quarter
STRENGTHS = np.logspace(-4, 4, 9)  # values of C
Z95 = 1.96


@dataclass(frozen=True)
class Trial:
    """One head on one part of a data set.

    Attributes:
        right: for each test example, in the order of their names, (n,).
        cpu: seconds.
    """

    part: str  # "whole" or "quarter"
    head: str
    right: np.ndarray
    cpu: float


def parts(data: Path, quarters: int, folder: Path) -> Iterator[tuple[str, Path]]:
    """The data set whole, and random quarters of its training part with all of its test part."""
    yield "whole", data
    for number in range(quarters):
        part = folder / f"{data.name}-{number}"
        shutil.copytree(data / "test", part / "test")
        for label in sorted(path for path in (data / "train").iterdir() if path.is_dir()):
            files = sorted(label.iterdir())
            count = max(FEWEST, round(len(files) / 4))
            (part / "train" / label.name).mkdir(parents=True)
            for at in np.random.default_rng(number).permutation(len(files))[:count]:
                shutil.copy(files[at], part / "train" / label.name)
        yield "quarter", part


def trials(part: str, data: Path, args: Any, folder: Path) -> Iterator[Trial]:
    """Every head with every seed on one folder of pictures."""
    from tlcore.commands.shared.datasets import open_data
    from tlcore.config import RunConfig, resolved
    from tlcore.config.split import SplitConfig
    from tlcore.config.training import HeadConfig
    from tlcore.workspace import Workspace

    dataset = open_data(data, Workspace())
    for seed in range(args.seeds):
        for name, hidden in HEADS.items():
            config = RunConfig(
                data=str(dataset.folder),
                seed=seed,
                split=SplitConfig(seed=seed),
                input_size=args.size,
                head=HeadConfig(hidden=hidden),
            )
            result, cpu = train(dataset, resolved(config), folder / f"{data.name}-{seed}-{name}")
            yield Trial(part, name, right_of_head(result), cpu)
        began = time.process_time()
        yield Trial(part, REGRESSION, right_of_regression(result), time.process_time() - began)


def train(dataset: Any, config: Any, folder: Path) -> tuple[TrainingResult, float]:
    """A run up to its out-of-fold answers, and CPU seconds since its features were there."""
    from tlcore.graft import pipeline
    from tlcore.graft.finish import temperature
    from tlcore.graft.training import phases, precompute
    from tlcore.graft.training.run_context import RunContext
    from tlcore.runs.job import Reporter
    from tlcore.runs.run import Run

    run = Run.prepare(folder, config)
    context = RunContext(run, run.config(), dataset, dataset.read(), Reporter(run))
    context, inputs, device, graft = pipeline.load(context)
    precompute.feature_reader(context, graft.front, 0, inputs, device)
    began = time.process_time()
    result = phases.train_phases(context, graft, inputs, device)
    temperature.out_of_fold_answers(result, graft.phase_models[0].tail)
    return result, time.process_time() - began


def test_rows(result: TrainingResult) -> np.ndarray:
    """Rows of the test examples in the order of their names."""
    examples, rows = result.context.manifest.examples, result.context.rows("test")
    return np.array(sorted(rows, key=lambda row: examples[row].name))


def right_of_head(result: TrainingResult) -> np.ndarray:
    from tlcore.graft.training.batches import Inference

    rows = test_rows(result)
    logits = Inference(result.model.tail)(result.context.batches(result.reader, rows))
    return np.asarray(logits.argmax(axis=1) == result.context.class_numbers()[rows], float)


def right_of_regression(result: TrainingResult) -> np.ndarray:
    """scikit-learn's, on the directions of the training and validation examples: that changes nothing but
    the time.
    """
    from sklearn.linear_model import LogisticRegressionCV
    from sklearn.preprocessing import StandardScaler

    labels, context = result.context.class_numbers(), result.context
    learned, asked = (
        np.sort(np.concatenate([context.rows("train"), context.rows("validation")])),
        test_rows(result),
    )
    scaler = StandardScaler().fit(result.reader(learned)[0])
    known, new = (scaler.transform(result.reader(rows)[0]) for rows in (learned, asked))
    _, lengths, directions = np.linalg.svd(known, full_matrices=False)
    turn = directions[lengths > 1e-5 * lengths[0]].T
    folds = max(2, min(5, int(np.bincount(labels[learned]).min())))
    model = LogisticRegressionCV(Cs=STRENGTHS, cv=folds, max_iter=1000, tol=1e-3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(known @ turn, labels[learned])
    return np.asarray(model.predict(new @ turn) == labels[asked], float)


def difference(found: list[Trial], head: str, other: str) -> tuple[float, float]:
    """Mean difference in accuracy, and half of its 95 % interval over the test examples."""
    first, second = (
        np.mean([trial.right for trial in found if trial.head == name], axis=0) for name in (head, other)
    )
    gaps = first - second
    return float(gaps.mean()), float(Z95 * gaps.std() / np.sqrt(len(gaps)))


def summary(found: list[Trial]) -> Row:
    """Accuracy and mean CPU seconds of each head, and the differences of the chosen one."""
    row: Row = {}
    for head in (*HEADS, REGRESSION):
        own = [trial for trial in found if trial.head == head]
        row[head] = float(np.mean([trial.right.mean() for trial in own]))
        row[f"{head}, CPU s"] = float(np.mean([trial.cpu for trial in own]))
    row["against regression"] = difference(found, "chosen", REGRESSION)
    row["against 128"] = difference(found, "chosen", "hidden layer of 128")
    return row


def show(rows: dict[str, Row]) -> None:
    head = ("", "128", "chosen", "regression", "- regression", "±", "- 128", "±", "CPU s: 128", "chosen")
    table = [
        (
            name,
            *(100 * row[kind] for kind in (*HEADS, REGRESSION)),
            *(100 * number for pair in ("against regression", "against 128") for number in row[pair]),
            *(row[f"{kind}, CPU s"] for kind in HEADS),
        )
        for name, row in rows.items()
    ]
    print_table("Test accuracy in percent", head, table)


def targets(rows: dict[str, Row]) -> list[Row]:
    """No less than the regression on the mean, and on no set below by more than chance."""
    found = []
    for part in ("whole", "quarter"):
        own = [row["against regression"][0] for name, row in rows.items() if name.endswith(part)]
        found.append(at_least(f"{part}: points above regression", 0.0, 100 * float(np.mean(own))))
    worst = min(100 * sum(row["against regression"]) for row in rows.values())
    return [*found, at_least("worst set: points above regression, upper end", 0.0, worst)]


def main() -> None:
    options = Options(__doc__, QUICK)
    options.add_argument("--data", type=Path, default=sets.SHARED)
    options.add_argument("--sets", nargs="+", default=SETS)
    options.add_argument("--seeds", type=int, default=3)
    options.add_argument("--quarters", type=int, default=3)
    options.set_defaults(size=None)
    args = options.read()
    before, rows = machine(), {}
    with scratch() as folder:
        os.environ["GRAFT_HOME"] = str(folder / "home")
        for name, data in sets.gather(args.sets, args.data, folder).items():
            found = [
                trial
                for part, pictures in parts(data, args.quarters, folder)
                for trial in trials(part, pictures, args, folder / "runs")
            ]
            for part in ("whole", "quarter"):
                rows[f"{name}, {part}"] = summary([trial for trial in found if trial.part == part])
            show(rows)
    finish(args.quick, before, {"sets": rows, "targets": targets(rows)})


if __name__ == "__main__":
    main()
