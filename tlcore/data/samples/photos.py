"""The sample of photos: hands that sign one of six digits, in a train and a test part.

They lie in `hand_signs/`, with their licence. They are hard enough that more photos help, and so do blocks
that train.
"""

from __future__ import annotations

from pathlib import Path

PHOTOS = Path(__file__).with_name("hand_signs") / "photos"
CREDIT = (
    "Photos of the Sign Language Digits Dataset by students of Ankara Ayrancı Anadolu High School. "
    "Licence: Apache-2.0. Please cite arXiv:2011.08927."
)
