"""Time of `import tlcore`: `python -m benchmarks.startup [--quick]`.

Starts fresh processes, with compiled files in place as on every start but the first, and prints JSON: the
median and the slowest, in milliseconds. "everything light" adds all modules of tlcore that commands and pages
load before TensorFlow.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys

from benchmarks.common.options import Options
from tests.fixtures.browser import ROOT

LIGHT = "import tlcore.commands.train, tlcore.commands.shared.datasets, tlcore.commands.predict, tlcore.plan"
TIMED = """
import sys, time
start = time.perf_counter()
{statement}
print(1000 * (time.perf_counter() - start))
assert not {{"tensorflow", "keras", "streamlit"}} & set(sys.modules)
"""


def milliseconds(statement: str, times: int) -> dict[str, float]:
    """Run `statement` in `times` fresh processes, after one that is not counted."""
    command = [sys.executable, "-c", TIMED.format(statement=statement)]
    found = [
        float(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout)
        for _ in range(times + 1)
    ][1:]
    return {"median_ms": round(statistics.median(found), 1), "slowest_ms": round(max(found), 1)}


def main() -> None:
    options = Options(__doc__, {"times": 1})
    options.set_defaults(times=15)
    times = options.read().times
    print(
        json.dumps(
            {
                "import tlcore": milliseconds("import tlcore", times),
                "everything light": milliseconds(LIGHT, times),
                "processes": times,
            }
        )
    )


if __name__ == "__main__":
    main()
