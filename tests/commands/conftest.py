from __future__ import annotations

from tests.fixtures.models_in_memory import models_in_memory  # noqa: F401 (a fixture)
