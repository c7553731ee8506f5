from __future__ import annotations

import pytest

from tlcore.data.importing.source_names import data_name


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("flowers.zip", "flowers"),
        ("flowers.tar.gz", "flowers"),
        ("my.flowers.tar", "my.flowers"),
        ("flowers", "flowers"),
        (".hidden", ".hidden"),
        ("snips7/train.csv", "snips7"),
        ("/data/snips7/train/", "snips7"),
        ("/data/v1.2/", "v1.2"),
        ("snips7/data/Train (1).csv", "snips7"),
        ("snips7/messages.csv", "messages"),
        ("2024.csv", "2024"),
        ("test.csv", "My texts"),
        ("data/train.csv", "My texts"),
        ("DATA-2.xlsx", "My texts"),
        ("", "My texts"),
    ],
)
def test_a_name_says_more_than_which_part_it_is(source: str, name: str) -> None:
    assert data_name(source, "My texts") == name
