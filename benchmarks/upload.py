"""Speed and memory of uploads through the browser: `python -m benchmarks.upload [--quick]`.

2,000 pictures of 100 KB by the folder button, then 10,000 small ones as a ZIP, each chosen on the Data page
in Chromium. Prints JSON: seconds from the choice until the file is on disk and until the data set is ready
(every picture decoded, measured and compared with the others), how many arrived whole, and the memory of the
page process: at its peak and afterwards, with the data set on the page.
"""

from __future__ import annotations

import hashlib
import io
import threading
import time
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Page

from benchmarks.common.browsing import browsing
from benchmarks.common.measure import Row, at_least, at_most, finish, machine, scratch
from benchmarks.common.options import Options
from tests.fixtures.browser import Server
from tlcore.data.dataset import Dataset, datasets

CLASSES = 10
MOST_SECONDS = 600
QUICK = {"large": 20, "small": 20, "afterwards": 0.5}


def picture(number: int, side: int, noise: float, quality: int) -> bytes:
    """A JPEG that looks like no other: soft patches of colour under fine noise."""
    draw = np.random.default_rng(number)
    patches = Image.fromarray(draw.integers(0, 255, (7, 7, 3), dtype=np.uint8))
    soft = np.asarray(patches.resize((side, side), Image.Resampling.BICUBIC), dtype=float)
    grain = draw.normal(0, noise, (side, side, 1))
    out = io.BytesIO()
    Image.fromarray(np.uint8((soft + grain).clip(0, 255))).save(out, "JPEG", quality=quality)
    return out.getvalue()


def make_folder(folder: Path, count: int) -> Path:
    """`count` pictures of about 100 KB in class folders."""
    for number in range(count):
        path = folder / f"class {number % CLASSES}" / f"{number}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(picture(number, 450, 18, 90))
    return folder


def make_zip(path: Path, count: int) -> Path:
    """`count` pictures of 64 × 64 pixels in class folders."""
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(count):
            archive.writestr(f"class {number % CLASSES}/{number}.jpg", picture(number, 64, 8, 85))
    return path


class Memory(threading.Thread):
    """Watches the page process; `peak` in bytes."""

    def __init__(self, server: Server) -> None:
        super().__init__(daemon=True)
        self.server, self.peak, self.watching = server, server.memory(), True

    def run(self) -> None:
        while self.watching:
            self.peak = max(self.peak, self.server.memory())
            time.sleep(0.02)


def bring(server: Server, page: Page, label: str, source: Path, count: int, afterwards: float) -> Row:
    """Choose `source` on the Data page, wait until its data set is shown, and then `afterwards` seconds."""
    page.goto(f"{server.url}/data")
    field = page.get_by_label(label, exact=True)
    field.wait_for(state="attached")
    known = {dataset.id for dataset in _all(server)}
    watch = Memory(server)
    watch.start()
    began = time.perf_counter()
    field.set_input_files(source)
    dataset = _new(server, known, began)  # its import starts once the last byte has arrived
    arrived = time.perf_counter() - began
    while not dataset.is_ready and time.perf_counter() - began < MOST_SECONDS:
        time.sleep(0.05)
    ready = time.perf_counter() - began
    page.get_by_text("sent =").wait_for(state="attached", timeout=60_000)
    shown = time.perf_counter() - began
    time.sleep(afterwards)
    watch.watching = False
    watch.join()
    return {
        "pictures": count,
        "seconds_to_disk": round(arrived, 2),
        "seconds_to_ready": round(ready, 2),
        "seconds_to_shown": round(shown, 2),
        "whole": _whole(dataset),
        "memory_mb_peak": round(watch.peak / 1e6),
        "memory_mb_after": round(server.memory() / 1e6),
    }


def _all(server: Server) -> list[Dataset]:
    folder = server.home / "datasets"
    return datasets(folder) if folder.is_dir() else []


def _new(server: Server, known: set[str], began: float) -> Dataset:
    """The new data set, as soon as there is a folder for it."""
    while time.perf_counter() - began < MOST_SECONDS:
        for dataset in _all(server):
            if dataset.id not in known:
                return dataset
        time.sleep(0.05)
    raise SystemExit("the upload did not arrive")


def _whole(dataset: Dataset) -> int:
    """Number of pictures in the data set whose bytes match their hash."""
    found = {example.sha256 for example in dataset.read().examples}
    return sum(hashlib.sha256(dataset.file(sha256).read_bytes()).hexdigest() == sha256 for sha256 in found)


def main() -> None:
    """Print the figures as one JSON object."""
    options = Options(__doc__, QUICK)
    options.set_defaults(large=2_000, small=10_000, afterwards=5)
    args = options.read()
    before = machine()
    with scratch() as folder:
        chosen = make_folder(folder / "flowers", args.large)
        packed = make_zip(folder / "small.zip", args.small)
        size = sum(path.stat().st_size for path in chosen.rglob("*.jpg")) / args.large
        server = Server(folder / "home").start()
        try:
            with browsing(args.quick) as new_page:
                page = new_page()
                found = {
                    "folder": bring(server, page, "Folder of pictures", chosen, args.large, args.afterwards)
                    | {"bytes_each": round(size)},
                    "zip": bring(server, page, "ZIP or TAR file", packed, args.small, args.afterwards),
                }
        finally:
            server.stop()
    finish(args.quick, before, found | {"targets": targets(found)})


def targets(found: dict[str, Row]) -> list[Row]:
    """The targets."""
    rows = []
    for name, most in (("folder", 12), ("zip", 60)):
        row = found[name]
        rows += [
            at_most(f"{name}: seconds until the data set is ready", most, row["seconds_to_ready"]),
            at_least(f"{name}: arrived whole", row["pictures"], row["whole"]),
            at_most(f"{name}: page process at its peak, MB", 400, row["memory_mb_peak"]),
            at_most(f"{name}: page process afterwards, MB", 250, row["memory_mb_after"]),
        ]
    return rows


if __name__ == "__main__":
    main()
