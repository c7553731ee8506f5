"""Compare without its page: the table to take away, what differs, curves, words."""

from __future__ import annotations

import csv
from pathlib import Path

import msgspec
import pytest

from pages.components.compare import curves
from pages.components.compare.actions import as_csv
from pages.components.compare.settings_diff import differences, short_names
from pages.components.shared.runs.run_facts import all_facts, facts_of, names_of
from tests.fixtures.many_runs import FROZEN, HOSTILE, NEWEST_FIRST, OTHER, TUNED, change, write_data
from tlcore.config.augmentation import AugmentationConfig
from tlcore.runs.run import Run


def test_the_table_to_take_away_executes_nothing(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAFT_HOME", str(home))
    text = as_csv([facts_of(Run(home / "runs" / id)) for id in NEWEST_FIRST]).decode("utf-8-sig")
    failed, other, tuned, _ = csv.DictReader(text.splitlines())
    assert other["Run"] == f"'{HOSTILE}"
    assert other["Folder"] == OTHER and float(other["95 % from"]) == pytest.approx(60.4, abs=0.05)
    assert (tuned["Test examples"], tuned["Test accuracy"], failed["Test accuracy"]) == ("100", "94.0", "")


def test_only_settings_that_play_a_part_differ(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAFT_HOME", str(home))
    first, second = (Run(home / "runs" / id) for id in (FROZEN, TUNED))
    same = first.config()
    change(second, **{key: getattr(same, key) for key in same.__struct_fields__})
    idle = msgspec.structs.replace(same.fine_tuning, epochs=77)
    change(second, fine_tuning=idle, augmentation=AugmentationConfig(rotate=40))
    pair = [facts_of(first), facts_of(second)]
    assert differences(pair) == []
    change(second, unfreeze="all", fine_tuning=idle, augmentation=AugmentationConfig(views=2, mixup=0.2))
    found = {label: values for label, values, _ in differences([pair[0], facts_of(second)])}
    assert found == {
        "Blocks unfrozen": ["none", "all"],
        "Changed copies (views)": ["none", "2"],
        "Mixup": ["0", "0.2"],
        "Hidden layers": ["chosen for your data", "128"],
    }
    change(first, unfreeze=2)
    found = {label: values for label, values, _ in differences([facts_of(first), facts_of(second)])}
    assert found["Fine-tuning: epochs at most"] == ["7", "77"]


def test_what_shares_a_name_is_told_apart(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAFT_HOME", str(home))
    first, second = (Run(home / "runs" / id) for id in (FROZEN, TUNED))
    data = write_data(home, "other-20260301-100000-0002", "My flowers")
    change(second, data=str(data))
    facts = [facts_of(first), facts_of(second)]
    shown = {label: values for label, values, _ in differences(facts)}["Data set"]
    assert shown[0] != shown[1] and all(value.startswith("My flowers (") for value in shown)
    assert names_of([*facts, facts_of(Run(home / "runs" / OTHER))]) == [
        "My flowers · everything frozen, 90.0 %",
        "My flowers · 2 blocks unfrozen, 94.0 %",
        HOSTILE,
    ]
    twin = Run.prepare(home / "runs" / f"{FROZEN[:-4]}eeee", first.config())
    assert len(set(names_of(all_facts([first, twin])))) == 2
    data = {facts.data for facts in all_facts([first, second])}
    assert data == {"My flowers · 0000", "My flowers · 0002"}


def test_curves_mark_the_kept_epoch_and_where_fine_tuning_begins(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRAFT_HOME", str(home))
    with (home / "runs" / FROZEN / "metrics.jsonl").open("a") as file:
        file.write('{"epoch": 9, "loss": null, "accuracy": 0.5, "val_loss": null, "val_accuracy": 0.5}\n')
    drawn = [(facts_of(Run(home / "runs" / id)), id) for id in (FROZEN, TUNED)]
    rows = [curves.epochs_of(id) for _, id in drawn]
    spec = curves.curve_spec(drawn, rows, "loss", training=True)
    lines = [series for series in spec["series"] if series["type"] == "line"]
    assert [len(line["data"]) for line in lines] == [9, 9, 10, 10] and lines[1]["data"][-1] == [9, None]
    marks = {(m["name"], m["symbol"]): m["data"][0][0] for m in spec["series"] if m["type"] == "scatter"}
    assert marks == {(FROZEN, "circle"): 7, (TUNED, "circle"): 9, (TUNED, "diamond"): 5}


def test_runs_whose_names_begin_alike_have_columns_of_their_own() -> None:
    names = [f"{'x' * 60} at {hour} o'clock" for hour in ("one", "two")]
    assert len(set(short_names(names))) == 2
    assert short_names(["a", "b"]) == ["a", "b"]
