"""A whole run on texts whose words say what the backbone does not: counted, saved, asked, written as code."""

from __future__ import annotations

import csv
import runpy
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import msgspec
import numpy as np
import pytest

from tests.fixtures.models_in_memory import models_in_memory  # noqa: F401 (a fixture)
from tests.fixtures.tiny_training import Graft, in_workspace
from tlcore.config import RunConfig
from tlcore.errors import RunError
from tlcore.export.hand_on import contents, keras_file, trial
from tlcore.export.hand_on.opening import Opening
from tlcore.export.hand_on.pack import pack, parts_of
from tlcore.export.model_export import ModelExport
from tlcore.graft.inputs.text_rows import TextRows
from tlcore.graft.network import count_branch
from tlcore.graft.predict.predictor import load
from tlcore.graft.training import open_head
from tlcore.graft.training.run_context import RunContext, StopRequested
from tlcore.heads import term_choice
from tlcore.runs.job import Reporter
from tlcore.runs.run import Run
from tlcore.workspace import Workspace

SORTS = ("🥰", "🤬", "🦄")  # which the tokenizer of MiniLM does not know: to it they are all alike
OTHERS = ("the", "sea", "a", "house", "big", "red", "we", "saw", "some", "old", "boat", "tree", "road")


def sentence(sort: str, random: np.random.Generator) -> str:
    """Words in no order, one of which tells the class."""
    return " ".join(random.permutation([sort, *random.choice(OTHERS, 8)]))


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory, fetched: Path, short_minilm: str) -> Run:
    """A run with the recommended recipe on 90 rows of words. Only read it."""
    home = tmp_path_factory.mktemp("counted")
    table = home / "words.csv"
    with table.open("w", encoding="utf-8", newline="") as file:
        random = np.random.default_rng(0)
        texts = [(sentence(sort, random), sort) for _ in range(30) for sort in SORTS]
        csv.writer(file).writerows([("text", "label"), *texts])
    with pytest.MonkeyPatch.context() as patch, in_workspace(home, fetched, patch):
        said = Graft(home).train(table, "run", RunConfig(backbone=short_minilm))
        assert said.code == 0, said.err
    return Run(home / "run")


def test_a_run_counts_terms_where_that_helps_and_says_so(counted: Run) -> None:
    report = counted.report()
    assert report.head_choice is not None and report.head_choice.counts is not None
    model = load(counted).model  # it was verified when it was saved
    (branch,) = count_branch.outputs(model)
    assert branch.shape == (None, len(SORTS))
    kernel = model.get_layer(count_branch.BRANCH).get_weights()[0]
    assert len(kernel) == report.head_choice.terms and counted.counts_terms
    assert report.test.accuracy > 0.6  # by chance 0.33


def test_it_answers_strings_and_finds_neighbours(graft: Graft, counted: Run, tmp_path: Path) -> None:
    (tmp_path / "one.txt").write_text(sentence(SORTS[1], np.random.default_rng(1)), encoding="utf-8")
    said = graft.call("predict", counted.folder, tmp_path / "one.txt", "--json")
    assert said.code == 0, said.err
    answer = msgspec.json.decode(said.out.splitlines()[-1])
    assert answer["label"] == SORTS[1] and answer["nearest"]


@pytest.mark.parametrize("format", ["litert", "onnx"])
def test_formats_without_strings_say_no(counted: Run, format: str) -> None:
    with pytest.raises(RunError, match="counts words or letters"):
        ModelExport(counted, format)
    assert all(ModelExport(counted, other).format.id == other for other in ("keras", "web"))


