"""A vision transformer in a folder of one's own through a whole run: trained, saved, loaded and asked.

One whose last layers train, too: `test_transformer_runs.py`.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.fixtures.picture_folders import write
from tests.fixtures.tiny_training import Graft, draw, in_workspace, small
from tlcore.export.formats.description import describe
from tlcore.export.formats.formats import FORMATS
from tlcore.export.proof.examples import ProofExamples
from tlcore.graft.network import saved_model
from tlcore.runs.run import Run


@pytest.mark.usefixtures("unverified", "without_cross_fit")  # its file is asked here
def test_a_run_on_it_needs_the_folder_no_longer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write(tmp_path / "my eyes")
    pictures = draw(tmp_path / "pictures", per_class=3)
    with in_workspace(tmp_path, tmp_path / "weights", monkeypatch):
        graft = Graft(tmp_path)
        config = small(backbone=f"folder:{folder}", input_size=None, epochs=1)
        said = graft.train(pictures, "run", config)
        assert said.code == 0, said.err
        run = Run(tmp_path / "run")
        assert (run.config().task, run.config().backbone) == ("images", f"folder:{folder}")
        (folder / "config.json").unlink()
        asked = next(pictures.rglob("*.png"))
        answer = graft.call("predict", run.folder, asked, "--json")
        assert answer.code == 0, answer.err
        assert answer.json["label"] in run.labels()
        assert describe(run, FORMATS["onnx"])["input"]["shape"] == [None, 32, 32, 3]
        write(folder, image_size=64)  # another model under its name
        assert ProofExamples(run).questions().size == 32
    assert saved_model.load(run.model).input_shape == (None, 32, 32, 3)
    assert np.isfinite(answer.json["confidence"])
