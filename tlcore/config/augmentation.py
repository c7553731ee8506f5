"""The settings of views: randomly changed copies of the training pictures."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from tlcore.config.part import ConfigPart

PERCENT = {"unit": "%", "step": 0.01}


class AugmentationConfig(ConfigPart, frozen=True):
    """Randomly changed views of each training picture, and how far each kind of change goes at most.

    `views` of them are made once per picture (0: none) and drawn from, together with the picture as it is.
    `mixup` blends pairs of training pictures, and their classes with them, where the frozen part ends: the
    share comes from a Beta distribution with that parameter at both ends (0: none; Zhang et al., 2018). None
    is filled in by `resolved`: some where pictures fine-tune a backbone, else none.
    """

    views: Annotated[
        int,
        Meta(
            ge=0,
            le=32,
            title="Changed copies (views)",
            description="Of each training picture; each epoch draws one. Two to four are usually enough.",
            extra={"empty": "none"},
        ),
    ] = 0
    # None: unless classes look like digits, letters or sides.
    flip: Annotated[
        bool | None,
        Meta(title="Views: mirror left to right", description="About half of the views are mirrored."),
    ] = None
    rotate: Annotated[
        float,
        Meta(
            ge=0.0,
            le=45.0,
            title="Views: turn",
            description="How far at most, either way.",
            extra={"unit": "°", "step": 1.0},
        ),
    ] = 10.0
    zoom: Annotated[
        float,
        Meta(
            ge=0.0,
            le=0.5,
            title="Views: zoom in or out",
            description="How much larger or smaller things look at most.",
            extra=PERCENT,
        ),
    ] = 0.15
    shift: Annotated[
        float,
        Meta(
            ge=0.0,
            le=0.3,
            title="Views: shift",
            description="How far at most, as a share of the side.",
            extra=PERCENT,
        ),
    ] = 0.08
    brightness: Annotated[
        float,
        Meta(
            ge=0.0,
            le=0.5,
            title="Views: brightness",
            description="How far it changes at most.",
            extra=PERCENT,
        ),
    ] = 0.15
    contrast: Annotated[
        float,
        Meta(
            ge=0.0, le=0.5, title="Views: contrast", description="How far it changes at most.", extra=PERCENT
        ),
    ] = 0.15
    colour: Annotated[
        float,
        Meta(
            ge=0.0,
            le=0.5,
            title="Views: colour",
            description="How far its strength changes at most.",
            extra=PERCENT,
        ),
    ] = 0.15
    mixup: Annotated[
        Annotated[float, Meta(ge=0.0, le=1.0)] | None,
        Meta(
            title="Mixup",
            description="Blends pairs of training pictures where the frozen part ends, and their classes "
            "with them, against being too sure. Try it when training accuracy is far above validation "
            "accuracy. 0.2 is usual, 0 is none; automatic is 0.3 where blocks are unfrozen, else 0.",
        ),
    ] = None

    @property
    def changes(self) -> tuple[float, ...]:
        """The amount of each kind of change; all zero: the views would be the picture itself."""
        kinds = (
            self.flip is not False,
            self.rotate,
            self.zoom,
            self.shift,
            self.brightness,
            self.contrast,
            self.colour,
        )
        return tuple(map(float, kinds))
