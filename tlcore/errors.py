"""Every error that a person can cause, in one tree.

GraftError
├── ConfigError        a setting that is unknown, of the wrong kind or out of range
├── DataError          a data set that cannot be used as a whole
│   ├── ArchiveError   an archive that is broken, hostile or too large
│   └── PictureError   one picture that cannot be read: it is skipped and listed
├── BackboneError      a backbone that is unknown or does not fit the request
│   └── WeightsError   weights that cannot be had, or are not the published ones
├── MemoryShortage     memory that a command needs and the computer, or a limit, does not give
├── RunError           a run that is missing, busy, unfinished or already there
├── PublishError       a model hub that cannot be reached, or refuses
└── WorkspaceError     the disk: full, not writable, outside the workspace

Each says what happened, what was received and what to do next. Pages show it beside the control that
caused it; the command line prints it as one sentence and exits with 2.
"""

from __future__ import annotations

from tlcore.characters import on_one_line


class GraftError(Exception):
    """Base of the tree.

    Args:
        what: one sentence, what happened.
        received: the value that caused it, shown as text.
        remedy: one sentence, what the person can do now.
    """

    def __init__(self, what: str, *, received: object = None, remedy: str = "") -> None:
        self.what = what
        self.received = None if received is None else printable(received)
        self.remedy = remedy
        super().__init__(str(self))

    def __str__(self) -> str:
        parts = [self.what]
        if self.received is not None:
            parts.append(f"Received: {self.received}.")
        if self.remedy:
            parts.append(self.remedy)
        return " ".join(parts)


class ConfigError(GraftError):
    """A setting that is unknown, of the wrong kind or out of range."""


class DataError(GraftError):
    """A data set that cannot be used as a whole."""


class ArchiveError(DataError):
    """An archive that is broken, hostile or too large."""


class PictureError(DataError):
    """One picture that cannot be read; `what` is the reason shown in the list of skipped files."""


class BackboneError(GraftError):
    """A backbone that is unknown or does not fit the request."""


class WeightsError(BackboneError):
    """Weights that cannot be had, or whose bytes are not the published ones."""


class MemoryShortage(GraftError):
    """Memory that a command needs and the computer, or a limit, does not give."""


class RunError(GraftError):
    """A run that is missing, busy, unfinished or already there."""


class PublishError(GraftError):
    """A model hub that cannot be reached, or refuses."""


class WorkspaceError(GraftError):
    """The disk: full, not writable, or a path outside the workspace."""


def printable(value: object, most: int = 120) -> str:
    """`value` as one short line of characters that can be seen, safe to print or show as text."""
    text = str(value)
    line = on_one_line(text[: 2 * most + 2])  # a break of two characters becomes one
    return line if len(line) <= most else line[: most - 1] + "…"
