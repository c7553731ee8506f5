"""Boxes and areas go home: as files, and as pages that in Chromium draw what their model answers."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import Browser, expect

from tests.export.conftest import made
from tests.fixtures.accessibility import grave_violations
from tests.fixtures.browser import complaints
from tests.fixtures.web_page import TakenPage, proven_page
from tlcore.data.images.placement import letterbox
from tlcore.data.manifest import Example
from tlcore.evaluate.segmentation.class_maps import likeliest
from tlcore.export import writers
from tlcore.export.model_export import ModelExport
from tlcore.export.proof import answers
from tlcore.export.proof.examples import ProofExamples
from tlcore.export.runtimes import open_model

# A camera for a browser without one: it shows the picture on the page.
CAMERA = """() => { navigator.mediaDevices.getUserMedia = async () => {
  const picture = document.querySelector('#picture'), canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [picture.naturalWidth, picture.naturalHeight];
  const pen = canvas.getContext('2d');
  setInterval(() => pen.drawImage(picture, 0, 0), 50);
  return canvas.captureStream();
}; }"""


class Asked:
    """A page that was opened, and what its model says to each of the validation and test pictures."""

    def __init__(self, export: ModelExport, page: TakenPage) -> None:
        self.run, self.page = export.run, page
        examples = ProofExamples(self.run)
        self.examples = examples.all
        self.files = [examples.dataset.file(example.sha256) for example in self.examples]
        self.row = [example.height for example in self.examples].index(96)  # not square, with objects
        model = open_model("web", export.file)  # proven to answer as the run's own
        self.expected = np.concatenate([model(*inputs) for inputs in examples.questions().inputs()])

    def compare(self) -> None:
        found = [self.page.numbers(file.read_bytes()) for file in self.files]
        numbers = np.reshape(found, self.expected.shape)
        agreement = answers.of(self.run.task).agreement(self.run, self.examples, numbers, self.expected)
        assert agreement.same == agreement.n == len(self.files) == 8 and agreement.largest < 1e-3


@pytest.fixture(scope="module", params=["detector", "segmenter"])
def asked(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    browser: Browser,
    models: None,
) -> Iterator[Asked]:
    folder = tmp_path_factory.mktemp(request.param)
    export = proven_page(request.getfixturevalue(f"trained_{request.param}"), folder / "run")
    proof = export.proof()
    assert proof is not None and proof.refusal == ""
    export.take_out(folder / "page.html")
    page = browser.new_page()
    wrong = complaints(page)
    taken = TakenPage(page, (folder / "page.html").as_uri())
    taken.wait_until_ready()
    yield Asked(export, taken)
    page.context.close()
    assert wrong == taken.asked == []


def test_the_answers_are_those_of_the_model(asked: Asked) -> None:
    asked.compare()


def test_they_go_home_as_litert_too(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    run = asked.run
    proof = made(run, "litert")
    assert proof.refusal == "" and proof.same == proof.n > 0
    assert proof.splits["test"].score_before == pytest.approx(run.report().test.accuracy, abs=1e-3)
    monkeypatch.setattr(writers, "write", unwanted)  # the file is at hand for the folder
    folder = made(run, "folder-litert")
    assert folder.refusal == "" and folder.same == folder.n == proof.n


def unwanted(*ignored: object) -> None:
    raise AssertionError("it was written already")


def test_they_are_drawn_where_they_are_in_the_picture(asked: Asked) -> None:
    example, expected = asked.examples[asked.row], asked.expected[asked.row]
    (said,) = asked.page.answers([asked.files[asked.row]])
    assert (said["width"], said["height"]) == (example.width, example.height)
    if asked.run.task == "segmentation":
        check_map(asked.page, example, expected)
    else:
        check_boxes(asked.page, said["boxes"], boxes_of(expected, example, asked.run.threshold()))
    assert grave_violations(asked.page.page) == []


def check_map(taken: TakenPage, example: Example, expected: np.ndarray) -> None:
    own = likeliest(expected, example.width, example.height)
    assert (taken.last_map() == own).mean() > 0.999 and len(np.unique(own)) > 1
    names = taken.page.locator("#bars .name").all_inner_texts()
    assert len(names) == len(np.unique(own))


def boxes_of(numbers: np.ndarray, example: Example, threshold: float) -> np.ndarray:
    """Left, top, right, bottom and score in pixels of the picture, the surest first."""
    there = numbers[numbers[:, 4] >= threshold]
    back = letterbox(example.width, example.height, 128).boxes_back(there[:, :4])
    return np.column_stack([np.clip(back, 0, (example.width, example.height) * 2), there[:, 4]])


def check_boxes(taken: TakenPage, found: list[dict[str, float]], expected: np.ndarray) -> None:
    edges = [[one[key] for key in ("left", "top", "right", "bottom", "score")] for one in found]
    assert len(edges) and np.allclose(edges, expected, atol=0.05)
    marks, frame = taken.page.locator(".box"), taken.page.locator("#picture").bounding_box()
    mark = marks.last.bounding_box()  # the surest is on top
    assert marks.count() == len(edges) and frame and mark
    assert mark["x"] - frame["x"] == pytest.approx(edges[0][0] / found_width(taken) * frame["width"], abs=2)


def found_width(taken: TakenPage) -> float:
    return float(taken.page.evaluate("heard.at(-1).width"))


def test_they_are_drawn_over_the_camera_too(asked: Asked) -> None:
    page = asked.page.page
    (still,) = asked.page.answers([asked.files[asked.row]])
    page.evaluate(CAMERA)
    page.get_by_role("button", name="Use the camera").click()
    live = asked.page.heard(3)[-1]
    assert live["isLive"] and live["head"] == still["head"]
    assert page.locator(".box").count() == len(live.get("boxes", ()))
    page.keyboard.press("Escape")
    expect(page.locator(".box")).to_have_count(0)
    assert page.evaluate("document.querySelector('#areas').width") == 1
