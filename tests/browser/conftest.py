"""A headless Chromium, a server of the built book, and pages that account for what they load."""

import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser import chromium

ROOT = Path(__file__).resolve().parents[2]
HTML = ROOT / "_build" / "html"
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker("browser")


def skip_or_fail(reason: str) -> None:
    """Skip on a reader's machine; fail in CI, where a check that did not run is not a success."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = chromium.find()
    if path is None:
        skip_or_fail(chromium.HOW_TO_GET)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="session")
def site() -> Iterator[str]:
    """The address of the built book, served on this machine alone."""
    if not (HTML / "index.html").exists():
        skip_or_fail("The book is not built: run make book first.")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=HTML))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@dataclass
class Account:
    """What a page asked for and complained about."""

    requests: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def foreign(self, *own: str) -> list[str]:
        own = (*own, "data:", "blob:")
        return [url for url in self.requests if not url.startswith(own)]


def watch(page: Page) -> Account:
    account = Account()
    page.on("request", lambda request: account.requests.append(request.url))
    page.on("requestfailed", lambda request: account.problems.append(f"failed: {request.url}"))
    page.on("pageerror", lambda error: account.problems.append(str(error)))
    page.on(
        "console",
        lambda message: (
            account.problems.append(f"{message.type}: {message.text}")
            if message.type in ("error", "warning")
            else None
        ),
    )
    return account


def settle(page: Page) -> None:
    """Wait until the mathematics is set and every widget of the page has drawn itself."""
    page.wait_for_load_state("load")
    page.evaluate("window.MathJax?.startup?.promise")
    page.wait_for_function(
        """() => !document.querySelector(
            'script[type="application/vnd.jupyter.widget-view+json"],'
            + ' .ntp-widget:not([data-ready])')"""
    )


@pytest.fixture
def page(browser: Browser, site: str) -> Iterator[Page]:
    """A page that may ask only the book's own server, and must log no error and no warning.

    Its `goto` takes paths inside the book: `page.goto("/book/index.html")`.
    """
    context = browser.new_context(base_url=site, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    account = watch(page)
    yield page
    context.close()
    assert account.foreign(f"{site}/") == []
    assert account.problems == []
