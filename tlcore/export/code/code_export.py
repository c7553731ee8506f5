"""The code of a run as a download: a job where its backbone has to be written first, else at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tlcore.errors import RunError
from tlcore.export.code.files import files
from tlcore.export.code.values import is_by_name
from tlcore.file_set import Content, write_folder, write_zip
from tlcore.runs.job import Job
from tlcore.runs.run import Run

BACKBONE = "backbone.keras"


class CodeExport(Job):
    """`exports/code/` of a run: `status.json`, `train.log` and the backbone."""

    def __init__(self, run: Run) -> None:
        super().__init__(run.folder / "exports" / "code")
        self.run = run

    @property
    def backbone(self) -> Path:
        return self.folder / BACKBONE

    @property
    def command(self) -> list[str]:
        """The words after `python -m tlcore` that write the backbone."""
        return ["code", str(self.run.folder)]

    @property
    def is_ready(self) -> bool:
        """Nothing has to be written first."""
        return is_by_name(self.run.config()) or self.backbone.is_file()

    def write(self, target: Path, with_pictures: bool) -> None:
        """Write the whole of it into a new folder.

        Raises:
            RunError: it is not ready, there is no code of this run, or too many pictures.
            DataError: its data are gone.
        """
        write_folder(target, self._all(with_pictures))

    def pack(self, with_pictures: bool) -> Path:
        """A ZIP of the whole; errors as for `write`."""
        name = "with-pictures.zip" if with_pictures else "code.zip"
        return write_zip(self.folder / name, self._all(with_pictures))

    def _all(self, with_pictures: bool) -> Iterator[tuple[str, Content]]:
        if not self.is_ready:
            raise RunError("The code is not ready.", received=self.run.id, remedy="Write its backbone first.")
        yield from files(self.run, with_pictures)
        if not is_by_name(self.run.config()):
            yield BACKBONE, self.backbone
