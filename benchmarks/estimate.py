"""The estimate before any training: how soon it stands, and how near it comes.

    python -m benchmarks.estimate [--rounds 3] [--quick]

A folder of 350 photos is dropped on the Data page in Chromium, several times, each in an empty workspace: the
seconds until the data set is ready, until its preparation has begun, until the features are there and until
the estimate is seen, with a spare worker and without one. Then for each set of pictures: the estimate beside
the test accuracy of the default recipe; estimates of random halves beside the accuracy of the same kind of
head on the other half; and the CPU seconds of an estimate whose features are there. Prints JSON.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import statistics
import time
from pathlib import Path

import numpy as np
from playwright.sync_api import Page, sync_playwright

from benchmarks.common import pictures, sets
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
from tests.fixtures.browser import Server, chromium
from tlcore.backbones.weights import weights
from tlcore.config.split import SplitConfig
from tlcore.config.training import TrainingConfig
from tlcore.data.dataset import Dataset
from tlcore.data.splits import stand_ins
from tlcore.evaluate.estimate import learning_curve, record
from tlcore.evaluate.folds import stratified_folds
from tlcore.heads.solved_head import Examples, solve
from tlcore.runs.spare_worker import OFF

SETS = ("flowers5", "signdigits10", "caltech10_easy", "bloodcells3")
QUICK = {"photos": 20, "rounds": 1, "sets": ["drawn"], "changes": sets.SHORTEST, "draws": 1}
MOST_SECONDS = 300
TINY = 1e-9
EVENTS = ("ready", "begun", "features", "seen")


def drop(page: Page, home: Home, folder: Path, spare: bool) -> Row:
    """Drop the folder on the Data page; the seconds until each event."""
    env = {**home.env, "GRAFT_PREPARE": "1", OFF: "1" if spare else "0"}
    server = Server(home.folder, env=env).start()
    try:
        page.goto(f"{server.url}/data")
        field = page.get_by_label("Folder of pictures", exact=True)
        field.wait_for(state="attached")
        page.wait_for_timeout(1000)
        began = time.perf_counter()
        field.set_input_files(folder)
        seen: Row = {}
        while len(seen) < len(EVENTS):
            for event in EVENTS:
                if event not in seen and holds(event, page, home.folder):
                    seen[event] = round(time.perf_counter() - began, 2)
            if time.perf_counter() - began > MOST_SECONDS:
                raise SystemExit(f"seen so far: {seen}")
            time.sleep(0.02)
        return {**seen, "page_process_mb": round(server.memory() / 1e6)}
    finally:
        page.goto("about:blank")
        server.stop()


def holds(event: str, page: Page, home: Path) -> bool:
    """Whether an event has come to pass."""
    if event == "seen":
        return page.get_by_text("first model would get", exact=False).count() > 0
    if event == "ready":
        return any(home.glob("datasets/*/manifest.json"))
    jobs = list(home.glob("cache/estimates/*/*/"))
    if event == "features":
        return any((job / record.FEATURES).is_file() for job in jobs)
    with contextlib.suppress(OSError, ValueError):
        return any(json.loads((job / "status.json").read_bytes())["attempt"] for job in jobs)
    return False


def drops(folder: Path, args: Row) -> Row:
    """The median of each event, and all rounds."""
    count = args["photos"]
    pictures.make(folder / "made", {"train": count})
    chosen = folder / "made" / "train"
    found: Row = {"photos": count}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        for spare in (True, False):
            rounds = []
            for number in range(args["rounds"]):
                home = Home(folder / f"home{number}{spare}", weights.folder())
                rounds.append(drop(page, home, chosen, spare))
            middle = {event: statistics.median(one[event] for one in rounds) for event in EVENTS}
            found["spare worker" if spare else "without"] = {"median": middle, "rounds": rounds}
        browser.close()
    return found


def halves(preparation: Path, data: Path, draws: int) -> Row:
    """Estimates from a random half of the examples, and the accuracy on the other half, over some draws."""
    manifest = Dataset(data).read()
    features = record.ExampleFeatures.load(preparation)
    assert features is not None
    x = features.of(np.array([example.sha256 for example in manifest.examples]))
    assert x is not None
    labels = np.array([manifest.classes.index(example.label) for example in manifest.examples])
    groups = np.unique(stand_ins(manifest, SplitConfig()), return_inverse=True)[1]
    rows = [half(x, labels, groups, seed) for seed in range(draws)]
    gaps = [estimated - reached for estimated, reached, _ in rows]
    return {"gap": round(statistics.mean(gaps), 4), "inside": statistics.mean(inside for *_, inside in rows)}


def half(x: np.ndarray, labels: np.ndarray, groups: np.ndarray, seed: int) -> tuple[float, float, bool]:
    """The estimate from one half, the accuracy on the other, and whether the interval holds that."""
    names = np.random.default_rng(seed).permutation(np.unique(groups))
    known = np.isin(groups, names[: len(names) // 2])
    folds = stratified_folds(labels[known], groups[known], seed)
    even = np.ones(int(known.sum()), np.float32)
    examples = Examples(x[known], labels[known], even, folds == 0, folds, int(labels.max()) + 1)
    found = solve(examples, TrainingConfig().epochs, lambda: None)
    assert found.logits is not None
    accuracy = float((found.logits.argmax(axis=1) == labels[known]).mean())
    low, high = learning_curve.interval(accuracy, len(np.unique(groups[known])))
    kernel, bias = found.layer
    reached = float(((x[~known] @ kernel + bias).argmax(axis=1) == labels[~known]).mean())
    return accuracy, reached, low - TINY <= reached <= high + TINY


def nearness(home: Home, source: Path, changes: Row, draws: int) -> Row:
    """The estimate of a data set, the accuracy of a trained model, halves of it, and CPU seconds."""
    data, _ = import_dataset(home, source, source.name)
    file = home.folder / "settings.json"
    file.write_text(json.dumps(changes))
    settings = ("--config", file, "--json")
    told, _ = home.run("tlcore", "prepare", data, *settings)
    before = _cpu_seconds()
    home.run("tlcore", "prepare", data, *settings)  # the features are there now
    spent = _cpu_seconds() - before
    run = home.folder / f"run-{source.name}"
    trained, _ = home.run("tlcore", "train", data, "--out", run, *settings)
    low, high = told["interval"]
    return {
        "estimate": round(told["accuracy"], 4),
        "interval": [round(low, 4), round(high, 4)],
        "n": told["n"],
        "trained": round(trained["accuracy"], 4),
        "test_interval": [round(end, 4) for end in trained["interval"]],
        "test_n": trained["n"],
        "cpu_seconds": round(spent, 2),
        "halves": halves(Path(told["preparation"]), data, draws),
    }


def _cpu_seconds() -> float:
    """CPU seconds of all ended children."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Print the figures as one JSON object."""
    options = Options(__doc__, QUICK)
    options.add_argument("--photos", type=int, default=350)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--data", type=Path, default=sets.SHARED)
    options.set_defaults(sets=SETS, changes={}, draws=10)
    args = options.read()
    before = machine()
    os.environ.pop("GRAFT_HOME", None)
    with scratch() as folder:
        dropped = drops(folder, vars(args))
        home = Home(folder / "near", weights.folder())
        folders = sets.gather(args.sets, args.data, folder)
        near = {name: nearness(home, data, args.changes, args.draws) for name, data in folders.items()}
    cells = [(name, *dropped[name]["median"].values()) for name in ("spare worker", "without")]
    print_table("Seconds from the drop", ("", *EVENTS), cells)
    columns = ("estimate", "interval", "trained", "test_interval", "test_n", "cpu_seconds")
    lines = [(name, *(row[key] for key in columns), *row["halves"].values()) for name, row in near.items()]
    print_table("Estimates", ("", *columns, "gap of halves", "inside"), lines)
    seen = dropped["spare worker"]["median"]["seen"]
    targets = [
        at_most("seconds until the estimate is seen", 10, seen),
        at_most("page process, MB", 250, max(one["page_process_mb"] for one in all_rounds(dropped))),
    ]
    finish(args.quick, before, {"drop": dropped, "near": near, "targets": targets})


def all_rounds(dropped: Row) -> list[Row]:
    """Every round of both cases."""
    return [one for case in ("spare worker", "without") for one in dropped[case]["rounds"]]


if __name__ == "__main__":
    main()
