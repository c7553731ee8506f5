"""The structure of a stranger's `.keras` file, checked before Keras sees it. No TensorFlow.

Its `config.json` may name only what Graft's own models are made of: layers and operations that calculate, the
tokenizers, and a layer that counts terms which stand in its settings. So nothing in it leads to code or to a
file, whatever safe mode of some version lets through.
What is left, the weights, Keras reads in a child with bounded memory (`trial.py`).
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

from tlcore.data.files.archives import BROKEN, check_directory, zip_problem
from tlcore.errors import ArchiveError, RunError, printable
from tlcore.heads.term_counts import LONGEST, SPLITS
from tlcore.records import JsonType, MalformedJson
from tlcore.workspace import bytes_in_words

CONFIG, WEIGHTS, METADATA = "config.json", "model.weights.h5", "metadata.json"
ASSET = re.compile(r"assets/(layers/)?[a-z0-9_]{1,100}/[a-z0-9_]{1,60}\.(txt|json|spm)")
MOST_CONFIG = 8_000_000  # bytes: of the largest backbone it has two million
MOST_ENTRIES = 20
MOST_TIMES, SMALL = 5, 20_000_000  # times its size, and bytes besides: Keras does not compress what it saves
LARGEST = 4_000_000  # of a whole number in it: rows of a vocabulary are a quarter million
LONGEST_SIDE = 4_096  # of an input
_FREE = {"shared_object_id", "seed"}  # numbers that are no sizes
DTYPES = frozenset(
    {"bool", "string", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "float16", "bfloat16"}
    | {"float32", "float64", "mixed_float16", "mixed_bfloat16"}
)
_FILES = ("vocabulary", "proto", "merges", "filepath", "path", "url")  # keys that could name a file to read
COUNTER = "TextVectorization"  # it may have terms to count in its settings, and nothing but values of these
_COUNTER_SETTINGS: dict[str, tuple[Any, ...]] = {
    "standardize": ("lower_and_strip_punctuation",),
    "split": ("whitespace", "character"),
    "output_mode": ("tf_idf",),
    "encoding": ("utf-8",),
    **dict.fromkeys(("max_tokens", "output_sequence_length"), (None,)),
    **dict.fromkeys(("pad_to_max_tokens", "sparse", "ragged"), (False,)),
}
MOST_LETTERS = 5_000_000  # of all terms, each with as much room as the longest: so NumPy keeps them
MOST_TERMS = 100_000  # several times what Graft counts
_LONGEST = {SPLITS[kind]: longest for kind, longest in LONGEST.items()}  # terms in a row, by the split

_LAYERS = (
    "InputLayer Activation ReLU LeakyReLU PReLU Softmax Identity Dense Dropout Flatten Reshape Permute "
    "Rescaling Normalization BatchNormalization LayerNormalization UnitNormalization "
    "Conv2D DepthwiseConv2D SeparableConv2D Conv2DTranspose ZeroPadding2D Cropping2D UpSampling2D "
    "MaxPooling2D AveragePooling2D GlobalAveragePooling2D GlobalMaxPooling2D GlobalAveragePooling1D "
    "Add Subtract Multiply Average Maximum Minimum Concatenate Dot Embedding ReversibleEmbedding "
    "MultiHeadAttention SpatialDropout2D GaussianNoise Masking ZeroPadding1D Cropping1D UpSampling1D "
    f"{COUNTER}"
)
_INITIALIZERS = (
    "Zeros Ones Constant GlorotUniform GlorotNormal HeUniform HeNormal LecunUniform LecunNormal "
    "RandomUniform RandomNormal TruncatedNormal VarianceScaling"
)
_NUMPY = (
    "Abs Absolute Add Amax Argmax BroadcastTo Clip Concatenate Cumsum Divide Equal Exp ExpandDims Flip "
    "FloorDivide FullLike GetItem Greater GreaterEqual Less LessEqual Log Matmul Max Maximum Mean Min "
    "Minimum Multiply Negative NotEqual OnesLike Pad Power Repeat Reshape Split Sqrt Square Squeeze Stack "
    "Subtract Sum TakeAlongAxis Transpose TrueDivide Where ZerosLike"
)
_HUB = "keras_hub.src"
AllowedParts = dict[str | None, frozenset[str]]
# Module → the names in it that may be asked for.
ALLOWED: AllowedParts = {
    module: frozenset(names.split())
    for module, names in {
        None: "__keras_tensor__ __slice__ __ellipsis__ __numpy__",
        "builtins": "function",  # of Keras's own activations, by name
        "keras": "DTypePolicy",
        "keras.layers": _LAYERS,
        "keras.initializers": _INITIALIZERS,
        "keras.src.models.functional": "Functional",
        "keras.src.applications.convnext": "LayerScale",
        "keras.src.applications.inception_resnet_v2": "CustomScaleLayer",
        "keras.src.ops.core": "Cast",
        "keras.src.ops.math": "TopK",
        "keras.src.ops.nn": "Gelu Relu Sigmoid Silu Softmax Softplus Tanh",
        "keras.src.ops.numpy": _NUMPY,
        f"{_HUB}.layers.modeling.position_embedding": "PositionEmbedding",
        f"{_HUB}.layers.modeling.token_and_position_embedding": "TokenAndPositionEmbedding",
        f"{_HUB}.layers.modeling.transformer_encoder": "TransformerEncoder",
        f"{_HUB}.models.bert.bert_tokenizer": "BertTokenizer",
        f"{_HUB}.models.distil_bert.distil_bert_tokenizer": "DistilBertTokenizer",
        f"{_HUB}.models.roberta.roberta_tokenizer": "RobertaTokenizer",
        f"{_HUB}.models.xlm_roberta.xlm_roberta_tokenizer": "XLMRobertaTokenizer",
        f"{_HUB}.models.deberta_v3.deberta_v3_tokenizer": "DebertaV3Tokenizer",
        f"{_HUB}.models.deberta_v3.disentangled_attention_encoder": "DisentangledAttentionEncoder",
        f"{_HUB}.models.deberta_v3.disentangled_self_attention": "DisentangledSelfAttention",
        f"{_HUB}.models.deberta_v3.relative_embedding": "RelativeEmbedding",
    }.items()
}
_NETWORK = JsonType(dict[str, Any])


def check(path: Path) -> None:
    """Refuse a file that is more than a network of known parts with its weights.

    Raises:
        RunError: it is, or it is damaged; says why.
    """
    check_network(read(path))


def read(path: Path) -> dict[str, Any]:
    """The list of layers in a file that holds nothing but a network, not looked at yet.

    Raises:
        RunError: it holds more, is none, or is damaged; says why.
    """
    try:
        check_directory(path)
        with zipfile.ZipFile(path) as archive:
            _check_entries(archive.infolist(), path)
            with archive.open(CONFIG) as file:
                content = file.read(MOST_CONFIG + 1)
    except (*BROKEN, NotImplementedError, RuntimeError, ArchiveError) as error:
        said = str(getattr(error, "what", error)).rstrip(".")  # the sentence goes on
        _refuse("Its file is damaged.", said)
    if len(content) > MOST_CONFIG:
        _refuse("The list of its layers is too long.", CONFIG)
    try:
        return _NETWORK.decode(content)
    except MalformedJson as error:
        _refuse("The list of its layers cannot be read.", error)


def check_network(
    network: dict[str, Any], allowed: AllowedParts = ALLOWED, kinds: tuple[str, ...] = ("Functional",)
) -> None:
    """Refuse a list of layers that names other parts than those `allowed`, or is none of these `kinds`.

    Raises:
        RunError: it does; says which.
    """
    if network.get("class_name") not in kinds:
        _refuse("It is no network of layers in a row or a graph.", network.get("class_name"))
    for part in dictionaries(network):
        _check_part(part, allowed)


def _check_entries(infos: list[zipfile.ZipInfo], path: Path) -> None:
    names = [info.filename for info in infos]
    for info in infos:
        if info.filename not in (CONFIG, WEIGHTS, METADATA) and not ASSET.fullmatch(info.filename):
            _refuse("It holds a file that no model needs.", info.filename)
        if problem := zip_problem(info):
            _refuse(problem, info.filename)
    if len(set(names)) < len(names):
        _refuse("Two of its files have one name.")
    if len(names) > MOST_ENTRIES or not {CONFIG, WEIGHTS} <= set(names):
        _refuse("It holds other files than a model.")
    unpacked = sum(info.file_size for info in infos)
    if unpacked > MOST_TIMES * path.stat().st_size + SMALL:
        _refuse(f"It unpacks to {bytes_in_words(unpacked)}.")


def dictionaries(value: object) -> Iterator[dict[str, Any]]:
    """All dictionaries within it, however deep."""
    left = [value]
    while left:
        one = left.pop()
        if isinstance(one, dict):
            yield one
            left += one.values()
        elif isinstance(one, list):
            left += one


def _check_part(part: dict[str, Any], allowed: AllowedParts) -> None:
    """One dictionary of the list of layers."""
    if "class_name" in part:
        _check_name(part, allowed)
    if part.get("class_name") == COUNTER and not _counts_given_terms(part.get("config")):
        _refuse("It counts other words than those in its settings.", COUNTER)
    if part.get("class_name") == "DTypePolicy":
        settings = part.get("config")
        _check_dtype(settings.get("name") if isinstance(settings, dict) else settings)
    for key, value in part.items():
        is_terms = key == "vocabulary" and _counts_given_terms(part)
        if key in _FILES and value is not None and not is_terms:
            _refuse("It asks for a file of this computer.", f"{key}: {value}")
        most = LONGEST_SIDE if key == "batch_shape" else LARGEST
        if key not in _FREE and any(number > most for number in _sizes(value)):
            _refuse("It declares a size that no model has.", f"{key}: {value}")
        if key.endswith("dtype") and not (isinstance(value, dict) or value is None):
            _check_dtype(value)


def _check_dtype(name: object) -> None:
    if not isinstance(name, str) or name not in DTYPES:
        _refuse("It calculates with numbers of a kind that no model here has.", name)


def _check_name(part: dict[str, Any], allowed: AllowedParts) -> None:
    module, name, registered = (part.get(key) for key in ("module", "class_name", "registered_name"))
    try:
        is_known = name in allowed.get(module, ())
    except TypeError:  # not even text
        is_known = False
    if not is_known or registered not in (None, name, f"keras_hub>{name}"):
        asked = ".".join(str(word) for word in (module, name) if word is not None)
        _refuse("It asks for a part that Graft does not know, and that could run a program.", asked)


def _counts_given_terms(settings: object) -> bool:
    """Tell whether these settings of a layer that counts terms are all written out: no file, no function."""
    if not isinstance(settings, dict):
        return False
    terms, weights, longest = (settings.get(key) for key in ("vocabulary", "idf_weights", "ngrams"))
    return (
        all(key in settings and settings[key] in most for key, most in _COUNTER_SETTINGS.items())
        and isinstance(terms, list)
        and isinstance(weights, list)
        and 0 < len(terms) == len(weights) <= MOST_TERMS
        and all(isinstance(term, str) for term in terms)
        and len(terms) * max(map(len, terms)) <= MOST_LETTERS
        and all(type(weight) in (int, float) for weight in weights)
        and type(longest) is int
        and longest == _LONGEST[settings["split"]]
    )


def _sizes(value: object) -> Iterator[float]:
    """All numbers in it that may be sizes, through lists within lists; dictionaries are looked at apart."""
    left = [value]
    while left:
        one = left.pop()
        if isinstance(one, list):
            left += one
        elif isinstance(one, int):
            yield abs(one)
        elif isinstance(one, float):
            yield one  # far below 0 it masks, as -1e9 does


def counted_terms(network: dict[str, Any]) -> list[tuple[str, int]]:
    """How each layer that counts terms splits texts, and how many terms it has: of a network that passed."""
    layers = (part["config"] for part in dictionaries(network) if part.get("class_name") == COUNTER)
    return [(settings["split"], len(settings["vocabulary"])) for settings in layers]


def _refuse(why: str, received: object = None) -> NoReturn:
    raise RunError(
        f"This model is not opened. {why}",
        received=None if received is None else printable(received),
        remedy="Only models that Graft made can be handed on.",
    )
