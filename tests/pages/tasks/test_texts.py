"""Texts on every page: the same screens as for pictures, with what only texts have."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages.components.browser.upload.upload import Received
from pages.components.data import table_import
from pages.components.model import backbone_languages
from pages.components.tasks.tasks import VIEWS
from tests.fixtures.text_workspace import EACH, LONG, TEXTS, Written
from tests.pages.conftest import Open, config, primary, words
from tlcore import system
from tlcore.backbones.catalogue import catalogue
from tlcore.data import text_store
from tlcore.data.dataset import Dataset, datasets
from tlcore.data.manifest import Example, Manifest
from tlcore.data.task_words import WORDS
from tlcore.workspace import Workspace


@pytest.fixture
def wordy(written: Written, monkeypatch: pytest.MonkeyPatch, empty: Open) -> Open:
    """Open a page on a workspace with a data set of texts and a finished run. Only look: it is shared."""
    monkeypatch.setenv("GRAFT_HOME", str(written.home))
    return empty


def labels(at: AppTest) -> list[str]:
    return [box.label for box in at.expander]


def test_every_task_is_shown() -> None:
    assert VIEWS.keys() == WORDS.keys()


def test_data(wordy: Open) -> None:
    at = wordy("data")
    assert not at.exception and not at.error
    assert primary(at) == ["Train now"]
    assert {m.label: m.value for m in at.metric}["Texts"] == str(3 * EACH)
    assert f"61 texts sent = {3 * EACH} accepted + 1 skipped." in words(at)
    assert [tab.label for tab in at.tabs][-5:] == ["Texts", "Classes", "Problems", "Versions", "Skipped"]


def test_texts_are_shown_as_they_are(wordy: Open) -> None:
    table = wordy("data").dataframe[0].value  # a grid: HTML and Markdown in it are characters
    assert set(TEXTS["praise"][:3]) <= set(table["Text"]) and LONG.strip() in {
        t.strip() for t in table["Text"]
    }
    assert set(table["Class"]) == set(TEXTS) and set(table["Split"]) <= {"Training", "Validation", "Test"}


def test_searching_and_one_class_at_a_time(wordy: Open, written: Written) -> None:
    at = wordy("data")
    search, total = at.text_input(key=f"search_{written.dataset.id}"), 3 * EACH
    search.set_value("LOVELY").run()
    assert f"{EACH - 3} of {total} texts." in words(at)
    at.selectbox(key=f"class_{written.dataset.id}").select("blame").run()
    assert f"0 of {total} texts." in words(at) and "No text matches" in words(at)
    at.text_input(key=f"search_{written.dataset.id}").set_value("מאוחר").run()
    assert f"1 of {total} texts." in words(at)
    assert list(at.dataframe[0].value["Text"]) == ["זה היה מאוחר מדי."]
    assert not at.exception


def test_a_data_set_whose_texts_are_gone_says_so(written: Written, tmp_path: Path, empty: Open) -> None:
    copy = written.copy(tmp_path / "workspace")
    (copy.dataset.folder / "texts.json").unlink()
    for page, address in (("data", {}), ("evaluate", {"section": "mistakes"})):
        at = empty(page, **address)
        assert not at.exception
        assert "cannot be read" in at.error[0].value


def test_texts_in_another_script_are_a_problem_of_no_single_text(
    written: Written, tmp_path: Path, empty: Open
) -> None:
    dataset = written.copy(tmp_path / "workspace").dataset
    every = {one.sha256: f"Это предложение {n}" for n, one in enumerate(dataset.read().examples)}
    text_store.write_texts(dataset.folder, every)
    at = empty("data")
    assert not at.exception and "Texts in another script" in words(at)
    offered = [option for box in at.selectbox if box.label == "Problem" for option in box.options]
    assert "Texts in another script" not in offered


def test_model(wordy: Open) -> None:
    at = wordy("model")
    assert not at.exception and not at.error
    assert primary(at) == ["Train"]
    assert config(at)["backbone"] == "minilm_l6" and config(at)["input_size"] is None
    numbers = {metric.label: metric.value for metric in at.metric}
    assert numbers["Trainable parameters"] == f"{(384 + 1) * 3:,}"
    assert numbers["Languages"] == "English" and "Texts a second" in numbers and "ImageNet" not in numbers
    assert (
        "7 of 7 layers frozen" in words(at) and "About the first" in words(at) and "pixels" not in words(at)
    )
    assert "Augmentation" not in words(at)
    assert config(at)["head"] == {"hidden": None, "dropout": 0.4, "counts": True}
    at.toggle(key="counts_recommended").set_value(False).run()
    assert config(at)["head"] == {"hidden": None, "dropout": 0.4, "counts": False}
    assert at.slider(key="blocks_minilm_l6").label == "Layers unfrozen"
    at.slider(key="blocks_minilm_l6").set_value(2).run()
    assert not [toggle for toggle in at.toggle if toggle.key == "counts_recommended"]  # no head is chosen
    assert "5 of 7 layers frozen" in words(at) and "How the unfrozen layers train" in labels(at)
    assert "Mixup" not in " ".join(labels(at)) and not at.exception


def test_the_longest_text_can_be_chosen(wordy: Open) -> None:
    at = wordy("model")
    at.selectbox(key="length_minilm_l6").select(64).run()
    assert not at.exception and config(at)["input_size"] == 64
    assert "The first 64 tokens of a text are read." in words(at)


def test_who_reads_another_script_is_named_only_where_it_is_known(
    wordy: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The texts are the same: what their script is called decides."""
    for script, memory, said in (
        ("Tibetan", 2**40, "English only. No backbone here is known to read them."),
        ("Cyrillic", 2**20, "English only. Those that read them need more memory than this computer has."),
        ("Cyrillic", 2**40, "English only. These can read them: E5 base multilingual"),
    ):
        monkeypatch.setattr(backbone_languages, "_script", lambda *_, script=script: script)
        monkeypatch.setattr(system, "total_memory", lambda memory=memory: memory)
        at = wordy("model")
        assert not at.exception and any(said in info.value for info in at.info), [i.value for i in at.info]
        assert [b.label for b in at.button if b.key == "take_reader"] == ["Take E5 base multilingual"] * (
            "These" in said
        )


