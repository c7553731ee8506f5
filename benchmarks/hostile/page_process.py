"""Loads pages of a workspace whose files it spoils: `page_process HOME FIRST STEP`.

Takes every STEP-th case from FIRST on, and prints a line of JSON for each load: the spoiled file, the page,
and each exception on the page or in the log.
"""

from __future__ import annotations

import json
import os
import random
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from unittest.mock import patch

import psutil
import streamlit as st
from streamlit import config
from streamlit.testing.v1 import AppTest

from benchmarks.common.measure import ROOT
from benchmarks.hostile.furnishing import FILES, asked_for
from benchmarks.hostile.processes import kill_family
from benchmarks.hostile.record import CRUDE, shorten
from benchmarks.hostile.spoiled import SPOILED, Spoil, change_values
from benchmarks.hostile.world import put

PAGES = ("home", "data", "model", "train", "evaluate", "predict", "compare")
SECTIONS = ("overview", "confusion", "classes", "sureness", "mistakes", "labels", "map", "elsewhere")
# The pages that read what lies in a folder of the workspace; two of them are loaded for a case, in turn, and
# any page for every third.
READERS = {
    "datasets": ("data", "model"),
    "runs": ("train", "evaluate", "compare"),
    "experiments": ("compare",),
    "batches": ("predict",),
    "cache": ("model",),
}
KINDS = {"data": "datasets", "run": "runs"}  # what an address calls it: where it lies
RANDOM = 2  # times that anything in a file is changed at random
SECONDS = 60
NAMES = (
    *(
        "a__b",
        "__",
        "<b>*x* [y](z)",
        "=1+1",
        "a b#c?d&e%2e",
        "\u202egpj",
        "a\nb",
        "na\udcffme",
        "x" * 200,
        ".hidden",
    ),
    *("a~b~c", "שלום", "$HOME", "-rf", "nul", "a\\b"),
)

Load = dict[str, str]
Case = Callable[[Path, int], Iterator[Load]]  # the workspace and the case's number, to the loads


def cases() -> list[Case]:
    """Every file spoiled in every way, folders with odd names, workspaces that are none."""
    ways = SPOILED | {f"changed, {number}": change_values for number in range(RANDOM)}
    spoiled: list[Case] = [
        partial(try_spoiled, file, how, way) for file in FILES for how, way in ways.items()
    ]
    renamed: list[Case] = [partial(try_renamed, kind, name) for name in NAMES for kind in ("data", "run")]
    return [*spoiled, *renamed, *(partial(try_home, how) for how in ("a file", "closed", "below a file"))]


def try_spoiled(pattern: str, how: str, spoil: Spoil, home: Path, number: int) -> Iterator[Load]:
    """Spoil a file, load the pages, put it back."""
    path = next(iter(home.glob(pattern)), None)
    if path is None:  # in a short run
        return
    before, query = path.read_bytes(), asked_for(home)
    spoil(path, random.Random(number))
    own = READERS[pattern.split("/")[0]]
    chosen = {own[number % len(own)], own[(number + 1) % len(own)]}
    if number % 3 == 0:
        chosen.add(PAGES[number // 3 % len(PAGES)])
    try:
        for page in sorted(chosen):
            asked = query | ({"section": SECTIONS[number % len(SECTIONS)]} if page == "evaluate" else {})
            yield {"name": f"{page}: {pattern} {how}", "wrong": load(page, asked)}
    finally:
        put(path, before)


def try_renamed(kind: str, name: str, home: Path, number: int) -> Iterator[Load]:
    """Give a data set or run another folder name, load the pages, take it back."""
    query = asked_for(home)
    before = home / KINDS[kind] / query[kind]
    now = before.with_name(name)
    before.rename(now)
    asked = query | ({} if "\udcff" in name else {kind: name})  # no address can hold that one
    try:
        for at, page in enumerate((*PAGES, "evaluate")):
            section = {"section": ("map", "elsewhere")[at % 2]} if page == "evaluate" else {}
            yield {"name": f"{page}: a {kind} called {name!r}", "wrong": load(page, asked | section)}
    finally:
        now.rename(before)


def try_home(how: str, home: Path, number: int) -> Iterator[Load]:
    """A workspace that cannot be one: no page may show more than a sentence."""
    place = home.with_name(f"{home.name} {how}")
    put(place, b"" if "file" in how else None)
    place.chmod(0o555)
    with patch.dict(os.environ, GRAFT_HOME=str(place / "x" if how == "below a file" else place)):
        for page in PAGES:
            yield {"name": f"{page}: the workspace is {how}", "wrong": load(page, {})}


def load(page: str, query: dict[str, str]) -> str:
    """The errors of loading a page, in words; "" for none."""
    st.cache_data.clear()
    st.cache_resource.clear()
    with tempfile.TemporaryFile() as log:
        kept = os.dup(2)
        os.dup2(log.fileno(), 2)
        try:
            at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=SECONDS)
            at.switch_page(f"pages/{page}.py")
            for key, value in query.items():
                at.query_params[key] = value
            at.run()
            wrong = [f"{shorten(one.message)} {shorten(''.join(one.stack_trace))}" for one in at.exception]
        except Exception as error:
            wrong = [f"{type(error).__name__}: {error}"]
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            for child in psutil.Process().children():
                kill_family(child)
        log.seek(0)
        said = log.read().decode(errors="replace")
    return " | ".join([*wrong, *(shorten(said, most=600) for crude in CRUDE if crude in said)])


def main() -> None:
    """Every one of them."""
    home, first, step = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    os.environ["GRAFT_HOME"] = str(home)
    config.get_config_options()  # the project's own are read, and one of them is another here
    config.set_option("client.showErrorDetails", "full")
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for number, case in list(enumerate(cases()))[first::step]:
        for found in case(home, number):
            answers.write(json.dumps(found) + "\n")
            answers.flush()


if __name__ == "__main__":
    main()
