"""A class in browsers: students who never meet, and a teacher who sees all and puts everything back."""

from __future__ import annotations

import http.client
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from pages.components.browser.upload import route
from pages.components.server.visitor import COOKIE
from tests.fixtures.accessibility import grave_violations
from tests.fixtures.browser import Server, keep_process, until
from tests.fixtures.image_workspace import Furnished
from tests.fixtures.lines import in_line, job
from tests.journey.conftest import no_failure
from tests.journey.conftest import visit as go_to
from tests.pages.server.test_web_security import HANDSHAKE
from tlcore.data.dataset import datasets
from tlcore.people import classroom, register, sharing
from tlcore.people.classroom import Classroom
from tlcore.people.register import Person
from tlcore.runs.queue import BATCHES
from tlcore.runs.run import runs
from tlcore.workspace.home import at_home

PAGES = ("", "data", "model", "train", "evaluate", "predict", "export", "compare", "class")
STRANGE = ("Coloured", "coloured-")  # of Ann's data set and run

# The texts of a page, and what stands in its boxes.
SEEN = "document.body.innerText, ...[...document.querySelectorAll('input')].map(box => box.value)"


@dataclass(frozen=True)
class School:
    """A class on a server, with Ann, who has a data set and a model, and Ben, who has nothing."""

    server: Server
    made: Classroom
    ann: Person
    ben: Person
    work: Furnished  # Ann's

    def cookie(self, person: Person) -> dict[str, str]:
        return {"name": COOKIE, "value": register.issue_pass(person), "url": self.server.url}

    def ask(self, path: str, cookie: str = "", method: str = "GET", **headers: str) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=20)
        own = {"Cookie": f"{COOKIE}={cookie}"} if cookie else {}
        connection.request(method, path, headers=own | headers)
        answer = connection.getresponse()
        found = answer.status, answer.read().decode(errors="replace") if answer.status != 101 else ""
        connection.close()
        return found


@pytest.fixture(scope="module")
def school(furnished: Furnished, tmp_path_factory: pytest.TempPathFactory) -> Iterator[School]:
    home = tmp_path_factory.mktemp("school")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRAFT_HOME", str(home))
        work = furnished.copy(home / "people" / "ann0ann0ann0")
        made = classroom.open_class(2, "https://192.0.2.7:8501")
        ann, ben = register.add("Ann", work.home.name), register.add("Ben")
        server = Server(home, env=work.env | {"GRAFT_HOME": str(home), "GRAFT_PEOPLE": "classroom"}).start()
        yield School(server, made, ann, ben, work)
        server.stop()


@pytest.fixture(scope="module")
def browsers(browser: Browser) -> Iterator[list[BrowserContext]]:
    """Those of two people, which have fetched the scripts of the app once for all tests of this file."""
    opened = [browser.new_context(reduced_motion="reduce") for _ in range(2)]
    for context in opened:
        keep_process(context)
    yield opened
    for context in opened:
        context.close()


@pytest.fixture
def contexts(browsers: list[BrowserContext]) -> Iterator[list[BrowserContext]]:
    """Two browsers in which nobody is signed in."""
    yield browsers
    for context in browsers:
        for page in context.pages[1:]:
            page.close()
        context.clear_cookies()


def visit(page: Page, school: School, address: str) -> None:
    page.goto(f"{school.server.url}/{address}")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    until(page, "() => !document.querySelector('[data-testid=stStatusWidget]')")
    no_failure(page)


def seen(page: Page) -> str:
    return str(page.evaluate(f"() => [{SEEN}].join(' ')"))


def test_nobody_is_let_in_without_a_pass(school: School) -> None:
    for path in ("/", "/class", "/_stcore/host-config", "/media/none.png", route.WORKER, "/static/x.js"):
        assert school.ask(path)[0] == 401
        assert school.ask(path, "ann0ann0ann0.wrong")[0] == 401
        assert school.ask(path, Accept="text/html")[0] == 303
    assert school.ask(route.PATH, method="POST")[0] == 401
    assert school.ask("/_stcore/stream", **HANDSHAKE)[0] == 403
    assert school.ask("/_stcore/stream", register.issue_pass(school.ben), **HANDSHAKE)[0] == 101


