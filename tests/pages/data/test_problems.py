"""Problems on the Data page: each with its examples, what a click does against it, and the way back."""

from __future__ import annotations

import pytest

from pages.components.shared.text import plain
from tests.fixtures.data_parts import Part, part  # noqa: F401 (a fixture)
from tests.fixtures.planted_faults import FAULTS, LABELS, example, faulty, pile, planted, settled, shortcuts
from tests.pages.conftest import words
from tlcore.data import checks
from tlcore.data.manifest import Manifest
from tlcore.data.versions.example_states import states

FAULTY = {"two_classes", "crossing", "exact", "near", "few", "uneven", *FAULTS}
SHORTCUTS = {"shortcut"}


@pytest.mark.parametrize(("manifest", "kinds"), [(faulty(), FAULTY), (shortcuts(), SHORTCUTS)])
def test_each_is_shown_with_its_examples(part: Part, manifest: Manifest, kinds: set[str]) -> None:  # noqa: F811
    dataset = planted(manifest)
    found = checks.problems(dataset, manifest)
    assert {problem.kind for problem in found} == kinds
    at = part("problems")
    assert not at.exception
    for problem in found:
        assert plain(problem.title) in words(at) and plain(problem.message) in words(at)
        behind = {key for group in problem.groups for key in group}
        name = f"problems_{dataset.id}_{problem.kind}_1"
        (toggle,) = [item for item in at.toggle if item.key == f"{name}_all"]
        count = "1 picture" if len(behind) == 1 else f"{len(behind)} pictures"
        assert toggle.label == f"Look through {count}"
        assert bool(problem.remedy) == (f"{name}_remedy" in [button.key for button in at.button])


@pytest.mark.parametrize("kind", sorted(FAULTY))
def test_a_click_against_it_is_one_version_and_can_be_taken_back(part: Part, kind: str) -> None:  # noqa: F811
    dataset = planted(faulty())
    before = states(dataset.read())
    at = part("problems")
    place = f"problems_{dataset.id}"
    at.button(key=f"{place}_{kind}_1_remedy").click().run()
    assert not at.exception and not at.error
    after = dataset.read()
    assert after.version == 2 and plain(after.change[1:]) in words(at)
    assert kind not in {problem.kind for problem in checks.problems(dataset, after)}
    at.button(key=f"undo_{place}").click().run()
    assert not at.exception and "Undid version 2" in words(at)
    assert states(dataset.read()) == before and dataset.latest == 3
    at.button(key=f"undo_{place}").click().run()  # “Redo” by now
    assert states(dataset.read()) == states(after)


def test_all_behind_it_can_be_looked_through(part: Part) -> None:  # noqa: F811
    dataset = planted(faulty(), thumbnails=200)
    at = part("problems")
    assert not at.get("bidi_component")
    at.toggle(key=f"problems_{dataset.id}_blank_1_all").set_value(True).run()
    assert not at.exception
    (gallery,) = at.get("bidi_component")
    assert gallery.proto.component_name == "graft_gallery"


def test_none_is_said_with_what_was_looked_for(part: Part) -> None:  # noqa: F811
    manifest = settled(Manifest(name="good", examples=tuple(example(n, LABELS[n % 2]) for n in range(40))))
    planted(manifest)
    at = part("problems")
    assert [item.value for item in at.success] == ["No problems found."]
    assert "look-alikes on both sides of the split" in words(at)


def test_a_pile_without_classes_has_none(part: Part) -> None:  # noqa: F811
    planted(pile())
    at = part("problems")
    assert not at.exception and [item.value for item in at.success] == ["No problems found."]
