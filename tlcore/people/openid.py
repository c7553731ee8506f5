"""Signing in with an account: the provider that is asked, who may come in, and which person somebody is.

A provider (Google, Microsoft, Keycloak and others) says who somebody is in *claims*, by OpenID Connect.
`pages/components/server/sign_in.py` asks it, and hands on only claims whose signature has been checked.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec

from tlcore.errors import ConfigError, WorkspaceError
from tlcore.people import register
from tlcore.people.register import Person
from tlcore.records import JsonType, MalformedJson
from tlcore.serve.address import is_local

PAGE, START, CALLBACK = "/graft/sign-in", "/graft/sign-in/start", "/oauth2callback"
ALLOW, HOURS = "GRAFT_SIGNIN_ALLOW", "GRAFT_SIGNIN_HOURS"
EVERYBODY = "*"
DEFAULT_HOURS, MOST_HOURS = 12.0, 720.0
SECRETS = ".streamlit/secrets.toml"
SCOPE = "openid email profile"
_NAMES = ("name", "preferred_username", "email")  # the claims that hold one, the best first
_DOMAIN = r"[a-z0-9-]+(\.[a-z0-9-]+)+"
_ADDRESS = re.compile(rf"[^\s@]+@{_DOMAIN}", re.ASCII)
_ENTRY = re.compile(rf"\*|([^\s@]+@)?{_DOMAIN}", re.ASCII)


class Provider(msgspec.Struct, frozen=True):
    """The provider that is asked: the section `[auth]` of the secrets, as Streamlit's `st.login` reads it.

    Attributes:
        redirect_uri: where people come back to: the address of this server, and `/oauth2callback`.
        client_id, client_secret: as the provider knows this server.
        server_metadata_url: where the provider describes itself.
        client_kwargs: more that it is to be told, such as another `scope`.
    """

    redirect_uri: str
    client_id: str
    client_secret: str
    server_metadata_url: str
    client_kwargs: dict[str, Any] = {}

    @property
    def is_secure(self) -> bool:
        """Whether people reach this server by HTTPS."""
        return self.redirect_uri.startswith("https:")


class EntryRules(msgspec.Struct, frozen=True):
    """Who may come in, and for how long.

    Attributes:
        allow: e-mail addresses and domains in small letters, or `EVERYBODY` whom the provider knows.
        hours: after which somebody signs in again.
    """

    allow: tuple[str, ...]
    hours: float = DEFAULT_HOURS


_PROVIDER = JsonType(Provider)


def provider_in(section: object) -> Provider:
    """The provider in this section of the secrets. No value of it is repeated in an error.

    Raises:
        ConfigError: something is missing, or of the wrong kind.
    """
    if not isinstance(section, Mapping) or not section:
        raise ConfigError(
            "Nothing says with which provider people sign in.",
            remedy=f"Write the section [auth] in {SECRETS}, in TOML: docs/serving.md shows it.",
        )
    try:
        provider = _PROVIDER.convert(dict(section))
    except MalformedJson as error:
        raise ConfigError(f"The section [auth] of {SECRETS} is incomplete.", received=error) from None
    for name in ("client_id", "client_secret"):
        if not getattr(provider, name):
            raise ConfigError(
                f"{name} in [auth] of {SECRETS} is empty.", remedy="The provider gives you one."
            )
    for name in ("redirect_uri", "server_metadata_url"):
        _check_address(name, getattr(provider, name))
    if urlsplit(provider.redirect_uri).path != CALLBACK:
        raise ConfigError(
            f"redirect_uri in [auth] of {SECRETS} leads elsewhere.",
            received=provider.redirect_uri,
            remedy=f"It is the address of this server and {CALLBACK}.",
        )
    return provider


def _check_address(name: str, address: str) -> None:
    """Refuse an address at which others in the network could read along."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        host = ""
    if not host or parts.scheme not in ({"http", "https"} if is_local(host) else {"https"}):
        raise ConfigError(
            f"{name} in [auth] of {SECRETS} is no address that begins with https.",
            received=address,
            remedy="Only on this machine itself it may begin with http://localhost.",
        )


def entry_rules() -> EntryRules:
    """The rules that `GRAFT_SIGNIN_ALLOW` and `GRAFT_SIGNIN_HOURS` set.

    Raises:
        ConfigError: nobody said who may come in, or one of them cannot be read.
    """
    allow = tuple(
        word.lower().removeprefix("@") for word in re.split(r"[\s,]+", os.environ.get(ALLOW, "")) if word
    )
    wrong = next((word for word in allow if not _ENTRY.fullmatch(word)), None)
    if not allow or wrong:
        raise ConfigError(
            f"{ALLOW} does not say who may come in.",
            received=wrong or "nothing",
            remedy="Set it to domains and e-mail addresses, such as `example.org, ann@example.com`, or to * "
            "for everybody whom the provider lets sign in.",
        )
    return EntryRules(allow, _hours(os.environ.get(HOURS) or DEFAULT_HOURS))


def _hours(text: str | float) -> float:
    try:
        hours = float(text)
    except ValueError:
        hours = 0.0
    if not 0 < hours <= MOST_HOURS:
        remedy = (
            f"Set it to a number of hours up to {MOST_HOURS:.0f}, or remove it to allow {DEFAULT_HOURS:.0f}."
        )
        raise ConfigError(f"{HOURS} is not a time.", received=text, remedy=remedy)
    return hours


def admit(claims: Mapping[str, Any], rules: EntryRules) -> Person:
    """The person whom checked claims mean, who is made when they come first.

    Raises:
        WorkspaceError: they may not come in, or the claims do not say who they are.
    """
    issuer, subject = claims.get("iss"), claims.get("sub")
    if not (isinstance(issuer, str) and isinstance(subject, str) and issuer and subject):
        raise WorkspaceError(
            "The sign-in service does not say who you are.", remedy="Ask whoever runs this server."
        )
    _check_entry(claims, rules)
    return register.come(person_id(issuer, subject), _name(claims))


def person_id(issuer: str, subject: str) -> str:
    """The id of whom a provider knows by that subject: name and address may go to somebody else one day."""
    return hashlib.sha256(json.dumps([issuer, subject]).encode()).hexdigest()[:40]


def _check_entry(claims: Mapping[str, Any], rules: EntryRules) -> None:
    if EVERYBODY in rules.allow:
        return
    email = claims.get("email")
    address = email.lower() if isinstance(email, str) and email.isascii() else ""
    is_listed = address in rules.allow or address.rpartition("@")[2] in rules.allow
    if not (_ADDRESS.fullmatch(address) and is_listed):
        raise WorkspaceError(
            "This server does not let this account in.",
            received=address or "no e-mail address",
            remedy="Sign in with another account, or ask whoever runs this server.",
        )
    if claims.get("email_verified") not in (True, "true"):
        raise WorkspaceError(
            "The sign-in service does not vouch for your e-mail address.",
            received=address,
            remedy="Confirm the address at the sign-in service, or ask whoever runs this server.",
        )


def _name(claims: Mapping[str, Any]) -> str:
    given = (claims.get(claim) for claim in _NAMES)
    return next((name for name in given if isinstance(name, str) and register.clean_name(name)), "Somebody")
