"""The servers of a model: start one, see where it answers and how much, stop it."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from pages.components.shared.download import download_file
from pages.components.shared.job_bar import job_bar
from pages.components.shared.selection.chooser import choose_segment
from pages.components.shared.selection.keys import key_of
from pages.components.shared.text import counted, plain, show_errors
from tlcore.export import container
from tlcore.runs.job import ALIVE, Status
from tlcore.runs.run import Run
from tlcore.runs.workers.backend import BACKEND, any_alive
from tlcore.serve import address
from tlcore.serve.model_server import ModelServer, new_server, servers
from tlcore.workspace.home import is_shared

EVERY = "1s"
HERE, NETWORK = "here", "network"
ASKERS = {HERE: "This computer", NETWORK: "Others on its network, with a token"}
ABOUT = (
    "A server answers other programs: they send pictures or texts and get the chances back. People open its "
    "address in a browser. It goes on when you close this page, until you stop it."
)


def show(run: Run) -> None:
    """All servers of the run, and a button for one more; drawn again while one is at work."""
    st.caption(ABOUT)
    is_busy = any_alive(servers(run))
    st.fragment(_list, run_every=EVERY if is_busy else None)(run, is_busy)
    if is_shared():
        st.info("In a class no servers are started here. Take the folder below to a computer of your own.")
    else:
        _starter(run, is_first=not is_busy)
    _container(run)


@show_errors
def _starter(run: Run, is_first: bool) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="bottom", key="server_starter"):
        asker = choose_segment("Who may ask it", ASKERS, HERE, key=key_of("asker", run.id))
        st.space("stretch")
        look: Literal["primary", "secondary"] = "primary" if is_first else "secondary"
        if st.button("Start a server", icon=":material/dns:", type=look, key=key_of("serve", run.id)):
            _start(run, asker == NETWORK)


def _start(run: Run, for_others: bool) -> None:
    server = new_server(run)
    if for_others:
        server.make_token()
    with st.spinner("Starting the server"):
        BACKEND.start(server, server.command(for_others))
    st.rerun()


def _list(run: Run, was_busy: bool) -> None:
    rows = [(server, BACKEND.status(server)) for server in servers(run)]
    if was_busy and not any(status.state in ALIVE for _, status in rows):
        st.rerun()
    for server, status in rows:
        with st.container(border=True, key=f"server_{server.port}"):
            _row(server, status)


@show_errors
def _container(run: Run) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="server_container"):
        st.markdown(
            "**On another machine** · A folder for Docker, which runs the same server there. "
            "Its README has the two commands.",
            width="stretch",
        )
        key = key_of("container", run.id)
        download_file("Download", lambda: container.pack(run), f"{run.id} server", key=key)


@show_errors
def _row(server: ModelServer, status: Status) -> None:
    if status.state not in ALIVE:
        said = status.error or "Its process is gone. Start another one."
        st.caption(f":material/info: The server on port {server.port} ended. {plain(said)}")
    elif status.stage != "answering":
        with st.container(horizontal=True, vertical_alignment="center"):
            job_bar(server, status, key_of("stop", server.run.id, server.id))
    else:
        _answering(server, status)


def _answering(server: ModelServer, status: Status) -> None:
    where, key = server.address(), key_of("stop", server.run.id, server.id)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            f":green[:material/check_circle:] Answers at [{where.url}]({where.url}) · "
            f"{counted(status.done, 'answer')} so far",
            width="stretch",
        )
        if server.stop_requested():
            st.caption("Stopping …", width="content")
        else:
            st.button("Stop", icon=":material/stop:", key=key, on_click=BACKEND.cancel, args=(server,))
    st.code(address.curl_line(where.url, server.run.task, where.has_token), language="bash", wrap_lines=True)
    if token := server.token():
        st.caption(
            f"The token, for people who may ask; programs have it in `{address.TOKEN}`. It is sent without "
            "encryption: serve on a network that you trust."
        )
        st.code(token, language=None)
