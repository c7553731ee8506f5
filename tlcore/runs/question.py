"""A question for a warm model, as a line of its conversation: a file, and whether to say why.

A line is a path, or a JSON object: `{"path": …, "why": true, "label": …, "box": […]}`. Pages write them and
`python -m tlcore predict RUN -` reads them.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

ChosenBox = tuple[float, ...]  # left, top, right and bottom in pixels, or nothing
MOST_PIXELS = 1e9  # of an edge: neither infinite nor no number
Answer = dict[str, Any]  # the line of JSON that comes back


@dataclass(frozen=True)
class Question:
    """One example to answer for.

    Attributes:
        why: say besides what the answer rests on, as `tlcore.explain.why` gives it.
        label: the class whose chance is to be explained; "": the likeliest.
        box: left, top, right and bottom, in pixels, of the object to be explained; (): none in particular.
    """

    path: Path
    why: bool = False
    label: str = ""
    box: ChosenBox = ()

    def line(self) -> str:
        """The question as one line of ASCII, whatever the path consists of."""
        return json.dumps(asdict(self) | {"path": str(self.path)})

    @classmethod
    def read(cls, line: str) -> Question:
        """The question in a line. What is no object of this kind is a path, also one that begins with `{`."""
        text = line.rstrip("\r\n")
        try:
            asked = json.loads(text) if text.startswith("{") else None
        except (ValueError, RecursionError):
            asked = None
        if not isinstance(asked, dict) or not isinstance(asked.get("path"), str):
            return cls(Path(text))
        label = asked.get("label", "")
        return cls(
            Path(asked["path"]),
            asked.get("why") is True,
            label if isinstance(label, str) else "",
            _edges(asked.get("box")),
        )


def _edges(box: object) -> ChosenBox:
    """Four finite numbers; () for anything else."""
    if not isinstance(box, list) or len(box) != 4:
        return ()
    if not all(type(edge) in (int, float) and abs(edge) < MOST_PIXELS for edge in box):
        return ()
    return tuple(map(float, box))
