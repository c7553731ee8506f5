"""The backbone that a spare worker built before it had a job.

`images/loader.py` and `texts/loader.py` look here first. It is handed out once, since a run changes it.
"""

from __future__ import annotations

from typing import Any

_networks: dict[tuple[Any, ...], Any] = {}


def put(key: tuple[Any, ...], network: Any) -> None:
    """Lay a network aside under everything that it depends on, in the place of an earlier one."""
    _networks.clear()
    _networks[key] = network


def take(key: tuple[Any, ...]) -> Any:
    """The network that lies under `key`, which it leaves; None: there is none."""
    return _networks.pop(key, None)
