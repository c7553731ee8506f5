"""The files of Docker Compose: what they start is what the documents say and other tests run.

`tests/real/test_container.py` runs the commands of the server, `tests/extras/test_cluster.py` those of a
cluster.
"""

from __future__ import annotations

import re
import shlex
from typing import Any

import yaml

from tests.fixtures import ROOT
from tests.fixtures.ray_cluster import line_of_page
from tlcore.people import openid
from tlcore.workspace.home import shared_home


def services(*names: str) -> dict[str, Any]:
    """All services of these files, the later ones on top."""
    found: dict[str, Any] = {}
    for name in names:
        for service, options in yaml.safe_load((ROOT / name).read_text("utf-8"))["services"].items():
            found[service] = {**found.get(service, {}), **options}
    return found


CLUSTER = services("compose.yaml", "compose.cluster.yaml")
STAGES = re.findall(r"^FROM \S+ AS (\w+)$", (ROOT / "Dockerfile").read_text("utf-8"), re.M)


def test_each_service_is_built_from_a_stage_and_shares_the_workspace() -> None:
    assert {service["build"]["target"] for service in CLUSTER.values()} == set(STAGES)
    assert all("workspace:/workspace" in service["volumes"] for service in CLUSTER.values())


def test_the_machines_start_as_the_document_says() -> None:
    for name, beginning in (("head", "ray start --head"), ("worker", "ray start --address")):
        documented = shlex.split(line_of_page(beginning).replace("LAPTOP", "head"))
        started = CLUSTER[name]["command"]
        assert set(documented) <= set(started) and started[-1] == "--block"
        assert CLUSTER[name]["environment"]["RAY_AUTH_MODE"] == "token"


def test_a_company_starts_as_the_document_says() -> None:
    text = (ROOT / "docs" / "serving.md").read_text("utf-8")
    documented = next(line for line in text.splitlines() if line.startswith("streamlit run app.py"))
    server = services("compose.yaml", "compose.company.yaml")["graft"]
    words = [*server["entrypoint"], *server["command"]]
    assert words[:-1] == shlex.split(documented)[:-1] and words[-1].startswith("${GRAFT_NAME:?")
    assert f"GRAFT_PEOPLE={server['environment']['GRAFT_PEOPLE']}" in text
    assert openid.ALLOW in server["environment"]


def test_only_the_server_is_reached_from_outside() -> None:
    assert [name for name, service in CLUSTER.items() if "ports" in service] == ["graft"]
    assert all(service["cap_drop"] == ["ALL"] for service in CLUSTER.values())


def test_an_image_holds_the_program_and_nothing_else() -> None:
    named = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    kept = {line[1:] for line in named if line.startswith("!")}
    assert named[1] == "*" and all((ROOT / place).exists() for place in kept)
    assert not any(shared_home().is_relative_to(ROOT / place) for place in kept)
