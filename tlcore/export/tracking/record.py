"""`tracking.json` of a run: the programs that it is written for, and what became of that.

It stands beside the settings and is none of them: two runs that differ in it alone are the same run.
"""

from __future__ import annotations

import hashlib
import importlib.util
import shlex
from collections.abc import Collection
from pathlib import Path
from typing import Literal, get_args

import msgspec

from tlcore import system
from tlcore.records import JsonType
from tlcore.runs.run import Run
from tlcore.workspace import Workspace
from tlcore.workspace.refusals import writing

ToolName = Literal["tensorboard", "mlflow"]
TOOLS: tuple[ToolName, ...] = get_args(ToolName)
TITLES: dict[ToolName, str] = {"tensorboard": "TensorBoard", "mlflow": "MLflow"}
# What each needs to be written besides what Graft brings, and the line that brings it.
NEEDED: dict[ToolName, str] = {"mlflow": "mlflow"}
INSTALL: dict[ToolName, str] = {"mlflow": "python -m pip install -r requirements-mlflow.txt"}
FILE = "tracking.json"


class Tracking(msgspec.Struct, frozen=True):
    """The programs that a run is to be written for, and the outcome.

    Attributes:
        tools: the programs.
        written: those that have the run.
        problems: of the others why not, a sentence each; both are empty before the run has ended.
    """

    tools: tuple[ToolName, ...] = ()
    written: tuple[ToolName, ...] = ()
    problems: dict[ToolName, str] = {}


NONE = Tracking()
_TRACKING = JsonType(Tracking)


def read(folder: Path) -> Tracking:
    """The record of the run in `folder`; an empty one where there is none."""
    return _TRACKING.read_or(folder / FILE, NONE)


def write(folder: Path, tracking: Tracking) -> None:
    """Keep the record with the run.

    Raises:
        WorkspaceError: the disk refuses.
    """
    with writing():
        system.write_atomic(folder / FILE, msgspec.json.encode(tracking) + b"\n")


def ask(folder: Path, tools: Collection[ToolName]) -> None:
    """Ask that a run be written for these programs when it ends; nothing is written down for none.

    Raises:
        WorkspaceError: the disk refuses.
    """
    if tools:
        write(folder, Tracking(tuple(tool for tool in TOOLS if tool in tools)))


def is_installed(tool: ToolName) -> bool:
    """Tell whether Graft can write for it."""
    return tool not in NEEDED or importlib.util.find_spec(NEEDED[tool]) is not None


def place(tool: ToolName) -> Path:
    """The folder in the workspace that a program shows: of all runs."""
    return Workspace().root / "tracking" / tool


def name_of(run: Run) -> str:
    """The name of a run there: runs outside the workspace may have the same id."""
    if run.folder.parent == Workspace().root / "runs":
        return run.id
    return f"{run.id}-{hashlib.sha256(str(run.folder).encode()).hexdigest()[:8]}"


def viewing(tool: ToolName) -> str:
    """The line that shows all runs in the program, where that is installed."""
    folder = place(tool)
    if tool == "tensorboard":
        return f"tensorboard --logdir {shlex.quote(str(folder))}"
    return f"mlflow ui --backend-store-uri {shlex.quote(database(folder))}"


def database(folder: Path) -> str:
    """The address of the store in MLflow's folder."""
    return f"sqlite:///{(folder / 'mlflow.db').as_posix()}"
