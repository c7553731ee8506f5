"""The door of a class: the page at /graft/join, where students type the code and their name.

The link that the teacher's terminal shows leads here, too, with the teacher's pass.
"""

from __future__ import annotations

import html
import secrets
from string import Template

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pages.components.server import door_page
from pages.components.server.visitor import COOKIE
from tlcore.errors import GraftError
from tlcore.people import register
from tlcore.people.classroom import DOOR, Entrance
from tlcore.people.register import LONGEST_NAME, PASS_DAYS, Person

FIELDS = Template(
    '<label for="code">Code of the class</label>'
    '<input id="code" name="code" value="$code" required maxlength="20" autocomplete="off" $at_code>'
    '<label for="name">Your name</label>'
    f'<input id="name" name="name" value="$name" required maxlength="{LONGEST_NAME}" $at_name>'
    '<input type="hidden" name="form" value="$form">'
)
GONE = "This link is not valid any more."
_entrance = Entrance()


def routes() -> list[Route]:
    """The route that `app.py` adds to the server of a class."""
    return [Route(DOOR, _show, methods=["GET"]), Route(DOOR, _enter, methods=["POST"])]


async def _show(request: Request) -> Response:
    if pass_ := request.query_params.get("pass", ""):
        person = register.find(pass_)
        return _ask(person, pass_) if person else _page("", "", GONE, 403)
    if person := register.find(request.cookies.get(COOKIE, "")):
        return _inside(person)
    return _page(request.query_params.get("code", ""), "")


async def _enter(request: Request) -> Response:
    form = await door_page.form_of(request)
    own = request.cookies.get(COOKIE, "")
    if form.get("leave"):
        register.take_back(own)
        return door_page.let_out(DOOR)
    if pass_ := form.get("pass"):
        return _let_in(request, pass_) if register.find(pass_) else _page("", "", GONE, 403)
    if person := register.find(own):  # one browser is one person
        return _inside(person)
    code, name = form.get("code", ""), form.get("name", "")
    try:
        sender = request.client.host if request.client else ""
        person = _entrance.join(code, name, sender, form.get("form", ""))
        return _let_in(request, register.issue_pass(person))
    except GraftError as error:
        return _page(code, name, str(error), 403)


def _let_in(request: Request, pass_: str) -> Response:
    """Into the pages, with the pass in a cookie and not in the address."""
    return door_page.let_in(pass_, PASS_DAYS * 24 * 3600, request.url.scheme == "https")


def _page(code: str, name: str, error: str = "", status: int = 200) -> Response:
    """The form; the cursor stands in the first field that is empty or wrong."""
    focus = {"at_code": "" if code and not error else "autofocus", "at_name": "autofocus" if code else ""}
    shown = {"code": html.escape(code[:20]), "name": html.escape(name[:LONGEST_NAME])}
    fields = FIELDS.substitute(**shown, form=secrets.token_urlsafe(12), **focus)
    return door_page.answer(
        DOOR,
        "Join the class",
        "Your data and your models stay yours; your teacher sees your results.",
        fields,
        '<button type="submit">Join</button>',
        error,
        status,
    )


def _ask(person: Person, pass_: str) -> Response:
    """Nobody becomes somebody by a link alone: it may come from someone else."""
    return door_page.answer(
        DOOR,
        f"Go on as {html.escape(person.name)}?",
        "Whatever you do here belongs to this person.",
        f'<input type="hidden" name="pass" value="{html.escape(pass_)}">',
        f'<button type="submit">Go on as {html.escape(person.name)}</button>',
    )


def _inside(person: Person) -> Response:
    return door_page.answer(
        DOOR,
        f"You are {html.escape(person.name)}",
        "This browser has joined the class. If you leave, only your teacher can let you back to your work.",
        "",
        '<button type="submit" formaction="/" formmethod="get">Go on</button>'
        '<button class="quiet" type="submit" name="leave" value="1">Leave</button>',
    )
