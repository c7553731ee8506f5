"""A candidate: a model from elsewhere before it is a run. A job with three steps: look, try, use.

Its folder is `cache/candidates/<id>/`. Each step is a process of its own, which writes its result as a file:
`model.keras` (a clean copy) and `facts.json`, then `trial.json`, then `used.json`, which names the run.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec

from tlcore import system
from tlcore.data.dataset import Dataset
from tlcore.data.names import clean_text
from tlcore.errors import RunError, printable
from tlcore.export.hand_on.opening import check_free
from tlcore.foreign import child, file
from tlcore.foreign.facts import ANSWERS, FACTS, ModelAnswers, ModelFacts, checked
from tlcore.foreign.trial import TRIAL, ModelTrial
from tlcore.records import JsonType
from tlcore.runs.job import Job, Reporter
from tlcore.workspace import Workspace, backbone_store, new_id
from tlcore.workspace.refusals import list_folder

LONGEST_NAME = 100  # characters
ASKED = "asked.json"
GONE = "This model is not here any more."
_USED = JsonType(str)


class ModelCandidate(Job):
    """One model from elsewhere, seen by those who watch it."""

    @classmethod
    def new(cls, workspace: Workspace) -> ModelCandidate:
        """One that has a folder, and nothing in it."""
        return cls(workspace.folder("cache", "candidates", new_id("model")))

    @property
    def model(self) -> Path:
        return self.folder / "model.keras"

    def facts(self) -> ModelFacts | None:
        """The facts in its file; None: it was not looked at (yet)."""
        return FACTS.read_or(self.folder / "facts.json", None)

    def require_facts(self) -> ModelFacts:
        """The same.

        Raises:
            RunError: there are none.
        """
        facts = self.facts()
        if facts is None:
            raise RunError(GONE, received=self.id, remedy="Bring its file again.")
        return facts

    def trial(self) -> ModelTrial | None:
        """Its answers to pictures; None: it was not tried (yet)."""
        return TRIAL.read_or(self.folder / "trial.json", None)

    def asked(self) -> ModelAnswers | None:
        """The answers with which a page started its last step; None: there was none."""
        return ANSWERS.read_or(self.folder / ASKED, None)

    def ask_with(self, answers: ModelAnswers) -> Path:
        """Keep the answers for the next step; returns their file."""
        self._write(ASKED, answers)
        return self.folder / ASKED

    def used(self) -> Path | None:
        """The folder of the run that it has become; None: it is none (yet)."""
        found = _USED.read_or(self.folder / "used.json", "")
        return Path(found) if found else None

    def look(self, source: Path, name: str, reporter: Reporter) -> ModelFacts:
        """Copy the file `source`, and find out what it is.

        Raises:
            RunError: it is refused; says why.
        """
        reporter.stage("checking", "Looking at the file")
        file.copy_clean(source, self.model)
        reporter.stage("loading", "Loading the model")
        try:
            shown = printable(clean_text(Path(name).stem), LONGEST_NAME) or "model"
            facts = msgspec.structs.replace(FACTS.convert(self._ask({"step": "look"})), name=shown)
        except BaseException:
            self.model.unlink(missing_ok=True)
            raise
        self._write("facts.json", facts)
        return facts

    def try_on(
        self, answers: ModelAnswers, data: tuple[Dataset, int] | None, reporter: Reporter
    ) -> ModelTrial:
        """Ask the model about pictures: of a data set in one of its versions, or those in `pictures/`.

        Raises:
            GraftError: the answers do not fit the model, there are no pictures for it, or it fails.
        """
        answers = checked(answers, self.require_facts())
        reporter.stage("trying", "Trying the model on pictures")
        words = {"step": "try", "answers": answers} | _of_data(data)
        trial = TRIAL.convert(self._ask(words))
        self._write("trial.json", trial)
        return trial

    def use(
        self, answers: ModelAnswers, data: tuple[Dataset, int] | None, target: Path, reporter: Reporter
    ) -> Path:
        """Make of it the run `target`, scored on a data set if there is one.

        Raises:
            GraftError: the answers do not fit the model, there is something in that place, or it fails.
        """
        answers, run = checked(answers, self.require_facts()), self.folder / "run"
        check_free(target)
        reporter.stage("using", "Making it a run and scoring it" if data else "Making it a run")
        try:
            words = {"step": "use", "answers": answers, "target": str(target)} | _of_data(data)
            self._ask(words)
            check_free(target)
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                shutil.move(run, target)
            except BaseException:
                shutil.rmtree(target, ignore_errors=True)
                raise
        finally:
            shutil.rmtree(run, ignore_errors=True)
            backbone_store.sweep(Workspace().root)  # of one that has become no run
        self._write("used.json", str(target))
        return target

    def _ask(self, request: dict[str, object]) -> object:
        return child.ask(self.folder, request, self.stop_requested)

    def _write(self, name: str, content: object) -> None:
        system.write_atomic(self.folder / name, msgspec.json.encode(content))


def _of_data(data: tuple[Dataset, int] | None) -> dict[str, object]:
    return {"data": str(data[0].folder), "version": data[1]} if data else {}


def candidates(workspace: Workspace) -> list[ModelCandidate]:
    """All that are there, newest first."""
    found = list_folder(workspace.root / "cache" / "candidates")
    return [ModelCandidate(folder) for folder in sorted(found, key=system.age)]
