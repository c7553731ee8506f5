"""Accuracy with pretrained weights against random ones, by pictures per class.

    python -m benchmarks.pretrained [--quick] [--set flowers5] [--picture FILE]

Runs the experiment "How many pictures do I need" on flowers5 through the command line: pretrained and frozen
against the same network from random weights. Then opens its address in Chromium and saves a picture of what
the page shows. Prints its table and sentence, and JSON.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from playwright.sync_api import FloatRect, sync_playwright

from benchmarks.common import sets
from benchmarks.common.browsing import flags
from benchmarks.common.measure import Home, Row, finish, machine, print_table, scratch
from benchmarks.common.options import Options
from tests.fixtures.browser import ROOT, Server, chromium
from tlcore.backbones.weights import weights

NAME = "pretrained"
QUICK = {"set": "drawn", "sizes": "1", "changes": sets.SHORTEST, "picture": None}
COLUMNS = ("", "per class", "accuracy", "from", "to", "seconds")


def run_experiment(home: Home, data: Path, options: list[object]) -> Row:
    """The finished experiment, as its `experiment.json` has it."""
    folder = home.folder / "experiments" / NAME
    words = ["experiment", "amount", data, "--out", folder, *options, "--json"]
    told, _ = home.run("tlcore", *words)
    return told


def save_picture(home: Home, file: Path, is_quick: bool) -> None:
    """The page's picture of it, with its sentence, 900 pixels wide."""
    server = Server(home.folder).start()
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium(), args=flags(is_quick))
            page = browser.new_page(viewport={"width": 900, "height": 1200}, device_scale_factor=1.5)
            page.goto(f"{server.url}/compare?experiment={NAME}")
            chart = page.locator(f".st-key-figure_{NAME}")
            chart.locator(".main-svg").first.wait_for(timeout=60_000)
            page.wait_for_timeout(1500)  # its lines are drawn in
            top, below = page.get_by_test_id("stAlert").first.bounding_box(), chart.bounding_box()
            assert top and below
            height = below["y"] + below["height"] - top["y"]
            clip: FloatRect = {"x": top["x"], "y": top["y"], "width": top["width"], "height": height}
            page.screenshot(path=file, full_page=True, clip=clip)
            browser.close()
    finally:
        server.stop()


def main() -> None:
    """Print the figures as one JSON object."""
    options = Options(__doc__, QUICK)
    options.add_argument("--data", type=Path, default=sets.SHARED, help="folder of the sets")
    options.add_argument("--set", default="flowers5")
    options.add_argument("--sizes", help="numbers per class, with commas between; default: what fits")
    options.add_argument("--picture", type=Path, default=ROOT / "docs" / "pretrained.png")
    options.set_defaults(changes={})  # of the default recipe
    args = options.read()
    before = machine()
    with scratch() as folder:
        home = Home(folder / "home", weights.folder())
        config, file = folder / "config.json", args.picture or folder / "drawn.png"
        config.write_text(json.dumps(args.changes))
        sizes = ["--sizes", args.sizes] if args.sizes else []
        data = sets.gather([args.set], args.data, folder)[args.set]
        record = run_experiment(home, data, ["--config", config, *sizes])
        save_picture(home, file, args.quick)
        size = file.stat().st_size
    rows = [
        (entry["arm"], arm["x"], entry["accuracy"], *entry["interval"], round(entry["seconds"]))
        for arm, entry in zip(record["asked"]["arms"], record["entries"], strict=True)
        if entry["accuracy"] is not None
    ]
    print_table(f"How many pictures do I need: {args.set}", COLUMNS, rows)
    print(record["verdict"], file=sys.stderr)
    picture = {"file": file.name, "bytes": size}
    finish(args.quick, before, {"experiment": record, "picture": picture, "targets": []})


if __name__ == "__main__":
    main()
