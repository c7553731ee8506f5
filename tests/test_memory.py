"""Memory that this process gives back."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the C library does it by itself")
def test_what_was_freed_is_given_back() -> None:
    script = (
        "import psutil; from tlcore import memory\n"
        "memory.share_heaps()\n"
        "rss = lambda: psutil.Process().memory_info().rss\n"
        "held = [bytes(1000) for _ in range(100_000)]\n"
        "last = bytes(1000)\n"  # on top of the others: it keeps the heap from shrinking
        "del held\n"
        "before = rss()\n"
        "memory.give_back_memory()\n"
        "print(before - rss())"
    )
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert int(said.stdout) > 50_000_000, said.stderr
