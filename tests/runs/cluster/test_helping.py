"""The request for help with a frozen part, and the parts that somebody has begun."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from tlcore import system
from tlcore.runs.cluster import helping, lease
from tlcore.runs.cluster.helping import FrozenWork, HelpRequest

REQUEST = HelpRequest(FrozenWork("lite0-0123456789abcdef", 0, 32), 64, 2)


def test_a_request_is_there_while_its_block_lasts(tmp_path: Path) -> None:
    assert helping.read(tmp_path) is None and not helping.take(tmp_path, 0)
    with helping.asked(tmp_path, REQUEST):
        assert helping.read(tmp_path) == REQUEST
        assert helping.take(tmp_path, 0) and helping.take(tmp_path, 1)
        assert not helping.take(tmp_path, 0)
    assert list(tmp_path.iterdir()) == [] and not helping.take(tmp_path, 2)


def test_whoever_asked_and_is_gone_needs_no_help(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / helping.FOLDER / helping.FILE
    monkeypatch.setattr(lease, "RENEW_EVERY", 0.01)
    with helping.asked(tmp_path, REQUEST):
        os.utime(file, (0, 0))
        while helping.read(tmp_path) is None:  # it is renewed
            time.sleep(0.01)
    with pytest.MonkeyPatch.context() as patch, helping.asked(tmp_path, REQUEST):
        patch.setattr(helping, "withdraw", lambda folder: None)
    assert helping.read(tmp_path) == REQUEST
    os.utime(file, (0, 0))
    assert helping.read(tmp_path) is None


def test_what_a_killed_worker_asked_for_is_void(tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch, helping.asked(tmp_path, REQUEST):
        assert helping.take(tmp_path, 0)
        patch.setattr(helping, "withdraw", lambda folder: None)  # as if it did not come to that
    with helping.asked(tmp_path, REQUEST):
        assert helping.take(tmp_path, 0)


def test_who_may_not_write_takes_nothing(tmp_path: Path) -> None:
    def refuse() -> None:
        raise SystemExit(75)

    with helping.asked(tmp_path, REQUEST):
        system.fence_writes(refuse)
        try:
            with pytest.raises(SystemExit):
                helping.take(tmp_path, 0)
        finally:
            system.fence_writes(None)
        assert helping.take(tmp_path, 0)