def test_only_backbones_for_texts_can_be_chosen(wordy: Open) -> None:
    at = wordy("model")
    at.button_group(key="offered_recommended").set_value("all").run()
    (box,) = [box for box in at.selectbox if box.label == "Backbone"]
    names = sorted(option.partition(" · ")[0] for option in box.options)
    assert names == sorted(entry.name for entry in catalogue.catalogue("texts").values())
    at.selectbox(key=box.key).select_index(len(box.options) - 1).run()
    assert not at.exception and not at.error


def test_a_backbone_that_cannot_read_the_texts_is_said_and_changed(empty: Open) -> None:
    empty("home")
    dataset = Dataset(Workspace().datasets / "russian")
    dataset.folder.mkdir(parents=True)
    made = [Example(f"{n:064x}", "", "ab"[n % 2], bytes=40) for n in range(40)]
    text_store.write_texts(dataset.folder, {one.sha256: f"Это предложение {one.sha256}" for one in made})
    dataset.write(Manifest(name="russian", task="texts", classes=("a", "b"), examples=tuple(made)))
    at = empty("model")
    (told,) = [info.value for info in at.info if "Cyrillic letters" in info.value]
    assert r"MiniLM\-L6 reads English only" in told and "E5 base multilingual" in told
    at.button(key="take_reader").click().run()
    assert not at.exception and config(at)["backbone"] == "multilingual_e5_base"
    assert not [info.value for info in at.info if "Cyrillic letters" in info.value]
    at.button_group(key="patience_for_first_recommended").set_value("minute").run()
    assert config(at)["backbone"] == "multilingual_e5_base"  # what is chosen stays


def test_train(wordy: Open, written: Written) -> None:
    at = wordy("train", run=written.run.id)
    assert not at.exception and not at.error
    assert at.metric[0].label == "Right on texts it has never seen" and at.metric[0].value == "83.3 %"
    assert "18 test texts" in words(at)


def test_predict(wordy: Open, written: Written) -> None:
    at = wordy("predict", run=written.run.id)
    assert not at.exception and not at.error
    assert r"Its classes: praise, blame, \<i\>other\<\/i\>." in words(at)
    assert [tab.label for tab in at.tabs] == ["One text", "Several at once"]
    assert primary(at) == ["Ask", "Ask all"]


