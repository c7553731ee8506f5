"""Published facts about the convolutional networks of KerasHub that learned by newer recipes.

`image_facts.py` lists them behind the transformers; `images/hub_convolutions.py` builds them. Of presets of
one network the best is here. Left out are ResNetV2 and CSPResNet, which pad with minus infinity: in 8
bits nothing is left of their numbers; CSPResNeXt, which has no gradient on a CPU; and the EfficientNets for
the Edge TPU, whose presets in KerasHub 0.32 lead to another network.
"""

from __future__ import annotations

import re

from tlcore.backbones.catalogue.published_image import HALF, IMAGENET, Colours, HubKind, PublishedHub

TIMM = "timm, results on ImageNet"
PADDLE = "PaddleClas, table of ResNet_vd"
WIGHTMAN = "Apache-2.0 (Ross Wightman, timm)"
BAIDU = "Apache-2.0 (Baidu, PaddleClas)"
UP_TO_ONE: tuple[Colours, Colours] = ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0))


class PublishedConvolutional(PublishedHub, frozen=True, kw_only=True):
    """`architecture` is timm's name for it."""

    architecture: str


def _family(
    family: str,
    kind: HubKind,
    place: str,
    published: str,
    rows: str,
    colours: tuple[Colours, Colours] = IMAGENET,
    licence: str = WIGHTMAN,
) -> list[PublishedConvolutional]:
    """Entries from lines of "preset/version | name | architecture | size | top1 top5 tested", the last the
    size at which these were published where it is another one; "-" where no accuracy is published.

    Args:
        place: the model's name at Kaggle.
    """
    made = []
    for row in rows.strip().splitlines():
        preset, name, architecture, size, accuracies = (cell.strip() for cell in row.split("|"))
        shares = [None if one == "-" else float(one) for one in accuracies.split()]
        tested = int(accuracies.split()[2]) if len(shares) > 2 else None
        made.append(
            PublishedConvolutional(
                id=re.sub(r"\W+", "_", name.lower()),
                name=name,
                family=family,
                top1=shares[0],
                top5=shares[1],
                licence=licence,
                input_size=int(size),
                published=f"{published} (at {tested} pixels)" if tested else published,
                tested_size=tested,
                kind=kind,
                preset=preset.partition("/")[0],
                handle=f"keras/{place}/keras/{preset}",
                mean=colours[0],
                deviation=colours[1],
                architecture=architecture,
            )
        )
    return made


ENTRIES: tuple[PublishedConvolutional, ...] = (
    *_family(
        "ResNet, new recipe",
        "ResNet",
        "resnetv1",
        TIMM,
        """
        resnet_18_imagenet/3 | ResNet18 A1 | resnet18 | 224 | 73.2 91.0 288
        resnet_50_imagenet/3 | ResNet50 A1 | resnet50 | 224 | 81.2 95.1 288
        resnet_101_imagenet/3 | ResNet101 A1 | resnet101 | 224 | 82.3 95.6 288
        resnet_152_imagenet/3 | ResNet152 A1 | resnet152 | 224 | 82.7 95.7 288""",
    ),
    *_family(
        "ResNet-vd",
        "ResNet",
        "resnet_vd",
        PADDLE,
        """
        resnet_vd_18_imagenet/2 | ResNet18-vd | resnet18_vd | 224 | 72.3 90.8
        resnet_vd_50_ssld_v2_imagenet/2 | ResNet50-vd | resnet50_vd | 224 | 83.0 96.4
        resnet_vd_101_ssld_imagenet/2 | ResNet101-vd | resnet101_vd | 224 | 83.7 96.7""",
        licence=BAIDU,
    ),
    *_family(
        "EfficientNet, new recipe",
        "EfficientNet",
        "efficientnet",
        TIMM,
        """
        efficientnet_b0_ra4_e3600_r224_imagenet/2 | EfficientNet-B0 RA4 | efficientnet_b0 | 224 | 78.6 94.3
        efficientnet_b1_ra4_e3600_r240_imagenet/2 | EfficientNet-B1 RA4 | efficientnet_b1 | 240 | 80.4 95.2
        """,
        HALF,
    ),
    *_family(
        "EfficientNet, new recipe",
        "EfficientNet",
        "efficientnet",
        TIMM,
        """
        efficientnet_b2_ra_imagenet/2 | EfficientNet-B2 RA | efficientnet_b2 | 256 | 80.6 95.3 288
        efficientnet_b3_ra2_imagenet/2 | EfficientNet-B3 RA2 | efficientnet_b3 | 288 | 82.2 96.1 320
        efficientnet_b4_ra2_imagenet/2 | EfficientNet-B4 RA2 | efficientnet_b4 | 320 | 83.4 96.6 384
        efficientnet_b5_sw_ft_imagenet/2 | EfficientNet-B5 12k | efficientnet_b5 | 448 | 85.9 97.7
        efficientnet2_rw_t_ra2_imagenet/2 | EfficientNetV2 RW-T | efficientnetv2_rw_t | 224 | 82.4 96.2 288
        efficientnet2_rw_s_ra2_imagenet/2 | EfficientNetV2 RW-S | efficientnetv2_rw_s | 288 | 83.8 96.7 384
        efficientnet2_rw_m_agc_imagenet/2 | EfficientNetV2 RW-M | efficientnetv2_rw_m | 320 | 84.8 97.2 416
        """,
    ),
    *_family(
        "MobileNetV3, new recipe",
        "MobileNet",
        "mobilenetv3",
        TIMM,
        """
        mobilenet_v3_small_050_imagenet/1 | MobileNetV3 small half | mobilenetv3_small_050 | 224 | 57.9 80.2
        mobilenet_v3_small_100_imagenet/1 | MobileNetV3 small LAMB | mobilenetv3_small_100 | 224 | 67.7 87.6
        mobilenet_v3_large_100_imagenet/1 | MobileNetV3 large RA | mobilenetv3_large_100 | 224 | 75.8 92.5""",
    ),
    *_family(
        "MobileNetV3, new recipe",
        "MobileNet",
        "mobilenetv3",
        "KerasHub, table of presets",
        "mobilenet_v3_large_100_imagenet_21k/1 | MobileNetV3 large 21k | mobilenetv3_large_100 | 224 | - -",
        UP_TO_ONE,
        licence="Apache-2.0 (timm); trained by Alibaba (ImageNet21K, MIT)",
    ),
    *_family(
        "HGNetV2",
        "HGNetV2",
        "hgnetv2",
        "PaddleClas, table of PP-HGNetV2",
        """
        hgnetv2_b4_ssld_stage2_ft_in1k/1 | HGNetV2-B4 | hgnetv2_b4 | 224 | 83.6 96.7
        hgnetv2_b5_ssld_stage2_ft_in1k/1 | HGNetV2-B5 | hgnetv2_b5 | 224 | 84.8 97.3
        hgnetv2_b6_ssld_stage2_ft_in1k/1 | HGNetV2-B6 | hgnetv2_b6 | 224 | 86.3 97.8""",
        licence=BAIDU,
    ),
    *_family(
        "CSPNet",
        "CSPNet",
        "cspdarknet",
        TIMM,
        """
        csp_darknet_53_ra_imagenet/2 | CSPDarkNet53 | cspdarknet53 | 256 | 80.1 95.1
        darknet_53_imagenet/1 | DarkNet53 | darknet53 | 256 | 80.5 95.4 288""",
    ),
)
