"""Seconds from the drop of pictures with boxes to a first box: `python -m benchmarks.first_box [--quick]`.

The real browser, an empty workspace, a spare worker and preparations, as a person has them: the folder is
chosen on the Data page, "Train now" and "Try it" are pressed as soon as they are there, then held-out
pictures are clicked until an answer finds an object. Without `--data` it is `bccd_det`. Prints JSON.
"""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Page

from benchmarks.common import places, sets
from benchmarks.common.browsing import browsing
from benchmarks.common.measure import Home, Row, finish, machine, print_table, scratch
from benchmarks.common.options import Options
from benchmarks.detection import annotate
from benchmarks.journey import LONG, Person
from tests.fixtures.browser import Server
from tlcore.backbones.weights import weights
from tlcore.runs.workers.spare_worker import OFF

QUICK = {"drawn": True, "trains": False}
FOUND = re.compile(r"\d+ of \d+ found")


def walk(page: Page, url: str, data: Path, trains: bool) -> Row:
    """From the chosen folder to the first box, with the seconds at which each step could be taken.

    Args:
        trains: False: only until the data have come, and the first model could be trained.
    """
    page.goto(f"{url}/data")
    page.get_by_role("button", name="Choose a folder").first.wait_for(timeout=LONG)
    person = Person(page)
    person.bring(data)
    train = page.get_by_role("button", name="Train now")
    if not trains:
        train.wait_for(timeout=LONG)
        return {"seconds": person.seconds()}
    person.press(train)
    found: Row = {"train pressed": person.seconds()}
    person.press(page.get_by_role("button", name="Try it").or_(page.get_by_role("link", name="Try it")).first)
    found["try it pressed"] = person.seconds()
    return found | {"answer": first_box(person), "seconds": person.seconds(), "clicks": person.clicks}


def first_box(person: Person) -> str:
    """The sentence on the first held-out picture in which an object is found, or of the last one."""
    said, pictures = "", person.page.locator(".strip button")
    pictures.first.wait_for(timeout=LONG)
    for number in range(pictures.count()):
        person.press(pictures.nth(number))
        answer = person.page.get_by_text(FOUND).first
        answer.wait_for(timeout=LONG)
        said = FOUND.search(answer.inner_text())[0]  # type: ignore[index]  # it was waited for
        if not said.startswith("0 "):
            break
    return said


def main() -> None:
    """Print the figures as one JSON object."""
    options = Options(__doc__, QUICK)
    options.add_argument("--data", type=Path, default=sets.SHARED / "bccd_det")
    options.set_defaults(drawn=False, trains=True)
    args = options.read()
    before = machine()
    with scratch() as folder, browsing(args.quick) as new_page:
        data = places.draw(folder / "drawn", annotate) if args.drawn else args.data
        home = Home(folder / "home", weights.folder())
        as_people_have = {OFF: "1", "GRAFT_PREPARE": "1"} if args.trains else {}
        server = Server(home.folder, env=home.env | as_people_have).start()
        try:
            found = walk(new_page(), server.url, data, args.trains)
        finally:
            server.stop()
    print_table("From the drop to a first box", ("", "got"), list(found.items()))
    finish(args.quick, before, found | {"targets": []})


if __name__ == "__main__":
    main()
