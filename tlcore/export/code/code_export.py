"""The code of a run as a download: a job where networks have to be written first, else at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tlcore.errors import RunError
from tlcore.export.code.common.values import beside
from tlcore.export.code.files import files
from tlcore.file_set import Content, write_folder, write_zip
from tlcore.runs.job import Job
from tlcore.runs.run import Run


class CodeExport(Job):
    """`exports/code/` of a run: `status.json`, `train.log` and the networks it begins with."""

    def __init__(self, run: Run) -> None:
        super().__init__(run.folder / "exports" / "code")
        self.run = run

    @property
    def networks(self) -> tuple[Path, ...]:
        """The files with networks that the code begins with."""
        return tuple(self.folder / name for name in beside(self.run.config()))

    @property
    def command(self) -> list[str]:
        """The words after `python -m tlcore` that write the networks."""
        return ["code", str(self.run.folder)]

    @property
    def is_ready(self) -> bool:
        """Nothing has to be written first."""
        return all(file.is_file() for file in self.networks)

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
            raise RunError("The code is not ready.", received=self.run.id, remedy="Write its networks first.")
        yield from files(self.run, with_pictures)
        yield from ((file.name, file) for file in self.networks)
