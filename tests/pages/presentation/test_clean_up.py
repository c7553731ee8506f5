"""After a presentation the workspace is as it was, and what was made can be brought back."""

from __future__ import annotations

import msgspec
import pytest

from pages.components.presentation.clean_up import keep, mark, put_back
from pages.components.presentation.state import Presentation
from tests.fixtures.text_workspace import Written
from tlcore.runs.run import Run
from tlcore.workspace import Workspace
from tlcore.workspace.trash import trash_items

pytestmark = pytest.mark.usefixtures("empty")


def test_the_data_set_and_every_run_on_it_go_to_the_trash(own: Written) -> None:
    data, run = own.dataset, own.run
    Run.prepare(Workspace().runs / "another", run.config())
    elsewhere = msgspec.structs.replace(run.config(), data=str(own.home / "datasets" / "elsewhere"))
    other = Run.prepare(Workspace().runs / "other", elsewhere)
    made = Presentation(8, data.id, run.id)
    mark(made)
    assert put_back(made)
    assert {item.name for item in trash_items(own.home)} == {data.id, run.id, "another"}
    assert other.folder.is_dir() and not data.folder.exists() and not run.folder.exists()
    for item in trash_items(own.home):
        Workspace().restore(item.folder)
    assert data.is_ready and run.has_model


def test_what_others_made_stays(own: Written) -> None:
    theirs = Presentation(8, own.dataset.id, own.run.id)  # an address may name anything
    for presentation in (Presentation(8, "sample-that-is-gone"), Presentation(0), theirs):
        assert not put_back(presentation)
    mark(theirs)
    keep(theirs)
    assert not put_back(theirs)
    assert own.dataset.folder.is_dir() and own.run.folder.is_dir() and not trash_items(own.home)
