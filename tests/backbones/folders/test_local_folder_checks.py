"""Folders whose files do not belong together: each is refused in one sentence, and nothing large is built."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save_file

from tests.fixtures.refusals import is_refused_at_once
from tlcore.backbones.catalogue import catalogue
from tlcore.backbones.folders import folder_files, local_folder_checks, token_files
from tlcore.backbones.folders.text_config import FolderConfig
from tlcore.errors import BackboneError

CONFIG = {
    "model_type": "bert",
    "vocab_size": 12,
    "hidden_size": 8,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 16,
    "max_position_embeddings": 16,
}
WORDS = [*token_files.SPECIAL, *"abcdefg"]
Change = Callable[[Path], object]


def weights(**changes: np.ndarray | None) -> dict[str, np.ndarray]:
    """The tensors of `CONFIG`, some changed; None leaves one out."""
    sizes = FolderConfig(**CONFIG)
    made = {name: np.zeros(shape, np.float32) for name, shape in local_folder_checks.expected_tensors(sizes)}
    made |= {name.replace("__", "."): value for name, value in changes.items()}
    return {name: value for name, value in made.items() if value is not None}


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """A whole BERT of a few kilobytes."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(CONFIG))
    (folder / "tokenizer_config.json").write_text('{"do_lower_case": true}')
    (folder / "vocab.txt").write_text("\n".join(WORDS) + "\n")
    save_file(weights(), folder / "model.safetensors")
    return folder


def config(**changes: object) -> Change:
    return lambda folder: (folder / "config.json").write_text(json.dumps(CONFIG | changes))


def vocabulary(content: bytes) -> Change:
    return lambda folder: (folder / "vocab.txt").write_bytes(content)


def words(*some: str) -> Change:
    return vocabulary("\n".join(some).encode())


def tensors(**changes: np.ndarray | None) -> Change:
    return lambda folder: save_file(weights(**changes), folder / "model.safetensors")


def header(length: int, content: bytes = b"{}", after: int = 0) -> Change:
    """A file whose header is said to be so long; `after`: bytes behind it that take no room on the disk."""

    def write(folder: Path) -> None:
        with (folder / "model.safetensors").open("wb") as file:
            file.write(length.to_bytes(8, "little") + content)
            file.truncate(8 + len(content) + after)

    return write


def dtype(kind: str, size: int) -> Change:
    """All tensors said to be of another kind, each number of so many bytes."""

    def write(folder: Path) -> None:
        lines, at = {}, 0
        for name, value in weights().items():
            lines[name] = {
                "dtype": kind,
                "shape": value.shape,
                "data_offsets": [at, at := at + value.size * size],
            }
        content = json.dumps(lines).encode()
        header(len(content), content, at)(folder)

    return write


def linked(name: str, target: str) -> Change:
    def link(folder: Path) -> None:
        (folder / name).unlink()
        (folder / name).symlink_to(target)

    return link


