"""README, CONTRIBUTING and `docs/` held against the project: their paths, names, numbers and links."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

from tests.fixtures import ROOT, settings_table
from tests.fixtures.documents import DOCUMENTS, FENCED, README, code_words
from tlcore.data import manifest
from tlcore.data.annotations import annotation, class_maps
from tlcore.data.annotations.formats import coco, voc
from tlcore.data.files import archives, source
from tlcore.data.files.own_folders import OF_WORKSPACE
from tlcore.data.images import decode
from tlcore.data.tables import rows

SECRETS = ".streamlit/secrets.toml"  # whoever runs a server for a company writes it
FOLDERS = ("pages", "tlcore", "tests", "benchmarks")


def test_the_readme_is_short() -> None:
    assert len(README.read_text("utf-8").splitlines()) <= 200


def test_the_readme_names_what_the_pages_show() -> None:
    pages = "".join(path.read_text("utf-8") for path in (ROOT / "pages").rglob("*.py"))
    names = re.findall(r"(?<!\*)\*([^*\n]+)\*(?!\*)", README.read_text("utf-8"))
    assert "Train" in names
    assert [name for name in names if name.removesuffix(" pictures") not in pages] == []


def test_the_limits_are_those_of_the_code() -> None:
    limits = (
        f"{source.MAX_FILES:,} |",
        f"{source.MAX_TOTAL // 10**9} GB, and {archives.MAX_RATIO} times",
        f"{decode.MAX_BYTES // 10**6} MB, {decode.MAX_PIXELS // 10**6} million pixels",
        f"areas | {annotation.MOST_IN_PICTURE:,} in a picture, {annotation.MOST_OBJECTS:,} in all |",
        f"{coco.MOST_BYTES // 10**6} MB; {voc.MOST_BYTES // 10**6} MB for VOC and YOLO",
        f"{annotation.MOST_CORNERS:,} corners",
        f"{class_maps.MOST_PIXELS // 10**6} million pixels, {annotation.MOST_AREA_CLASSES} classes |",
        f"table | {rows.MAX_ROWS:,} |",
        f"{manifest.MAX_TEXT_BYTES // 10**6} MB |",
    )
    page = (ROOT / "docs" / "data.md").read_text("utf-8")
    assert [limit for limit in limits if limit not in page] == []


def test_the_settings_are_those_of_the_configuration() -> None:
    written = settings_table.PAGE.read_text("utf-8")
    assert written.endswith(settings_table.table()), "python -m tests.fixtures.settings_table"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", document.read_text("utf-8")):
        file, _, heading = target.partition("#")
        assert (document.parent / file).is_file(), target
        headings = re.findall(r"^#+ (.+)$", (document.parent / file).read_text("utf-8", "replace"), re.M)
        assert not heading or heading in {title.lower().replace(" ", "-") for title in headings}, target


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_paths_exist(document: Path) -> None:
    top = {path.name for path in ROOT.iterdir()} - OF_WORKSPACE
    tree = [f"/{path.relative_to(ROOT).as_posix()}" for name in FOLDERS for path in (ROOT / name).rglob("*")]
    for word in code_words(document):
        if not re.fullmatch(r"[\w./*-]+", word) or word.rstrip("/") in (*OF_WORKSPACE, SECRETS):
            continue
        if word.split("/")[0] in top:
            assert any(ROOT.glob(word.rstrip("/"))), word
        elif word.endswith((".py", ".js", "/")):
            assert any(path.endswith(f"/{word.rstrip('/')}") for path in tree), word


def test_the_tree_of_the_contributors_exists() -> None:
    ((_, tree),) = (block for block in FENCED.findall(DOCUMENTS[1].read_text("utf-8")) if not block[0])
    parent = ROOT
    for line in tree.splitlines():
        names, *_ = re.split(r"   +", line.strip())
        for name in names.split(" "):
            folder = (parent if line[0] == " " else ROOT) / name
            assert folder.exists(), name
        parent = parent if line[0] == " " else folder


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_names_exist(document: Path) -> None:
    sources = {path: path.read_text("utf-8") for name in FOLDERS for path in (ROOT / name).rglob("*.py")}
    text = "".join(sources.values())
    for word in code_words(document):
        if re.fullmatch(r"[A-Z]{2,}|[A-Z][a-z]+[A-Z]\w+|Backend|Engine|Problem", word):
            assert re.search(rf"^(class {word}\b|{word}\b.* = )", text, re.M), word
        if match := re.match(r"python -m ([\w.]+\w)$", word):
            assert importlib.util.find_spec(match[1]), word
    for name, file in re.findall(r"`(\w+)` (?:in|of) `([\w./]+\.py)`", document.read_text("utf-8")):
        assert re.search(rf"^(class )?{name}\b", (ROOT / file).read_text("utf-8"), re.M), (name, file)
