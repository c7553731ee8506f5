"""A container of a model's server: a folder with a Dockerfile, this program, its packages and the model.

Whoever has Docker, or another builder of images, builds and starts it in two lines, which `README.md` in the
folder has. What it runs is `python -m tlcore serve`, as here.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import tlcore
from tlcore import system
from tlcore.errors import RunError
from tlcore.evaluate import analysis, confidence_threshold
from tlcore.refusals import writing
from tlcore.runs.job import ELSEWHERE, TAKEN
from tlcore.runs.run import Run
from tlcore.serve import address

PACKAGE = Path(tlcore.__file__).parent
LOCK = "requirements.txt"
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
    part = target.with_name(f".{target.name}.part")
    with writing():
        shutil.rmtree(part, ignore_errors=True)
        try:
            _fill(run, part)
            system.replace(part, target)
        finally:
            shutil.rmtree(part, ignore_errors=True)


def pack(run: Run) -> Path:
    """A ZIP of the folder, made anew: the threshold may be another one by now. Errors as for `write`."""
    run.require_model()
    place = run.folder / "exports"
    with writing():
        place.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=place, prefix=".part") as folder:
            _fill(run, Path(folder) / "container")
            made = shutil.make_archive(f"{folder}/made", "zip", folder, "container")
            system.replace(Path(made), place / "container.zip")
    return place / "container.zip"


def _fill(run: Run, folder: Path) -> None:
    unwanted = shutil.ignore_patterns("__pycache__", "photos")  # those of the samples
    shutil.copytree(PACKAGE, folder / PACKAGE.name, ignore=unwanted)
    shutil.copyfile(PACKAGE.parent / LOCK, folder / LOCK)
    (folder / "run").mkdir()
    for name in FILES:
        if (run.folder / name).exists():
            shutil.copyfile(run.folder / name, folder / "run" / name)
    (folder / "Dockerfile").write_text(DOCKERFILE, "utf-8")
    curl = address.curl_line(address.url(address.HOST, address.PORT), run.task, has_token=True)
    said = README.format(id=run.id, curl=curl, version=tlcore.__version__)
    (folder / "README.md").write_text(said, "utf-8")
