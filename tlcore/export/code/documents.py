"""Script and notebook of a run, from the same steps."""

from __future__ import annotations

import json

from tlcore.export.code.common.values import CodeValues
from tlcore.export.code.steps import steps_of

TITLE = "A network of {backbone} for {classes} classes"
INTRODUCTION = """\
This is the code of a model that was made with Graft, in plain Keras, to read and to change. It needs
nothing of Graft: install what it uses with `python -m pip install -r requirements.txt`."""
IN_NOTEBOOK = ("pathlib.Path(__file__).parent", "pathlib.Path()")  # a notebook has no __file__


def script(values: CodeValues) -> str:
    """The whole of it as one Python file."""
    parts = [f'"""{_title(values)}.\n\n{INTRODUCTION}\n"""\n']
    for number, step in enumerate(steps_of(values).values(), start=1):
        parts.append(f"# --- {number}. {step.title}. {step.about(values)}\n\n{step.code(values)}")
    return "\n".join(parts)


def notebook(values: CodeValues) -> bytes:
    """The same as a Jupyter notebook, format 4.5: a cell of words before each cell of code."""
    cells = [_cell("markdown", "title", f"# {_title(values)}\n\n{INTRODUCTION}")]
    for name, step in steps_of(values).items():
        cells.append(_cell("markdown", f"{name}-words", f"## {step.title}\n\n{step.about(values)}"))
        cells.append(_cell("code", name, step.code(values).replace(*IN_NOTEBOOK).strip()))
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    whole = {
        "cells": cells,
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(whole, ensure_ascii=False, indent=1).encode() + b"\n"


def _title(values: CodeValues) -> str:
    return TITLE.format(backbone=values.backbone.name, classes=len(values.classes))


def _cell(kind: str, id: str, source: str) -> dict[str, object]:
    own: dict[str, object] = {"execution_count": None, "outputs": []} if kind == "code" else {}
    lines = source.splitlines(keepends=True)
    return {"cell_type": kind, "id": id, "metadata": {}, "source": lines, **own}
