"""A container of a model's server: a folder with a Dockerfile, this program, its packages and the model.

Whoever has Docker, or another builder of images, builds and starts it in two lines, which `README.md` in the
folder has. What it runs is `python -m tlcore serve`, as here.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import tlcore
from tlcore.errors import RunError
from tlcore.evaluate import analysis, confidence_threshold
from tlcore.file_set import Content, write_folder, write_zip
from tlcore.runs.job import ELSEWHERE, TAKEN
from tlcore.runs.run import Run
from tlcore.serve import address

PACKAGE = Path(tlcore.__file__).parent
LOCK = "requirements.txt"
UNWANTED = {"__pycache__", "photos"}  # those of the samples
# What answering needs: no examples, no history, no notes.
FILES = (
    "config.json",
    "labels.json",
    "report.json",
    "model.keras",
    analysis.FEATURES,
    confidence_threshold.FILE,
)
DOCKERFILE = f"""\
FROM python:3.11-slim
WORKDIR /graft
COPY {LOCK} .
RUN python -m pip install --no-cache-dir -r {LOCK}
COPY . .
# An account without rights; what a request holds is decoded by it. It can write to /tmp alone.
ENV HOME=/tmp GRAFT_HOME=/tmp/graft PYTHONUTF8=1 PYTHONDONTWRITEBYTECODE=1
USER 1000
EXPOSE {address.PORT}
CMD ["python", "-m", "tlcore", "serve", "run", "--host", "{address.ANYBODY}", "--port", "{address.PORT}"]
"""
README = f"""\
# A server of the model “{{id}}”

    docker build -t model .
    docker run -p {address.PORT}:{address.PORT} -e {address.TOKEN}=a-token-of-16-characters-or-more model

Then ask it, with the same token in `{address.TOKEN}`:

    {{curl}}

`http://127.0.0.1:{address.PORT}` is a page that describes it. Put a proxy with TLS before it where others
could listen. Made by Graft {{version}}.
"""


def write(run: Run, target: Path) -> None:
    """Write the folder.

    Raises:
        RunError: there is something in that place, or the run has no model yet.
        WorkspaceError: it cannot be written.
    """
    run.require_model()
    if target.exists():
        raise RunError(TAKEN, received=target, remedy=ELSEWHERE)
    write_folder(target, _files(run))


def pack(run: Run) -> Path:
    """A ZIP of the folder, made anew: the threshold may be another one by now. Errors as for `write`."""
    run.require_model()
    return write_zip(run.folder / "exports" / "container.zip", _files(run))


def _files(run: Run) -> Iterator[tuple[str, Content]]:
    for file in sorted(PACKAGE.rglob("*")):
        inside = file.relative_to(PACKAGE.parent)
        if file.is_file() and not UNWANTED & set(inside.parts):
            yield inside.as_posix(), file
    yield LOCK, PACKAGE.parent / LOCK
    for name in FILES:
        if (run.folder / name).exists():
            yield f"run/{name}", run.folder / name
    yield "Dockerfile", DOCKERFILE.encode()
    curl = address.curl_line(address.url(address.HOST, address.PORT), run.task, has_token=True)
    yield "README.md", README.format(id=run.id, curl=curl, version=tlcore.__version__).encode()
