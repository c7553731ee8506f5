"""Documents of strangers: XML, JSON, YAML and text as values, within bounds, and one error for all."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator
from typing import TypeVar
from xml.etree.ElementTree import Element, ParseError  # types only: defusedxml parses

import yaml
from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from tlcore.data.files.source import FileEntry
from tlcore.data.tables import encodings
from tlcore.errors import DataError, printable
from tlcore.records import JsonType, MalformedJson

T = TypeVar("T")
MOST_OF_OBJECT = 2_000_000  # bytes or characters that one outline or its run lengths may take
MOST_ELEMENTS = 500_000  # of XML that stand in memory at once: some 100 MB
_BLOCK = 1 << 20  # bytes
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_NOT_JSON = re.compile(rb"(?<=[\[,:\s])(?:NaN|-?Infinity)(?=\s*[,\]}])")


class MalformedFile(DataError):
    """An annotation file that cannot be read; `what` is the reason in the list of skipped files."""


def content_of(entry: FileEntry, most: int) -> bytes:
    """All bytes of a file.

    Raises:
        MalformedFile: it has more than `most`.
        PictureError, ArchiveError: as `FileEntry.read`.
    """
    if entry.size > most:
        raise MalformedFile(
            f"The file has {entry.size / 1e6:,.1f} MB; the limit for this kind is {most / 1e6:,.0f} MB."
        )
    return entry.read()


def text_of(content: bytes) -> str:
    """A text in whatever encoding; NUL characters are left out."""
    return encodings.decode(content).replace("\0", "")


def json_of(entry: FileEntry, most: int) -> bytes:
    """All bytes of a JSON file, in UTF-8 whatever its encoding.

    Raises:
        MalformedFile, PictureError, ArchiveError: as `content_of`.
    """
    content = content_of(entry, most)
    if not _is_utf8(content):
        content = text_of(content).encode("utf-8", "replace")
    return content.removeprefix(codecs.BOM_UTF8)


def _is_utf8(content: bytes) -> bool:
    """Block by block: as one text a large file would take four times its size."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for at in range(0, len(content), _BLOCK):
            decoder.decode(content[at : at + _BLOCK])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def check_objects(content: bytes, most: int) -> None:
    """Refuse JSON with more objects than that before they stand in memory, where each takes some 200 bytes.

    Raises:
        MalformedFile: it has more.
    """
    if (count := content.count(b"{")) > most:
        raise MalformedFile(f"The file has {count:,} entries; the limit is {most:,}.")


def read_json(kind: JsonType[T], content: bytes) -> T:
    """The value in a JSON file. NaN and Infinity, which Python writes and JSON does not have, become null.

    Raises:
        MalformedFile: it is not JSON of that kind.
    """
    try:
        return kind.decode(content)
    except MalformedJson:
        content = _NOT_JSON.sub(b"null", content)
    try:
        return kind.decode(content)
    except MalformedJson as error:
        raise MalformedFile(f"The JSON cannot be read: {printable(error, 150)}.") from error


def read_xml(content: bytes) -> Iterator[Element]:
    """The root, still empty, and then each element directly below it, one after the other.

    Nothing that was given stays in memory once the next one is asked for.

    Raises:
        MalformedFile: it is not XML, it has a document type, or one part has too many elements.
    """
    try:
        yield from _elements(io.BytesIO(_in_utf8(content)))
    except DefusedXmlException as error:
        raise MalformedFile("The XML has a document type or entities, which are refused.") from error
    except (ParseError, ValueError, LookupError) as error:
        raise MalformedFile(f"The XML cannot be read: {printable(error, 150)}.") from error


def _in_utf8(content: bytes) -> bytes:
    """XML that tells its encoding is left to the parser; of other bytes the encoding is found out."""
    if _is_utf8(content) or b"encoding" in content[:200]:
        return content
    return _DECLARATION.sub("", text_of(content)).encode("utf-8", "replace")


def _elements(stream: io.BytesIO) -> Iterator[Element]:
    depth = elements = 0
    root: Element | None = None
    for event, element in ElementTree.iterparse(stream, ("start", "end"), forbid_dtd=True):
        if event == "start":
            depth, elements = depth + 1, elements + 1
            if elements > MOST_ELEMENTS:
                raise ValueError(f"there are more than {MOST_ELEMENTS:,} elements in one part")
            if root is None:
                root = element
                yield root
            continue
        depth -= 1
        if depth == 1 and root is not None:
            yield element
            root.clear()
            elements = 0


class _PlainLoader(yaml.BaseLoader):
    """Everything stays text ("no" is a class, not false), and nothing may stand for something else."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("it has aliases, which are not allowed here")
        return super().compose_node(parent, index)


def read_yaml(content: bytes) -> object:
    """A YAML file as dictionaries, lists and texts.

    Raises:
        MalformedFile: it is not YAML, has aliases or is nested too deep.
    """
    try:
        return yaml.load(text_of(content), _PlainLoader)  # noqa: S506 (a BaseLoader makes plain values only)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise MalformedFile(f"The YAML cannot be read: {printable(error, 150)}.") from error
