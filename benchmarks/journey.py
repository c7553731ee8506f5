"""The first ten minutes: clicks and seconds from an empty app to the first right answer.

    python -m benchmarks.journey [--rounds 3] [--quick]

The real browser, each time in an empty workspace with a spare worker and preparations, as a person has them.
"sample": the sample pictures from Home. "folder": a folder of one's own on the Data page; choosing it in the
system's dialog is one click and one dialog. Both train with the recommended settings and ask for held-out
pictures until an answer is right. "webcam": two classes recorded on class cards, then the live answer; the
camera shows one photo for each class, moved about a little, as a hand would move it. Prints JSON.
"""

from __future__ import annotations

import base64
import contextlib
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Locator, Page, TimeoutError, expect

from benchmarks.common import pictures
from benchmarks.common.browsing import browsing
from benchmarks.common.measure import Home, Row, at_most, finish, machine, print_table, scratch
from benchmarks.common.options import Options
from tests.fixtures.browser import Server
from tlcore.backbones.weights import weights
from tlcore.runs.workers.spare_worker import OFF

LONG, SOON = 600_000, 20_000  # milliseconds
QUICK = {"photos": 30, "rounds": 1}
BARS = {
    ("sample", "clicks"): 4,
    ("sample", "seconds"): 20,
    ("folder", "clicks"): 6,
    ("folder", "dialogs"): 2,
    ("webcam", "clicks"): 8,
}
RECORDED = 20  # pictures of each class from the webcam
# A camera that sees the photo `window.held`, never twice at the same place.
CAMERA = """
navigator.mediaDevices.getUserMedia = async () => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 640, height: 480 });
  const pen = canvas.getContext("2d"), photo = new Image();
  setInterval(() => {
    if (photo.src !== window.held) photo.src = window.held;
    pen.drawImage(photo, -60 * Math.random(), -60 * Math.random(), 720, 560);
  }, 33);
  return canvas.captureStream(30);
};
"""


class Person:
    """Somebody at the browser, whose clicks and system dialogs are counted."""

    def __init__(self, page: Page) -> None:
        self.page, self.clicks, self.dialogs = page, 0, 0
        self._began = time.perf_counter()

    def press(self, button: Locator) -> None:
        """Wait for a button and click it."""
        button.wait_for(timeout=LONG)
        button.click(timeout=LONG)
        self.clicks += 1

    def bring(self, folder: Path) -> None:
        """Choose a folder in the system's dialog."""
        with self.page.expect_file_chooser() as asked:
            self.press(self.page.get_by_role("button", name="Choose a folder").first)
        asked.value.set_files(folder)
        self.dialogs += 1

    def hold(self, card: Locator) -> None:
        """Hold a card's button until it has recorded enough."""
        card.get_by_role("button", name="Hold to record").hover()
        self.page.mouse.down()
        while int(card.locator(".number").inner_text().split()[0]) < RECORDED:
            self.page.wait_for_timeout(50)
        self.page.mouse.up()
        self.clicks += 1

    def seconds(self) -> float:
        return round(time.perf_counter() - self._began, 1)


def with_the_sample(person: Person, photos: Path) -> Row:
    person.press(person.page.get_by_role("button", name="Try it with sample pictures"))
    return train_and_try(person)


def with_a_folder(person: Person, photos: Path) -> Row:
    person.press(person.page.get_by_role("button", name="Bring your data"))
    person.bring(photos)
    return train_and_try(person)


def train_and_try(person: Person) -> Row:
    """From data that are arriving to the first right answer to a held-out picture."""
    page = person.page
    person.press(page.get_by_role("button", name="Train now"))
    found: Row = {"Train pressed": person.seconds()}
    person.press(page.get_by_role("link", name="Try it").or_(page.get_by_role("button", name="Try it")).first)
    marks, unasked = page.locator(".strip .mark"), page.locator(".strip button:not(:has(.mark))")
    unasked.first.wait_for(timeout=LONG)
    while unasked.count() and not page.locator(".strip .mark.right").count():
        before = marks.count()
        person.press(unasked.first)
        with contextlib.suppress(TimeoutError):  # others take their place once the training has ended
            marks.nth(before).wait_for(timeout=SOON)
    return found


def with_a_webcam(person: Person, photos: Path) -> Row:
    """Two classes, recorded one after the other; then what was held up last is held up again."""
    page = person.page
    person.press(page.get_by_role("button", name="Bring your data"))
    person.press(page.get_by_role("tab", name="Class cards"))
    page.locator(".card").first.wait_for(timeout=LONG)
    for card, photo in zip(page.locator(".card").all(), held_up(photos), strict=True):
        page.evaluate("photo => { window.held = photo; }", photo)
        person.hold(card)
    person.press(page.get_by_role("button", name="Train", exact=True))
    found: Row = {"Train pressed": person.seconds()}
    person.press(page.get_by_role("button", name="Switch the webcam on"))
    expect(page.locator(".live .label")).to_have_text("Class 2", timeout=LONG)
    return found


def held_up(photos: Path) -> list[str]:
    """Two photos of different classes, as addresses."""
    files = [min(folder.iterdir()) for folder in sorted(photos.iterdir())[:2]]
    return ["data:image/jpeg;base64," + base64.b64encode(file.read_bytes()).decode() for file in files]


WALKS: dict[str, Callable[[Person, Path], Row]] = {
    "sample": with_the_sample,
    "folder": with_a_folder,
    "webcam": with_a_webcam,
}


def walk(page: Page, url: str, name: str, photos: Path) -> Row:
    """From the empty app to the first right answer."""
    page.add_init_script(CAMERA)
    page.goto(url)
    expect(page.get_by_role("heading", level=1)).to_be_visible(timeout=LONG)
    person = Person(page)
    found = WALKS[name](person, photos)
    return found | {"clicks": person.clicks, "dialogs": person.dialogs, "seconds": person.seconds()}


def journeys(new_page: Callable[[], Page], folder: Path, name: str, rounds: int, photos: Path) -> Row:
    """All rounds of one journey, each in an empty workspace, and their medians."""
    found = []
    for number in range(rounds):
        home = Home(folder / f"{name}{number}", weights.folder())
        server = Server(home.folder, env={**home.env, OFF: "1", "GRAFT_PREPARE": "1"}).start()
        page = new_page()
        try:
            found.append(walk(page, server.url, name, photos))
        finally:
            page.close()
            server.stop()
    middle = {key: statistics.median(one[key] for one in found) for key in found[0]}
    return {"median": middle, "rounds": found}


def main() -> None:
    """Print the figures as one JSON object."""
    options = Options(__doc__, QUICK)
    options.add_argument("--rounds", type=int, default=3)
    options.set_defaults(photos=800)
    args = options.read()
    before = machine()
    with scratch() as folder, browsing(args.quick) as new_page:
        made_of = pictures.make(folder / "photos", {"train": args.photos})
        found = {
            name: journeys(new_page, folder, name, args.rounds, folder / "photos" / "train") for name in WALKS
        }
    columns = ("clicks", "dialogs", "Train pressed", "seconds")
    cells = [(name, *(row["median"][key] for key in columns)) for name, row in found.items()]
    print_table(
        f"From an empty app to a right answer; the folder has {args.photos} photos", ("", *columns), cells
    )
    targets = [
        at_most(f"{name}: {what}", bar, found[name]["median"][what]) for (name, what), bar in BARS.items()
    ]
    finish(args.quick, before, {"photos": made_of, "journeys": found, "targets": targets})


if __name__ == "__main__":
    main()