@pytest.mark.parametrize("error", [StopRequested, MemoryError])
def test_a_trial_of_terms_that_ends_early_leaves_the_head_that_is_ready(
    counted: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def stop(*given: object) -> None:
        raise error

    monkeypatch.setattr(term_choice, "choose", stop)
    run = Run.prepare(tmp_path / "run", counted.config())
    context = RunContext(run, run.config(), counted.dataset(), counted.manifest(), Reporter(run))
    features = np.eye(len(SORTS), dtype=np.float32)[context.class_numbers()]
    given = keras.Input((len(SORTS),))
    tail = keras.Model((given,), keras.layers.Dense(len(SORTS), name="logits")(given))
    inputs = TextRows([""] * len(features), None)  # type: ignore[arg-type]
    head = open_head.solve_head(context, tail, lambda rows: (features[rows],), inputs)
    assert head.terms is None and head.choice.counts is None
    assert (tail.predict_on_batch(features).argmax(axis=1) == context.class_numbers()).all()
    assert run.config().head.counts is (error is MemoryError)  # one that was stopped resumes to the same


def test_its_code_counts_the_same(graft: Graft, counted: Run, tmp_path: Path) -> None:
    said = graft.call("code", counted.folder, "--out", tmp_path / "code", "--json")
    assert said.code == 0, said.err
    found = runpy.run_path(str(tmp_path / "code" / "train.py"))
    chances = found["model"].predict(found["x_test"], verbose=0)
    assert np.mean(chances.argmax(axis=1) == found["y_test"]) > 0.6
    assert found["answer"](sentence(SORTS[2], np.random.default_rng(2)))[0] in {SORTS[2], "not sure"}


def test_another_workspace_opens_it(counted: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pack(counted, tmp_path / "sent.graft", with_examples=True)
    monkeypatch.setenv("GRAFT_HOME", str(tmp_path / "elsewhere"))

    def ask(run: Run, paths: Sequence[Path], stopping: object) -> list[trial.TrialAnswer]:
        return [msgspec.convert(answer, trial.TrialAnswer) for answer in load(run).answers(*paths)]

    monkeypatch.setattr(trial, "ask", ask)  # no process of its own
    job = Opening.new(Workspace())
    opened = job.open(tmp_path / "sent.graft", tmp_path / "opened", Reporter(job))
    assert opened.compared == counted.report().test.n
    assert Run(tmp_path / "opened").counts_terms


def test_a_report_that_says_otherwise_of_the_terms_is_refused(counted: Run, tmp_path: Path) -> None:
    folder = tmp_path / "sent"
    for part in parts_of(counted, with_examples=False):
        (folder / part.name).parent.mkdir(parents=True, exist_ok=True)
        (folder / part.name).write_bytes(b"".join(part.pieces()))
    contents.check(folder)
    said = msgspec.json.decode((folder / "report.json").read_bytes())
    other = "words" if said["head_choice"]["counts"] == "characters" else "characters"
    for change in ({"counts": None}, {"terms": 1}, {"counts": other}):
        choice = said["head_choice"] | change
        (folder / "report.json").write_bytes(msgspec.json.encode(said | {"head_choice": choice}))
        with pytest.raises(RunError, match="terms that the model counts"):
            contents.check(folder)


TENSOR = {"class_name": "__keras_tensor__", "config": {"keras_history": ["tokens", 0, 0]}}
FUNCTION = {"module": "builtins", "class_name": "function", "config": "relu", "registered_name": "function"}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("vocabulary", "/etc/passwd"),
        ("vocabulary", None),
        ("vocabulary", TENSOR),
        ("vocabulary", [TENSOR]),
        ("vocabulary", [str(number) for number in range(keras_file.MOST_TERMS + 1)]),
        ("vocabulary", ["a", "b" * keras_file.MOST_LETTERS]),
        ("idf_weights", ["1.0"]),
        ("idf_weights", [1.0]),
        ("idf_weights", TENSOR),
        ("ngrams", 50),
        ("ngrams", 1),
        ("split", "whitespace"),
        ("ngrams", [1, 2]),
        ("split", FUNCTION),
        ("standardize", FUNCTION),
        ("standardize", None),
        ("output_mode", "int"),
        ("max_tokens", 10),
        ("path", "/etc/passwd"),
    ],
)
def test_a_stranger_gives_it_no_other_terms(key: str, value: object, counted: Run) -> None:
    network = keras_file.read(counted.model)
    keras_file.check_network(network)
    settings = _counter(network)["config"]
    assert settings["vocabulary"] and settings.get(key) != value
    settings[key] = value
    if key == "vocabulary" and isinstance(value, list):
        settings["idf_weights"] = [1.0] * len(value)
    with pytest.raises(RunError, match=r"words than those|asks for a file|Graft does not know"):
        keras_file.check_network(network)


def _counter(network: dict[str, Any]) -> dict[str, Any]:
    """The layer that counts terms."""
    (found,) = (
        part
        for part in keras_file.dictionaries(network)
        if part.get("name") == "term_counts" and "module" in part
    )
    return found
