"""2,000 pictures of about 100 KB by the folder button: `python -m benchmarks.upload [--quick]`.

Starts a page with the upload box in a temporary workspace, chooses a folder in Chromium, and prints JSON:
seconds from the choice to the file on disk, files sent and arrived whole, memory of the page process.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
import threading
import time
import zipfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from tests.driving import ROOT, Server, chromium


def make_pictures(folder: Path, count: int, side: int) -> int:
    """`count` distinct JPEGs of about 100 KB in ten class folders; returns their bytes."""
    noise = Image.effect_noise((side // 8, side // 8), 90).resize((side, side)).convert("RGB")
    total = 0
    for number in range(count):
        path = folder / f"class {number % 10}" / f"{number}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        picture = noise.copy()
        picture.paste((number % 256, number // 256, 128), (0, 0, 32, 32))
        picture.save(path, quality=90 if side <= 1024 else 30)
        total += path.stat().st_size
    return total


class Memory(threading.Thread):
    """Watches the page process; `peak` in bytes."""

    def __init__(self, server: Server) -> None:
        super().__init__(daemon=True)
        self.server, self.peak, self.watching = server, server.memory(), True

    def run(self) -> None:
        while self.watching:
            self.peak = max(self.peak, self.server.memory())
            time.sleep(0.02)


def upload(server: Server, folder: Path) -> tuple[float, dict[str, object]]:
    """Choose the folder in Chromium; seconds until Python has the file, and what Python was told."""
    told = server.home / "received.jsonl"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(server.url)
        page.get_by_role("button", name="Choose a folder").wait_for()
        start = time.perf_counter()
        page.get_by_label("Folder of pictures").set_input_files(folder)
        while not told.exists() or not told.read_text().endswith("\n"):
            if (
                page.get_by_role("status").filter(has_text="failed").count()
                or time.perf_counter() - start > 300
            ):
                raise SystemExit(f"the upload failed: {page.get_by_role('status').all_inner_texts()}")
            time.sleep(0.05)
        seconds = time.perf_counter() - start
        browser.close()
    return seconds, json.loads(told.read_text().splitlines()[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="50 pictures")
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--side", type=int, default=600, help="pixels; above 1024 the browser shrinks them")
    options = parser.parse_args()
    count = 50 if options.quick else options.count
    work = Path(tempfile.mkdtemp(prefix="graft-upload-"))
    server = Server(work / "home", str(ROOT / "tests" / "pages" / "upload_page.py"))
    try:
        total = make_pictures(work / "flowers", count, options.side)
        server.start()
        before = server.memory()
        watch = Memory(server)
        watch.start()
        seconds, told = upload(server, work / "flowers")
        watch.watching = False
        watch.join()
        with zipfile.ZipFile(str(told["path"])) as archive:
            names = archive.namelist()
            broken = archive.testzip()
        result = {
            "pictures": count,
            "megabytes_chosen": round(total / 1e6, 1),
            "megabytes_sent": round(Path(str(told["path"])).stat().st_size / 1e6, 1),
            "seconds": round(seconds, 2),
            "sent": told["sent"],
            "arrived_whole": len(set(names)) if broken is None else 0,
            "memory_mb_before": round(before / 1e6),
            "memory_mb_peak": round(watch.peak / 1e6),
            "memory_mb_after": round(server.memory() / 1e6),
        }
        print(json.dumps(result))
    finally:
        server.stop()
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
