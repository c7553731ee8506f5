"""The cards of the public data sets."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages.components.shared.datasets import import_jobs
from tests.fixtures.pages import page_script
from tests.pages.conftest import words
from tlcore.data.samples.public_datasets import PUBLIC
from tlcore.errors import GraftError

PAGE = page_script("public_datasets")


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setenv("GRAFT_HOME", str(tmp_path / "workspace"))
    return AppTest.from_file(PAGE, default_timeout=20).run()


def test_each_card_says_size_licence_and_source(page: AppTest) -> None:
    assert not page.exception
    said = words(page)
    for entry in PUBLIC.values():
        assert page.button(key=f"fetch_{entry.id}")
    assert "3,670 pictures · 5 classes · 229 MB to download" in said
    assert "CC BY\\-SA 4\\.0" in said and "https" in said and "](" not in said


def test_a_button_starts_the_job(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[str] = []
    monkeypatch.setattr(import_jobs, "start_fetch", started.append)
    page.button(key="fetch_beans").click().run()
    assert started == ["beans"] and not page.exception


def test_what_cannot_be_started_is_said(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: str) -> None:
        raise GraftError("The work could not be started.")

    monkeypatch.setattr(import_jobs, "start_fetch", refuse)
    page.button(key="fetch_beans").click().run()
    assert [error.value for error in page.error] == [r"The work could not be started\."]
