"""A class: its code, its seats, its door."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tlcore.errors import WorkspaceError
from tlcore.people import classroom, register
from tlcore.people.classroom import LETTERS, MOST_WRONG, Entrance

URL = "https://192.0.2.7:8501"


def test_the_code_and_a_name_let_a_student_in() -> None:
    made = classroom.open_class(2, URL)
    assert len(made.code) == 6 and set(made.code) <= set(LETTERS)
    ann = Entrance().join(f" {made.code[:3].lower()} {made.code[3:]} ", "Ann")
    assert classroom.students() == [ann] and not ann.is_teacher
    assert made.join_link == f"{URL}/graft/join?code={made.code}"


def test_the_same_command_goes_on_with_the_same_class() -> None:
    first = classroom.open_class(2, URL)
    Entrance().join(first.code, "Ann")
    teacher = classroom.teacher()
    again = classroom.open_class(3, "https://192.0.2.8:8501")
    assert (again.code, again.seats) == (first.code, 3) and again.url.startswith("https://192.0.2.8")
    assert classroom.teacher() == teacher and [person.name for person in classroom.students()] == ["Ann"]


def test_a_class_has_so_many_seats_for_all_who_come_at_once() -> None:
    made = classroom.open_class(3, URL)
    entrance = Entrance()

    def join(number: int) -> bool:
        try:
            entrance.join(made.code, f"Student {number}")
        except WorkspaceError as error:
            assert "All seats" in str(error)
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(join, range(8))) == 3
    assert len(classroom.students()) == 3


def test_who_presses_join_twice_takes_one_seat() -> None:
    made, entrance = classroom.open_class(2, URL), Entrance()
    with ThreadPoolExecutor(4) as threads:
        came = list(threads.map(lambda _: entrance.join(made.code, "Ann", form="one form"), range(4)))
    assert len({person.id for person in came}) == 1 and len(classroom.students()) == 1
    assert entrance.join(made.code, "Ann", form="another").id != came[0].id
    with pytest.raises(WorkspaceError, match="All seats"):
        entrance.join(made.code, "Ann")
    with pytest.raises(WorkspaceError, match="not the code"):
        entrance.join("WRONG7", "Ann", form="one form")


def test_nobody_joins_without_a_class_or_when_it_is_shut() -> None:
    with pytest.raises(WorkspaceError, match="not open"):
        Entrance().join("", "Ann")
    made = classroom.open_class(2, URL)
    classroom.set_open(False)
    with pytest.raises(WorkspaceError, match="not open"):
        Entrance().join(made.code, "Ann")
    classroom.set_open(True)
    assert Entrance().join(made.code, "Ann").name == "Ann"


def test_nobody_tries_all_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    made, entrance = classroom.open_class(2, URL), Entrance()
    for number in range(MOST_WRONG):
        with pytest.raises(WorkspaceError, match="not the code"):
            entrance.join(f"WRONG{number}", "Eve", "192.0.2.66")
    with pytest.raises(WorkspaceError, match="Too many"):
        entrance.join(made.code, "Eve", "192.0.2.66")
    assert entrance.join(made.code, "Ann", "192.0.2.7") == classroom.students()[0]  # she locks nobody out
    monkeypatch.setattr(classroom, "MOST_WRONG_OF_ALL", MOST_WRONG)
    with pytest.raises(WorkspaceError, match="Too many"):
        entrance.join(made.code, "Ben", "192.0.2.8")
    monkeypatch.setattr(classroom, "WRONG_SECONDS", 0.0)
    assert entrance.join(made.code, "Ben", "192.0.2.66") == classroom.students()[1]


def test_a_link_is_the_way_back_of_one_person() -> None:
    made = classroom.open_class(2, URL)
    ann = Entrance().join(made.code, "Ann")
    found = register.find(made.pass_link(ann).partition("?pass=")[2])
    assert found and found.id == ann.id
