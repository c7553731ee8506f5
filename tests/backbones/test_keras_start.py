"""Loading TensorFlow: Keras takes no library along that nobody uses, and whoever uses one still finds it.

Nor does it make layers to save others, or an operation for each variable.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.fixtures import ROOT

NOT_FOR_KERAS = {"pandas", "scipy", "sklearn"}

ELSEWHERE = """
import json, sys
import tlcore.export.runtimes.saved_model
assert "keras" in sys.modules
loaded = sorted(set(tlcore.backbones.keras_start.NOT_FOR_KERAS) & sys.modules.keys())
import pandas, scipy.sparse, sklearn.metrics
found = [module.__name__ for module in (pandas, scipy.sparse, sklearn.metrics)]
import keras
model, made, start = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)]), [], keras.Layer.__init__
keras.Layer.__init__ = lambda self, **options: made.append(0) or start(self, **options)
for number in range(2):
    first = len(made)
    model.save(sys.argv[1])
named = [weight.name for weight in model.weights if weight.name in str(weight.value.handle)]
print(json.dumps([loaded, found, len(made) - first, named]))
"""


def test_keras_loads_without_what_only_others_use(tmp_path: Path) -> None:
    command = [sys.executable, "-c", ELSEWHERE, tmp_path / "model.keras"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    loaded, found, made, named = json.loads(done.stdout.splitlines()[-1])
    assert loaded == []
    assert {name.split(".")[0] for name in found} == NOT_FOR_KERAS
    assert made == 0, "what is no part of a layer is known since the first time"
    assert named == [], "a name of its own would cost an operation of its own"
