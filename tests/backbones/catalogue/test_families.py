"""A sentence for each family of the catalogue."""

from __future__ import annotations

import msgspec

from tlcore.backbones.catalogue import catalogue, families


def test_every_family_has_one_and_no_other() -> None:
    entries = [entry for kind in catalogue.FILES for entry in catalogue.catalogue(kind).values()]
    assert {entry.family for entry in entries} == {*families.SENTENCES}
    assert all(one.endswith(".") and len(one) < 100 for one in families.SENTENCES.values())


def test_the_satellites_network_is_not_said_to_know_everyday_pictures() -> None:
    told = families.sentence(catalogue.get("dinov3_vit_large_sat493m"))
    assert "493 million pictures from satellites" in told and "ten times" not in told
    assert "ten times" in families.sentence(catalogue.get("dinov3_vit_small_lvd1689m"))
    assert {*families.OWN_SENTENCES} <= {*catalogue.catalogue("images")}


def test_it_tells_how_much_more_work_than_the_default() -> None:
    told = families.sentence(catalogue.get("dinov2_small"))
    assert "Recommended for a computer with a GPU" in told and told.endswith(
        "About 16 times the work of EfficientNet-Lite0."
    )
    assert "times" not in families.sentence(catalogue.get("efficientnet_lite0"))
    assert "of MiniLM-L6." in families.sentence(catalogue.get("bert_base_en_uncased"))
    assert all(catalogue.get(id) for id in families.RECOMMENDED)
    own = msgspec.structs.replace(catalogue.get("mobilenet_v2"), family="mine")
    assert families.sentence(own) == ""


def test_a_figure_is_of_frozen_features_where_its_source_says_so() -> None:
    for entry in catalogue.catalogue("images").values():
        if entry.top1 is not None:
            kind = "frozen" if "frozen features" in entry.published else "trained"
            assert families.accuracy_kind(entry) == kind, entry.id
    assert families.accuracy_kind(catalogue.get("minilm_l6")) == "frozen"
