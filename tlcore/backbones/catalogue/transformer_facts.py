"""Published facts about the vision transformers of KerasHub: their sizes, and what frozen features reach.

`image_facts.py` lists them behind the convolutional networks; `images/vision_transformer.py` builds them.
"""

from __future__ import annotations

from typing import Any

from tlcore.backbones.catalogue.published_image import HALF, IMAGENET, Colours, HubKind, PublishedHub

HUB = "KerasHub, table of presets"
FROZEN = "DINOv2's repository: a linear classifier on frozen features, ImageNet"
PROBED = "CLIP's paper, table 10: a linear classifier on frozen features, ImageNet"
DISTILLED = "DeiT's repository (distilled models, trained on ImageNet)"
META = "Apache-2.0 (Meta)"
GOOGLE = "Apache-2.0 (Google)"

AGREEMENT = "DINOv3 License (Meta): an agreement, ai.meta.com/resources/models-and-libraries/dinov3-license"
FROM_ABOVE: tuple[Colours, Colours] = (
    (0.430, 0.411, 0.296),
    (0.213, 0.156, 0.143),
)  # of satellites' pictures

SMALLEST = 96  # pixels at least: of fewer patches little can be told
CAPTIONS: tuple[Colours, Colours] = (
    (0.48145466, 0.4578275, 0.40821073),
    (0.26862954, 0.26130258, 0.27577711),
)
# Of normalisations, by kind: the small number that keeps them from dividing by nothing.
EPSILONS: dict[HubKind, float] = {"DeiT": 1e-12, "DINOV3": 1e-5, "CLIP": 1e-5}
USUAL_EPSILON = 1e-6
SIZES = ("patch", "layers", "width", "heads", "inner", "prefix")  # as the rows below have them


class PublishedTransformer(PublishedHub, frozen=True, kw_only=True):
    """`patch` is the side of a patch in pixels; `layers`, `heads`, `width` and `inner` (of the dense part,
    which `is_gated` in the largest) are what the network is built from, and `prefix` the tokens before those
    of the patches: one for the whole picture, and others that it learned with; SigLIP has none. `is_quick`
    says that the dense part's activation is an approximation, and `epsilon` is of the normalisations.
    """

    patch: int
    layers: int
    width: int
    heads: int
    inner: int
    prefix: int
    is_gated: bool
    is_quick: bool = False
    epsilon: float = USUAL_EPSILON


