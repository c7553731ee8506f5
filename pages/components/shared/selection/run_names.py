"""The names of runs on every page; no two in a workspace are equal."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Callable
from datetime import datetime

from pages.components.shared.selection.labels import unique_labels
from pages.components.shared.text import isolated, percent, plain
from tlcore.backbones.catalogue import catalogue
from tlcore.config import RunConfig
from tlcore.config.settings import SETTINGS, value_of
from tlcore.data.task_settings import setting_for
from tlcore.data.task_words import WORDS
from tlcore.errors import GraftError, printable
from tlcore.runs import run_records
from tlcore.runs.run import Run, runs
from tlcore.workspace import Workspace

ENDING = re.compile(r"-\d{8}-\d{6}-([0-9a-f]{4})$")  # of a folder that Graft named
# Settings that are names themselves, and the engine: the worker chooses it, so a run would change its name.
OTHER = ("data", "data_version", "start_from", "engine")


def run_names() -> dict[str, str]:
    """A unique name for each run of the workspace, by id, for boxes and tables. Text, not Markdown.

    It is the run's name and start time; where two are equal, a setting that differs follows.
    """
    config = functools.cache(_config)
    settings = [functools.partial(_setting, config, key) for key in SETTINGS if key not in OTHER]
    ids = [run.id for run in runs(Workspace().runs)]
    return unique_labels(ids, _base, *settings, _accuracy, creation_second, id_suffix)


def run_name(id: str) -> str:
    """The name of one run. For many runs call `run_names` once: it compares each with all others."""
    return run_names().get(id) or _base(id)


def run_label(id: str, full_name: str = "") -> str:
    """The same as Markdown.

    Args:
        full_name: its `run_name`, if already worked out.
    """
    name, when = name_and_time(id)
    marked = isolated(name) if any(map(_is_right_to_left, name)) else plain(name)
    differs = plain((full_name or run_name(id)).removeprefix(_base(id)))
    return " ".join([f"{marked} · {plain(when)}" if when else marked, *([differs] if differs else [])])


def name_and_time(id: str) -> tuple[str, str]:
    """A run's name, given by a person or else from its data set, and its start time.

    A folder named by hand has no time; if the run has a name, the folder's name takes the place of the time.
    """
    folder = id.rsplit("-", 3)[0]
    own = run_records.read_notes(Workspace().root / "runs" / id).name
    when = start_time(id)
    if when is None:
        return own or printable(id), printable(id) if own else ""
    return own or printable(folder), f"{when.day} {when:%b, %H:%M}"


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
    if any(map(_is_right_to_left, name)):
        name = f"\u200e\u2068{name}\u2069"  # the line runs left to right, the name in its own direction
    return f"{name} · {when}" if when else name


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
    return f"{percent(found.test.accuracy)} right" if found else ""
