"""The priority of a process; the rest of this door is tested with `system.py`."""

from __future__ import annotations

import subprocess
import sys

from tlcore import processes


def test_the_lowest_priority_holds_for_threads_that_are_there_and_for_later_ones() -> None:
    script = (
        "import os, threading; from tlcore import processes\n"
        "wait = threading.Event()\n"
        "threading.Thread(target=wait.wait).start()\n"
        "processes.lower_priority()\n"
        "threading.Thread(target=wait.wait).start()\n"
        "threads = os.listdir('/proc/self/task') if os.path.exists('/proc/self/task') else [0]\n"
        "print(sorted({os.getpriority(os.PRIO_PROCESS, int(one)) for one in threads}), len(threads) > 2)\n"
        "wait.set()"
    )
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    if sys.platform == "linux":
        assert said.stdout == f"[{processes.LOW}] True\n", said.stderr
    else:
        assert not said.stderr
