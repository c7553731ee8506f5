"""The section Server, as far as it goes without a server; the rest is in tests/journey."""

from __future__ import annotations

import pytest

from pages.components.shared.trash import delete
from tests.fixtures.image_workspace import Furnished
from tests.pages.conftest import Open, primary, words
from tlcore.errors import RunError
from tlcore.runs.job import Reporter
from tlcore.serve.model_server import Address, ModelServer


def test_without_one_there_is_a_button(full: Open, furnished: Furnished) -> None:
    at = full("export", run=furnished.run.id, section="server")
    assert not at.exception and not at.error
    assert primary(at) == ["Start a server"]


def test_each_says_where_it_answers_or_why_it_ended(full: Open, own_run: Furnished) -> None:
    run = own_run.run
    here, shared, broken = (ModelServer(run, port) for port in (8600, 8601, 8602))
    for server in (here, shared, broken):
        server.make_token()
    shared.put_address(Address("http://192.0.2.7:8601", has_token=True))
    reporter = Reporter(here)
    reporter.stage("answering", "")
    reporter.progress(12, 12)  # as it counts at its end, without a pause
    Reporter(shared).stage("answering", "")
    Reporter(broken).end("failed", error="The server cannot listen there: <b>in use</b>.")
    at = full("export", run=run.id, section="server")
    assert not at.exception and not at.error and primary(at) == []
    said = words(at)
    assert "http://127.0.0.1:8600" in said and "12 answers so far" in said
    assert "The server on port 8602 ended. The server cannot listen there" in said and "<b>" not in said
    code = [block.value for block in at.code]
    assert "curl -F files=@picture.jpg http://127.0.0.1:8600/predict" in code
    assert shared.token() in code and here.token() not in code
    assert sum(button.label == "Stop" for button in at.button) == 2


def test_a_run_is_not_deleted_while_it_is_served(own_run: Furnished) -> None:
    server = ModelServer(own_run.run, 8600)
    server.folder.mkdir(parents=True)
    reporter = Reporter(server)
    reporter.stage("answering", "")
    with pytest.raises(RunError, match="answers on a server"):
        delete.discard([own_run.run.folder])
    reporter.end("done")
    delete.discard([own_run.run.folder])
