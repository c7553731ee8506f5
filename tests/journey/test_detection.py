"""From pictures with boxes to a detector: bring them, train, click what it gets wrong, ask it."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Page, expect

from tests.fixtures.browser import Server
from tests.journey.conftest import LONG, at_rest, away, metric, no_failure, wait_for_end
from tlcore.data.dataset import datasets
from tlcore.runs.run import runs

WIDTH, HEIGHT, SIDE = 160, 120, 48
COLOURS = {"disc": (220, 170, 40), "plate": (50, 60, 200)}
COUNT = 16
# Milliseconds that a hand needs from one click to the next. The chart tells its click some 100 late, and a
# link that is clicked meanwhile is forgotten over it.
HAND = 400


def packed(path: Path) -> Path:
    """A ZIP of noisy pictures, each with a coloured square of both classes, and their boxes as COCO."""
    images, boxes = [], []
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(COUNT):
            random = np.random.default_rng(number)
            pixels = random.normal(128, 30, (HEIGHT, WIDTH, 3))
            for at, colour in enumerate(COLOURS.values()):
                left, top = 80 * at + int(random.integers(0, 30)), int(random.integers(0, 70))
                pixels[top : top + SIDE, left : left + SIDE] = colour + random.normal(0, 10, (SIDE, SIDE, 3))
                box = {"id": len(boxes), "image_id": number, "category_id": at, "iscrowd": 0}
                boxes.append(box | {"bbox": [left, top, SIDE, SIDE]})
            content, name = io.BytesIO(), f"{number:02d}.png"
            Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).save(content, "PNG")
            archive.writestr(name, content.getvalue())
            images.append({"id": number, "file_name": name, "width": WIDTH, "height": HEIGHT})
        classes = [{"id": at, "name": label} for at, label in enumerate(COLOURS)]
        coco = {"images": images, "annotations": boxes, "categories": classes}
        archive.writestr("labels.json", json.dumps(coco))
    return path


def test_from_pictures_with_boxes_to_an_answer(
    open_app: Callable[[], Server], browser_page: Page, tmp_path: Path
) -> None:
    server, page = open_app(), browser_page
    page.goto(f"{server.url}/data")
    page.get_by_label("ZIP or TAR file").set_input_files(packed(tmp_path / "shapes.zip"))
    _look_at_the_data(page)
    page.get_by_role("button", name="Change settings first").click()
    _train(page, server)
    _evaluate(page, server)
    _predict(page)
    assert datasets(server.home / "datasets")[0].read().box_counts() == dict.fromkeys(COLOURS, COUNT)


def _look_at_the_data(page: Page) -> None:
    expect(page.get_by_role("button", name="Change settings first")).to_be_visible(timeout=LONG)
    expect(metric(page, "Pictures")).to_have_text(str(COUNT))
    expect(page.get_by_test_id("stImage").first).to_be_visible()
    page.get_by_role("tab", name="Classes").click()
    expect(page.get_by_text("Rename a class")).to_be_visible()
    page.get_by_role("tab", name="Pictures").click()
    _correct_a_box(page)
    no_failure(page)


def _correct_a_box(page: Page) -> None:
    page.get_by_role("button", name="Correct").first.click()
    board = page.get_by_role("application")
    expect(board).to_have_accessible_name(re.compile("2 boxes"))
    board.press("Tab")
    board.press("ArrowRight")
    board.press("Enter")
    expect(page.get_by_text(re.compile("^One box on “.*” changed.$"))).to_be_visible()
    page.get_by_role("button", name="All pictures").click()


def _train(page: Page, server: Server) -> None:
    """As little as the page lets."""
    page.get_by_role("slider", name="Input size in pixels").press("Home")
    expect(page.get_by_text("Pictures are laid whole into 256 × 256 pixels")).to_be_visible()
    page.get_by_role("slider", name="Views").press("Home")
    page.get_by_text("How the head trains").click()
    most = page.get_by_role("spinbutton", name="Epochs at most")
    most.fill("1")
    most.press("Enter")
    page.get_by_role("button", name="Train", exact=True).click()
    page.wait_for_url(re.compile(r"/train\?run="))
    no_failure(page)
    with away(page):
        wait_for_end(runs(server.home / "runs")[0])
    expect(page.get_by_role("button", name="Try it")).to_be_visible()
    expect(metric(page, "mAP at IoU 0.5")).to_have_text(re.compile(r"^[01]\.\d{3}$"))
    expect(metric(page, "Validation mAP at IoU 0.5, last epoch")).to_be_visible()
    no_failure(page)


def _evaluate(page: Page, server: Server) -> None:
    page.get_by_role("button", name="Evaluate").click()
    expect(page.get_by_text(re.compile("The model finds .* of .* objects"))).to_be_visible()
    page.get_by_role("radio", name="Confusions").click()
    page.wait_for_url(re.compile("section=confusion"))
    (run,) = runs(server.home / "runs")
    score = run.report().test.detection
    assert score
    numbers = range(len(score.labels) + 1)
    count, row, column = max((score.confusion[i][j], i, j) for i in numbers for j in numbers if i != j)
    assert count, "it made no mistake"
    _click(page, row * len(numbers) + column)
    chosen = page.get_by_label("Objects in the cell")
    expect(chosen).to_have_value(re.compile(rf"\({count}\)"))
    expect(page.get_by_test_id("stImage").first).to_be_visible()
    no_failure(page)
    page.wait_for_timeout(HAND)
    page.get_by_text("Open on Predict").first.click()


def _predict(page: Page) -> None:
    page.wait_for_url(re.compile("/predict"))
    expect(page.get_by_text(re.compile(r"\d of 2 found"))).to_be_visible(timeout=LONG)
    expect(page.get_by_test_id("stImage")).to_have_count(2)
    page.get_by_role("button", name="Test picture 1", exact=True).click()
    expect(page.get_by_text(re.compile(r"\d of 2 found"))).to_be_visible()
    page.get_by_text("Show the boxes").click()
    expect(page.get_by_text("What is there")).to_be_visible()
    no_failure(page)


def _click(page: Page, cell: int) -> None:
    """Click a cell of the chart; as a hand does, only after the chart has marked it."""
    cells = page.locator("[class*=st-key-confusion_] svg path[fill^='rgb(']:not([fill-opacity='0'])")
    expect(cells).to_have_count((len(COLOURS) + 1) ** 2)
    at_rest(page)
    place = cells.nth(cell).bounding_box()
    assert place is not None
    page.mouse.move(place["x"] + 0.85 * place["width"], place["y"] + 0.85 * place["height"])
    expect(page.get_by_text(re.compile("objects, .* % of it"))).to_be_visible()
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    page.mouse.down()
    page.mouse.up()