def _family(
    family: str,
    kind: HubKind,
    licence: str,
    colours: tuple[Colours, Colours],
    rows: str,
    published: str = HUB,
) -> list[PublishedTransformer]:
    """Entries from lines of "preset/version | name | top1 | size patch layers width heads inner prefix"; "-"
    where no accuracy is published, and "gated" or "quick" behind them where the dense part is.
    """
    made = []
    for row in rows.strip().splitlines():
        place, name, top1, numbers = (cell.strip() for cell in row.split("|"))
        preset, _, _ = place.partition("/")
        size, *rest = map(int, filter(str.isdigit, numbers.split()))
        sizes: dict[str, Any] = dict(zip(SIZES, rest, strict=True))
        made.append(
            PublishedTransformer(
                id=preset.removesuffix("_imagenet"),
                name=name,
                family=family,
                top1=None if top1 == "-" else float(top1),
                licence=licence,
                input_size=size,
                min_size=-(-SMALLEST // sizes["patch"]) * sizes["patch"],
                published=published,
                kind=kind,
                preset=preset,
                handle=f"keras/{kind.lower()}/keras/{place}",
                is_gated="gated" in numbers,
                is_quick="quick" in numbers,
                epsilon=EPSILONS.get(kind, USUAL_EPSILON),
                mean=colours[0],
                deviation=colours[1],
                **sizes,
            )
        )
    return made


ENTRIES: tuple[PublishedTransformer, ...] = (
    *_family(
        "DINOv2",
        "DINOV2",
        META,
        IMAGENET,
        """
        dinov2_small/1 | DINOv2 small | 81.1 | 224 14 12 384 6 1536 1
        dinov2_base/1 | DINOv2 base | 84.5 | 224 14 12 768 12 3072 1
        dinov2_large/1 | DINOv2 large | 86.3 | 224 14 24 1024 16 4096 1
        dinov2_giant/1 | DINOv2 giant | 86.5 | 224 14 40 1536 24 4096 1 gated
        dinov2_with_registers_small/1 | DINOv2 small, registers | 80.9 | 224 14 12 384 6 1536 5
        dinov2_with_registers_base/1 | DINOv2 base, registers | 84.6 | 224 14 12 768 12 3072 5
        dinov2_with_registers_large/1 | DINOv2 large, registers | 86.7 | 224 14 24 1024 16 4096 5
        dinov2_with_registers_giant/1 | DINOv2 giant, registers | 87.1 | 224 14 40 1536 24 4096 5 gated""",
        FROZEN,
    ),
    # Two more of 6.7 billion numbers are left out: no computer that Graft is made for holds them.
    *_family(
        "DINOv3",
        "DINOV3",
        AGREEMENT,
        IMAGENET,
        """
        dinov3_vit_small_lvd1689m/1 | DINOv3 small | - | 224 16 12 384 6 1536 5
        dinov3_vit_small_plus_lvd1689m/1 | DINOv3 small+ | - | 224 16 12 384 6 1536 5 gated
        dinov3_vit_base_lvd1689m/1 | DINOv3 base | - | 224 16 12 768 12 3072 5
        dinov3_vit_large_lvd1689m/1 | DINOv3 large | - | 224 16 24 1024 16 4096 5
        dinov3_vit_huge_plus_lvd1689m/1 | DINOv3 huge+ | - | 224 16 32 1280 20 5120 5 gated""",
    ),
    *_family(
        "DINOv3",
        "DINOV3",
        AGREEMENT,
        FROM_ABOVE,
        "dinov3_vit_large_sat493m/1 | DINOv3 large, satellite | - | 224 16 24 1024 16 4096 5",
    ),
    *_family(
        "DeiT",
        "DeiT",
        META,
        IMAGENET,
        """
        deit_tiny_distilled_patch16_224_imagenet/1 | DeiT tiny | 74.5 | 224 16 12 192 3 768 2
        deit_small_distilled_patch16_224_imagenet/1 | DeiT small | 81.2 | 224 16 12 384 6 1536 2
        deit_base_distilled_patch16_224_imagenet/1 | DeiT base | 83.4 | 224 16 12 768 12 3072 2
        deit_base_distilled_patch16_384_imagenet/1 | DeiT base, 384 | 85.2 | 384 16 12 768 12 3072 2""",
        DISTILLED,
    ),
    *_family(
        "ViT",
        "ViT",
        GOOGLE,
        HALF,
        """
        vit_base_patch16_224_imagenet/4 | ViT base/16 | - | 224 16 12 768 12 3072 1
        vit_base_patch16_384_imagenet/4 | ViT base/16, 384 | - | 384 16 12 768 12 3072 1
        vit_base_patch32_384_imagenet/3 | ViT base/32, 384 | - | 384 32 12 768 12 3072 1
        vit_large_patch16_224_imagenet/4 | ViT large/16 | - | 224 16 24 1024 16 4096 1
        vit_large_patch16_384_imagenet/4 | ViT large/16, 384 | - | 384 16 24 1024 16 4096 1
        vit_large_patch32_384_imagenet/3 | ViT large/32, 384 | - | 384 32 24 1024 16 4096 1
        vit_base_patch16_224_imagenet21k/3 | ViT base/16, 21k | - | 224 16 12 768 12 3072 1
        vit_base_patch32_224_imagenet21k/3 | ViT base/32, 21k | - | 224 32 12 768 12 3072 1
        vit_large_patch16_224_imagenet21k/3 | ViT large/16, 21k | - | 224 16 24 1024 16 4096 1
        vit_large_patch32_224_imagenet21k/3 | ViT large/32, 21k | - | 224 32 24 1024 16 4096 1
        vit_huge_patch14_224_imagenet21k/3 | ViT huge/14, 21k | - | 224 14 32 1280 16 5120 1""",
    ),
    *_family(
        "SigLIP 2",
        "SigLIP",
        GOOGLE,
        HALF,
        """
        siglip2_base_patch16_224/1 | SigLIP 2 base/16 | - | 224 16 12 768 12 3072 0
        siglip2_base_patch16_256/1 | SigLIP 2 base/16, 256 | - | 256 16 12 768 12 3072 0
        siglip2_base_patch16_384/1 | SigLIP 2 base/16, 384 | - | 384 16 12 768 12 3072 0
        siglip2_base_patch32_256/1 | SigLIP 2 base/32, 256 | - | 256 32 12 768 12 3072 0
        siglip2_large_patch16_256/1 | SigLIP 2 large/16, 256 | - | 256 16 24 1024 16 4096 0
        siglip2_large_patch16_384/1 | SigLIP 2 large/16, 384 | - | 384 16 24 1024 16 4096 0
        siglip2_so400m_patch14_224/1 | SigLIP 2 400M/14 | - | 224 14 27 1152 16 4304 0
        siglip2_so400m_patch16_256/1 | SigLIP 2 400M/16, 256 | - | 256 16 27 1152 16 4304 0
        siglip2_so400m_patch16_384/1 | SigLIP 2 400M/16, 384 | - | 384 16 27 1152 16 4304 0""",
    ),
    # Two more of LAION's with one and two billion numbers are left out: SigLIP 2 is smaller and newer.
    *_family(
        "CLIP",
        "CLIP",
        "MIT (OpenAI)",
        CAPTIONS,
        """
        clip_vit_base_patch32/3 | CLIP base/32 | 76.1 | 224 32 12 768 12 3072 1 quick
        clip_vit_base_patch16/3 | CLIP base/16 | 80.2 | 224 16 12 768 12 3072 1 quick
        clip_vit_large_patch14/3 | CLIP large/14 | 83.9 | 224 14 24 1024 16 4096 1 quick
        clip_vit_large_patch14_336/3 | CLIP large/14, 336 | 85.4 | 336 14 24 1024 16 4096 1 quick""",
        PROBED,
    ),
    *_family(
        "CLIP",
        "CLIP",
        "MIT (LAION)",
        CAPTIONS,
        """
        clip_vit_b_32_laion2b_s34b_b79k/3 | CLIP base/32, LAION | - | 224 32 12 768 12 3072 1
        clip_vit_h_14_laion2b_s32b_b79k/3 | CLIP huge/14, LAION | - | 224 14 32 1280 16 5120 1""",
    ),
)
