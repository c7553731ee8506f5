"""A page that makes something once and keeps it, beside a route that counts the sessions kept. For tests."""

import streamlit as st
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from pages.components import session_memory
from tlcore.workspace import Workspace


async def count(_: Request) -> PlainTextResponse:
    return PlainTextResponse(str(len(session_memory.sessions())))


@st.cache_resource
def make() -> None:
    with (Workspace().folder() / "made.txt").open("a") as file:
        file.write("x")


if __name__ == "__main__":
    make()
    st.title("A page")
    st.code(st.text_input("Some text"))
else:
    session_memory.LOOK = 0.3
    app: ASGIApp = st.App(__file__, routes=[Route("/count", count)], lifespan=session_memory.lifespan)
