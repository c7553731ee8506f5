"""Who may ask a server of this machine; `pages/server/test_web_security.py` asks the same of the app."""

from __future__ import annotations

import pytest

from tlcore.errors import GraftError
from tlcore.serve import sender
from tlcore.serve.address import is_local


def test_programs_and_our_own_page_may_ask() -> None:
    assert sender.check(["127.0.0.1:8600"], [], is_local, "") == ("127.0.0.1:8600", "")
    assert sender.check(["LOCALHOST:8600"], ["http://localhost:8600"], is_local, "").scheme == "http"
    assert sender.check(["[::1]:80"], ["http://[::1]"], is_local, "").host == "[::1]:80"


@pytest.mark.parametrize(
    ("hosts", "origins"),
    [
        ([], []),
        (["evil.example"], []),
        (["127.0.0.1", "evil.example"], []),
        (["127.0.0.1@evil.example"], []),
        (["127.0.0.1:8600"], ["http://evil.example"]),
        (["127.0.0.1:8600"], ["http://127.0.0.1:8501"]),
        (["127.0.0.1:8600"], ["null"]),
        (["127.0.0.1:8600"], ["http://127.0.0.1:8600", "http://evil.example"]),
    ],
)
def test_others_may_not(hosts: list[str], origins: list[str]) -> None:
    with pytest.raises(GraftError):
        sender.check(hosts, origins, is_local, "Ask elsewhere.")
