"""Experiments on the Compare page: the form, every state of one, its picture, deleting it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.fixtures.finished_experiments import WRONG, write_experiment, write_status
from tests.fixtures.place_workspace import Placed, placed  # noqa: F401 (a fixture)
from tests.fixtures.text_workspace import Written
from tests.pages.compare.experiments.conftest import NAME
from tests.pages.conftest import Open, delete, words
from tlcore import processes
from tlcore.backbones.weights import weights
from tlcore.errors import RunError
from tlcore.runs.experiments import DESIGNS
from tlcore.runs.experiments.experiment import Experiment, ExperimentKind
from tlcore.runs.job import Status
from tlcore.runs.workers.backend import BACKEND
from tlcore.workspace import Workspace


def shown(at: AppTest) -> str:
    """All that the page says, without the marks that keep names plain."""
    return words(at).replace("\\", "")


def numbers(at: AppTest) -> dict[str, list[object]]:
    """The table of runs, by run."""
    frame = at.dataframe[0].value
    return {row["Run"]: list(row) for _, row in frame.iterrows()}


def test_without_data_the_way_to_them(empty: Open) -> None:
    at = empty("compare", view="experiments")
    assert not at.exception
    assert "Bring some pictures or texts first" in words(at)
    assert [button.label for button in at.button] == ["Go to Data"]


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[list[str]]]:
    """Commands that the page would start."""
    commands: list[list[str]] = []

    def start(job: Experiment, arguments: list[str]) -> None:
        job.folder.mkdir(parents=True, exist_ok=True)
        commands.append(arguments)

    monkeypatch.setattr(BACKEND, "start", start)
    yield commands


def test_each_is_one_click_with_what_it_takes(
    empty: Open, data: Path, started: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    ready = ("efficientnet_lite0", "mobilenet_v2")
    monkeypatch.setattr(weights, "is_ready", lambda backbone: backbone.id in ready)
    for kind, runs, title in (
        ("race", 2, "Backbone race"),
        ("unfreeze", 4, "How much to unfreeze"),
        ("amount", 3, "How many pictures do I need"),
    ):
        at = empty("compare", view="experiments")
        assert "**:material/" in words(at) and title in words(at)
        assert f"{runs} runs, about" in words(at)
        at.button(key=f"start_{kind}").click().run()
        assert not at.exception
        arguments = started.pop()
        folder = Workspace().experiments / arguments[4]
        assert arguments[:4] == ["experiment", kind, str(data), "--out"]
        assert folder.parent == Workspace().experiments and f"-{kind}-" in folder.name
        assert at.query_params["experiment"] == folder.name
        wanted = [] if kind == "race" else ["--backbones", "efficientnet_lite0", "--no-random"]
        assert arguments[5:] == ["--epochs", "40", *wanted]


def test_options_become_the_commands(empty: Open, data: Path, started: list[list[str]]) -> None:
    at = empty("compare", view="experiments")
    at.number_input(key="experiment_epochs").set_value(2)
    at.text_input(key="experiment_sizes").set_value("4; 9,")
    at.selectbox(key="experiment_backbone_images").set_value("mobilenet_v2")
    at.multiselect(key="racers_images").set_value(["resnet50", "vgg16"]).run()
    code = [block.value for block in at.code]
    assert code[0].endswith("--out DIR --epochs 2 --backbones resnet50,vgg16")
    assert code[2].endswith("--epochs 2 --backbones mobilenet_v2 --sizes 4,9 --no-random")
    at.toggle(key="experiment_random").set_value(True).run()
    assert at.code[2].value.endswith("--sizes 4,9")
    at.button(key="start_amount").click().run()
    assert started[0][5:] == ["--epochs", "2", "--backbones", "mobilenet_v2", "--sizes", "4,9"]


def test_what_cannot_be_is_said_on_its_card(empty: Open, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "is_ready", lambda backbone: backbone.id == "mobilenet_v2")
    at = empty("compare", view="experiments")
    assert "A race needs two backbones, and 1 for pictures is ready" in shown(at)
    assert at.button(key="start_race").disabled and not at.button(key="start_unfreeze").disabled
    at.text_input(key="experiment_sizes").set_value("9999").run()
    assert "the largest class has 28" in shown(at)
    assert at.button(key="start_amount").disabled
    at.text_input(key="experiment_sizes").set_value("few").run()
    assert not at.exception and "These are not numbers" in shown(at)
    assert at.button(key="start_amount").disabled and not at.button(key="start_unfreeze").disabled


def test_what_does_not_start_is_said(empty: Open, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(job: object, arguments: object) -> None:
        raise RunError("The work could not be started. The disk is *full*.")

    monkeypatch.setattr(BACKEND, "start", refuse)
    at = empty("compare", view="experiments")
    at.button(key="start_unfreeze").click().run()
    assert not at.exception and "The disk is *full*" in shown(at)


def test_texts_are_spoken_of_as_texts(empty: Open, written: Written, tmp_path: Path) -> None:
    written.copy(tmp_path / "workspace")
    at = empty("compare", view="experiments")
    assert not at.exception
    assert "How many texts do I need" in words(at) and "pictures" not in words(at)
    assert at.selectbox(key="experiment_backbone_texts").value == "minilm_l6"
    assert [field.label for field in at.text_input] == ["Texts per class to try"]


def test_of_detectors_pictures_are_counted_in_all(
    empty: Open,
    placed: Placed,  # noqa: F811
    tmp_path: Path,
) -> None:
    placed.copy(tmp_path / "workspace")
    at = empty("compare", view="experiments", data="pets-boxes")
    assert not at.exception and [field.label for field in at.text_input] == ["Pictures to try"]
    assert not at.button(key="start_amount").disabled


@pytest.mark.parametrize("kind", list(DESIGNS))
def test_a_finished_one_shows_its_sentence_its_numbers_and_its_runs(
    empty: Open, data: Path, kind: ExperimentKind
) -> None:
    experiment = write_experiment(data, kind)
    at = empty("compare", experiment=experiment.id)
    assert not at.exception
    record = experiment.record()
    assert record.verdict in shown(at) and NAME in shown(at)
    table = numbers(at)
    assert list(table) == [arm.label for arm in record.asked.arms]
    for arm, row in zip(record.asked.arms, table.values(), strict=True):
        assert row[1] == "Ready" and row[2] == pytest.approx(100 - WRONG[kind][arm.key])
    assert ("ms per picture" in at.dataframe[0].value) == (kind == "race")
    links = [item for item in at.get("page_link") if "train" in item.proto.page]
    assert len(links) == len(table)
    (curves,) = [item for item in at.get("page_link") if item.proto.label.startswith("Compare these runs")]
    assert curves.proto.query_string.count("flowers") == len(table)


def test_runs_that_were_deleted_are_not_linked(empty: Open, data: Path) -> None:
    experiment = write_experiment(data, "unfreeze")
    for entry in experiment.record().entries[1:]:
        Workspace().discard(experiment.run(entry).folder)
    at = empty("compare", experiment=experiment.id)
    links = [item.proto.label for item in at.get("page_link")]
    assert not at.exception and links == ["All experiments", "nothing"]
    assert len(numbers(at)) == 5


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ({"state": "running", "pid": 2**22 + 1}, "This experiment was interrupted"),
        ({"state": "cancelled", "message": "No run has finished."}, "You stopped this experiment."),
        ({"state": "failed", "error": "No run finished. <b>Disk</b>"}, "No run finished. <b>Disk</b>"),
    ],
)
def test_one_that_did_not_end_can_go_on(
    empty: Open, data: Path, status: dict[str, object], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment = write_experiment(data, "unfreeze", {"nothing": 8, "last": 6})
    write_status(experiment, Status(**status))  # type: ignore[arg-type]
    begun: list[list[str]] = []
    monkeypatch.setattr(BACKEND, "start", lambda job, arguments: begun.append(arguments))
    at = empty("compare", experiment=experiment.id)
    assert not at.exception and said in shown(at)
    assert [row[1] for row in numbers(at).values()] == ["Ready", "Ready", *["Not started"] * 3]
    at.button(key="go_on").click().run()
    assert begun == [["resume", str(experiment.folder)]]


def test_one_at_work_says_how_far_it_is_and_can_be_stopped(empty: Open, data: Path) -> None:
    experiment = write_experiment(data, "unfreeze", {"nothing": 8})
    pid, started = processes.identity()
    write_status(
        experiment,
        Status(
            "running",
            message="the last block: Epoch 2 of *3*",
            done=1,
            total=5,
            seconds_left=200.0,
            pid=pid,
            started=started,
        ),
    )
    at = empty("compare", experiment=experiment.id)
    assert not at.exception
    assert "Run 2 of 5 · about 3 min left" in shown(at)
    assert not [button for button in at.button if button.label.startswith("Delete")]
    at.button(key="stop").click().run()
    assert experiment.stop_requested() and "Stopping at the next safe moment" in shown(at)
    assert [button.label for button in at.button if button.key == "kill"] == ["Stop at once"]

    run = experiment.run(experiment.record().entries[0]).id
    train = empty("train", run=run)
    train.button(key=f"delete_{run}").click().run()
    assert "An experiment is using it" in train.error[0].value


def test_they_are_listed_and_one_that_is_deleted_can_be_brought_back(empty: Open, data: Path) -> None:
    kept, gone = write_experiment(data, "race"), write_experiment(data, "unfreeze")
    at = empty("compare", view="experiments")
    assert not at.exception
    labels = [item.proto.label.replace("\\", "") for item in at.get("page_link")]
    assert sorted(label.split(" · ")[0] for label in labels) == ["Backbone race", "How much to unfreeze"]
    assert kept.record().verdict in shown(at) and gone.record().verdict in shown(at)

    at = empty("compare", experiment=gone.id)
    runs = [gone.run(entry).folder for entry in gone.record().entries]
    delete(at, f"delete_{gone.id}")
    assert not at.exception and not gone.folder.exists() and all(folder.is_dir() for folder in runs)
    assert at.query_params["view"] == "experiments" and "experiment" not in at.query_params
    assert len(at.get("page_link")) == 1
    at.button(key="undo_delete").click().run()
    assert not at.exception and gone.record().verdict in shown(at)


@pytest.mark.parametrize("spoiled", ["{", json.dumps({"asked": 1}), None])
def test_a_spoiled_record_is_an_error_in_words(empty: Open, data: Path, spoiled: str | None) -> None:
    experiment = write_experiment(data, "race")
    experiment.file.unlink() if spoiled is None else experiment.file.write_text(spoiled)
    assert not empty("compare", view="experiments").exception
    at = empty("compare", experiment=experiment.id)
    assert not at.exception and len(at.error) == 1
    delete(at, f"delete_{experiment.id}")
    assert not experiment.folder.exists()


def test_an_address_without_its_experiment(empty: Open, data: Path) -> None:
    at = empty("compare", experiment="../datasets")
    assert not at.exception and "no longer exists" in words(at)
