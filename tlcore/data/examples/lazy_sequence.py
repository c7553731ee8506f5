"""A sequence whose items are made when somebody looks at them."""

from __future__ import annotations

import operator
from abc import abstractmethod
from collections.abc import Sequence
from typing import TypeVar, overload

T = TypeVar("T")


class LazySequence(Sequence[T]):
    """A kind of it says its length, one item and a part of it."""

    @abstractmethod
    def item(self, at: int) -> T:
        """The item at that place, from 0 on."""

    @abstractmethod
    def part(self, at: slice) -> Sequence[T]:
        """The items of a slice."""

    @overload
    def __getitem__(self, at: int) -> T: ...

    @overload
    def __getitem__(self, at: slice) -> Sequence[T]: ...

    def __getitem__(self, at: int | slice) -> T | Sequence[T]:
        return self.part(at) if isinstance(at, slice) else self.item(range(len(self))[operator.index(at)])
