"""Publishing, to a Hub played on this machine: what arrives there, and what is said when it does not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import huggingface_hub.constants
import pytest

from tests.fixtures.card_run import finished
from tests.fixtures.hub import TOKEN, Hub, hub
from tlcore.errors import PublishError, RunError
from tlcore.export.card.folder import files
from tlcore.export.card.publish import publish
from tlcore.runs.run import Run

REPO = "ours/flowers"


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return finished(tmp_path / "run")


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    with hub(monkeypatch) as one:
        yield one


def said(run: Run, repo: str = REPO, again: bool = False) -> str:
    """What a person is told; never the token."""
    with pytest.raises(PublishError) as failed:
        publish(run, repo, again=again)
    assert TOKEN not in str(failed.value) and str(failed.value).count("\n") == 0
    return str(failed.value)


def test_the_whole_layout_arrives_in_one_commit(run: Run, played: Hub) -> None:
    assert publish(run, REPO, is_private=True) == f"{played.url}/{REPO}"
    assert played.repos == [{"name": "flowers", "organization": "ours", "visibility": "private"}]
    assert played.tokens == {f"Bearer {TOKEN}"}
    sent = {name: c if isinstance(c, bytes) else c.read_bytes() for name, c in files(run).items()}
    assert played.committed == sent


def test_a_repository_that_is_there_is_asked_for(run: Run, played: Hub) -> None:
    played.refusals["/api/repos/create"] = 409
    assert "repository of that name already. Received: ours/flowers. Choose another name" in said(run)
    assert not played.committed
    publish(run, REPO, again=True)
    assert played.committed


@pytest.mark.parametrize("again", [False, True])
def test_the_repository_of_somebody_else_is_refused(run: Run, played: Hub, again: bool) -> None:
    played.refusals |= {"/api/repos/create": 403, "/api/models/theirs/": 403}
    assert "may not write to that repository. Received: theirs/flowers" in said(run, "theirs/flowers", again)


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (401, "does not accept your login. Received: ours/flowers. Log in with `hf auth login`"),
        (400, "refused the model: 400, Bad Request"),
        (500, "refused the model: 500, Internal Server Error"),
    ],
)
def test_a_refusal_is_a_sentence(run: Run, played: Hub, status: int, sentence: str) -> None:
    played.refusals["/api/repos/create"] = status
    assert sentence in said(run)


def test_without_a_login_nothing_is_sent(
    run: Run, played: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", f"{TOKEN} with words")
    assert "Your token for Hugging Face is none" in said(run)
    monkeypatch.delenv("HF_TOKEN")
    monkeypatch.delenv("HUGGING_FACE_HUB_TOKEN", raising=False)
    monkeypatch.setattr(huggingface_hub.constants, "HF_TOKEN_PATH", str(tmp_path / "none"))
    told = said(run)
    assert "You are not logged in" in told and "hf auth login" in told and "--out DIR" in told
    assert not played.tokens


def test_without_a_network_it_says_so(run: Run, played: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", "http://127.0.0.1:9")
    assert "cannot be reached, or the upload broke off. Received: http://127.0.0.1:9" in said(run)
    monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", played.url)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    assert "cannot be reached" in said(run)


@pytest.mark.parametrize(
    "repo", ["flowers", "a/b/c", "ours/ro se", "../flowers", "ours/", "ours/" + "x" * 200]
)
def test_what_is_no_name_is_refused_before_anything_is_sent(run: Run, played: Hub, repo: str) -> None:
    assert "A repository is named OWNER/NAME" in said(run, repo)
    assert not played.tokens


def test_an_unfinished_run_is_not_published(run: Run, played: Hub) -> None:
    run.model.unlink()
    with pytest.raises(RunError, match="no model yet"):
        publish(run, REPO)
    assert not played.tokens
