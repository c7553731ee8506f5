"""Signing in at a small OpenID provider: who comes in, and all who must not. Needs Authlib."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from pages.components.browser.upload import route
from pages.components.server.visitor import COOKIE
from tests.fixtures.browser import until
from tests.fixtures.company import ACCOUNTS, DATA, EVIL, Company, Visitor
from tests.fixtures.openid_provider import SECRET, Claims, SmallProvider
from tests.pages.server.test_web_security import HANDSHAKE
from tlcore.__main__ import main
from tlcore.people import openid, register
from tlcore.people.openid import CALLBACK, PAGE

SEEN = "[document.body.innerText, ...[...document.querySelectorAll('input')].map(box => box.value)].join(' ')"


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    home, pictures = tmp_path_factory.mktemp("company"), tmp_path_factory.mktemp("pictures")
    for at, label in enumerate("aabb"):
        (pictures / label).mkdir(exist_ok=True)
        Image.new("RGB", (64, 64), (60 * at, 80, 90)).save(pictures / label / f"{at}.png")
    with pytest.MonkeyPatch.context() as patch, SmallProvider(ACCOUNTS).running() as provider:
        patch.setenv("GRAFT_HOME", str(home))
        made = Company(home, provider)
        assert main(["import", str(pictures), "--name", DATA, "--out", str(made.data)]) == 0
        made.server.start()
        yield made
        made.server.stop()


@pytest.fixture(autouse=True)
def honest(company: Company) -> Iterator[None]:
    """The provider tells the truth again after each test."""
    yield
    company.provider.lie, company.provider.is_down = lambda claims, header: None, False
    company.provider.key = company.provider.known[0]


def test_nobody_gets_further_than_the_door(company: Company) -> None:
    paths = (
        "/",
        "/account",
        "/data",
        "/media/x.png",
        "/static/x.js",
        "/auth/login",
        "/auth/logout",
        route.WORKER,
    )
    forged = {COOKIE: f"{company.ann.name}.forged.9999999999", "_streamlit_user": "forged"}
    for cookies in ({}, forged):
        visitor = Visitor(company)
        visitor.cookies |= cookies
        for path in (
            *paths,
            "/_stcore/host-config",
            f"{PAGE}/",
            f"/x/..{PAGE}/../../data",
            "//graft/sign-in",
        ):
            assert visitor.ask(path)[0] in (400, 401), path
            assert visitor.ask(path, Accept="text/html")[0] in (303, 400), path
        assert visitor.ask(route.PATH, "POST")[0] == 401
        assert visitor.ask("/_stcore/stream", **HANDSHAKE)[0] == 403
        status, _, shown = visitor.ask(PAGE)
        assert status == 200 and DATA not in shown and shown.count('class="button"') == 1


def test_an_account_is_a_person_and_an_equal_name_another(company: Company) -> None:
    people = []
    for account in ("ann", "other-ann", "ann"):
        visitor = Visitor(company)
        assert visitor.sign_in(account) == ""
        people.append(register.find(visitor.pass_))
        own = next(line for line in visitor.raw if line.startswith(COOKIE))
        assert all(part in own for part in ("HttpOnly", "SameSite=lax", "Max-Age=43200"))
        assert visitor.ask("/")[0] == 200
    homes, names = zip(*((person.home, person.name) for person in people if person), strict=True)
    assert names == ("Ann",) * 3 and homes[0] == homes[2] == company.ann != homes[1]


def test_signing_in_again_ends_the_pass_before(company: Company) -> None:
    visitor = Visitor(company)
    visitor.sign_in("ann")
    first = visitor.pass_
    visitor.sign_in("other-ann")
    found = register.find(visitor.pass_)
    assert found and found.home != company.ann and register.find(first) is None


def another_key(provider: SmallProvider) -> Callable[[Claims, Claims], None]:
    def lie(claims: Claims, header: Claims) -> None:
        provider.key = rsa.generate_private_key(65537, 2048)

    return lie


def saying(part: str, **changed: Any) -> Callable[[SmallProvider], Callable[[Claims, Claims], None]]:
    """A lie about claims or header; None leaves out."""

    def lie(claims: Claims, header: Claims) -> None:
        said = {"claims": claims, "header": header}[part]
        said |= changed
        for name in [name for name, value in said.items() if value is None]:
            del said[name]

    return lambda _: lie


@pytest.mark.parametrize(
    "lie",
    [
        another_key,
        saying("header", kid="9"),
        saying("header", alg="none"),
        saying("header", alg="HS256"),
        saying("claims", nonce="another"),
        saying("claims", nonce=None),
        saying("claims", aud="another"),
        saying("claims", aud=None),
        saying("claims", iss="https://another.example"),
        saying("claims", iss=None),
        saying("claims", exp=1_700_000_000),
        saying("claims", exp=None),
        saying("claims", iat=9_900_000_000),
        saying("claims", sub=None),
        saying("claims", sub=["ann"]),
    ],
)
def test_an_answer_that_lies_lets_nobody_in(
    lie: Callable[[SmallProvider], Callable[[Claims, Claims], None]], company: Company
) -> None:
    before = len(register.everybody())
    company.provider.lie = lie(company.provider)
    visitor = Visitor(company)
    assert visitor.sign_in("ben")
    assert not visitor.pass_ and len(register.everybody()) == before


def test_who_may_not_come_in_reads_why(company: Company) -> None:
    assert "does not let this account in. Received: eve@evil.example" in Visitor(company).sign_in("eve")
    assert "does not vouch for your e-mail address" in Visitor(company).sign_in("mallory")
    visitor = Visitor(company)
    assert "did not let you in" in visitor.finish(visitor.agree(visitor.begin(), deny="1"))
    assert not (company.home / "people" / openid.person_id(company.provider.url, "eve")).exists()


def test_a_provider_that_does_not_answer_is_a_sentence(company: Company) -> None:
    back = (visitor := Visitor(company)).agree(visitor.begin(), account="ben")
    company.provider.is_down = True
    assert "does not answer" in visitor.finish(back)


def test_an_answer_is_for_the_browser_that_asked_and_only_once(company: Company) -> None:
    attacker, victim = Visitor(company), Visitor(company)
    back = attacker.agree(attacker.begin(), account="ben")
    assert "in another window" in victim.finish(back)  # nobody is signed in as somebody else by a link
    victim.begin()
    assert "in another window" in victim.finish(back)
    before = dict(attacker.cookies)
    assert attacker.finish(back) == ""
    again = Visitor(company)
    again.cookies = before
    assert "invalid_grant" in again.finish(back)
    for query in ("", "?code=x", "?state=x&code=x", "?state=&code=", "?error=%0a%3Cb%3E&error_description=x"):
        assert "<b>" not in Visitor(company).finish(CALLBACK + query)


def test_signing_out_is_for_good_and_for_the_person_alone(company: Company) -> None:
    visitor = Visitor(company)
    visitor.sign_in("ann")
    pass_ = visitor.pass_
    foreign = {"Origin": "https://evil.example"}
    assert visitor.ask(PAGE, "POST", **foreign)[0] == 403
    assert "You are Ann" in visitor.ask(f"{PAGE}?signed-out=1")[2] and register.find(pass_)
    own = {"Origin": company.server.url}
    assert visitor.ask(PAGE, "POST", **own)[:2] == (303, f"{PAGE}?signed-out=1")
    assert not visitor.pass_ and "You are signed out" in visitor.ask(f"{PAGE}?signed-out=1")[2]
    visitor.cookies[COOKIE] = pass_  # somebody kept it
    assert visitor.ask("/")[0] == 401
    assert visitor.ask("/_stcore/stream", **HANDSHAKE)[0] == 403


def enter(page: Page, company: Company, account: str) -> None:
    page.goto(company.server.url)
    page.get_by_role("link", name="Sign in").click()
    page.get_by_role("link", name=account, exact=True).click()
    expect(page).to_have_url(f"{company.server.url}/")
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_two_people_in_two_browsers_never_meet(company: Company, browser: Browser) -> None:
    of_ann, of_ben = (browser.new_context(reduced_motion="reduce") for _ in range(2))
    page, other = of_ann.new_page(), of_ben.new_page()
    enter(page, company, "ann")
    page.goto(f"{company.server.url}/data?data=flowers")
    until(page, f"() => {SEEN}.includes('{DATA}')")
    page.get_by_role("tab", name="Problems").click()
    file = str(page.get_by_test_id("stImage").locator("img").first.get_attribute("src"))
    enter(other, company, "ben")
    assert (
        "/media/" in file and page.request.get(file).status == 200 and other.request.get(file).status == 404
    )
    other.goto(f"{company.server.url}/data?data=flowers")
    expect(other.get_by_role("heading", level=1)).to_be_visible()
    other.get_by_role("link", name="Account").click()
    expect(other.get_by_text("You work here as")).to_contain_text(register.clean_name(EVIL))
    assert DATA not in other.evaluate(SEEN) and other.locator("img[src=x]").count() == 0
    other.get_by_role("button", name="Sign out").click()
    expect(other.get_by_text("You are signed out of Graft")).to_be_visible()
    other.goto(f"{company.server.url}/data")
    expect(other.get_by_role("heading", level=1)).to_have_text("Sign in to Graft")
    register.take_back_all(next(one for one in register.everybody() if one.home == company.ann))
    expect(page.get_by_text("You are signed out.").first).to_be_visible(timeout=60_000)
    assert DATA not in page.evaluate(SEEN)
    assert (company.data / "manifest.json").is_file()
    for context in (of_ann, of_ben):
        context.close()


def test_nothing_of_the_provider_is_written_down(company: Company) -> None:
    company.provider.lie = saying("claims", nonce="another")(company.provider)
    Visitor(company).sign_in("ann")
    company.provider.lie = lambda claims, header: None
    Visitor(company).sign_in("ann")
    written = company.read()
    assert len(company.provider.given) >= 6 and "Somebody could not sign in: invalid_claim" in written
    for secret in (*company.provider.given, SECRET):
        assert secret not in written
