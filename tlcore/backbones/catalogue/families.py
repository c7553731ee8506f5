"""A sentence for each family of backbones, for people who choose one: what it was made for."""

from __future__ import annotations

from typing import Literal

from tlcore.backbones.catalogue import catalogue
from tlcore.backbones.catalogue.entry import Backbone
from tlcore.config import DEFAULT_BACKBONES

AccuracyKind = Literal["trained", "frozen"]
SENTENCES = {
    "EfficientNet-Lite": "Small and quick on any computer: the right start.",
    "MobileNet": "Small and quick, made for phones.",
    "MobileNetV3": "Made for phones, and a little newer than MobileNetV2.",
    "ResNet": "The classic of 2015 that most courses begin with.",
    "ResNetV2": "The classic ResNet with its layers in a better order.",
    "EfficientNet": "From small to large; more accurate than older networks that take as long.",
    "EfficientNetV2": "From small to large; more accurate than the first EfficientNet, and quicker to train.",
    "ConvNeXt": "A network of 2022: among the most accurate that learned ImageNet's names, and slow without "
    "a GPU.",
    "DenseNet": "Few numbers to store, and slow for its size.",
    "Inception": "An older network that looks at each place in several sizes at once.",
    "Xception": "An older network, accurate for its age.",
    "VGG": "An older network, simple and very heavy: good to compare others with.",
    "NASNet": "Found by a search instead of by people; slow for how accurate it is.",
    "DINOv2": "Learned from pictures without names for what they show: best for unusual pictures.",
    "DINOv3": "DINOv2, trained longer on ten times as many pictures. Its licence is an agreement.",
    "DeiT": "Cuts a picture into patches, each of which looks at all others; learned from ImageNet alone.",
    "ViT": "Cuts a picture into patches, each of which looks at all others; learned from many pictures.",
    "SigLIP 2": "Learned from pictures with their captions: knows everyday things, brands and signs.",
    "CLIP": "Learned from pictures with their captions; older than SigLIP 2, and much used.",
    "Swin": "Cuts a picture into small patches that look at their neighbours; learned names from ImageNet.",
    "ResNet, new recipe": "The classic ResNet, trained again in 2021: more accurate, at the same work.",
    "ResNet-vd": "A ResNet with a better stem, which learned from a larger network's answers, too.",
    "EfficientNet, new recipe": "EfficientNets, trained again by newer recipes: more accurate, as quick.",
    "MobileNetV3, new recipe": "Made for phones, trained again; the smallest and quickest are here.",
    "HGNetV2": "Made to be quick on GPUs; learned from a larger network's answers, from many pictures.",
    "CSPNet": "The networks inside YOLOv3 and YOLOv4, which find objects; learned names from ImageNet.",
    "MiniLM": "Small and quick, made to tell what texts are about: good at topics, weaker at moods.",
    "BERT": "The classic of 2018: reads a text in both directions. Unfreeze some layers for moods.",
    "DistilBERT": "A smaller BERT: nearly as good, and much quicker.",
    "RoBERTa": "BERT, trained longer on more texts. Unfreeze some layers: frozen it tells little.",
    "XLM-RoBERTa": "Reads about 100 languages. Unfreeze some layers: frozen it tells little.",
    "DeBERTa": "The most accurate here once some layers train, and the slowest.",
    "BGE": "Made to tell what texts are about: good at topics without any unfreezing.",
    "E5": "Made to find texts that are about the same: good at topics without any unfreezing.",
}
# Of those that are unlike their family.
OWN_SENTENCES = {
    "dinov3_vit_large_sat493m": "DINOv3, trained on 493 million pictures from satellites instead: for views "
    "from above. Its licence is an agreement.",
    "resnet18_vd": "A ResNet with a better stem.",
    "efficientnet_b5_12k": "An EfficientNet that first learned the names of 12,000 kinds of things.",
    **dict.fromkeys(
        ("efficientnetv2_rw_t", "efficientnetv2_rw_s", "efficientnetv2_rw_m"),
        "Much like EfficientNetV2, in sizes of their own.",
    ),
    "mobilenetv3_large_21k": "Made for phones; learned the names of 21,000 kinds of things, not of 1,000.",
}
# By published accuracy on frozen features, and by the work for it.
RECOMMENDED = {
    "efficientnet_lite0": "a laptop",
    "minilm_l6": "a laptop",
    "dinov2_small": "a computer with a GPU",
    "dinov2_base": "high accuracy",
    "bge_small_v15_en": "high accuracy",
    "multilingual_e5_base": "other languages than English",
}
# Percent right of a logistic regression on frozen features, the mean of MTEB's twelve English tasks, as the
# cards of BGE's models list it.
FROZEN_TEXTS = {
    "minilm_l6": 63.05,
    "all_minilm_l12_v2_en": 63.21,
    "bge_small_v15_en": 74.14,
    "bge_base_v15_en": 75.53,
    "bge_large_v15_en": 75.97,
}
# Their networks never learned ImageNet's names: what is published is of a linear classifier on what they see.
FROZEN_FAMILIES = ("DINOv2", "CLIP")
MUCH = 2.0  # times the work of the default, from which on it is told


def published_accuracy(backbone: Backbone) -> float | None:
    """Percent right, comparable among backbones of one `accuracy_kind` alone. None: nothing was published."""
    return FROZEN_TEXTS.get(backbone.id, backbone.top1)


def accuracy_kind(backbone: Backbone) -> AccuracyKind:
    """Whose accuracy is published: that of a classifier on the "frozen" features, or of a network that was
    "trained" as a whole on the very classes it is asked for, which says less about others.
    """
    return "frozen" if backbone.task == "texts" or backbone.family in FROZEN_FAMILIES else "trained"


def sentence(backbone: Backbone) -> str:
    """Words for what it was made for, what it is recommended for, and how much more work it is than the
    default; "": nobody knows.
    """
    is_own = backbone.source == "folder"  # nobody knows what it learned from
    made_for = "" if is_own else OWN_SENTENCES.get(backbone.id) or SENTENCES.get(backbone.family, "")
    good_for = f"Recommended for {RECOMMENDED[backbone.id]}." if backbone.id in RECOMMENDED else ""
    default = catalogue.get(DEFAULT_BACKBONES[backbone.task])
    # Pictures enter each at its own size; texts are as long as they are.
    size = min(default.input_size, backbone.input_size) if backbone.task == "texts" else backbone.input_size
    usual = size if backbone.task == "texts" else default.input_size
    work = _macs(backbone, size) / _macs(default, usual)
    more = f"About {work:.0f} times the work of {default.name}." if work >= MUCH else ""
    return " ".join(filter(None, (made_for, good_for, more)))


def _macs(backbone: Backbone, size: int) -> float:
    return sum(catalogue.macs_at(backbone, block, size) for block in backbone.blocks)
