"""The priority and the open files of a process; the rest of this door is tested with `system.py`."""

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


def test_more_files_may_be_open_than_a_shell_grants() -> None:
    script = (
        "import resource; from tlcore import processes\n"
        "_, most = resource.getrlimit(resource.RLIMIT_NOFILE)\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (100, min(most, 3000)))\n"
        "print(processes.most_open_files(), len([open('/dev/null') for _ in range(200)]))"
    )
    if sys.platform == "win32":
        assert processes.most_open_files() == processes.WINDOWS_FILES
    else:
        said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
        assert said.stdout == "3000 200\n", said.stderr
