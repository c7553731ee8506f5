"""The shell: seven pages in their order, from one command."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.fixtures.browser import ROOT, Server

TITLES = ["Home", "Data", "Model", "Train", "Evaluate", "Predict", "Export", "Compare"]


def test_a_page_opened_first_after_a_start_is_the_apps_and_every_page_is_one_click_away(
    app_server: Server, browser_page: Page
) -> None:
    browser_page.goto(f"{app_server.url}/data")
    expect(browser_page.get_by_role("heading", level=1)).to_have_text("Data")
    expect(browser_page).to_have_title("Data · Graft")
    links = browser_page.get_by_test_id("stTopNavLink")
    expect(links).to_contain_text(TITLES)
    for number, title in enumerate(TITLES):
        links.nth(number).click()
        expect(browser_page).to_have_url(f"{app_server.url}/{'' if title == 'Home' else title.lower()}")
        expect(browser_page.get_by_role("heading", level=1)).to_be_visible()
        expect(browser_page.get_by_test_id("stException")).to_have_count(0)


def test_the_server_is_for_this_machine_only() -> None:
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())
    assert config["server"]["address"] == "127.0.0.1"
    assert config["server"]["allowedHosts"] == ["localhost", "127.0.0.1"]
    assert config["browser"]["gatherUsageStats"] is False


def test_components_never_load_tensorflow() -> None:
    files = [file.relative_to(ROOT) for file in Path(ROOT, "pages", "components").rglob("*.py")]
    imports = "; ".join("import " + ".".join(file.with_suffix("").parts) for file in files)
    code = f"import sys; {imports}; sys.exit(bool({{'tensorflow', 'keras'}} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, timeout=120).returncode == 0
