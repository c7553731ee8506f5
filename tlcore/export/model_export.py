"""An export of a run's model: a job whose folder in the run holds the file and its proof.

`exports/<format>/` holds `status.json`, `train.log`, the file (`model.tflite`, say), and `proof.json`; of
texts also `tokenizer.json`, and of a page whose head counts terms `terms.json`. A file whose proof was
refused is deleted, and the proof says why. What a program needs to know to use the file (`description.py`)
is written when it is taken out: the threshold may be another one by then.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from pathlib import Path

from tlcore import system
from tlcore.config.task import Task
from tlcore.errors import RunError
from tlcore.export.folder.files import text_files
from tlcore.export.formats import description, term_branch, word_pieces
from tlcore.export.formats.formats import Format, get
from tlcore.export.formats.term_branch import TERM_BRANCH
from tlcore.export.formats.word_pieces import WORD_PIECES
from tlcore.export.proof.proof import PROOF, Proof
from tlcore.export.web import page
from tlcore.file_set import PART, write_zip
from tlcore.runs.job import Job
from tlcore.runs.run import Run
from tlcore.runs.workers.backend import any_alive

BESIDE = (word_pieces.FILE, term_branch.FILE)
STOPPED = "The export was stopped."


def kind_of(run: Run) -> tuple[Task, str, bool, int]:
    """All of a run that decides in which formats its model can be written, as `formats_of` takes it."""
    size = run.model.stat().st_size if run.has_model else 0
    return run.task, run.config().backbone, run.counts_terms, size


class ModelExport(Job):
    """The export of a run's model in one format.

    Raises:
        RunError: there is no such format for this model.
    """

    def __init__(self, run: Run, format: str) -> None:
        super().__init__(run.folder / "exports" / format)
        self.run = run
        self.format: Format = get(format, *kind_of(run))

    @property
    def file(self) -> Path:
        return self.folder / self.format.file

    @property
    def command(self) -> list[str]:
        """The words after `python -m tlcore` that make it."""
        return ["export", str(self.run.folder), "--format", self.format.id]

    def proof(self) -> Proof | None:
        """Its proof; None: nothing, or only of a model that the run had before, or of an older page."""
        proof = PROOF.read_or(self.folder / "proof.json", None)
        return proof if proof and proof.edition == self.edition() else None

    def edition(self) -> str:
        """Identifies the run's model, and of a page what is around it: what is older is not offered."""
        around = f" {page.edition()}" if self.format.runtime == "web" else ""
        return self.run.edition() + around

    @property
    def is_offered(self) -> bool:
        """It is there, and proven to answer as the model does."""
        proof = self.proof()
        return bool(proof and not proof.refusal and self.file.exists())

    def was_written(self) -> bool:
        """The file is that of the current model and page; a proof may be missing."""
        with contextlib.suppress(OSError):
            return self.file.exists() and self._edition.read_text() == self.edition()
        return False

    @property
    def _edition(self) -> Path:
        return self.folder / "edition"

    def put(self, part: Path) -> None:
        """Take a finished file, or folder, as this export's, and what splits and counts texts beside it."""
        self.drop()
        for made in (part, *map(part.with_name, BESIDE)):
            if made.exists():
                system.replace(made, self.folder / made.name)
        system.write_atomic(self._edition, self.edition().encode())

    def drop(self) -> None:
        """Delete the file and its proof."""
        (self.folder / "proof.json").unlink(missing_ok=True)
        self.drop_file()

    def drop_file(self) -> None:
        """Delete the file alone: its proof says why."""
        self._edition.unlink(missing_ok=True)
        for made in (self.file, *map(self.folder.joinpath, BESIDE)):
            remove(made)

    def bytes(self) -> int:
        """The size of the file, or of all in the folder; of a page with its vocabulary and terms."""
        if self.format.is_folder:
            return system.folder_bytes(self.file)
        inside = map(self.folder.joinpath, BESIDE if self.format.runtime == "web" else ())
        return sum(file.stat().st_size for file in (self.file, *inside) if file.exists())

    def take_out(self, target: Path) -> None:
        """Copy the file to `target`, and its description beside it (into it, if it is a folder or a page).

        Beside a page comes the service worker by which browsers keep it, unless there is one; beside a file
        that takes token ids its vocabulary.

        Raises:
            RunError: it is not offered.
        """
        if not self.is_offered:
            raise RunError("This export is not ready.", received=self.format.id, remedy="Make it first.")
        part = target.with_name(f".{target.name}.part")
        remove(part)
        try:
            self._fill(part, target)
            system.replace(part, target)
        finally:
            remove(part)

    def _fill(self, part: Path, target: Path) -> None:
        """Write the file to `part`, with its description; beside `target` what is beside it."""
        pieces = WORD_PIECES.read_or(self.folder / word_pieces.FILE, None)
        vocabulary = target.with_name(f"{target.stem}-vocabulary.txt")
        name = "" if self.format.runtime == "web" else vocabulary.name
        terms = TERM_BRANCH.read_or(self.folder / term_branch.FILE, None)
        said = description.as_json(description.describe(self.run, self.format, pieces, name, terms))
        if self.format.is_folder:
            shutil.copytree(self.file, part)
            inside = text_files(self.run, self.format) if self.format.inside else {}
            for name, content in ({"description.json": said} | inside).items():
                (part / name).write_bytes(content)
            remove(target)
        elif self.format.runtime == "web":
            part.write_bytes(page.with_description(self.file.read_bytes(), said))
            if not (beside := target.with_name(page.SERVICE_WORKER)).exists():  # it may be another site's
                shutil.copyfile(page.FOLDER / page.SERVICE_WORKER, beside)
        else:
            shutil.copyfile(self.file, part)
            system.write_atomic(target.with_suffix(".json"), said)
            if pieces:
                system.write_atomic(vocabulary, "".join(f"{one}\n" for one in pieces.vocabulary).encode())

    def pack(self) -> Path:
        """A ZIP of the file and its description, made anew: the threshold may be another one by now.

        Raises:
            RunError: it is not offered.
        """
        with tempfile.TemporaryDirectory(dir=self.folder, prefix=PART) as folder:
            self.take_out(Path(folder) / self.format.file)
            taken = [file for file in sorted(Path(folder).rglob("*")) if file.is_file()]
            names = (file.relative_to(folder).as_posix() for file in taken)
            return write_zip(self.folder / "download.zip", zip(names, taken, strict=True))


def remove(place: Path) -> None:
    """Delete a file or folder, if it is there."""
    if place.is_dir() and not place.is_symlink():
        shutil.rmtree(place)
    else:
        place.unlink(missing_ok=True)


def is_busy(run: Run) -> bool:
    """Tell whether one of its exports is being made."""
    jobs = (Job(status.parent) for status in (run.folder / "exports").glob("*/status.json"))
    return any_alive(jobs)
