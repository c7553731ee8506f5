"""What a task needs so that its examples can be looked at: one, small or large, or many at a glance."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pages.components.browser.upload.upload import UploadKind
from tlcore.data.dataset import Dataset


@dataclass(frozen=True)
class ExamplePreviews:
    """What is seen of many examples at a glance, in their order.

    Attributes:
        sheet: their thumbnails as one picture, a data address; "" where they are none.
        cell: the side of each in it, in pixels.
        across: how many stand in a row of it.
        texts: the beginning of each; nothing where they are pictures.
    """

    sheet: str = ""
    cell: int = 0
    across: int = 1
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Viewer:
    """One task.

    Attributes:
        card: the width that an example takes beside others, in pixels at least.
        small, large: show one example, by its SHA-256.
        glimpses: what a map shows of them.
        labelled: the upload box for examples whose classes are known.
        options: asks, beside that box, what an import has to know besides, as options of the command; its
            argument is a key.
    """

    card: int
    small: Callable[[Dataset, str], None]
    large: Callable[[Dataset, str], None]
    glimpses: Callable[[Dataset, Sequence[str]], ExamplePreviews]
    labelled: UploadKind
    options: Callable[[str], Sequence[str]]
