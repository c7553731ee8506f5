"""Loading TensorFlow: Keras takes no library along that nobody uses, and whoever uses one still finds it."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.fixtures import ROOT

NOT_FOR_KERAS = {"pandas", "scipy", "sklearn"}

ELSEWHERE = """
import json, sys
import tlcore.export.runtimes.saved_model
assert "keras" in sys.modules
loaded = sorted(set(tlcore.backbones.keras_start.NOT_FOR_KERAS) & sys.modules.keys())
import pandas, scipy.sparse, sklearn.metrics
print(json.dumps([loaded, [module.__name__ for module in (pandas, scipy.sparse, sklearn.metrics)]]))
"""


def test_keras_loads_without_what_only_others_use() -> None:
    done = subprocess.run([sys.executable, "-c", ELSEWHERE], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    loaded, found = json.loads(done.stdout.splitlines()[-1])
    assert loaded == []
    assert {name.split(".")[0] for name in found} == NOT_FOR_KERAS
