"""The blocks of a vision transformer or a Swin from its sizes alone, by arithmetic, for a folder of one's
own: pages load no TensorFlow. Tests compare it with the graphs of `images/vision_transformer.py`, and with
what the catalogue has of Swin.
"""

from __future__ import annotations

from tlcore.backbones.catalogue.entry import ATTENTION_MACS, ATTENTION_NUMBERS, Block
from tlcore.backbones.catalogue.swin_facts import GROWTH, PATCH, PublishedSwin
from tlcore.backbones.catalogue.transformer_facts import PublishedTransformer


def blocks(entry: PublishedTransformer | PublishedSwin) -> tuple[Block, ...]:
    """The stem and all layers; the last one has the map, too."""
    return _of_swin(entry) if isinstance(entry, PublishedSwin) else _of_transformer(entry)


def _of_swin(entry: PublishedSwin) -> tuple[Block, ...]:
    side, width = entry.input_size // PATCH, entry.width
    kernel = 3 * PATCH**2 * width
    params, places = kernel + 3 * width, side**2  # with its normalisation
    numbers = 6 * entry.input_size**2 + 2 * places * width
    made = [Block("stem", "patch_norm", params, params, places * kernel, (side, side, width), numbers)]
    for stage, (depth, heads) in enumerate(zip(entry.depths, entry.heads, strict=True)):
        if stage:
            side, width = side // 2, 2 * width
        for place in range(depth):
            params, macs, numbers = _swin_layer(side, width, heads, entry.window, place)
            if stage and not place:  # four places became one: their normalisation and a dense layer
                params, macs = params + 4 * width + 2 * width**2, macs + 2 * side**2 * width**2
                numbers += 9 * side**2 * width
            name = f"layer{len(made)}"
            made.append(Block(name, f"{name}_add2", params, params, macs, (side, side, width), numbers))
    last = made[-1]
    params, numbers = last.params + 2 * width, last.activations + side**2 * width
    made[-1] = Block(last.name, "last_norm", params, params, last.macs, last.shape, numbers)
    return tuple(made)


def _swin_layer(side: int, width: int, heads: int, window: int, place: int) -> tuple[int, int, int]:
    """Parameters, multiply-accumulates and activations."""
    places, seen = side**2, window**2
    params = (4 + 2 * GROWTH) * width**2 + (9 + GROWTH) * width + (2 * window - 1) ** 2 * heads
    macs = places * ((4 + 2 * GROWTH) * width**2 + 2 * seen * width)
    # Of each place: query, key and value through five steps, parts of them, what was seen, two norms, two
    # sums and the dense layers; scores thrice; the table of scores looked up.
    numbers = places * ((31 + GROWTH) * width + 3 * seen * heads)
    numbers += 2 + 3 * seen + 2 * seen**2 + 3 * heads * seen**2
    if place % 2 and side > window:  # windows move, and walls keep apart what this brings together
        numbers += places * (4 * width + seen * heads) + 2 + places * (4 + 3 * seen)
    return params, macs, numbers


def _of_transformer(entry: PublishedTransformer) -> tuple[Block, ...]:
    side = entry.input_size // entry.patch
    width, tokens = entry.width, side**2 + entry.prefix
    made = [_stem(entry, side, tokens)]
    params, macs, activations = _layer(entry, tokens)
    pairs = _pairs(entry, tokens)
    for number in range(1, entry.layers + 1):
        name, shape = f"layer{number}", (tokens, width)
        made.append(Block(name, f"{name}_add2", params, params, macs, shape, activations, pairs))
    # Its normalisation, the first token, that everywhere, the patches, both side by side and as a map.
    last, more = params + 2 * width, (tokens + 1 + 6 * side**2) * width
    made[-1] = Block(name, "map", last, last, macs, (side, side, 2 * width), activations + more, pairs)
    return tuple(made)


def _stem(entry: PublishedTransformer, side: int, tokens: int) -> Block:
    width = entry.width
    kernel = 3 * entry.patch**2 * width
    is_reckoned = entry.kind == "DINOV3"  # the places of its patches
    learned = entry.prefix if is_reckoned else tokens
    params = kernel + width + learned * width
    # The picture and it normalised; patches as a map, as tokens, behind those in front; places looked up and
    # added. A place for each token is made in three steps.
    moved = 2 * learned + tokens if is_reckoned else 3 * tokens
    numbers = 6 * entry.input_size**2 + (2 * side**2 + moved) * width + 3 * learned
    return Block("stem", "placed", params, params, side**2 * kernel, (tokens, width), numbers)


def _layer(entry: PublishedTransformer, tokens: int) -> tuple[int, int, int]:
    """Parameters, multiply-accumulates and activations."""
    width, inner = entry.width, entry.inner
    first = 2 if entry.is_gated else 1  # dense layers that widen
    params = 4 * (width**2 + width) + first * (width * inner + inner) + inner * width + width + 4 * width
    macs = tokens * (4 * width**2 + (first + 1) * width * inner) + ATTENTION_MACS * width * tokens**2
    attention = _pairs(entry, tokens)
    widened = 3 if entry.is_gated else 1  # and their product
    if entry.kind == "DINOV3":  # no bias of keys; turning each pair of numbers is many steps
        turned = 21 * width + 8 * width // entry.heads + 4
        return params - width, macs, attention + tokens * (9 * width + turned + widened * inner)
    return params, macs, attention + tokens * (9 * width + widened * inner)


def _pairs(entry: PublishedTransformer, tokens: int) -> int:
    return ATTENTION_NUMBERS * entry.heads * tokens**2
