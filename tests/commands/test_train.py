"""`train` and `resume`: the exact files, the last line, and one sentence for each mistake."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.fixtures.tiny_training import Graft, Trained, draw, small
from tlcore.commands.train import ENDS
from tlcore.config import PRESETS
from tlcore.config.augmentation import AugmentationConfig
from tlcore.runs.metrics import epochs
from tlcore.runs.queue import turn
from tlcore.runs.run import Run
from tlcore.runs.workers.backend import BACKEND
from tlcore.workspace import Workspace


def test_a_finished_run_is_exactly_these_files(trained: Trained) -> None:
    files = {str(p.relative_to(trained.folder)) for p in trained.folder.rglob("*")}
    assert files - {"take-home.zip", "exports"} - {f for f in files if f.startswith("exports/")} == {
        ".lock",
        "checkpoints",
        "config.json",
        "features.npz",
        "labels.json",
        "metrics.jsonl",
        "model.keras",
        "report.json",
        "status.json",
        "study.json",
        "train.log",
    }


def test_any_program_can_read_them(trained: Trained) -> None:
    status = json.loads((trained.folder / "status.json").read_text())
    assert (status["state"], status["attempt"]) == ("done", 1) and status["device"].startswith("CPU")
    assert json.loads((trained.folder / "labels.json").read_text(encoding="utf-8")) == [
        "amber",
        "blue",
        "röd",
    ]
    rows = [json.loads(line) for line in (trained.folder / "metrics.jsonl").read_text().splitlines()]
    ends = epochs(rows)
    assert [row["epoch"] for row in ends] == [1, 2, 3, 4]
    assert {"epoch", "loss", "accuracy", "val_loss", "val_accuracy", "learning_rate"} <= set(ends[0])
    assert "training on CPU" in (trained.folder / "train.log").read_text()
    assert "oneDNN" not in (trained.home / "said.json").read_text()


def test_the_last_line_says_what_came_out(trained: Trained) -> None:
    said = json.loads((trained.home / "said.json").read_text().splitlines()[-1])
    report = trained.run.report()
    assert said["state"] == "done" and said["n"] == report.test.n == 6
    assert said["accuracy"] == report.test.accuracy and said["epochs"] == 4


def test_a_run_that_is_there_is_kept(graft: Graft, trained: Trained) -> None:
    before = (trained.folder / "status.json").read_bytes()
    said = graft.call("train", trained.data, "--out", trained.folder)
    assert (said.code, said.out) == (2, "") and "run in that folder already" in said.err
    said = graft.call("resume", trained.folder)
    assert said.code == 2 and "finished" in said.err
    assert (trained.folder / "status.json").read_bytes() == before


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--backbone", "efficientnet_lite9"], "efficientnet_lite0"),
        (["--unfreeze", "1000"], "blocks to unfreeze"),
        (["--unfreeze", "-1"], "$.unfreeze"),
        (["--unfreeze", "some"], "a number of blocks, or all"),
        (["--head", "12,x"], "128,64"),
        (["--head", "0,5"], "$.head.hidden"),
        (["--dropout", "1.5"], "$.head.dropout"),
        (["--epochs", "0"], "$.training.epochs"),
        (["--seed", "-1"], "$.seed"),
        (["--views", "33"], "$.augmentation.views"),
        (["--config", "missing.json"], "cannot be read"),
        (["--config", "wrong.json"], "learning_speed"),
        (["--config", "wrong.json", "--preset", "tutorial"], "not allowed with"),
        (["--preset", "best"], "invalid choice"),
        (["--start-from", "nowhere"], "no run in that folder"),
    ],
)
def test_a_setting_that_cannot_be_is_one_sentence(
    graft: Graft, coloured: Path, options: list[str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(graft.home)
    (graft.home / "wrong.json").write_text('{"training": {"learning_speed": 3}}')
    answer = graft.call("train", coloured, "--out", "run", *options)
    assert (answer.code, answer.out) == (2, "")
    assert said in answer.err and answer.err.count("\n") == 1 and "Traceback" not in answer.err
    assert not (graft.home / "run").exists()


def test_data_that_cannot_be_used_start_no_run(graft: Graft) -> None:
    draw(graft.home / "one", classes=("amber",))
    for data, words in (
        (graft.home / "one", "only one class"),
        (graft.home / "none", "nothing at that path"),
    ):
        answer = graft.call("train", data, "--out", graft.home / "run")
        assert answer.code == 2 and words in answer.err
    assert not (graft.home / "run").exists()


def test_a_place_that_cannot_be_written_is_one_sentence(graft: Graft, coloured: Path) -> None:
    (graft.home / "file").write_text("")
    answer = graft.call("train", coloured, "--out", graft.home / "file" / "run")
    assert answer.code == 2 and "could not be used" in answer.err and answer.err.count("\n") == 1


def test_options_win_over_the_file_and_are_written_down(
    graft: Graft, coloured: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with turn(Workspace().queue, "somebody else", lambda ahead: False):
        process = graft.spawn(
            *graft.train_command(coloured, "run", small(seed=3)),
            *("--seed", 4, "--head", "none", "--views", 2, "--no-cache"),
        )
        _wait_for_state(Run(graft.home / "run"), "queued", process)
        config = Run(graft.home / "run").config()
        assert (config.seed, config.head.hidden, config.cache, config.input_size) == (4, (), False, 64)
        assert config.augmentation == AugmentationConfig(views=2, flip=True, mixup=0.0)
        assert config.training.learning_rate is not None
        process.kill()
        process.communicate()


def test_interrupted_in_the_queue_it_is_cancelled(graft: Graft, coloured: Path) -> None:
    run = Run(graft.home / "run")
    with turn(Workspace().queue, "somebody else", lambda ahead: False):
        process = graft.spawn(*graft.train_command(coloured, "run", small()), "--json")
        _wait_for_state(run, "queued", process)
        answer = graft.call("resume", run.folder)
        assert answer.code == 2 and "at work already" in answer.err
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (128 + signal.SIGINT, "")
    assert json.loads(out)["state"] == BACKEND.status(run).state == "cancelled"


def _wait_for_state(run: Run, state: str, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 60
    while BACKEND.status(run).state != state or "Waiting for another" not in BACKEND.status(run).message:
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.02)


def test_stopped_before_there_is_anything_to_keep(graft: Graft, coloured: Path) -> None:
    """`resume` starts a run that never started; the stop comes while TensorFlow is loaded."""
    from tlcore.graft import pipeline

    run = Run(graft.home / "run")
    with pytest.MonkeyPatch.context() as patch:
        original = pipeline.build_network

        def asked_meanwhile(*arguments: object) -> object:
            run.request_stop()
            return original(*arguments)

        patch.setattr(pipeline, "build_network", asked_meanwhile)
        said = graft.train(coloured, "run", small())
    assert said.code == 0 and said.json == {"run": str(run.folder), "state": "cancelled"}
    assert BACKEND.status(run).message == ENDS["nothing"][1]
    assert not run.has_model and not run.stop_requested()
    assert not (Workspace().cache / "features").exists()


def test_a_full_disk_is_a_failed_run_with_its_reason(
    graft: Graft, coloured: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tlcore.graft.training import checkpoint

    def full(*_: object) -> None:
        raise OSError(28, os.strerror(28), "epoch.part")

    monkeypatch.setattr(checkpoint, "save", full)
    said = graft.train(coloured, "run", small())
    status = BACKEND.status(Run(graft.home / "run"))
    assert said.code == 2 and "The disk is full." in said.err and "Traceback" not in said.err
    assert status.state == "failed" and "The disk is full." in status.error


def test_the_tutorial_without_a_network_fails_in_clear_words(
    graft: Graft, coloured: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # nobody listens there
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    said = graft.call("train", coloured, "--out", graft.home / "run", "--preset", "tutorial")
    run = Run(graft.home / "run")
    assert said.code == 2 and "could not be downloaded" in said.err and "EfficientNet-Lite0" in said.err
    assert run.config().backbone == PRESETS["tutorial"].backbone
    assert BACKEND.status(run).state == "failed" and "could not be downloaded" in BACKEND.status(run).error
