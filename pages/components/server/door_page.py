"""The page at which people come in, whichever way, and the cookie with which they stay.

Plain HTML without a script: nobody has reached Streamlit yet.
"""

from __future__ import annotations

import html
from pathlib import Path
from string import Template
from urllib.parse import parse_qs

from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from pages.components.server.visitor import COOKIE

MOST_BYTES = 4096  # of a form
PAGE = Template(Path(__file__).with_name("door_page.html").read_text(encoding="utf-8"))


def answer(
    action: str, title: str, lead: str, fields: str, buttons: str, error: str = "", status: int = 200
) -> Response:
    """The page.

    Args:
        action: where its form goes.
        title, lead, fields, buttons: HTML; `fields` and `buttons` stand in the form.
        error: text, what went wrong.
    """
    told = f'<p role="alert">{html.escape(error)}</p>' if error else ""
    content = PAGE.substitute(
        action=action, title=title, lead=lead, fields=fields, buttons=buttons, error=told
    )
    return HTMLResponse(content, status, headers={"Cache-Control": "no-store"})


def let_in(pass_: str, seconds: int, is_secure: bool) -> Response:
    """Into the pages, with the pass in a cookie and not in the address."""
    response = RedirectResponse("/", 303)
    response.set_cookie(COOKIE, pass_, max_age=seconds, httponly=True, samesite="lax", secure=is_secure)
    return response


def let_out(address: str) -> Response:
    """To that address, without the cookie."""
    response = RedirectResponse(address, 303)
    response.delete_cookie(COOKIE)
    return response


async def form_of(request: Request) -> dict[str, str]:
    """The fields of the form; none where it is larger than any that this page sends."""
    body = b""
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > MOST_BYTES:
                return {}
    except ClientDisconnect:
        return {}
    try:
        fields = parse_qs(body.decode("utf-8", "replace"), max_num_fields=10)
    except ValueError:  # more of them
        return {}
    return {name: values[0] for name, values in fields.items()}