def test_a_student_joins_with_the_code_and_two_may_have_one_name(
    school: School, contexts: list[BrowserContext]
) -> None:
    pages = [context.new_page() for context in contexts]
    pages[0].goto(school.server.url)
    pages[0].get_by_label("Your name").fill("Ben")
    pages[0].get_by_label("Code of the class").fill("WRONG7")
    pages[0].get_by_role("button", name="Join").click()
    expect(pages[0].get_by_role("alert")).to_contain_text("not the code")
    expect(pages[0].get_by_label("Your name")).to_have_value("Ben")
    pages[0].get_by_label("Code of the class").fill(school.made.code.lower())
    pages[0].get_by_role("button", name="Join").click()
    expect(pages[0].get_by_role("alert")).to_contain_text("All seats")
    classroom.open_class(4, school.made.url)
    for page in pages:
        page.goto(f"{school.server.url}/graft/join?code={school.made.code}")
        page.get_by_label("Your name").fill("Ben")
        page.keyboard.press("Enter")
        expect(page.get_by_role("link", name="Class")).to_be_visible()
        cookie = next(one for one in page.context.cookies() if one["name"] == COOKIE)
        assert cookie["httpOnly"] and cookie["sameSite"] == "Lax"
    new = [person for person in classroom.students() if person.id not in (school.ann.id, school.ben.id)]
    assert [person.name for person in new] == ["Ben", "Ben"] and new[0].home != new[1].home


