"""The effects of deleting an entry, as sentences for the dialog: what is deleted with it and what stays."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from pages.components.shared.selection.run_names import run_label
from pages.components.shared.selection.selection import manifest_of
from pages.components.shared.text import counted, size
from tlcore.data.dataset import Dataset
from tlcore.data.task_words import WORDS
from tlcore.errors import GraftError
from tlcore.people import sharing
from tlcore.runs.batches.batch import Batch, batches
from tlcore.runs.experiments.experiment import Experiment, experiments
from tlcore.runs.external_test import ExternalTest, external_tests_of
from tlcore.runs.run import Run, runs
from tlcore.workspace import Workspace
from tlcore.workspace.home import is_shared

NAMED = 5  # runs
ALL = "Everything in its folder is deleted."


def of(folder: Path) -> list[str]:
    """Lines of Markdown; only `ALL` for an entry that cannot be read."""
    try:
        lines = _EFFECTS[folder.parent.name](folder)
    except GraftError:
        lines = [ALL]
    if is_shared() and sharing.shared_since(folder) is not None:
        lines.append("Nobody can copy it any more; copies that others made stay.")
    return lines


def _dataset(folder: Path) -> list[str]:
    dataset = Dataset(folder)
    manifest = manifest_of(dataset)
    words = WORDS[manifest.task]
    examples = counted(len(manifest.examples) + len(manifest.aside), words.one, words.many)
    classes = counted(len(manifest.classes), "class", "classes")
    lines = [f"Deletes {examples} in {classes} and {counted(manifest.version, 'version')}."]
    trained = [run for run in runs(Workspace().runs) if _uses(run, str(folder))]
    done = [run for run in trained if run.has_model]
    if done:
        lines.append(
            f"{_run_list(done)} trained on it: the models stay and work as before, but their pages can no "
            f"longer show its {words.many}, and they cannot train further on it."
        )
    if open_ := [run for run in trained if not run.has_model]:
        lines.append(f"{_run_list(open_)} cannot go on without it.")
    asked = [one for one in experiments(Workspace().experiments) if _is_about(one, str(folder))]
    if asked:
        lines.append(f"Its results stay in {counted(len(asked), 'experiment')}.")
    return lines


def _uses(run: Run, data: str) -> bool:
    try:
        return run.config().data == data
    except GraftError:
        return False


def _is_about(experiment: Experiment, data: str) -> bool:
    try:
        return experiment.record().asked.config.data == data
    except GraftError:
        return False


def _run_list(found: Iterable[Run]) -> str:
    """These runs in a sentence, the first few by name."""
    names = [run_label(run.id) for run in found]
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"{counted(len(names), 'run')} ({', '.join(names[:NAMED])}{more})"


def _run(folder: Path) -> list[str]:
    run = Run(folder)
    lines = ["Deletes its settings, curves and log."]
    if run.has_model:
        model = size(run.model.stat().st_size)
        lines = [f"Deletes its model ({model}) with its report, curves and exports."]
    if tests := external_tests_of(run):
        lines.append(f"Deletes {counted(len(tests), 'test')} on other data.")
    if asked := batches(Workspace().batches, run):
        lines.append(f"{counted(len(asked), 'batch', 'batches')} of its answers can no longer be opened.")
    later = [one for one in runs(Workspace().runs) if _starts_from(one, str(folder))]
    if finished := [one for one in later if one.has_model]:
        lines.append(f"{_run_list(finished)} started from it and stay as they are.")
    if waiting := [one for one in later if not one.has_model]:
        lines.append(f"{_run_list(waiting)} started from it and cannot go on without it.")
    if any(_has_arm(one, folder) for one in experiments(Workspace().experiments)):
        lines.append("It belongs to an experiment, which keeps its numbers.")
    if _is_from_elsewhere(run):
        lines.append("The network that it came with stays until no run needs it.")
    return [*lines, "Its data set stays."]


def _is_from_elsewhere(run: Run) -> bool:
    try:
        return run.is_from_elsewhere
    except GraftError:
        return False


def _starts_from(run: Run, folder: str) -> bool:
    try:
        return run.config().start_from == folder
    except GraftError:
        return False


def _has_arm(experiment: Experiment, folder: Path) -> bool:
    try:
        entries = experiment.record().entries
    except GraftError:
        return False
    return any(entry.run and experiment.run(entry).folder.resolve() == folder.resolve() for entry in entries)


def _experiment(folder: Path) -> list[str]:
    experiment = Experiment(folder)
    there = [
        entry for entry in experiment.record().entries if entry.run and experiment.run(entry).folder.is_dir()
    ]
    return ["Deletes its picture and its result.", f"Its {counted(len(there), 'run')} and the data set stay."]


def _test(folder: Path) -> list[str]:
    outcome = ExternalTest(folder).outcome()
    asked = counted(outcome.score.n if outcome else 0, "example")
    return [f"Deletes its answers for {asked} and its copies of them.", "The model stays."]


def _batch(folder: Path) -> list[str]:
    return [
        f"Deletes {counted(len(Batch(folder).rows()), 'answer')} and the small pictures.",
        "The model stays.",
    ]


_EFFECTS: dict[str, Callable[[Path], list[str]]] = {
    "datasets": _dataset,
    "runs": _run,
    "experiments": _experiment,
    "tests": _test,
    "batches": _batch,
}
