"""Pages without a browser, on an empty workspace or on a full one."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import streamlit as st
from playwright.sync_api import expect
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from pages.components.shared.answers import predictors
from tests.fixtures.browser import ROOT
from tests.fixtures.image_workspace import Furnished
from tests.fixtures.many_runs import several
from tests.fixtures.text_workspace import Written, written  # noqa: F401 (a fixture)
from tlcore.evaluate import report
from tlcore.runs.run import Run

Open = Callable[..., AppTest]


@pytest.fixture(autouse=True, scope="session")
def patience() -> Iterator[None]:
    """A busy machine is slow, not wrong: the first page after a start may take a while to appear."""
    expect.set_options(timeout=40_000)
    yield
    expect.set_options(timeout=5_000)


@pytest.fixture(autouse=True, scope="session")
def installed_components() -> Iterator[None]:
    """Each AppTest reads what is said of every installed package, to find components: once is enough."""
    with pytest.MonkeyPatch.context() as patch:
        scan = functools.cache(manifest_scanner.scan_component_manifests)
        patch.setattr(manifest_scanner, "scan_component_manifests", scan)
        yield


@pytest.fixture(autouse=True)
def woken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Models that pages would load ahead, by their runs; none is: TensorFlow would load for a question that
    nobody asks.
    """
    runs: list[str] = []
    monkeypatch.setattr(predictors, "wake", lambda run: runs.append(run.id))
    return runs


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Open:
    """Open a page on an empty workspace: `empty("home")`."""
    monkeypatch.setenv("GRAFT_HOME", str(tmp_path / "workspace"))
    return _open


@pytest.fixture
def full(furnished: Furnished, monkeypatch: pytest.MonkeyPatch) -> Open:
    """Open a page on a workspace with a data set and a finished run. Only look: it is shared."""
    for name, value in furnished.env.items():
        monkeypatch.setenv(name, value)
    return _open


@pytest.fixture
def wordy(written: Written, monkeypatch: pytest.MonkeyPatch, empty: Open) -> Open:  # noqa: F811
    """Open a page on a workspace with a finished run on texts. Only look: it is shared."""
    monkeypatch.setenv("GRAFT_HOME", str(written.home))
    return empty


@pytest.fixture
def own(written: Written, tmp_path: Path, empty: Open) -> Written:  # noqa: F811
    """The same workspace, to change at will."""
    return written.copy(tmp_path / "workspace")


def _open(name: str, **query: str) -> AppTest:
    st.cache_data.clear()
    st.cache_resource.clear()
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=20)
    at.switch_page(f"pages/{name}.py")
    for key, value in query.items():
        at.query_params[key] = value
    return at.run()


def components(at: AppTest, name: str) -> list[dict[str, Any]]:
    """The data that the browser is given for each component of that name."""
    found = [one.proto for one in at.get("bidi_component") if one.proto.component_name.endswith(name)]
    return [dict(json.loads(proto.json)) for proto in found]


def primary(at: AppTest) -> list[str]:
    """Labels of the page's primary buttons: there should be one."""
    return [button.label for button in at.button if button.proto.type == "primary"]


def words(at: AppTest) -> str:
    """All that the page says, for a look at single sentences."""
    kinds = ("title", "markdown", "caption", "info", "warning", "error", "header", "subheader")
    return "\n".join(str(item.value) for kind in kinds for item in getattr(at, kind))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A workspace with four runs."""
    several(tmp_path / "workspace")
    return tmp_path / "workspace"


def numbers(at: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in at.metric}


def config(at: AppTest) -> dict[str, object]:
    """The configuration that the page would train with, as it shows it to whoever asks."""
    if not at.code:
        at.session_state["as_command"] = True
        at.run()
    (text,) = [code.value for code in at.code if code.language == "json"]
    return dict(json.loads(text))


def count_words(run: Run) -> None:
    """Have a run's report say that its head counts words."""
    choice = report.HeadChoice(penalty=0.1, counts="words", terms=1234)
    report.write(run.folder / "report.json", msgspec.structs.replace(run.report(), head_choice=choice))


def in_dialog(at: AppTest, opener: str, button: str = "", **fields: str) -> None:
    """Open a dialog, fill it and press its button: the last one, unless it has a key.

    AppTest runs the whole page at every click, which closes a dialog; so its opener is clicked once more.
    """
    at.button(key=opener).click().run()
    for key, value in fields.items():
        at.text_input(key=key).set_value(value)
    at.button(key=opener).click()
    (at.button(key=button) if button else at.button[-1]).click().run()
    assert not at.exception


def delete(at: AppTest, key: str) -> None:
    """Press a button that deletes, and say yes."""
    in_dialog(at, key, f"{key}_for_sure")
