"""Options of a benchmark, whose `--quick` puts its smallest sizes in the place of all others."""

from __future__ import annotations

import argparse
from collections.abc import Mapping


class Options(argparse.ArgumentParser):
    """The command line of a benchmark.

    `quick` holds the values under `--quick`, by the names of the options and of `set_defaults`: as little as
    shows that the command works from end to end.
    """

    def __init__(self, description: str | None, quick: Mapping[str, object]) -> None:
        super().__init__(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
        self._quick = quick
        sizes = ", ".join(f"{name} {value}" for name, value in quick.items()).replace("%", "%%")
        self.add_argument("--quick", action="store_true", help=f"only to see that it works: {sizes}")

    def read(self) -> argparse.Namespace:
        """The values that this process was started with."""
        chosen = self.parse_args()
        if chosen.quick:
            vars(chosen).update(self._quick)
        return chosen
