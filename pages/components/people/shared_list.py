"""All that is shared in a class, for its teacher."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from pages.components.shared.sharing.offers import kind_of, name_of, when
from pages.components.shared.text import escape_formulas
from tlcore.people import sharing
from tlcore.people.sharing import Offer


def show() -> None:
    """A table in a box that opens; nothing where nobody shares anything."""
    found = sharing.offers_to("")
    if found:
        with st.expander(f"Shared with the class ({len(found)})", icon=":material/group:"):
            table = pd.DataFrame([_row(one) for one in found])
            st.dataframe(escape_formulas(table), hide_index=True, row_height=36, key="class_shared")


def _row(offer: Offer) -> dict[str, str]:
    return {"Who": offer.owner.name, "Name": name_of(offer), "Kind": kind_of(offer), "Since": when(offer)}
