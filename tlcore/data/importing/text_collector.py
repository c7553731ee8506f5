"""The texts that an import has found so far, each cleaned, named by its content and put to its class."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tlcore.data.examples.example_table import ExampleBuilder
from tlcore.data.examples.text_table import TextBuilder
from tlcore.data.importing.text_warnings import warnings
from tlcore.data.manifest import LONGEST_LABEL, MAX_TEXT_BYTES, Example, Skipped, Split
from tlcore.data.names import clean_text
from tlcore.errors import DataError

NO_TEXT = "The text is missing."
NO_LABEL = "The label is missing."
_MOST_NAMES = 10_000  # remembered: a column of texts is no column of classes


@dataclass(frozen=True)
class ImportedTexts:
    """Texts of a source, in its order; `texts`: by the SHA-256 of their UTF-8."""

    source: str
    examples: Sequence[Example]
    texts: Mapping[str, str]
    skipped: list[Skipped]
    warnings: tuple[str, ...]
    ignored: int
    text_column: str


class TextCollector:
    """Collects the texts of a source.

    Args:
        label: the class of all of them, "" for none; None: each has its own.
        skipped, ignored: what the source itself leaves out.
    """

    def __init__(
        self, source: str, label: str | None = None, skipped: Sequence[Skipped] = (), ignored: int = 0
    ) -> None:
        self.source = source
        self.label = label
        self.skipped = [*skipped]
        self.text_column = ""
        self._ignored = ignored
        self._examples = ExampleBuilder()
        self._texts = TextBuilder()
        self._names: dict[str, str] = {}

    def add(self, name: str, text: str, label: str, split: Split | None) -> None:
        """Take in one text, or skip it with the reason.

        Raises:
            DataError: more text than the limit.
        """
        text, label = clean(text), self._class_name(label)
        if not text or (not label and self.label is None):
            self.skipped.append(Skipped(name, NO_LABEL if text else NO_TEXT))
            return
        content = text.encode()
        sha256 = hashlib.sha256(content).hexdigest()
        self._texts.add(sha256, text, len(content))
        self._examples.add(Example(sha256, name, label, bytes=len(content), split=split))
        if self._texts.bytes > MAX_TEXT_BYTES:
            self._texts.settle()
        if self._texts.bytes > MAX_TEXT_BYTES:
            raise DataError(
                f"There are more than {MAX_TEXT_BYTES / 1e6:.0f} MB of texts.", received=self.source
            )

    def _class_name(self, said: str) -> str:
        """The class that a row names, as it is kept: one string for all its texts."""
        if self.label == "":
            return ""
        said = self.label or said
        if said not in self._names:
            name = clean_text(said)[:LONGEST_LABEL].strip()
            if len(self._names) >= _MOST_NAMES:
                return name
            self._names[said] = name
        return self._names[said]

    def finish(self) -> ImportedTexts:
        """All that came in."""
        return ImportedTexts(
            source=self.source,
            examples=self._examples.finish(),
            texts=self._texts.finish(),
            skipped=self.skipped,
            warnings=tuple(warnings(self.skipped)),
            ignored=self._ignored,
            text_column=self.text_column,
        )


def clean(text: str) -> str:
    """A text as it is kept: without control characters, but for line breaks and tabs, or space around it.

    Everything else stays as it is, since a tokenizer decides what it makes of it.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.isprintable():
        text = "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs"))
    return text.strip()