def arrived(content: str, name: str = "my <b>table</b>.csv") -> Received:
    path = Workspace().uploads / "upload-0123456789abcdef.csv"
    path.write_text(content, encoding="utf-8")
    return Received(path, name, 1, None)


TABLE = "what,said,id\n" + "".join(
    f"{'yes' if n % 2 else 'no'},a text with {n} in it,{n}\n" for n in range(30)
)


def test_a_table_waits_for_its_columns(empty: Open) -> None:
    at = empty("data")
    preview = table_import._check(arrived(TABLE))
    assert (preview.table["text"], preview.table["label"], preview.error) == ("said", "what", "")
    at.session_state[table_import.PREVIEW_KEY] = preview
    at.run()
    assert not at.exception and primary(at) == ["Import"]
    assert r"“my \<b\>table\<\/b\>\.csv”, 30 rows." in words(at)
    box = f"label_column_{preview.received.path.name}"
    at.selectbox(key=box).select("said").run()
    assert "two different columns" in at.error[0].value
    (button,) = [button for button in at.button if button.label == "Import"]
    assert button.disabled
    at.selectbox(key=box).select("what").run()
    (button,) = [button for button in at.button if button.label == "Import"]
    button.click().run()
    assert not at.exception
    (dataset,) = datasets(Workspace().datasets)
    _wait(lambda: dataset.is_ready)
    assert dataset.read().counts() == {"no": 15, "yes": 15} and dataset.read().task == "texts"
    assert not preview.received.path.exists()


def test_after_a_refresh_the_address_says_which_table_waits(empty: Open) -> None:
    empty("data")
    preview = table_import._check(arrived(TABLE))
    preview.keep()
    for name, waits in (
        (preview.received.path.name, True),
        (f"../uploads/{preview.received.path.name}", False),
    ):
        at = empty("data")
        at.query_params[table_import.ADDRESS] = name
        at.run()
        assert not at.exception and primary(at) == (["Import"] if waits else [])
    preview.forget()
    assert not list(Workspace().uploads.glob("upload-*"))


def test_a_table_that_is_not_wanted_is_deleted(empty: Open) -> None:
    at = empty("data")
    preview = table_import._check(arrived(TABLE))
    at.session_state[table_import.PREVIEW_KEY] = preview
    at.run()
    at.button(key="discard_table").click().run()
    assert not at.exception and not preview.received.path.exists() and primary(at) == []


def test_a_table_without_labels_can_still_be_corrected(empty: Open) -> None:
    empty("data")
    preview = table_import._check(arrived("a,b\n" + "".join(f"one {n},two {n}\n" for n in range(9))))
    assert preview.table["label"] is None and "labels" in preview.error


def test_what_is_no_table_is_told_by_the_name_that_people_know(empty: Open) -> None:
    empty("data")
    preview = table_import._check(arrived("%PDF-1.7 and so on", "paper.pdf"))
    assert not preview.table and "PDF" in preview.error and "upload-" not in preview.error


def test_pasted_lines_become_a_table(empty: Open) -> None:
    at = empty("data")
    pasted = "".join(f'yes,\tyes, {n}, "oh"\nno\tnot {n}\n\n' for n in range(9))
    at.text_area(key="pasted_lines").set_value(pasted.replace("yes,\t", "yes\t"))
    at.button(key="use_lines").click().run()
    assert not at.exception and not at.error and primary(at) == ["Import"]
    table = at.session_state[table_import.PREVIEW_KEY].table
    assert (table["columns"], table["text"], table["label"]) == (["label", "text"], "text", "label")
    assert table["head"][:2] == [["yes", 'yes, 0, "oh"'], ["no", "not 0"]]


@pytest.mark.parametrize(
    ("pasted", "said"), [("", "no lines yet"), ("a, b\njust words", "Line 2 has no tab")]
)
def test_lines_that_cannot_be_used_are_told(empty: Open, pasted: str, said: str) -> None:
    at = empty("data")
    at.text_area(key="pasted_lines").set_value(pasted)
    at.button(key="use_lines").click().run()
    assert not at.exception and said in at.error[0].value


def _wait(is_so: object) -> None:
    deadline = time.monotonic() + 60
    while not is_so():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.1)
