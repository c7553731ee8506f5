from __future__ import annotations

import functools
import inspect
import io
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.data.conftest import jpeg
from tlcore.data.images import decode
from tlcore.errors import PictureError

# pytest resets the filter that tlcore.data.images.decode sets
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL")


def saved(image: Image.Image, form: str = "PNG", **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def two_halves(size: tuple[int, int] = (80, 40)) -> Image.Image:
    """Left half red, right half blue."""
    image = Image.new("RGB", size, "red")
    image.paste("blue", (size[0] // 2, 0, size[0], size[1]))
    return image


@pytest.mark.parametrize("fit", ["stretch", "crop", "pad"])
@pytest.mark.parametrize("size", [(40, 30), (1, 1), (1, 3000), (3000, 1), (224, 224)])
def test_every_shape_becomes_the_square(fit: str, size: tuple[int, int]) -> None:
    pixels = decode.decode(saved(Image.new("RGB", size, (10, 200, 30))), 224, fit)
    assert pixels.shape == (224, 224, 3) and pixels.dtype == np.uint8
    assert tuple(pixels[112, 112]) == (10, 200, 30)


def test_fits_differ_as_described() -> None:
    content = saved(two_halves())
    stretched, cropped, padded = (decode.decode(content, 64, fit) for fit in ("stretch", "crop", "pad"))
    assert tuple(stretched[0, 0]) == tuple(cropped[0, 0]) == (255, 0, 0)
    assert tuple(padded[0, 0]) == (127, 127, 127) and tuple(padded[32, 0]) == (255, 0, 0)


def test_sources_agree(tmp_path: Path) -> None:
    content = jpeg(3)
    (tmp_path / "a.jpg").write_bytes(content)
    expected = decode.decode(content, 32, "stretch")
    assert np.array_equal(expected, decode.decode(tmp_path / "a.jpg", 32, "stretch"))
    assert np.array_equal(expected, decode.decode(io.BytesIO(content), 32, "stretch"))


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF", "HEIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_rotation(form: str, orientation: int) -> None:
    back = {2: "FLIP_LEFT_RIGHT", 3: "ROTATE_180", 4: "FLIP_TOP_BOTTOM", 5: "TRANSPOSE"}
    back |= {6: "ROTATE_90", 7: "TRANSVERSE", 8: "ROTATE_270"}
    stored = two_halves()
    if orientation > 1:
        stored = stored.transpose(Image.Transpose[back[orientation]])
    exif = Image.Exif()
    exif[0x0112] = orientation
    content = saved(stored, form, exif=exif.tobytes())
    assert decode.decode_small(content)[1] == (80, 40)
    pixels = decode.decode(content, 32, "stretch").astype(int)
    assert pixels[16, 4, 0] > 200 > 60 > pixels[16, 4, 2] and pixels[16, 28, 2] > 200


def test_damaged_exif_does_not_cost_the_picture() -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x0100] = 6, 40
    content = saved(two_halves(), "JPEG", exif=exif)
    at = content.index(b"\x01\x00\x00\x04", content.index(b"Exif"))  # tag 0x0100 of kind 4 becomes text
    damaged = content[: at + 3] + b"\x02" + content[at + 4 :]
    assert decode.decode_small(damaged)[1] == (40, 80)
    assert decode.decode(damaged, 32, "stretch")[4, 16, 0] > 200


def test_size_of_a_large_turned_jpeg_is_the_displayed_one(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    content = saved(Image.new("RGB", (2001, 1001)), "JPEG", exif=exif)
    small, size, form = decode.decode_small(content)
    assert size == (1001, 2001) and form == "JPEG"
    decode.write_thumbnail(small, tmp_path / "deep" / "t.jpg")
    assert Image.open(tmp_path / "deep" / "t.jpg").size == (64, 128)


def test_heic_is_read_whole_and_never_by_its_small_version() -> None:
    whole = Image.fromarray(np.tile(np.linspace(0, 255, 800).astype(np.uint8), (600, 1))).convert("RGB")
    content = saved(whole, "HEIF", quality=90, thumbnails=[320])
    small, size, form = decode.decode_small(content)
    assert (small.size, size, form) == ((128, 96), (800, 600), "HEIF")
    for fit in ("stretch", "crop", "pad"):
        pixels = decode.decode(content, 224, fit).astype(int)
        assert np.abs(pixels - decode.decode(saved(whole), 224, fit)).max() <= 6
    assert {"heic", "heif"} <= decode.suffixes()
    with pytest.raises(PictureError):
        decode.decode_small(content[: len(content) // 2])


@functools.cache
def twelve_megapixels() -> dict[str, bytes]:
    """The same picture in two formats."""
    ramp = np.linspace(0, 255, 4000).astype(np.uint8)
    whole = Image.fromarray(np.stack([np.tile(ramp, (3000, 1))] * 3, -1))
    return {"JPEG": saved(whole, "JPEG", quality=90), "PNG": saved(whole, "PNG")}


@pytest.mark.parametrize("fit", ["stretch", "crop", "pad"])
def test_a_twelve_megapixel_jpeg_is_never_decoded_whole(fit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = twelve_megapixels()
    seen: list[tuple[int, int]] = []
    resize = Image.Image.resize

    def spy(image: Image.Image, *arguments: object, **options: object) -> Image.Image:
        seen.append(image.size)
        return resize(image, *arguments, **options)

    monkeypatch.setattr(Image.Image, "resize", spy)
    small = decode.decode(whole["JPEG"], 224, fit)
    assert seen[0] == (500, 375), "an eighth of each side is what the decoder hands on"
    sharp = decode.decode(whole["PNG"], 224, fit)
    assert np.abs(small.astype(int) - sharp).max() <= 6


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "PA"])
def test_transparency_is_laid_on_white(mode: str) -> None:
    clear = Image.new("RGBA", (20, 20), (0, 0, 0, 0))
    if mode == "P":
        image = Image.new("P", (20, 20), 0)
        content = saved(image, "PNG", transparency=0)
    elif mode == "PA":
        palette = Image.new("P", (20, 20))
        palette.putalpha(0)
        assert palette.mode == "PA"
        assert decode.upright_rgb(palette).getpixel((5, 5)) == (255, 255, 255)
        return
    else:
        content = saved(clear.convert(mode))
    assert decode.decode(content, 8, "stretch").min() == 255


@pytest.mark.parametrize("mode", ["L", "RGB", "1", "I;16"])
def test_transparent_colour_is_laid_on_white(mode: str) -> None:
    image = Image.fromarray(np.zeros((9, 9), np.uint16)) if mode == "I;16" else Image.new(mode, (9, 9))
    content = saved(image, "PNG", transparency=(0, 0, 0) if mode == "RGB" else 0)
    assert tuple(decode.decode(content, 9, "stretch")[5, 5]) == (255, 255, 255)


def test_sixteen_bit_is_scaled_and_not_clipped() -> None:
    ramp = np.linspace(0, 65535, 256).astype(np.uint16)[None, :].repeat(256, 0)
    pixels = decode.decode(saved(Image.fromarray(ramp)), 256, "stretch")
    assert np.abs(pixels[0, :, 0].astype(int) - np.arange(256)).max() <= 1


def test_twelve_bits_in_sixteen_are_not_black() -> None:
    pixels = decode.decode(saved(Image.fromarray(np.full((9, 9), 4095, np.uint16))), 9, "stretch")
    assert pixels.min() == 255


@pytest.mark.parametrize("values", [(0.0, 1.0), (0.0, 255.0), (-3.0, 7.0), (float("nan"), 1.0), (0.0, 0.0)])
def test_float_pictures(values: tuple[float, float]) -> None:
    array = np.full((8, 8), values[0], np.float32)
    array[:, 4:] = values[1]
    pixels = decode.decode(saved(Image.fromarray(array), "TIFF"), 8, "stretch")
    assert pixels[0, 0, 0] == 0 and pixels[0, 7, 0] == (255 if values[1] else 0)


@pytest.mark.parametrize("mode", ["CMYK", "LAB", "YCbCr"])
def test_other_colour_spaces(mode: str) -> None:
    if mode == "LAB":
        content = saved(Image.new("LAB", (9, 9), (255, 128, 128)), "TIFF")
    else:
        content = saved(Image.new("RGB", (9, 9), "white").convert(mode), "TIFF")
    assert decode.decode(content, 9, "stretch").min() > 245


def test_animated_gives_its_first_frame() -> None:
    frames = [Image.new("RGB", (12, 12), colour) for colour in ("red", "blue")]
    for form in ("GIF", "WEBP", "PNG", "TIFF"):
        content = saved(frames[0], form, save_all=True, append_images=frames[1:])
        pixel = decode.decode(content, 8, "stretch")[4, 4]
        assert pixel[0] > 230 and pixel[2] < 30


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"hello", "not a picture"),
        (b"<html><body>404</body></html>", "web page"),
        (b"<?xml version='1.0'?><svg xmlns='x'/>", "SVG"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "PostScript"),
        (b"%PDF-1.7", "PDF"),
        (b"PK\x03\x04" + bytes(40), "archive"),
        (b"\0\0\0\x18ftypheic" + bytes(40), "HEIC"),
        (jpeg(1)[:-60], "cut short"),
        (jpeg(1, form="PNG")[:-60], "cut short"),
    ],
)
def test_reasons_are_plain(content: bytes, words: str) -> None:
    with pytest.raises(PictureError) as caught:
        decode.decode_small(content)
    assert words in caught.value.what


def test_bounds_come_before_decoding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decode, "MAX_PIXELS", 1000)
    with pytest.raises(PictureError, match="40 × 30"):
        decode.decode(jpeg(1), 8, "stretch")
    monkeypatch.setattr(decode, "MAX_BYTES", 1000)
    (tmp_path / "big.jpg").write_bytes(bytes(1001))
    with pytest.raises(PictureError, match="limit"):
        decode.decode_small(tmp_path / "big.jpg")


