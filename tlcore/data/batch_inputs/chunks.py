"""Inputs of a batch, in chunks that are answered in one go."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from tlcore.data.importing.progress import Stopper


@dataclass(frozen=True)
class InputChunk:
    """Some inputs.

    Attributes:
        names: of each input, as people know it.
        file: what a model reads them from, in that order; it is there until the next chunk is asked for.
        refusal: the reason why they cannot be read; then there is no file. "": they can.
    """

    names: tuple[str, ...]
    file: Path | None = None
    refusal: str = ""


@dataclass(frozen=True)
class InputChunks:
    """All inputs of a source: how many there are, those skipped in it included, and an iterator over them."""

    total: int
    chunks: Iterator[InputChunk]


@dataclass(frozen=True)
class InputLocation:
    """Where inputs come from and go to.

    Attributes:
        source: a folder or a file with them.
        work: a folder for what lies on disk meanwhile; it exists.
        thumbnail: the place of the small picture of an input, by its number from 0.
        column: the column of a table that most likely holds the texts; "" for a guess.
        after: the number of inputs from the beginning that are done with already.
        until: the number of the first input that is not asked for; None: all are.
        large: small pictures are large enough to draw on.
    """

    source: Path
    work: Path
    thumbnail: Callable[[int], Path]
    column: str = ""
    after: int = 0
    until: int | None = None
    large: bool = False


Opener = Callable[[InputLocation, Stopper], AbstractContextManager[InputChunks]]
