"""The rules for host and token, and the words that pages show."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from tests.fixtures.documents import ROOT
from tlcore.__main__ import parser
from tlcore.errors import ConfigError
from tlcore.serve import address

GOOD = "a-token-of-16-or-more"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.8.9.1"])
def test_this_machine_needs_no_token(host: str) -> None:
    assert address.is_local(host)
    address.check(host, None)
    address.check(host, GOOD)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "192.168.1.4", "localhost.example.org", "my-computer"])
def test_others_are_answered_only_with_a_token(host: str) -> None:
    with pytest.raises(ConfigError, match="only with a token"):
        address.check(host, None)
    address.check(host, GOOD)


@pytest.mark.parametrize("token", ["", "short", "x" * 201, "sixteen letters and spaces", "ümläut" * 3])
def test_a_bad_token_is_refused_without_being_repeated(token: str) -> None:
    with pytest.raises(ConfigError) as raised:
        address.check("127.0.0.1", token)
    assert not token or token not in str(raised.value)


def test_the_address_can_be_asked() -> None:
    assert address.url("127.0.0.1", 80) == address.url("0.0.0.0", 80) == "http://127.0.0.1:80"
    assert address.url("::", 80) == "http://[::1]:80" and address.url("home", 80) == "http://home:80"


def test_the_command_is_one() -> None:
    args = parser().parse_args(address.command(Path("/runs/a b"), port=0))
    assert (args.command, args.run, args.port, args.host) == ("serve", "/runs/a b", 0, "127.0.0.1")


def test_the_line_asks_in_the_form_of_the_task() -> None:
    where = address.url(address.HOST, address.PORT)
    line = address.curl_line(where, "detection")
    assert line in (ROOT / "docs" / "serving.md").read_text("utf-8")
    assert line == address.curl_line(where, "images")
    words = shlex.split(address.curl_line(where, "texts", has_token=True))
    assert words[-1] == "Authorization: Bearer $GRAFT_TOKEN" and '{"texts": ["A text"]}' in words