def test_missing_file_is_a_picture_error(tmp_path: Path) -> None:
    with pytest.raises(PictureError, match="cannot be opened"):
        decode.decode_small(tmp_path / "none.jpg")


def test_large_pictures_from_several_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decode, "_BIG", 100)
    sizes: list[tuple[int, int]] = []
    threads = [
        threading.Thread(target=lambda: sizes.append(decode.decode_small(jpeg(1))[1])) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sizes == [(40, 30)] * 4


def test_pillow_warnings_do_not_leak() -> None:
    script = (
        "import io; from PIL import Image; from tlcore.data.images import decode\n"
        "out = io.BytesIO(); Image.new('1', (9500, 9500)).save(out, 'PNG')\n"  # Pillow warns from 89 million
        "print(decode.decode_small(out.getvalue())[1])"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", script], capture_output=True, text=True)
    assert (done.stdout.strip(), done.stderr) == ("(9500, 9500)", "")


def test_core_is_short_and_needs_only_pillow_and_numpy() -> None:
    source = inspect.getsource(decode.upright_rgb) + inspect.getsource(decode.to_square)
    assert len(source.splitlines()) <= 19
    names = "from __future__ import annotations\nimport numpy as np\nfrom PIL import Image, ImageOps\n"
    room: dict[str, object] = {}
    exec(names + source, room)
    square = room["to_square"](Image.open(io.BytesIO(jpeg(5))), 64, "crop")  # type: ignore[operator]
    assert np.array_equal(square, decode.decode(jpeg(5), 64, "crop"))


@functools.cache
def whole_file(form: str) -> bytes:
    return jpeg(1, form=form)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400), st.sampled_from([*decode.FORMATS]), st.integers(0, 300))
def test_damaged_bytes_never_raise_anything_else(noise: bytes, form: str, at: int) -> None:
    start = whole_file(form if form in {"JPEG", "PNG", "GIF", "TIFF"} else "BMP")
    for content in (noise, start[:at] + noise, start[:at] + noise + start[at + len(noise) :]):
        try:
            assert decode.decode(content, 16, "pad").shape == (16, 16, 3)
        except PictureError as error:
            assert error.what


def test_the_camera_is_named_as_far_as_its_exif_says() -> None:
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "Canon\0", "EOS\n 450D" + "x" * 100
    named = decode.camera(saved(two_halves(), "JPEG", exif=exif))
    assert named.startswith("Canon EOS 450Dx") and len(named) == 60
    assert decode.camera(saved(two_halves(), "JPEG")) == decode.camera(saved(two_halves())) == ""
