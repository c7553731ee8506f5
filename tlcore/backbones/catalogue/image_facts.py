"""Published facts about each picture backbone, and its constructor: what no graph can tell.

`tlcore.commands.describe.images` joins these with what it counts in the graphs and writes `images.json`.
Accuracies in percent. "keras.io" is the table on https://keras.io/api/applications/; licences are those of
the weights.
"""

from __future__ import annotations

from tlcore.backbones.catalogue import convolution_facts, swin_facts, transformer_facts
from tlcore.backbones.catalogue.published_image import KERAS, PublishedImage, Style

TF_SLIM = "Apache-2.0 (TensorFlow models)"
KAIMING = "MIT (Kaiming He)"
FACEBOOK = "BSD-3-Clause (Facebook)"
DENSENET = "BSD-3-Clause (Zhuang Liu)"
CONVNEXT = "MIT (Facebook Research)"
GOOGLE = "Apache-2.0 (Google)"
VGG = "CC BY 4.0 (VGG, University of Oxford)"


def _family(
    family: str, style: Style, licence: str, rows: str, min_size: int = 32, published: str = KERAS
) -> list[PublishedImage]:
    """Entries from lines of "id constructor top1 top5 input_size"; "-" where nothing is published."""
    made = []
    for row in rows.strip().splitlines():
        backbone_id, constructor, top1, top5, size = row.split()
        name = "MobileNetV2 (Keras)" if constructor == "MobileNetV2" else constructor
        shares = [None if share == "-" else float(share) for share in (top1, top5)]
        made.append(
            PublishedImage(
                id=backbone_id,
                name=name,
                family=family,
                constructor=constructor,
                style=style,
                top1=shares[0],
                top5=shares[1],
                licence=licence,
                input_size=int(size),
                min_size=min_size,
                published=published,
            )
        )
    return made


def _lite(number: int, top1: float, input_size: int) -> PublishedImage:
    return PublishedImage(
        id=f"efficientnet_lite{number}",
        name=f"EfficientNet-Lite{number}",
        family="EfficientNet-Lite",
        constructor="",
        style="built-in",
        top1=top1,
        top5=None,
        licence="Apache-2.0",
        input_size=input_size,
        source="package",
        published="TensorFlow TPU repository, EfficientNet-Lite (float model)",
    )


EMBEDDED = [
    _lite(0, 75.1, 224),
    PublishedImage(
        id="mobilenet_v2",
        name="MobileNetV2",
        family="MobileNet",
        constructor="",
        style="torch",
        top1=71.878,
        top5=90.286,
        licence="MIT (package); weights BSD-3-Clause (torchvision)",
        source="package",
        published="torchvision, MobileNet_V2_Weights.IMAGENET1K_V1",
    ),
    _lite(1, 76.7, 240),
    _lite(2, 77.6, 260),
]

ENTRIES: tuple[PublishedImage, ...] = (
    *EMBEDDED,
    *_family(
        "ResNet",
        "caffe",
        KAIMING,
        """
        resnet50 ResNet50 74.9 92.1 224
        resnet101 ResNet101 76.4 92.8 224
        resnet152 ResNet152 76.6 93.1 224""",
    ),
    *_family(
        "ResNetV2",
        "tf",
        FACEBOOK,
        """
        resnet50_v2 ResNet50V2 76.0 93.0 224
        resnet101_v2 ResNet101V2 77.2 93.8 224
        resnet152_v2 ResNet152V2 78.0 94.2 224""",
    ),
    *_family(
        "MobileNet",
        "tf",
        TF_SLIM,
        """
        mobilenet MobileNet 70.4 89.5 224
        mobilenet_v2_keras MobileNetV2 71.3 90.1 224""",
    ),
    *_family(
        "MobileNetV3",
        "built-in",
        TF_SLIM,
        """
        mobilenet_v3_small MobileNetV3Small 68.1 - 224
        mobilenet_v3_large MobileNetV3Large 75.6 - 224""",
        published="Keras documentation of MobileNetV3",
    ),
    *_family(
        "EfficientNet",
        "built-in",
        GOOGLE,
        """
        efficientnet_b0 EfficientNetB0 77.1 93.3 224
        efficientnet_b1 EfficientNetB1 79.1 94.4 240
        efficientnet_b2 EfficientNetB2 80.1 94.9 260
        efficientnet_b3 EfficientNetB3 81.6 95.7 300
        efficientnet_b4 EfficientNetB4 82.9 96.4 380
        efficientnet_b5 EfficientNetB5 83.6 96.7 456
        efficientnet_b6 EfficientNetB6 84.0 96.8 528
        efficientnet_b7 EfficientNetB7 84.3 97.0 600""",
    ),
    *_family(
        "EfficientNetV2",
        "built-in",
        GOOGLE,
        """
        efficientnetv2_b0 EfficientNetV2B0 78.7 94.3 224
        efficientnetv2_b1 EfficientNetV2B1 79.8 95.0 240
        efficientnetv2_b2 EfficientNetV2B2 80.5 95.1 260
        efficientnetv2_b3 EfficientNetV2B3 82.0 95.8 300
        efficientnetv2_s EfficientNetV2S 83.9 96.7 384
        efficientnetv2_m EfficientNetV2M 85.3 97.4 480
        efficientnetv2_l EfficientNetV2L 85.7 97.5 480""",
    ),
    *_family(
        "ConvNeXt",
        "built-in",
        CONVNEXT,
        """
        convnext_tiny ConvNeXtTiny 81.3 - 224
        convnext_small ConvNeXtSmall 82.3 - 224
        convnext_base ConvNeXtBase 85.3 - 224
        convnext_large ConvNeXtLarge 86.3 - 224
        convnext_xlarge ConvNeXtXLarge 86.7 - 224""",
    ),
    *_family(
        "DenseNet",
        "torch",
        DENSENET,
        """
        densenet121 DenseNet121 75.0 92.3 224
        densenet169 DenseNet169 76.2 93.2 224
        densenet201 DenseNet201 77.3 93.6 224""",
    ),
    *_family(
        "Inception",
        "tf",
        TF_SLIM,
        """
        inception_v3 InceptionV3 77.9 93.7 299
        inception_resnet_v2 InceptionResNetV2 80.3 95.3 299""",
        min_size=75,
    ),
    *_family("Xception", "tf", "MIT (Keras)", "xception Xception 79.0 94.5 299", min_size=71),
    *_family(
        "VGG",
        "caffe",
        VGG,
        """
        vgg16 VGG16 71.3 90.1 224
        vgg19 VGG19 71.3 90.0 224""",
    ),
    *_family(
        "NASNet",
        "tf",
        TF_SLIM,
        """
        nasnet_mobile NASNetMobile 74.4 91.9 224
        nasnet_large NASNetLarge 82.5 96.0 331""",
    ),
    *transformer_facts.ENTRIES,
    *swin_facts.ENTRIES,
    *convolution_facts.ENTRIES,
)
BY_ID: dict[str, PublishedImage] = {entry.id: entry for entry in ENTRIES}