def test_a_teacher_sees_results_stops_work_and_puts_everything_back(
    school: School, contexts: list[BrowserContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    of_ann, of_teacher = contexts
    monkeypatch.setenv("GRAFT_SHARED", str(school.server.home))
    of_ann.add_cookies([school.cookie(school.ann)])
    student, page = of_ann.new_page(), of_teacher.new_page()
    page.goto(school.made.pass_link(classroom.teacher()).replace(school.made.url, school.server.url))
    page.get_by_role("button", name="Go on as Teacher").click()
    expect(page).to_have_url(f"{school.server.url}/")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    _its_pictures_are_only_for_whose_page_shows_them(school, page)
    visit(student, school, f"evaluate?run={school.work.run.id}")
    seats = page.get_by_text(re.compile(r"^\d+ of \d+ seats taken"))
    before = seats.inner_text()
    register.add("Cy")
    expect(seats).not_to_have_text(before)  # who joins is seen, and is among those whose work is put back
    page.get_by_role("button", name="Put everything back").click()
    page.get_by_role("button", name="Put back", exact=True).click()
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    assert not list((school.ann.home / "runs").iterdir())
    go_to(student, "evaluate")
    expect(student.get_by_text("Train one first")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("button", name="Undo")).to_have_count(0)
    assert school.work.run.has_model and school.work.dataset.is_ready
    go_to(student, "evaluate")
    until(student, f"() => [{SEEN}].some(text => text.includes('Coloured'))")
    _everybody_sees_what_is_at_work_and_the_teacher_stops_it(school, student, page)


def _its_pictures_are_only_for_whose_page_shows_them(school: School, teacher: Page) -> None:
    files: list[str] = []
    teacher.on("response", lambda answer: files.append(answer.url.removeprefix(school.server.url)))
    go_to(teacher, "class")
    expect(teacher.get_by_text(school.made.code)).to_be_visible()
    expect(teacher.locator("img[src*='/media/']")).to_be_visible()
    for path in {file for file in files if file.startswith("/media/")}:
        assert school.ask(path, register.issue_pass(school.ben))[0] == 404 and school.ask(path)[0] == 401
        assert teacher.request.get(f"{school.server.url}{path}").status == 200
    assert any(file.startswith("/media/") for file in files)


def _everybody_sees_what_is_at_work_and_the_teacher_stops_it(
    school: School, student: Page, teacher: Page
) -> None:
    at_work = job(school.ben, "batches/ben-s-secret", "running")
    waiting = job(school.ann, "batches/mine")
    with in_line(school.ben, at_work.id, BATCHES), in_line(school.ann, waiting.id, BATCHES):
        go_to(student, "class")
        expect(student.get_by_text("One is ahead of you")).to_be_visible()
        shown = seen(student)
        assert "secret" not in shown and "Ben" not in shown and "Stop" not in shown
        expect(teacher.get_by_role("button", name="Stop one")).to_be_visible()
        assert grave_violations(teacher) == grave_violations(student) == []
        teacher.get_by_role("button", name="Stop one").click()
        teacher.get_by_role("button", name="Stop it").click()
        expect(teacher.get_by_text("asked to stop")).to_be_visible()
        assert at_work.stop_requested() and not waiting.stop_requested()
    for one in (at_work, waiting):
        shutil.rmtree(one.folder.parent)
    expect(student.get_by_text("nobody waits")).to_be_visible()


def test_one_student_sees_of_another_what_is_shared_until_signed_out(
    school: School, contexts: list[BrowserContext]
) -> None:
    of_ann, of_ben = contexts
    of_ann.add_cookies([school.cookie(school.ann)])
    of_ben.add_cookies([school.cookie(school.ben)])
    page, other = of_ann.new_page(), of_ben.new_page()
    _nothing_of_one_student_is_shown_to_another(school, page, other)
    _what_one_shares_another_copies_and_keeps(school, page, other)
    register.take_back_all(school.ann)  # who was signed out does nothing more in an open tab
    page.get_by_role("link", name="Compare").click()
    expect(page.get_by_text("You are signed out.").first).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Join the class")).to_be_visible()


def _nothing_of_one_student_is_shown_to_another(school: School, page: Page, other: Page) -> None:
    data, run = school.work.dataset.id, school.work.run.id
    visit(page, school, f"data?data={data}&run={run}")
    until(page, f"() => [{SEEN}].some(text => text.includes('Coloured'))")
    visit(other, school, f"?data={data}&run={run}&runs={run}")
    for name in PAGES:
        go_to(other, name, data=data, run=run, runs=run)
        no_failure(other)
        shown = seen(other)
        assert not any(word in shown for word in STRANGE), name
    go_to(page, "compare", runs=run)
    with page.expect_download() as download:  # made by a thread without a page
        page.get_by_role("button", name="Download CSV").click()
    assert "Coloured" in download.value.path().read_text()
    assert not any((school.ben.home / kind).exists() for kind in ("batches", "cache/estimates"))


def _what_one_shares_another_copies_and_keeps(school: School, page: Page, other: Page) -> None:
    go_to(page, "data", data=school.work.dataset.id)
    page.get_by_text("Share with the class").click()
    expect(page.get_by_text("Copies that were made stay")).to_be_visible()
    go_to(other, "")
    expect(other.get_by_text(re.compile(r"from \W*Ann"))).to_be_visible()
    assert grave_violations(other) == []
    other.get_by_role("button", name="Copy to mine").click()
    expect(other).to_have_url(re.compile("data=coloured-"))
    until(other, f"() => [{SEEN}].some(text => text.includes('Coloured'))")
    page.get_by_text("Share with the class").click()
    expect(page.get_by_text("Copies that were made stay")).to_have_count(0)
    go_to(other, "data")
    expect(other.get_by_text("Shared with you")).to_have_count(0)
    (mine,) = datasets(school.ben.home / "datasets")
    assert mine.read() == school.work.dataset.read() and mine.id != school.work.dataset.id
    with at_home(school.ann.home):
        sharing.offer(school.work.run.folder)
    go_to(other, "evaluate")
    other.get_by_role("button", name="Copy to mine").click()
    expect(other).to_have_url(re.compile("evaluate.run=coloured-"))
    until(other, f"() => [{SEEN}].some(text => text.includes('Coloured'))")
    (copy,) = runs(school.ben.home / "runs")
    assert copy.dataset().folder == mine.folder  # it has found its data
    sharing.withdraw(school.work.run.folder)
