"""Loads pages of a workspace whose files it spoils: `page_process HOME FIRST STEP`.

Of the cases it takes every STEP-th from FIRST on, and says a line of JSON for each load: what was spoiled,
the page, and each exception on the page or in the log.
"""

from __future__ import annotations

import json
import os
import random
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import streamlit as st
from streamlit.testing.v1 import AppTest

from benchmarks._measure import ROOT
from benchmarks.hostile.furnishing import FILES, asked_for
from benchmarks.hostile.processes import kill_family
from benchmarks.hostile.record import CRUDE, shorten
from benchmarks.hostile.spoiled import SPOILED, Spoil, changed
from benchmarks.hostile.world import put

PAGES = ("home", "data", "model", "train", "evaluate", "predict", "compare")
SECTIONS = ("overview", "confusion", "classes", "sureness", "mistakes", "labels", "map", "elsewhere")
# The pages that read what lies in a folder of the workspace; another one is loaded each time, too.
READERS = {
    "datasets": ("data", "model"),
    "runs": ("train", "evaluate", "compare"),
    "experiments": ("compare",),
    "batches": ("predict",),
    "cache": ("model",),
}
RANDOM = 3  # times that anything in a file is changed at random
SECONDS = 60

Case = tuple[str, str, Spoil]  # the file's pattern; how it is spoiled; what does it


def cases() -> list[Case]:
    """Every file spoiled in every way."""
    ways = SPOILED | {f"changed, {number}": changed for number in range(RANDOM)}
    return [(file, name, spoil) for file in FILES for name, spoil in ways.items()]


def loads(home: Path, number: int, case: Case) -> Iterator[dict[str, object]]:
    """Spoil a file, load the pages, put it back."""
    pattern, how, spoil = case
    path = next(iter(home.glob(pattern)), None)
    if path is None:  # in a short run
        return
    before, query = path.read_bytes(), asked_for(home)
    spoil(path, random.Random(number))
    own = READERS[pattern.split("/")[0]]
    other = [page for page in PAGES if page not in own]
    try:
        for page in (*own, other[number % len(other)]):
            asked = query | ({"section": SECTIONS[number % len(SECTIONS)]} if page == "evaluate" else {})
            yield {"name": f"{page}: {pattern} {how}", "wrong": load(page, asked)}
    finally:
        put(path, before)


def load(page: str, query: dict[str, str]) -> str:
    """What went wrong in loading a page, in words; "" nothing."""
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
    wrong += [shorten(said, "Traceback", 3000)[-400:] for crude in CRUDE if crude in said and not wrong]
    return " | ".join(wrong)


def main() -> None:
    """Every one of them."""
    home, first, step = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    os.environ["GRAFT_HOME"] = str(home)
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for number, case in list(enumerate(cases()))[first::step]:
        for found in loads(home, number, case):
            answers.write(json.dumps(found) + "\n")
            answers.flush()


if __name__ == "__main__":
    main()
