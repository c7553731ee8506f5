"""Accounts of a company: who may come in, which person they are, and settings that would not do."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlcore.errors import ConfigError, WorkspaceError
from tlcore.people import openid, register
from tlcore.people.openid import EVERYBODY, EntryRules, admit, entry_rules, provider_in

SECTION: dict[str, Any] = {
    "redirect_uri": "https://graft.example.org/oauth2callback",
    "cookie_secret": "as st.login asks for",
    "client_id": "graft",
    "client_secret": "hush",
    "server_metadata_url": "https://id.example.org/.well-known/openid-configuration",
    "client_kwargs": {"prompt": "login"},
}
ANN = {
    "iss": "https://id.example.org",
    "sub": "1",
    "name": "Ann",
    "email": "Ann@example.org",
    "email_verified": True,
}
ALL = EntryRules((EVERYBODY,))
LISTED = EntryRules(("example.org", "guest@other.example"))


def test_the_section_of_st_login_is_enough() -> None:
    provider = provider_in(SECTION)
    assert provider.client_kwargs == {"prompt": "login"} and provider.is_secure
    local = {**SECTION, "redirect_uri": "http://localhost:8501/oauth2callback"}
    assert not provider_in(local).is_secure


@pytest.mark.parametrize("name", ["redirect_uri", "client_id", "client_secret", "server_metadata_url"])
@pytest.mark.parametrize("value", [None, "", 7])
def test_what_is_missing_is_named_and_nothing_is_repeated(name: str, value: object) -> None:
    section = {key: text for key, text in SECTION.items() if key != name or value is not None}
    with pytest.raises(ConfigError, match=name) as error:
        provider_in({**section, **({name: value} if value is not None else {})})
    assert "hush" not in str(error.value)


@pytest.mark.parametrize("section", [None, {}, 1, "client_id"])
def test_without_a_section_the_documents_help(section: object) -> None:
    with pytest.raises(ConfigError, match=r"serving\.md"):
        provider_in(section)


@pytest.mark.parametrize(
    "change",
    [
        {"redirect_uri": "http://graft.example.org/oauth2callback"},
        {"redirect_uri": "http://localhost.example.org/oauth2callback"},
        {"redirect_uri": "https://graft.example.org/"},
        {"redirect_uri": "https://[/oauth2callback"},
        {"server_metadata_url": "http://id.example.org/.well-known/openid-configuration"},
        {"server_metadata_url": "file:///etc/passwd"},
    ],
)
def test_addresses_at_which_others_read_along_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=next(iter(change))):
        provider_in({**SECTION, **change})


def test_who_may_come_in_must_be_said(monkeypatch: pytest.MonkeyPatch) -> None:
    for text in (
        "",
        " , ",
        "*.example.org",
        "example",
        "a@b@example.org",
        "exämple.org",
        "example.org; other.org",
    ):
        monkeypatch.setenv(openid.ALLOW, text)
        with pytest.raises(ConfigError, match=openid.ALLOW):
            entry_rules()
    monkeypatch.setenv(openid.ALLOW, "@Example.org,\n Guest@other.example")
    assert entry_rules() == EntryRules(("example.org", "guest@other.example"), openid.DEFAULT_HOURS)


@pytest.mark.parametrize("hours", ["0", "-1", "nan", "721", "inf", "ten"])
def test_a_session_has_an_end(hours: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(openid.ALLOW, "*")
    monkeypatch.setenv(openid.HOURS, hours)
    with pytest.raises(ConfigError, match=openid.HOURS):
        entry_rules()
    monkeypatch.setenv(openid.HOURS, "0.5")
    assert entry_rules().hours == 0.5


def test_a_person_is_who_the_provider_means_not_a_name_or_an_address() -> None:
    ann = admit(ANN, ALL)
    assert admit({**ANN, "name": "Ann Jones", "email": "new@example.org"}, ALL).id == ann.id
    others = [{**ANN, "sub": "2"}, {**ANN, "iss": "https://id.other.example"}, {**ANN, "iss": "", "sub": "x"}]
    assert {admit(claims, ALL).id for claims in others[:2]} & {ann.id} == set()
    with pytest.raises(WorkspaceError, match="who you are"):
        admit(others[2], ALL)
    assert len(register.everybody()) == 3


@pytest.mark.parametrize("subject", [None, 1, "", ["1"], {"a": 1}])
def test_no_subject_is_nobody(subject: object) -> None:
    with pytest.raises(WorkspaceError, match="who you are"):
        admit({**ANN, "sub": subject}, ALL)


def test_those_on_the_list_come_in_and_nobody_else() -> None:
    assert admit(ANN, LISTED).name == "Ann"
    assert admit({**ANN, "sub": "2", "email": "GUEST@other.example", "email_verified": "true"}, LISTED)
    for email in (
        *(
            None,
            "",
            7,
            "ann",
            "@example.org",
            "guest2@other.example",
            "ann@sub.example.org",
            "ann@evilexample.org",
        ),
        *(
            "ann@example.org@evil.example",
            "ann@evil.example ann@example.org",
            "guest@other.example\n",
            "example.org",
        ),
        *("ann@example.orɡ", "ann@EXAMPLE.\u212aorg", "\u212aann@example.org"),
    ):
        with pytest.raises(WorkspaceError, match="does not let this account in"):
            admit({**ANN, "sub": "3", "email": email}, LISTED)
    for verified in (False, None, "false", "yes", 1.5):
        with pytest.raises(WorkspaceError, match="vouch"):
            admit({**ANN, "sub": "3", "email_verified": verified}, LISTED)
    assert len(register.everybody()) == 2


@given(
    st.dictionaries(
        st.sampled_from(["name", "preferred_username", "email"]), st.text() | st.integers() | st.none()
    )
)
def test_everybody_has_a_name_on_one_line(claims: dict[str, Any]) -> None:
    name = admit({"iss": "i", "sub": "s", **claims}, ALL).name
    assert name and len(name.splitlines()) == 1 and len(name) <= register.LONGEST_NAME


def test_the_best_name_is_shown() -> None:
    assert admit({**ANN, "name": " \u202e "}, ALL).name == "Ann@example.org"
    assert admit({"iss": "i", "sub": "new"}, ALL).name == "Somebody"
