from __future__ import annotations

import re

import pytest

from tests.fixtures.tiny_training import small
from tlcore.backbones.catalogue import catalogue
from tlcore.graft.engines import device
from tlcore.graft.network import build
from tlcore.graft.training.optimizer import rate_shares

BLOCKS = catalogue.get("efficientnet_lite0").blocks


@pytest.mark.parametrize("unfreeze", [1, 3, "all"])
def test_each_block_on_the_way_to_the_head_is_one_factor(unfreeze: int | str) -> None:
    device.set_up_device()
    tail = build.build(small(unfreeze=unfreeze, input_size=32), 3, pretrained=False).tail
    shares = rate_shares(tail, BLOCKS, 0.5)
    found: dict[str, set[float]] = {}
    for variable, share in zip(tail.trainable_variables, shares, strict=True):
        found.setdefault(re.split("[_/]", variable.path)[0], set()).add(share)
    assert found.pop("head") == found.pop("logits") == {1.0}
    assert found.pop("top") == {0.5}  # it belongs to the last block
    trained = BLOCKS if unfreeze == "all" else BLOCKS[-int(unfreeze) :]
    expected = {block.name: {0.5 ** (i + 1)} for i, block in enumerate(reversed(trained))}
    assert found == expected


def test_without_decay_all_take_the_same_steps() -> None:
    tail = build.build(small(unfreeze=2, input_size=32), 3, pretrained=False).tail
    assert set(rate_shares(tail, BLOCKS, 1.0)) == {1.0}
