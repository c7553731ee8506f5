"""A page beside a route that fails, as a fault of ours would. For tests."""

import streamlit as st
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from pages.components import upload_route
from pages.components.web_security import WebSecurity


def fail(_: Request) -> Response:
    raise ValueError("a fault")


if __name__ == "__main__":
    st.title("A page")
else:
    app: ASGIApp = st.App(__file__, routes=[*upload_route.routes(), Route("/broken", fail)])
    app = WebSecurity(app)
