"""Export: files of a finished model for other programs, each with its proof; the address names the run."""

from __future__ import annotations

from pages.components.export.sections import SECTIONS
from pages.components.shared.runs.no_model import show_no_model
from pages.components.shared.selection import sections
from pages.components.shared.selection.addresses import restate
from pages.components.shared.selection.run_chooser import choose_run
from pages.components.shared.selection.selection import runs_with_model
from pages.components.shared.text import page_header
from pages.components.shared.trash import notices, unreadable
from tlcore.errors import GraftError

PURPOSE = "Take a model out of Graft: into an app, another program, another language."
EXPLANATION = """
Every file is **proven** before you can download it: it is opened by the program that it is made for and asked
about the validation and test examples. A file that answers differently from the model is not offered.

- **8-bit** files are a quarter of the size. They round, so a few answers may change: such a file may be right
for at most one point, or two examples, fewer of the validation examples.
- Each download has a JSON file beside the model. It says what goes in, what comes out, and the labels.
"""


def main() -> None:
    """The page."""
    restate()
    line = page_header("Export", PURPOSE, EXPLANATION)
    notices.above("export")
    run = choose_run(runs_with_model(), line)
    if run is None:
        show_no_model("You have no finished model yet. Train one first: it takes a minute.")
        return
    try:
        sections.choose(SECTIONS, "export").show(run)
    except GraftError as error:
        unreadable.show_run_failure(run, error)


main()
notices.below("export")
