"""Pictures that are valid and not decoded here are not called damaged; damaged ones are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fixtures.odd_pictures import READ, UNREAD
from tlcore.data.images import decode
from tlcore.data.images.headers import CUT
from tlcore.errors import PictureError

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL")  # pytest resets the module's own filter


def reason(content: bytes) -> str:
    with pytest.raises(PictureError) as error:
        decode.decode_small(content)
    return error.value.what


@pytest.mark.parametrize("name", UNREAD)
def test_a_valid_picture_of_a_kind_that_is_not_decoded_is_not_damaged(name: str) -> None:
    kind, content = UNREAD[name]
    assert reason(content) == f"This kind of {kind} cannot be read here: save it as PNG or JPEG."


@pytest.mark.parametrize("name", READ)
def test_a_picture_of_a_kind_that_is_decoded_is_decoded(name: str) -> None:
    """So that what the others lack is what they are to lack, and nothing else is wrong with them."""
    assert min(decode.decode_small(READ[name])[1]) >= 8


@pytest.mark.parametrize("content", [*READ.values(), UNREAD["OS/2 2.x, RLE24"][1], UNREAD["raw"][1]])
@pytest.mark.parametrize("left", [0.2, 0.6])
def test_what_is_cut_short_is_said_to_be_damaged(content: bytes, left: float) -> None:
    said = reason(content[: round(left * len(content))])
    assert said == CUT or "damaged" in said


@pytest.mark.parametrize(
    ("at", "byte"),
    [(14, 41), (28, 77), (30, 99)],
    ids=["header", "bits", "compression"],
)
def test_a_header_that_no_format_allows_is_damaged(at: int, byte: int) -> None:
    content = bytearray(READ["bmp"])
    content[at] = byte
    assert "damaged" in reason(bytes(content)) or reason(bytes(content)) == CUT


@given(st.sampled_from([*READ.values(), *(content for _, content in UNREAD.values())]), st.data())
def test_whatever_was_done_to_a_file_there_is_one_reason(content: bytes, data: st.DataObject) -> None:
    changed = bytearray(content)
    for _ in range(data.draw(st.integers(1, 4))):
        changed[data.draw(st.integers(0, min(200, len(changed) - 1)))] = data.draw(st.integers(0, 255))
    try:
        decode.decode_small(bytes(changed[: data.draw(st.integers(1, len(changed)))]))
    except PictureError as error:
        assert error.what.endswith(".") and error.received is None
