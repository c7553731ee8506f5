"""The code of the step Data: the examples, their classes and the split."""

from __future__ import annotations

from tlcore.export.code.classes.kinds import kind_of
from tlcore.export.code.common.values import CodeValues

SPLITS = """\


x_train, y_train = read_split("train")  # to learn from
x_validation, y_validation = read_split("validation")  # to choose the best epoch by
x_test, y_test = read_split("test")  # for the score, at the very end
print(len(x_train), "training {many},", len(x_validation), "validation,", len(x_test), "test")
"""


def code(values: CodeValues) -> str:
    """Reading the examples into arrays."""
    return kind_of(values).reading(values) + SPLITS.format(many=values.words.many)
