"""The code of a run as a download: a job where its backbone has to be written first, else at once."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from tlcore import system
from tlcore.errors import RunError
from tlcore.export.code.files import Content, files
from tlcore.export.code.values import is_by_name
from tlcore.refusals import writing
from tlcore.runs.job import Job
from tlcore.runs.run import Run

PART = ".part"
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
        part = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
        try:
            with writing():
                for name, content in self._all(with_pictures):
                    file = part / name
                    file.parent.mkdir(exist_ok=True)
                    if isinstance(content, bytes):
                        file.write_bytes(content)
                    else:
                        shutil.copyfile(content, file)
                part.chmod(0o755)
                system.replace(part, target)
        finally:
            shutil.rmtree(part, ignore_errors=True)

    def pack(self, with_pictures: bool) -> Path:
        """A ZIP of the whole; errors as for `write`."""
        self.folder.mkdir(parents=True, exist_ok=True)
        target = self.folder / ("with-pictures.zip" if with_pictures else "code.zip")
        with tempfile.TemporaryDirectory(dir=self.folder, prefix=PART) as folder, writing():
            part = Path(folder) / target.name
            with zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as archive:
                for name, content in self._all(with_pictures):
                    if isinstance(content, bytes):
                        archive.writestr(name, content)
                    else:
                        archive.write(content, name)
            system.replace(part, target)
        return target

    def _all(self, with_pictures: bool) -> Iterator[tuple[str, Content]]:
        if not self.is_ready:
            raise RunError("The code is not ready.", received=self.run.id, remedy="Write its backbone first.")
        yield from files(self.run, with_pictures)
        if not is_by_name(self.run.config()):
            yield BACKBONE, str(self.backbone)
