"""Sections of the Export page, in one table: the ways in which a model leaves Graft."""

from __future__ import annotations

from pages.components.export import code_download, formats_list, hand_on, model_card, server
from pages.components.shared.selection.sections import Section

SECTIONS = {
    "files": Section("Files", formats_list.show),
    "code": Section("Code", code_download.show),
    "server": Section("Server", server.show),
    "card": Section("Model card", model_card.show),
    "hand-on": Section("Hand on", hand_on.show),
}
