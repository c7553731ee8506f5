"""A page to take home in a real browser: does it answer as the model does, and how quickly?

    python -m benchmarks.web_page [--quick] [--data flowers5 …] [--run RUN] [--pictures FOLDER]

Trains a model on each set with the default recipe (or takes the finished run RUN), exports it as `web`, opens
the file from disk in Chromium and gives it the validation and test examples through its file picker, or its
field for texts, on a computer and in a phone's size (which proves the layout, not a phone), in light and
dark, then Chromium's own test picture as a camera. The answers are compared with those of `model.keras` in a
fresh process (boxes and areas by docs/export.md, once). Prints JSON: the share of equal answers, the largest
difference, milliseconds for one example, and the camera's answers a second. `--pictures` keeps the
screenshots. At least 99 % of the answers have to be the same.
"""

from __future__ import annotations

import json
import statistics
import time
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Browser, sync_playwright

from benchmarks.common import sets
from benchmarks.common.browsing import flags
from benchmarks.common.measure import Home, Row, at_least, finish, machine, print_table, scratch
from benchmarks.common.options import Options
from tests.fixtures.browser import chromium
from tests.fixtures.web_page import CAMERA, TakenPage
from tlcore.backbones.weights import weights
from tlcore.export.proof import answers, prove
from tlcore.export.proof.examples import ProofExamples
from tlcore.runs.run import Run

QUICK = {"data": ["drawn"], "changes": sets.SHORTEST, "seconds": 1, "screens": ["light"]}
COMPUTER, PHONE = {"width": 1280, "height": 860}, {"width": 390, "height": 844}
SCREENS: dict[str, Row] = {
    "light": {"viewport": COMPUTER, "color_scheme": "light"},
    "dark": {"viewport": COMPUTER, "color_scheme": "dark"},
    "phone, light": {"viewport": PHONE, "color_scheme": "light"},
    "phone, dark": {"viewport": PHONE, "color_scheme": "dark"},
}
SETS = ["flowers5", "bccd_det", "pets_seg", "sms_spam"]
SAME = 0.99
FIT = "document.documentElement.scrollWidth <= innerWidth"


def taken_home(home: Home, data: Path, given: Path | None, changes: Row) -> tuple[Run, Path, Row]:
    """A finished run, its page, and what the export says."""
    run = given or home.folder / "run"
    if not given:
        wanted = home.folder / "wanted.json"
        home.folder.mkdir(parents=True, exist_ok=True)
        wanted.write_text(json.dumps(changes))
        home.run("tlcore", "train", data, "--out", run, "--config", wanted, "--json")
    page = home.folder / "page.html"
    said, _ = home.run("tlcore", "export", run, "--format", "web", "--out", page, "--json")
    return Run(run), page, said


def compare(
    browser: Browser, page: Path, run: Run, examples: ProofExamples, expected: np.ndarray, look: Row
) -> Row:
    """Its answers to all pictures beside the model's, and its times."""
    context = browser.new_context(**look["screen"])
    opened = context.new_page()
    began = time.perf_counter()
    taken = TakenPage(opened, page.as_uri())
    taken.wait_until_ready()
    ready = time.perf_counter() - began
    numbers, said = ask(taken, examples)
    found = answers.of(run.task).agreement(run, examples.all, numbers.reshape(expected.shape), expected)
    fits = opened.evaluate(FIT)
    shoot(taken, look, "picture")
    live = camera(taken, look) if run.task != "texts" else {"camera_per_s": None, "camera_model_ms": None}
    context.close()
    return {
        "same": found.same,
        "n": found.n,
        "largest": found.largest,
        "ready_s": round(ready, 2),
        "preparing_ms": median(said, "preparing"),
        "model_ms": median(said, "milliseconds"),
        "fits_in_width": fits,
        "asked_for": taken.asked,
        **live,
    }


