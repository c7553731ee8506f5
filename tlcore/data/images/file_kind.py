"""The kind of a file that is no readable picture, by its first bytes: a reason for people."""

from __future__ import annotations

ENOUGH = 1024  # bytes from the start

_HEIC = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_UNREAD = "It is a {}, which cannot be read here: save it as PNG or JPEG."
_STARTS: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "It is an archive inside the data: unpack it first."),
    (b"\x1f\x8b", "It is an archive inside the data: unpack it first."),
    (b"7z\xbc\xaf\x27\x1c", "It is an archive inside the data: unpack it first."),
    (b"Rar!", "It is an archive inside the data: unpack it first."),
    (b"%PDF", "It is a PDF document, not a picture."),
    (b"%!PS", "It is a PostScript drawing: save it as PNG."),
    (b"\xd7\xcd\xc6\x9a", "It is a Windows drawing (WMF): save it as PNG."),
    (b"\x1aE\xdf\xa3", "It is a video, not a picture."),
    (b"\xff\x4f\xff\x51", "The picture is damaged (JPEG 2000)."),
    (b"\0\0\0\x0cjP  ", "The picture is damaged (JPEG 2000)."),
    (b"\xff\x0a", _UNREAD.format("JPEG XL picture")),
    (b"\0\0\0\x0cJXL ", _UNREAD.format("JPEG XL picture")),
    (b"II\xbc", _UNREAD.format("JPEG XR picture")),
    (b"\x76\x2f\x31\x01", _UNREAD.format("OpenEXR picture")),
    (b"#?RADIANCE", _UNREAD.format("Radiance HDR picture")),
    (b"gimp xcf", _UNREAD.format("GIMP picture")),
    (b"8BPS", "The picture is damaged (PSD)."),
    (b"\xff\xd8", "The picture is damaged, or a kind of JPEG that is not read."),
    (b"\x89PNG", "The picture is damaged (PNG)."),
    (b"GIF8", "The picture is damaged (GIF)."),
    (b"II*\x00", "The picture is damaged, or a camera's raw format: save it as JPEG."),
    (b"MM\x00*", "The picture is damaged, or a camera's raw format: save it as JPEG."),
)


def not_a_picture(start: bytes) -> str:
    """The reason for a file that no decoder recognised.

    Args:
        start: the first bytes of the file, `ENOUGH` of them where it has so many.
    """
    if start[4:8] == b"ftyp":
        if start[8:12] in _HEIC:
            return "The HEIC picture is damaged, or of a kind that is not read: save it as JPEG."
        return "It is a video or a kind of picture that is not read: save it as JPEG."
    for beginning, reason in _STARTS:
        if start.startswith(beginning):
            return reason
    text = start.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if b"<svg" in text:
        return "It is an SVG drawing: save it as PNG."
    if text.startswith((b"<!doctype html", b"<html")):
        return "It is a web page, not a picture: perhaps an error page that was saved."
    return "It is not a picture, or of a kind that is not read."
