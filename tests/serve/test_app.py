"""The real server with a real model: answers, refusals, the token, and requests that come together."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.fixtures.accessibility import grave_violations
from tests.fixtures.served import Client, served
from tests.fixtures.tiny_training import Trained
from tlcore.graft.predict.predictor import LoadedModel, load
from tlcore.serve import limits
from tlcore.serve.app import NO_TOKEN, UNEXPECTED
from tlcore.serve.body import NO_FORM, NOTHING, OTHER_KIND, TOO_MANY, TOO_SLOW
from tlcore.serve.inputs import NO_PICTURE
from tlcore.serve.limits import BUSY, TOO_LARGE
from tlcore.serve.service import Service

TOKEN = "a-token-that-nobody-guesses"


@pytest.fixture(scope="module")
def model(trained: Trained) -> LoadedModel:
    return load(trained.run)


@pytest.fixture(scope="module")
def service(trained: Trained, model: LoadedModel) -> Iterator[Service]:
    with closing(Service(trained.run, model)) as service:
        service.warm_up()
        yield service


@pytest.fixture(scope="module")
def client(service: Service) -> Iterator[Client]:
    with served(service) as client:
        yield client


@pytest.fixture
def served_with_token(service: Service) -> Iterator[Client]:
    with served(service, is_local=False, token=TOKEN) as client:
        yield client


def test_the_answers_are_those_of_predict(client: Client, trained: Trained, model: LoadedModel) -> None:
    paths = [trained.path("blue"), trained.path("röd", 3)]
    pictures = [path.read_bytes() for path in paths]
    status, told = client.send(*pictures)
    assert status == 200 and [one.pop("name") for one in told["answers"]] == ["0", "1"]
    encoded = [base64.b64encode(picture).decode() for picture in pictures]
    status, in_json = client.send_json({"pictures": encoded})
    assert status == 200 and [one["name"] for one in in_json["answers"]] == ["picture 1", "picture 2"]
    for answer, expected in zip(told["answers"], model.answers(*paths), strict=True):
        del expected["path"]
        assert answer.pop("sure") is True
        assert answer.keys() == expected.keys() and answer["label"] == expected["label"]
        assert answer["probabilities"] == pytest.approx(expected["probabilities"], abs=1e-5)
    assert [one["label"] for one in in_json["answers"]] == [one["label"] for one in told["answers"]]


def test_one_that_cannot_be_read_does_not_cost_the_others(client: Client, trained: Trained) -> None:
    status, told = client.send(b"no picture", trained.path("blue").read_bytes())
    unread, answer = told["answers"]
    assert status == 200 and set(unread) == {"name", "error"} and "label" in answer


BOMB = b"P6 65536 65536 255\n" + bytes(100)  # a small picture that claims very many pixels


def test_bad_bodies_are_told_so_in_a_sentence(client: Client) -> None:
    for (status, told), expected, sentence in (
        (client.ask("POST", "/predict"), 400, NOTHING),
        (client.send(), 400, NOTHING),
        (client.send(b""), 422, "The file is empty."),
        (client.send(BOMB), 422, "It claims"),
        (client.send(b"<script>"), 422, "It is not a picture"),
        (client.send(*[b"x"] * 65), 413, TOO_MANY),
        (client.send_json({"pictures": [""] * 65}), 413, TOO_MANY),
        (client.send_json(b""), 400, "This JSON cannot be read."),
        (client.send_json(b"[" * 100_000), 400, "This JSON cannot be read."),
        (client.send_json({"pictures": ["#"]}), 400, "base64"),
        (client.send_json({"files": []}), 400, "unknown field"),
        (client.send_json({"texts": ["A text"]}), 422, NO_PICTURE),
        (client.ask("POST", "/predict", b"x", Content_Type="multipart/form-data"), 400, NO_FORM),
        (client.ask("POST", "/predict", b"x", Content_Type="multipart/form-data; boundary=y"), 400, NO_FORM),
        (client.ask("POST", "/predict", b"x", Content_Type="image/png"), 415, OTHER_KIND),
        (client.ask("GET", "/predict"), 405, "Method Not Allowed."),
        (client.ask("GET", "/../etc/passwd"), 404, "There is nothing at this address."),
    ):
        assert status == expected and set(told) == {"error"} and sentence in told["error"], (sentence, told)
    assert client.ask("GET", "/health")[1]["waiting"] == 0


def test_too_large_is_said_before_it_is_read_and_after(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MOST_BYTES", 2_000_000)
    for body in (b"x" * 3_000_000, iter([b"x" * 100_000] * 30)):  # one that is announced, and one that is not
        assert client.ask("POST", "/predict", body, Content_Type="application/json") == (
            413,
            {"error": TOO_LARGE},
        )


def test_a_body_that_does_not_come_is_not_waited_for(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tlcore.serve.body.PATIENCE", 0.05)
    monkeypatch.setattr(limits, "DRAIN", 0.05)
    asked = client.ask("POST", "/predict", b"{", Content_Type="application/json", Content_Length="2")
    assert asked == (408, {"error": TOO_SLOW})


class Gate:
    """Lets the model answer once all that it is to see waits for it."""

    def __init__(self, service: Service, count: int, monkeypatch: pytest.MonkeyPatch) -> None:
        self.is_open, self.sizes = threading.Event(), list[int]()
        submit, answer = service.batcher.submit, service.batcher._answer_batch
        waiting = []

        def count_up(given: Any) -> Any:
            future = submit(given)
            waiting.append(future)
            if len(waiting) == count:
                self.is_open.set()
            return future

        def answer_batch(fields: Sequence[Any], batch: np.ndarray) -> Any:
            assert self.is_open.wait(60)
            self.sizes.append(len(batch))
            return answer(fields, batch)

        monkeypatch.setattr(service.batcher, "submit", count_up)
        monkeypatch.setattr(service.batcher, "_answer_batch", answer_batch)


def test_requests_that_come_together_are_answered_together(
    client: Client, service: Service, trained: Trained, model: LoadedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate(service, 12, monkeypatch)
    paths = [trained.path(label, number) for label in ("amber", "blue", "röd") for number in range(4)]
    with ThreadPoolExecutor(12) as threads:
        told = list(threads.map(client.send, [path.read_bytes() for path in paths]))
    chances = [one["answers"][0]["confidence"] for status, one in told if status == 200]
    assert chances == pytest.approx([one["confidence"] for one in model.answers(*paths)], abs=1e-5)
    assert sum(gate.sizes) == 12 and len(gate.sizes) <= 2


def test_who_comes_when_much_waits_is_told_to_come_again(
    client: Client, service: Service, trained: Trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, picture = Gate(service, 3, monkeypatch), trained.path("blue").read_bytes()
    monkeypatch.setattr(limits, "MOST_WAITING", 3)
    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(client.send, picture, picture)
        while client.ask("GET", "/health")[1]["waiting"] < 2:
            pass
        assert client.send(picture, picture) == (429, {"error": BUSY})
        assert client.send(picture)[0] == first.result()[0] == 200
    assert gate.is_open.is_set() and client.send(picture)[0] == 200


def test_a_failure_of_ours_is_said_without_its_details(
    client: Client, service: Service, trained: Trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> Any:
        raise failure

    monkeypatch.setattr(service.batcher, "_answer_batch", fail)
    picture = trained.path("blue").read_bytes()
    failure: Exception = KeyError("a secret")
    assert client.send(picture) == (500, {"error": UNEXPECTED})
    failure = MemoryError()
    status, told = client.send(picture)
    assert status == 503 and "not enough memory" in told["error"]


def test_other_sites_may_not_ask(client: Client) -> None:
    own = f"http://127.0.0.1:{client.port}"
    assert client.ask("GET", "/health", Origin=own)[0] == 200
    for headers in ({"Host": "evil.example"}, {"Origin": "http://evil.example"}, {"Origin": "null"}):
        for method, path in (("GET", "/health"), ("POST", "/predict"), ("GET", "/")):
            status, told = client.ask(method, path, **headers)
            assert status == 403 and set(told) == {"error"}


def test_a_token_opens_the_answers_and_nothing_else_does(served_with_token: Client, trained: Trained) -> None:
    picture = trained.path("blue").read_bytes()
    assert served_with_token.send(picture)[0] == 200
    assert served_with_token.ask("GET", "/labels", Host="any.example")[0] == 200
    other = Client(served_with_token.port)
    for token in ("", TOKEN[:-1], f"{TOKEN}x", "ü" * 20):
        headers = {"Authorization": f"Bearer {token}".encode().decode("latin-1")} if token else {}
        for method, path in (("POST", "/predict"), ("GET", "/labels")):
            assert other.ask(method, path, b"{}", **headers) == (401, {"error": NO_TOKEN})
        assert other.ask("GET", "/health")[0] == 200


def test_what_it_says_of_itself(client: Client, trained: Trained) -> None:
    assert client.ask("GET", "/labels")[1] == {
        "task": "images",
        "labels": list(trained.run.labels()),
        "threshold": 0.0,
    }
    paths = client.ask("GET", "/openapi.json")[1]["paths"]
    assert set(paths) == {"/health", "/labels", "/predict"}
    asked = paths["/predict"]["post"]
    assert set(asked["requestBody"]["content"]) == {"multipart/form-data", "application/json"}
    assert {"400", "401", "413", "422", "429"} <= set(asked["responses"])


def test_a_person_can_try_it(served_with_token: Client, trained: Trained, browser_page: Page) -> None:
    page, answer = browser_page, browser_page.get_by_role("status")
    page.goto(f"http://127.0.0.1:{served_with_token.port}/")
    expect(page.get_by_role("heading", name="POST /predict")).to_be_visible()
    expect(page.get_by_text("413: The body has too many bytes or inputs")).to_be_visible()
    page.get_by_label("Files").set_input_files([trained.path("blue")])
    page.get_by_role("button", name="Ask").click()
    expect(answer).to_contain_text("Authorization: Bearer TOKEN")
    page.get_by_label("Token").fill(TOKEN)
    page.get_by_role("button", name="Ask").click()
    expect(answer).to_contain_text('"name": "00.png"')
    expect(answer).to_contain_text('"probabilities"')
    assert grave_violations(page) == []
