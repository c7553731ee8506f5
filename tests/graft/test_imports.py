"""Loading TensorFlow: Keras takes no library along that nobody uses, and whoever uses one still finds it."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.fixtures import ROOT
from tlcore.graft import NOT_FOR_KERAS

ELSEWHERE = """
import json, sys
import tlcore.graft
loaded = sorted(set(tlcore.graft.NOT_FOR_KERAS) & sys.modules.keys())
import pandas, scipy.sparse, sklearn.metrics
print(json.dumps([loaded, [module.__name__ for module in (pandas, scipy.sparse, sklearn.metrics)]]))
"""


def test_keras_loads_without_what_only_others_use() -> None:
    done = subprocess.run([sys.executable, "-c", ELSEWHERE], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    loaded, found = json.loads(done.stdout.splitlines()[-1])
    assert loaded == []
    assert {name.split(".")[0] for name in found} == set(NOT_FOR_KERAS)
