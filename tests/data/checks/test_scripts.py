"""Texts in other scripts than the Latin one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tlcore.backbones.catalogue import catalogue
from tlcore.backbones.languages import for_script, reads_script
from tlcore.data import text_store
from tlcore.data.checks import problems
from tlcore.data.checks.scripts import MIXED, SAMPLE, foreign_script
from tlcore.data.dataset import Dataset
from tlcore.data.manifest import Example, Manifest

ENGLISH = "A plain sentence, with 7 words in it."


def examples(texts: list[str]) -> tuple[list[Example], dict[str, str]]:
    made = [Example(f"{n:064x}", "", "ab"[n % 2]) for n in range(len(texts))]
    return made, {one.sha256: text for one, text in zip(made, texts, strict=True)}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Я читаю книгу about GPS", "Cyrillic"),
        ("مرحبا بالعالم", "Arabic"),
        ("नमस्ते दुनिया", "Devanagari"),
        ("私は学生です", "Japanese"),
        ("今天天气很好", "Chinese"),
        ("안녕하세요", "Korean"),
        ("Γειά σου", "Greek"),
        ("שלום עולם", "Hebrew"),
        ("สวัสดี", "Thai"),
        ("ᱥᱟᱱᱛᱟᱲᱤ", "Ol Chiki"),
        ("ﾜﾀｼﾊ", "Japanese"),
    ],
)
def test_each_script_is_told_by_its_letters(text: str, name: str) -> None:
    made, texts = examples([text])
    found = foreign_script(texts, made)
    assert found == name


def test_latin_letters_signs_and_nothing_are_no_other_script() -> None:
    for some in (
        [],
        ["", "123 !?", "👍🎉"],
        ["Čeština je krásná", "Ça va très bien", "Straße"],
        ["𝐁𝐨𝐥𝐝", "ＷＩＤＥ", "ʼʼʼ"],
    ):
        made, texts = examples(some)
        assert foreign_script(texts, made) == ""


def test_only_what_most_texts_are_in_counts() -> None:
    for russian, is_told in ((40, False), (60, True)):
        made, texts = examples(["да"] * russian + [ENGLISH] * (100 - russian) + ["42"] * 50)
        assert foreign_script(texts, made) == ("Cyrillic" if is_told else "")


def test_of_several_scripts_none_is_named_that_fewer_than_half_are_in() -> None:
    made, texts = examples(["да"] * 40 + ["مرحبا"] * 30 + [ENGLISH] * 30)
    assert foreign_script(texts, made) == MIXED


def test_of_many_texts_some_are_read_from_all_over() -> None:
    made, texts = examples([ENGLISH, *["да"] * 19] * SAMPLE + ["да"] * SAMPLE)
    assert foreign_script({one.sha256: texts[one.sha256] for one in made[19 * SAMPLE :]}, made) == "Cyrillic"


def test_it_is_a_problem_of_the_data(tmp_path: Path) -> None:
    dataset = Dataset(tmp_path)
    for text, is_told in (("Это предложение номер", True), (ENGLISH, False)):
        made, texts = examples([f"{text} {n}" for n in range(30)])
        text_store.write_texts(tmp_path, texts)
        manifest = Manifest(name="x", task="texts", classes=("a", "b"), examples=tuple(made))
        found = {one.kind: one for one in problems(dataset, manifest)}
        assert ("script" in found) == is_told
        assert not is_told or ("Cyrillic letters" in found["script"].message and not found["script"].groups)


def test_the_catalogue_says_who_reads_a_script() -> None:
    entries = catalogue.catalogue("texts")
    assert not reads_script(entries["minilm_l6"], "Cyrillic")
    readers = {one.id for one in for_script(entries.values(), "Cyrillic")}
    assert {"multilingual_e5_base", "xlm_roberta_base_multi"} <= readers and "bge_base_v15_zh" not in readers
    assert {one.id for one in for_script(entries.values(), "Chinese")} - readers == {
        one.id for one in entries.values() if one.languages == "Chinese"
    }
    assert {one.id for one in for_script(entries.values(), MIXED)} == readers
    assert {one.id for one in for_script(entries.values(), "Khmer")} == readers - {
        "bert_base_multi",
        "distil_bert_base_multi",
    }
    assert for_script(entries.values(), "Tibetan") == []
    assert for_script(catalogue.catalogue("images").values(), "Cyrillic") == []
