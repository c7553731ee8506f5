"""The door of a company: the page at /graft/sign-in, and the way to its OpenID provider and back.

Authlib (`requirements-signin.txt`) does what OpenID Connect asks for: state, nonce, PKCE and the check of the
signed answer. Streamlit's `st.login` runs on it, too, but first lets everybody reach the pages, leaves the
provider's tokens in the browser for 30 days and says nothing when it fails. Here the answer is used once, for
a pass that ends; no code or token of the provider is kept, shown or written down.
"""

from __future__ import annotations

import html
import logging
import re
import time
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from pages.components.server import door_page
from pages.components.server.visitor import COOKIE
from tlcore.errors import GraftError, WorkspaceError
from tlcore.people import openid, register
from tlcore.people.openid import CALLBACK, PAGE, START, EntryRules, Provider
from tlcore.people.register import Person

ALGORITHMS = {
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "Ed25519",
    "EdDSA",
}
SESSION_KEY = "graft_sign_in_error"  # in the cookie of Streamlit's session, until the page has shown it
LONGEST_ERROR = 500  # characters: a cookie holds 4096
BUTTON = f'<a class="button" href="{START}">Sign in</a>'
AFTER = "You are signed out of Graft. Where others use this computer, sign out of your account, too."
RETRY = "Sign in again; if that fails, too, ask whoever runs this server."
_log = logging.getLogger(__name__)


class SignIn:
    """Lets in who has an account at this provider and may come."""

    def __init__(self, provider: Provider, rules: EntryRules) -> None:
        from authlib.integrations.starlette_client import OAuth

        self._provider, self._seconds, self._rules = provider, round(rules.hours * 3600), rules
        asked = {"scope": openid.SCOPE, "prompt": "select_account", "code_challenge_method": "S256"}
        self._client = OAuth().register(
            "provider",
            client_id=provider.client_id,
            client_secret=provider.client_secret,
            server_metadata_url=provider.server_metadata_url,
            client_kwargs={**asked, **provider.client_kwargs},
        )

    def routes(self) -> list[Route]:
        """The routes that `app.py` adds to the server."""
        return [
            Route(PAGE, _show, methods=["GET"]),
            Route(PAGE, _sign_out, methods=["POST"]),
            Route(START, self._start, methods=["GET"]),
            Route(CALLBACK, self._come_back, methods=["GET"]),
        ]

    async def _start(self, request: Request) -> Response:
        """To the provider. What it is to answer to lies in the cookie of Streamlit's session."""
        try:
            answer: Response = await self._client.authorize_redirect(request, self._provider.redirect_uri)
        except Exception as error:  # whatever the provider does
            return _refuse(request, error)
        return answer

    async def _come_back(self, request: Request) -> Response:
        """From the provider, with a code for the answer, or with an error."""
        try:
            person = openid.admit(await self._claims(request), self._rules)
            register.take_back(request.cookies.get(COOKIE, ""))
            pass_ = register.issue_pass(person, time.time() + self._seconds)
        except Exception as error:  # whatever the provider does
            return _refuse(request, error)
        return door_page.let_in(pass_, self._seconds, self._provider.is_secure)

    async def _claims(self, request: Request) -> Mapping[str, Any]:
        """The claims of the answer, once signature, issuer, audience, nonce and time have been checked."""
        known = await self._client.load_server_metadata()
        algorithms = "id_token_signing_alg_values_supported"  # some offer "none"
        known[algorithms] = [name for name in known.get(algorithms) or () if name in ALGORITHMS]
        expected = {
            "iss": {"essential": True, "value": known["issuer"]},
            "aud": {"essential": True, "value": self._provider.client_id},
        }
        token = await self._client.authorize_access_token(request, claims_options=expected)
        claims: Mapping[str, Any] = token["userinfo"]
        return claims


async def _show(request: Request) -> Response:
    error = str(request.session.pop(SESSION_KEY, ""))
    if person := register.find(request.cookies.get(COOKIE, "")):
        return _inside(person, error)
    lead = AFTER if "signed-out" in request.query_params else "Your data and your models are yours alone."
    return door_page.answer(PAGE, "Sign in to Graft", lead, "", BUTTON, error)


async def _sign_out(request: Request) -> Response:
    """Only from a page of this server: `web_security` refuses others, and browsers send them no cookie."""
    register.take_back(request.cookies.get(COOKIE, ""))
    return door_page.let_out(f"{PAGE}?signed-out=1")


def _inside(person: Person, error: str) -> Response:
    return door_page.answer(
        PAGE,
        f"You are {html.escape(person.name)}",
        "This browser is signed in. What is training goes on when you sign out.",
        "",
        '<button type="submit" formaction="/" formmethod="get">Go on</button>'
        '<button class="quiet" type="submit">Sign out</button>',
        error,
    )


def _refuse(request: Request, error: Exception) -> Response:
    """Back to the page, which says why: the address of this answer has the provider's code in it."""
    request.session[SESSION_KEY] = str(_explain(error))[:LONGEST_ERROR]
    return RedirectResponse(PAGE, 303)


def _explain(error: Exception) -> GraftError:
    from httpx2 import HTTPError

    if isinstance(error, GraftError):
        return error
    code = str(getattr(error, "error", ""))  # of OpenID Connect; what else an error says is not to be trusted
    name = code if re.fullmatch(r"[a-z_]{1,40}", code) else type(error).__name__
    if name == "access_denied":
        return WorkspaceError("The sign-in service did not let you in.", remedy=RETRY)
    if name == "mismatching_state":
        return WorkspaceError(
            "This sign-in was begun long ago, or in another window.", remedy="Sign in again."
        )
    _log.warning("Somebody could not sign in: %s", name)
    if isinstance(error, HTTPError):
        return WorkspaceError("The sign-in service does not answer.", remedy="Try again in a minute.")
    return WorkspaceError("Signing in did not work.", received=name, remedy=RETRY)