LIE = b'{"embeddings.word_embeddings.weight":{"dtype":"F32","shape":[12,8],"data_offsets":[0,999999]}}'
BEYOND = (
    b'{"x":{"dtype":"F32","shape":['
    + b",".join([b"9223372036854775807"] * 2_000)
    + b'],"data_offsets":[0,4]}}'
)
NINE = b'{"x":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,4]}}'
NEGATIVE = b'{"embeddings.word_embeddings.weight":{"dtype":"F32","shape":[-12,-8],"data_offsets":[0,384]}}'


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (config(hidden_size=16_384), "12 × 16,384, and in model.safetensors it has 12 × 8"),
        (config(vocab_size=30_522), "30,522 × 8, and in model.safetensors it has 12 × 8"),
        (config(num_hidden_layers=3), "asks for encoder.layer.2.attention.self.query.weight, which"),
        (config(num_hidden_layers=1), "more layers than the 1 of"),
        (config(num_attention_heads=3), "a width of 8 among 3 heads"),
        (config(intermediate_size=100_000), "100,000 × 8, and in model.safetensors it has 16 × 8"),
        (config(max_position_embeddings=512), "512 × 8, and in model.safetensors it has 16 × 8"),
        (words(*WORDS[:6]), "asks for 12 words, and vocab.txt has 6"),
        (words(*WORDS, "h"), "asks for 12 words, and vocab.txt has 13"),
        (words(*WORDS[:-1], "a"), "“a” 2 times"),
        (words(*WORDS[:-2], "[UNUSED]", "g", "", ""), "asks for 12 words, and vocab.txt has 13"),
        (words(*WORDS[1:], "h"), "lacks [PAD]"),
        (words(*reversed(WORDS)), "[PAD] in another place"),
        (vocabulary(b""), "vocab.txt has 0"),
        (vocabulary("\n".join([*WORDS[:-1], "ähnlich"]).encode("latin-1")), "not text in UTF-8"),
        (vocabulary("\n".join(WORDS).encode("utf-16")), "not text in UTF-8"),
        (vocabulary(b"\n" * 400_000), "vocab.txt has 400,000"),
        (vocabulary(b"a" * 60_000_000), "vocab.txt is too large"),
        (tensors(pooler__dense__bias=None), "asks for pooler.dense.bias, which"),
        (
            tensors(embeddings__word_embeddings__weight=None),
            "does not hold embeddings.word_embeddings.weight",
        ),
        (
            tensors(pooler__dense__bias=np.zeros((8, 1), np.float32)),
            "of 8, and in model.safetensors it has 8 × 1",
        ),
        (tensors(pooler__dense__bias=np.zeros((), np.float32)), "it has one number"),
        (tensors(pooler__dense__bias=np.zeros(8, np.int8)), "stored as I8, and only F64, F32, F16, BF16"),
        (dtype("F8_E4M3", 1), "stored as F8_E4M3"),
        (dtype("F32", 2), "another size than its shape says"),
        (header(10**15), "claims 1,000,000,000,000,000 bytes"),
        (header(20_000_000, after=30_000_000), "its header has 20,000,000 bytes, and may have 10,000,000"),
        (header(len(LIE), LIE, 384), "lies outside the file"),
        (header(len(NEGATIVE), NEGATIVE, 384), "lies outside the file"),
        (header(len(BEYOND), BEYOND, 384), "lies outside the file"),  # of a number with 40,000 digits
        (header(len(NINE), NINE, 384), "lies outside the file"),
        (header(2, b"[]"), "cannot be read: Expected `object`"),
        (header(2, b"{\xff", 100), "cannot be read"),
        (header(2), "does not hold embeddings.word_embeddings.weight"),
        (lambda folder: (folder / "model.safetensors").write_bytes(b""), "cannot be read"),
        (linked("model.safetensors", "/nowhere/at all"), "model.safetensors is missing"),
        (linked("vocab.txt", "/dev/zero"), "vocab.txt is missing"),
        (linked("config.json", "."), "config.json is missing"),
        (lambda folder: (folder / folder_files.INDEX).write_text("{}"), "over several files"),
        (
            lambda folder: (folder / "tokenizer_config.json").write_text("[]"),
            "tokenizer_config.json cannot be used",
        ),
        (
            lambda folder: (folder / "tokenizer_config.json").write_text(
                '{"do_lower_case": false, "tokenizer_class": "XLMRobertaTokenizer"}'
            ),
            "asks for XLMRobertaTokenizer",
        ),
    ],
)
def test_what_does_not_belong_together_is_refused_at_once(change: Change, said: str, tiny: Path) -> None:
    change(tiny)
    is_refused_at_once(tiny, said, longest=450)


def rounded(folder: Path) -> None:
    """Fewer words than the model has room for: many round their number up."""
    words(*WORDS[:-1])(folder)
    config(vocab_size=16)(folder)
    tensors(embeddings__word_embeddings__weight=np.zeros((16, 8), np.float32))(folder)


def named_otherwise(folder: Path) -> None:
    """As BERT was first published: "bert." before each name, and norms in its authors' words."""
    other = {"LayerNorm.weight": "LayerNorm.gamma", "LayerNorm.bias": "LayerNorm.beta"}
    made = {f"bert.{name}": value.astype(np.float16) for name, value in weights().items()}
    for one, another in other.items():
        made = {name.replace(one, another): value for name, value in made.items()}
    save_file(made | {"cls.predictions.bias": np.zeros(12, np.float16)}, folder / "model.safetensors")


def as_the_hub_keeps_it(folder: Path) -> None:
    """A folder of links to where the files lie."""
    for name in token_files.NEEDED:
        os.replace(folder / name, folder.parent / f"blob of {name}")
        (folder / name).symlink_to(folder.parent / f"blob of {name}")


@pytest.mark.parametrize(
    "change", [lambda folder: None, rounded, named_otherwise, as_the_hub_keeps_it, dtype("BF16", 2)]
)
def test_what_belongs_together_is_taken(change: Change, tiny: Path) -> None:
    change(tiny)
    assert catalogue.get(f"folder:{tiny}").features == 8
    folder_files.check_numbers(tiny)


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_weights_that_are_no_numbers_are_found(kind: type, wrong: float, tiny: Path) -> None:
    tensors(pooler__dense__bias=np.array([1, -2, wrong, 0, wrong, 3, 4, 5], kind))(tiny)
    with pytest.raises(BackboneError, match=r"pooler.dense.bias holds weights that are not finite numbers"):
        folder_files.check_numbers(tiny)


def test_a_file_that_changed_is_looked_at_again(tiny: Path) -> None:
    before = shutil.copy(tiny / "vocab.txt", tiny / "before")
    assert catalogue.get(f"folder:{tiny}")
    words(*WORDS[:6])(tiny)
    with pytest.raises(BackboneError, match="6"):
        catalogue.get(f"folder:{tiny}")
    os.replace(before, tiny / "vocab.txt")
    assert catalogue.get(f"folder:{tiny}")


@given(content=st.binary(max_size=200), length=st.integers(0, 2**64 - 1) | st.integers(0, 220))
def test_any_header_is_read_or_refused(
    content: bytes, length: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("any")
    header(length, content)(folder)
    try:
        folder_files.tensors(folder)
    except BackboneError as error:
        assert "model.safetensors cannot be read" in str(error)
    shutil.rmtree(folder)
