"""The viewer of a task: functions that show its examples, one at a time or many at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pages.components.browser.upload.upload import UploadKind
from tlcore.data.dataset import Dataset


@dataclass(frozen=True)
class ExamplePreviews:
    """Previews of many examples, in their order.

    Attributes:
        sheet: their thumbnails as one picture, a data address; "" for texts.
        cell: the side of a thumbnail on the sheet, in pixels.
        across: the number of thumbnails in a row of the sheet.
        texts: the beginning of each text; empty for pictures.
    """

    sheet: str = ""
    cell: int = 0
    across: int = 1
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Viewer:
    """The viewer of one task.

    Attributes:
        card: the least width of an example beside others, in pixels.
        small, large: show one example, by its SHA-256.
        glimpses: the previews on a map.
        labelled: the upload box for examples with classes.
        options: draws further questions beside that box, given a key, and returns options for the import
            command.
    """

    card: int
    small: Callable[[Dataset, str], None]
    large: Callable[[Dataset, str], None]
    glimpses: Callable[[Dataset, Sequence[str]], ExamplePreviews]
    labelled: UploadKind
    options: Callable[[str], Sequence[str]]