def ask(taken: TakenPage, examples: ProofExamples) -> tuple[np.ndarray, list[dict[str, Any]]]:
    """The numbers of its model for all examples, and what the page tells of its answers."""
    if texts := examples.questions().texts:
        said = taken.read(texts, within=600)
    else:
        files = [examples.dataset.file(example.sha256) for example in examples.all]
        said = taken.answers(files, within=1800)
    if examples.run.task in ("images", "texts"):
        return np.array([one["chances"] for one in said]), said
    return np.stack([taken.numbers(file.read_bytes()) for file in files]), said


def camera(taken: TakenPage, look: Row) -> Row:
    """Answers to Chromium's own test picture."""
    taken.page.evaluate("() => { window.heard = []; }")
    taken.page.get_by_role("button", name="Use the camera").click()
    first = taken.heard(1)
    time.sleep(look["seconds"])
    live = taken.heard(1)[len(first) :]
    shoot(taken, look, "camera")
    per_second = round(len(live) / look["seconds"], 1)
    return {"camera_per_s": per_second, "camera_model_ms": median(live, "milliseconds")}


def shoot(taken: TakenPage, look: Row, what: str) -> None:
    """Keep a screenshot when somebody wants them."""
    if look["folder"]:
        taken.page.wait_for_timeout(300)  # the bars have grown
        name = f"{look['data']} {look['name']} {what}.png".replace(", ", "-").replace(" ", "-")
        taken.page.screenshot(path=look["folder"] / name, full_page=True)


def median(said: list[dict[str, Any]], key: str) -> float | None:
    """Of what the answers tell, in milliseconds."""
    return round(statistics.median(one[key] for one in said), 1) if said else None


def measure(home: Home, args: Any, data: Path) -> Row:
    """All screens."""
    run, page, said = taken_home(home, data, args.run, args.changes)
    examples = ProofExamples(run)
    own = prove.ask("keras", run.model, examples.questions(), lambda *_: None, lambda: False)
    assert own is not None
    found: dict[str, Row] = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=[*flags(args.quick), *CAMERA])
        for name in args.screens:
            look = {"name": name, "screen": SCREENS[name], "seconds": args.seconds, "folder": args.pictures}
            look |= {"data": data.name}
            found[name] = compare(browser, page, run, examples, own.answers, look)
        browser.close()
    megabytes = round(page.stat().st_size / 1e6, 1)
    return {"megabytes": megabytes, "onnx_ms": said["milliseconds"], "screens": found}


def main() -> None:
    """Print the figures as one JSON object."""
    options = Options(__doc__, QUICK)
    options.add_argument("--data", nargs="+", default=SETS, help="data sets of tests/real")
    options.add_argument("--shared", type=Path, default=sets.SHARED)
    options.add_argument("--run", type=Path, help="a finished run")
    options.add_argument("--pictures", type=Path, help="where to keep screenshots")
    options.add_argument("--screens", nargs="+", default=list(SCREENS), choices=SCREENS)
    options.add_argument("--seconds", type=int, default=5, help="of the camera")
    options.set_defaults(changes={})
    args = options.read()
    before = machine()
    found = {}
    with scratch() as folder:
        if args.pictures:
            args.pictures.mkdir(parents=True, exist_ok=True)
        for name, data in sets.gather(args.data, args.shared, folder).items():
            found[name] = measure(Home(folder / f"home-{name}", weights.folder()), args, data)
    screens = {(name, look): row for name, one in found.items() for look, row in one["screens"].items()}
    print_table(
        "A page to take home, opened from disk",
        ("data", "screen", "same", "largest", "preparing ms", "model ms", "camera, a second"),
        [
            (
                *key,
                f"{row['same']} of {row['n']}",
                f"{row['largest']:.5f}",
                row["preparing_ms"],
                row["model_ms"],
                row["camera_per_s"],
            )
            for key, row in screens.items()
        ],
    )
    targets = [
        at_least(f"{', '.join(key)}: equal answers", SAME, row["same"] / row["n"])
        for key, row in screens.items()
    ]
    finish(args.quick, before, {"sets": found, "targets": targets})


if __name__ == "__main__":
    main()
