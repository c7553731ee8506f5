"""What guessing would reach, for a run whose training and test parts are uneven in different ways.

Its recipe is one that no other command is given: a categorical loss, RMSprop and a constant rate.
"""

from __future__ import annotations

import pytest

from tests.fixtures.tiny_training import Graft, draw, small


@pytest.mark.usefixtures("unverified", "without_cross_fit")
def test_a_person_can_only_guess_what_is_commonest_in_the_training_part(graft: Graft) -> None:
    data = graft.home / "papers"
    for part, counts in {"train": {"amber": 12, "blue": 6}, "test": {"amber": 1, "blue": 4}}.items():
        for label, count in counts.items():
            draw(data / part, count, (label,), seed=len(part))
    recipe = {"loss": "categorical_crossentropy", "optimizer": "rmsprop", "schedule": "constant"}
    said = graft.train(data, "run", small(epochs=1, **recipe))
    assert said.code == 0, said.err
    assert said.json["epochs"] == 1
    assert (said.json["baseline_label"], said.json["baseline_accuracy"]) == ("amber", pytest.approx(1 / 5))
    other = draw(graft.home / "others", per_class=3, classes=("amber",), seed=9)
    draw(other, per_class=5, classes=("blue",), seed=9)
    asked = graft.call("evaluate", graft.home / "run", other, "--json")
    found = [asked.json[key] for key in ("baseline_label", "baseline_accuracy", "baseline_from")]
    assert found == ["amber", pytest.approx(3 / 8), "training"]
