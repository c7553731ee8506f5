"""Switches for other programs: beside the settings, not among them."""

from __future__ import annotations

import pytest

from pages.components.shared.runs import start_run
from tests.fixtures.image_workspace import Furnished
from tests.pages.conftest import Open, config
from tlcore.config import RunConfig
from tlcore.export.tracking import record
from tlcore.runs.run import Run
from tlcore.runs.workers.backend import LocalBackend


def test_a_switch_changes_no_setting(full: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(record.NEEDED, "mlflow", "no_such_package")
    at = full("model")
    assert not at.code
    at.session_state["tracking"] = True
    before, codes = config(at), [code.value for code in at.code]
    assert at.toggle(key="track_mlflow").disabled and record.INSTALL["mlflow"] in codes
    at.toggle(key="track_tensorboard").set_value(True).run()
    assert not at.exception and config(at) == before
    (line,) = [code.value for code in at.code if " train " in code.value]
    assert line.endswith(" --config config.json --track tensorboard")


def test_a_run_is_told_before_it_starts(
    furnished: Furnished, full: Open, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    full("model")
    started: list[Run] = []
    monkeypatch.setenv("GRAFT_HOME", str(tmp_path))
    monkeypatch.setattr(LocalBackend, "submit", lambda _, run: started.append(run))
    for tools in (("tensorboard",), ()):
        run = start_run.submit(furnished.dataset, RunConfig(), f"run-{len(started)}", tools)  # type: ignore[arg-type]
        assert record.read(run.folder).tools == tools and run.is_unstarted()
    assert len(started) == 2 and started[0].config() == started[1].config()
    assert not (started[1].folder / record.FILE).exists()
