"""The names of runs on every page; no two in a workspace are equal."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import msgspec

from pages.components.shared.selection.labels import unique_labels
from pages.components.shared.text import counted, isolated, plain
from tlcore.backbones.catalogue import catalogue
from tlcore.config import RunConfig
from tlcore.config.settings import SETTINGS, value_of
from tlcore.data.dataset import Dataset
from tlcore.data.task_settings import setting_for
from tlcore.data.task_words import ANY_TASK, WORDS, TaskWords
from tlcore.errors import GraftError, printable
from tlcore.records import JsonType, MalformedJson
from tlcore.runs import run_records
from tlcore.runs.run import Run, runs
from tlcore.workspace import Workspace

ENDING = re.compile(r"-\d{8}-\d{6}-([0-9a-f]{4})$")  # of a folder that Graft named
# Settings that are names themselves, and what the worker chooses: a run would change its name.
OTHER = ("data", "data_version", "start_from", "engine", "kept")


def run_names() -> dict[str, str]:
    """A unique name for each run of the workspace, by id, for boxes and tables. Text, not Markdown.

    It is the name that a person gave and the start time; else what is frozen and the accuracy stand in place
    of the time. Where two are equal, the time or a setting that differs follows.
    """
    config = functools.cache(_config)
    settings = [functools.partial(_setting, config, key) for key in SETTINGS if key not in OTHER]
    ids = [run.id for run in runs(Workspace().runs)]
    return unique_labels(ids, _base, _time_not_named, *settings, _accuracy, creation_second, id_suffix)


def run_name(id: str) -> str:
    """The name of one run. For many runs call `run_names` once: it compares each with all others."""
    return run_names().get(id) or _base(id)


def run_label(id: str, full_name: str = "") -> str:
    """The same as Markdown.

    Args:
        full_name: its `run_name`, if already worked out.
    """
    name, _ = name_and_time(id)
    marked = isolated(name) if any(map(_is_right_to_left, name)) else plain(name)
    facts = plain((full_name or run_name(id)).removeprefix(in_line(name)))
    return f"{marked} {facts}" if facts else marked


def name_and_time(id: str) -> tuple[str, str]:
    """A run's name, given by a person or else from its data set, and its start time.

    A folder named by hand has no time; if the run has a name, the folder's name takes the place of the time.
    """
    folder = id.rsplit("-", 3)[0]
    own = run_records.read_notes(Workspace().root / "runs" / id).name
    when = start_time(id)
    if when is None:
        return own or printable(id), printable(id) if own else ""
    return own or _data_title(id) or printable(folder), f"{when.day} {when:%b, %H:%M}"


class _Titled(msgspec.Struct):
    """The part of a data set's manifest that names it."""

    name: str = ""


_TITLE = JsonType(_Titled)


def _data_title(id: str) -> str:
    """The name of a run's data set; "" if one of them is gone or cannot be read."""
    run = _run(id)
    data = _data_folder(run.folder, _changed(run.folder / "config.json"))
    manifest = Dataset(data).manifest(1) if data else None
    return _title(manifest, _changed(manifest)) if manifest else ""


@functools.lru_cache(maxsize=5000)
def _data_folder(folder: Path, config_changed: int) -> Path | None:
    config = _config(folder.name) if config_changed else None
    return Path(config.data) if config and config.data else None


@functools.lru_cache(maxsize=500)
def _title(manifest: Path, changed: int) -> str:
    try:
        return printable(_TITLE.read(manifest).name) if changed else ""
    except (OSError, MalformedJson):
        return ""


def start_time(id: str) -> datetime | None:
    """The time in the name of a folder that Graft named, on this computer's clock; None for any other."""
    try:
        return datetime.strptime("-".join(id.rsplit("-", 3)[1:3]), "%Y%m%d-%H%M%S")
    except ValueError:
        return None


def creation_time(id: str) -> str:
    """Day and time in a folder's name; the whole name if there is none."""
    when = start_time(id)
    return f"{when.day} {when:%b, %H:%M}" if when else printable(id)


def creation_second(id: str) -> str:
    """The time of day in a folder's name, to the second; "" if there is none."""
    when = start_time(id)
    return f"{when:%H:%M:%S}" if when else ""


def id_suffix(id: str) -> str:
    """The end of a folder's name, which differs between folders made in the same second."""
    found = ENDING.search(id)
    return found[1] if found else printable(id[-20:])


def _base(id: str) -> str:
    name, when = name_and_time(id)
    fact = _recipe_and_score(id) or when
    return f"{in_line(name)} · {fact}" if fact else in_line(name)


def in_line(name: str) -> str:
    """A name in a line that runs left to right, in its own direction."""
    return f"\u200e\u2068{name}\u2069" if any(map(_is_right_to_left, name)) else name


def _time_not_named(id: str) -> str:
    """The start time, where the name does not hold it already."""
    return creation_time(id) if _recipe_and_score(id) else ""


def _recipe_and_score(id: str) -> str:
    """The frozen part and the accuracy, as `8 blocks unfrozen, 97.0 %`; "" where a person named the run."""
    run = _run(id)
    if start_time(id) is None or run_records.read_notes(run.folder).name:
        return ""
    report = run.folder / "report.json" if run.has_model else None
    return _facts(run.folder, _changed(run.folder / "config.json"), _changed(report) if report else 0)


def _changed(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


@functools.lru_cache(maxsize=5000)
def _facts(folder: Path, config_changed: int, report_changed: int) -> str:
    """Read again when the files have changed; 0: there is none."""
    config = _config(folder.name)
    if config is None:
        return ""
    blocks = counted(int(config.unfreeze), "block") if config.unfreeze != "all" else "everything"
    frozen = f"{blocks} unfrozen" if config.unfreeze else "everything frozen"
    frozen = frozen if config.pretrained else "random weights"
    summary = run_records.read_summary(folder) if report_changed else None
    return f"{frozen}, {_words(config).figure(summary.test.accuracy)}" if summary else frozen


def _is_right_to_left(character: str) -> bool:
    return unicodedata.bidirectional(character) in ("R", "AL", "AN")


def _run(id: str) -> Run:
    return Run(Workspace().root / "runs" / id)


def _config(id: str) -> RunConfig | None:
    try:
        return _run(id).config()
    except (GraftError, OSError):
        return None


def _setting(config: Callable[[str], RunConfig | None], key: str, id: str) -> str:
    """A setting of a run in words; "" if its settings cannot be read."""
    chosen = config(id)
    if chosen is None:
        return ""
    value = value_of(chosen, key)
    try:
        backbone = catalogue.get(chosen.backbone)
    except GraftError:
        return f"{SETTINGS[key].title}: {printable(value, 40)}"
    if key == "backbone":
        return backbone.name
    setting = setting_for(key, WORDS[backbone.task])
    return f"{setting.title}: {setting.value_in_words(value)}"


def _accuracy(id: str) -> str:
    found = run_records.read_summary(_run(id).folder) if _run(id).has_model else None
    return _words(_config(id)).scored(found.test.accuracy) if found else ""


def _words(config: RunConfig | None) -> TaskWords:
    """The words of a run's task; those of any task where it cannot be told."""
    try:
        return WORDS[catalogue.task_of(config)] if config else ANY_TASK
    except GraftError:
        return ANY_TASK
