"""One step of the code of a run. What it defines the next ones use, under the same names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from tlcore.export.code.common.values import CodeValues

StepName = Literal["data", "model", "train", "evaluate", "predict"]


@dataclass(frozen=True)
class CodeStep:
    """One step: its title, a sentence about it, and the function that writes its code."""

    title: str
    about: Callable[[CodeValues], str]
    code: Callable[[CodeValues], str]


CodeSteps: TypeAlias = Mapping[StepName, CodeStep]
