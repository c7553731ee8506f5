"""A backbone that came in a `.keras` file: `file:<hash>`, kept in the workspace by its content. No
TensorFlow.

`tlcore/foreign/` makes its folder, `backbones/<hash>/`: `backbone.keras` is a network of known layers from
uint8 pictures to features, `backbone.json` its entry of the catalogue. It takes pictures of one size only.
`tlcore/workspace/backbone_store.py` removes it once nothing needs it.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

import msgspec

from tlcore import system
from tlcore.backbones.catalogue.entry import FILE_PREFIX, Backbone
from tlcore.errors import BackboneError
from tlcore.records import JsonType, MalformedJson
from tlcore.workspace import Workspace, backbone_store
from tlcore.workspace.refusals import list_folder

NETWORK, ENTRY = "backbone.keras", "backbone.json"
_ENTRY = JsonType(Backbone)


def folder_of(backbone_id: str) -> Path:
    """The folder of a backbone, whether it is there or not.

    Raises:
        BackboneError: the id is none that Graft gives.
    """
    name = backbone_id.removeprefix(FILE_PREFIX)
    if not backbone_store.HASH.fullmatch(name):
        raise BackboneError("There is no such backbone.", received=backbone_id)
    return Workspace().root / backbone_store.FOLDER / name


def backbone(backbone_id: str) -> Backbone:
    """Its entry of the catalogue.

    Raises:
        BackboneError: its file is not in this workspace.
    """
    folder = folder_of(backbone_id)
    try:
        entry = _ENTRY.read(folder / ENTRY)
    except (OSError, MalformedJson) as error:
        raise BackboneError(
            "The backbone of this model came in a file that is not in this workspace.",
            received=backbone_id,
            remedy="Bring the model's `.keras` file again.",
        ) from error
    return msgspec.structs.replace(entry, id=backbone_id, weights_file=str(folder / NETWORK))


def backbones() -> list[Backbone]:
    """The entries of all in this workspace, newest first; one that cannot be read is left out."""
    found = []
    for folder in sorted(list_folder(Workspace().root / backbone_store.FOLDER), key=system.age):
        with contextlib.suppress(BackboneError):
            found.append(backbone(f"{FILE_PREFIX}{folder.name}"))
    return found
