"""Published facts about the Swin transformers of KerasHub.

`image_facts.py` lists them behind the other transformers; `images/swin_transformer.py` builds them.
"""

from __future__ import annotations

from tlcore.backbones.catalogue.published_image import IMAGENET, HubKind, PublishedHub

PATCH = 4  # side of a patch in pixels
GROWTH = 4  # the dense part's inner width, of the width
HEAD = 32  # numbers of each token that a head of the attention reads


class PublishedSwin(PublishedHub, frozen=True, kw_only=True):
    """`width` is that of the first stage, each of the others has twice that of the one before it; `depths`
    are the layers of each stage, and `window` the places on a side that look at each other. `own_heads` are
    those of each stage, where they are not as many as usual.
    """

    window: int
    width: int
    depths: tuple[int, ...]
    own_heads: tuple[int, ...] = ()
    kind: HubKind = "SwinTransformer"
    family: str = "Swin"
    licence: str = "MIT (Microsoft)"
    published: str = "Swin's repository, table of models (classifiers of ImageNet)"

    @property
    def heads(self) -> tuple[int, ...]:
        """Those of the attention, of each stage."""
        usual = (self.width * 2**stage // HEAD for stage in range(len(self.depths)))
        return self.own_heads or tuple(usual)

    @property
    def layers(self) -> int:
        """Those of all stages."""
        return sum(self.depths)


def _entries(rows: str) -> list[PublishedSwin]:
    """Entries from lines of "preset | name | top1 top5 | size window width layers" (of the third stage)."""
    made = []
    for row in rows.strip().splitlines():
        preset, name, accuracies, numbers = (cell.strip() for cell in row.split("|"))
        top1, top5 = map(float, accuracies.split())
        size, window, width, layers = map(int, numbers.split())
        made.append(
            PublishedSwin(
                id=preset,
                name=name,
                top1=top1,
                top5=top5,
                input_size=size,
                min_size=size,
                preset=preset,
                handle=f"keras/swin-transformer/keras/{preset}/1",
                mean=IMAGENET[0],
                deviation=IMAGENET[1],
                window=window,
                width=width,
                depths=(2, 2, layers, 2),
            )
        )
    return made


# The large ones learned 22,000 classes first: no others of their size answer with those of ImageNet.
ENTRIES: tuple[PublishedSwin, ...] = (
    *_entries(
        """
        swin_tiny_patch4_window7_224 | Swin tiny | 81.2 95.5 | 224 7 96 6
        swin_small_patch4_window7_224 | Swin small | 83.2 96.2 | 224 7 96 18
        swin_base_patch4_window7_224 | Swin base | 83.5 96.5 | 224 7 128 18
        swin_base_patch4_window12_384 | Swin base, 384 | 84.5 97.0 | 384 12 128 18
        swin_large_patch4_window7_224 | Swin large | 86.3 97.9 | 224 7 192 18
        swin_large_patch4_window12_384 | Swin large, 384 | 87.3 98.2 | 384 12 192 18"""
    ),
)
