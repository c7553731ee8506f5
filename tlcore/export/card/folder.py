"""The layout of a published model: the card, the model and all that is needed to ask it, as the Hub shows it.

`huggingface_hub` pushes such a folder as it is, and `publish.py` pushes the same files without one.
"""

from __future__ import annotations

import json
from pathlib import Path

from tlcore.errors import WorkspaceError
from tlcore.export.card.card import PICTURE, make
from tlcore.export.folder.files import text_files
from tlcore.export.formats.formats import FORMATS
from tlcore.file_set import Content, write_folder, write_zip
from tlcore.runs.run import Run


def files(run: Run) -> dict[str, Content]:
    """Every file of the layout, by name.

    Raises:
        RunError: the run has no model, or its records cannot be read.
    """
    card = make(run)
    return {
        **text_files(run, FORMATS["folder"]),
        "README.md": card.text.encode(),
        "model.keras": run.model,
        "labels.json": json.dumps(run.labels(), ensure_ascii=False, indent=1).encode() + b"\n",
        PICTURE: card.picture,
    }


def check_place(folder: Path) -> None:
    """Refuse a folder that holds something, or that has nowhere to be.

    Raises:
        WorkspaceError: one of both.
    """
    if not folder.parent.is_dir():
        remedy = "Make that folder first, or name one in another folder."
        raise WorkspaceError("There is no folder to put this one into.", received=folder, remedy=remedy)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise WorkspaceError("That place is taken.", received=folder, remedy="Name a new folder.")


def write(run: Run, folder: Path) -> list[str]:
    """Write the layout into a new folder, which appears as a whole; returns the names of its files.

    Raises:
        RunError: as `files`. WorkspaceError: as `check_place`, or the disk refuses.
    """
    check_place(folder)
    return write_folder(folder, files(run).items())


def pack(run: Run) -> Path:
    """A ZIP of the layout in the run's `exports/`, made anew: the threshold may be another one by now.

    Raises:
        RunError: as `files`. WorkspaceError: the disk refuses.
    """
    return write_zip(run.folder / "exports" / f"{run.id}-card.zip", files(run).items())
