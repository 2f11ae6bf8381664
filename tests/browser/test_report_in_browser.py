"""Reports in a real browser: nothing is fetched, everything is reached by keyboard and seen, and paper shows it all."""

from __future__ import annotations

import http.server
import json
import re
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from chromium import Chromium, found
from conftest import ROOT
from planproof.cli import main

PROGRAM = found()
pytestmark = pytest.mark.skipif(PROGRAM is None, reason="no Chromium: install it (apt-get install chromium) or name it in CHROMIUM")

CHECKS = (Path(__file__).parent / "checks.js").read_text(encoding="utf-8")
PERSON = ("--participant", str(ROOT / "docs" / "examples" / "full-participant.yaml"), "--set", "participant.other_plans.any=no")
LIBRARY = ROOT / "tests" / "books" / "library"
INES = LIBRARY / "participants" / "ines.yaml"
HOSTILE = (
    'employer: "<script>window.hacked=1</script><img src=x onerror=window.hacked=1>\\u202Eevil\\u0007"\n'
    f'name: "\\"><svg onload=window.hacked=1> {"x" * 10_000}"\ntype: 401(k)\nrecordkeeper: "</style><script>window.hacked=1</script>"\n'
    'sources:\n  spd: {document: "</script><script>window.hacked=1</script>", title: "<b onclick=\'x\'>"}\n'
    "features:\n  after_tax:\n    allowed: {value: yes, source: spd, note: \"<iframe src='http://example.org'></iframe> &lt;\"}\n"
    'groups:\n  staff: {label: "<a href=javascript:window.hacked=1>staff</a>", features: {roth: {deferrals: yes}}}\n'
)
REPORTS = ("full", "participant", "unknown", "unsupported", "hostile", "library")
PAGES = (*REPORTS, "batch")


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a report of each kind."""
    folder = tmp_path_factory.mktemp("pages")
    (folder / "hostile.yaml").write_text(HOSTILE, encoding="utf-8")
    full = str(ROOT / "docs" / "examples" / "full-plan.yaml")
    asked: dict[str, tuple[str, ...]] = {
        "full": (full,),
        "participant": (full, *PERSON),
        "unknown": (str(ROOT / "plans" / "apple.yaml"),),
        "unsupported": (str(ROOT / "plans" / "mit.yaml"),),
        "hostile": (str(folder / "hostile.yaml"),),
        "library": (str(LIBRARY / "plans" / "ashford.yaml"), "--rules", str(LIBRARY), "--participant", str(INES)),
    }
    assert set(asked) == set(REPORTS)
    for name, arguments in asked.items():
        assert main(["report", *arguments, "-o", str(folder / f"{name}.html")]) == 0
    plans = (str(folder / "hostile.yaml"), *(str(ROOT / "plans" / f"{name}.yaml") for name in ("apple", "mit")))
    assert main(["batch", *plans, "-o", str(folder / "out.csv"), "--report", str(folder / "batch.html")]) == 0
    return folder


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    """One browser for all tests."""
    assert PROGRAM is not None
    browser = Chromium(PROGRAM, tmp_path_factory.mktemp("profile"))
    yield browser
    browser.close()


@pytest.fixture(autouse=True)
def plain(browser: Chromium) -> None:
    """Each test starts with a wide window in light colours."""
    browser.size(1200)
    browser.media()


def wrong(browser: Chromium, check: str) -> Any:
    """What one of the checks finds."""
    return browser.run(f"{CHECKS}.{check}()")


def opened(browser: Chromium) -> None:
    """Opens all that is folded."""
    browser.run("document.querySelectorAll('details').forEach(one => one.open = true)")


# ------------------------------------------------------------------ nothing from outside


class _Counting(http.server.SimpleHTTPRequestHandler):
    """Serves a folder and remembers what was asked for."""

    asked: list[str]

    def do_GET(self) -> None:
        """Serves a file."""
        self.asked.append(self.path)
        super().do_GET()

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_fetched_and_nothing_complains(browser: Chromium, pages: Path, name: str) -> None:
    """Opened from a server, unfolded and printed, a page asks for nothing but itself and writes nothing to the console."""
    asked: list[str] = []
    handler = type("Handler", (_Counting,), {"asked": asked})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(pages))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/{name}.html"
        browser.open(address)
        opened(browser)
        browser.pdf()
        browser.run("new Promise(done => setTimeout(done, 200))")
        server.shutdown()
    assert asked == [f"/{name}.html"]
    assert [found for found in browser.requests() if not found.startswith("data:")] == [address]
    assert browser.complaints() == []
    assert browser.run("window.hacked") is None


def test_the_policy_forbids_the_network(browser: Chromium, pages: Path) -> None:
    """Even a script in the page could fetch nothing, and a style or script of somebody else does not run."""
    browser.open((pages / "full.html").as_uri())
    assert browser.run("fetch('http://127.0.0.1:9/').then(() => 'fetched', () => 'refused')") == "refused"
    browser.run("const s = document.createElement('script'); s.textContent = 'window.hacked = 1'; document.body.append(s)")
    assert browser.run("window.hacked") is None
    assert any("Content Security Policy" in complaint for complaint in browser.complaints())


# ------------------------------------------------------------------ for everybody


@pytest.mark.parametrize("check", ["headings", "names", "tables", "landmarks", "ids", "links", "targets"])
@pytest.mark.parametrize("name", PAGES)
def test_structure(browser: Chromium, pages: Path, name: str, check: str) -> None:
    """Headings in order, names for all that acts, tables with heads, one of each landmark, links that lead somewhere."""
    browser.open((pages / f"{name}.html").as_uri())
    opened(browser)
    assert wrong(browser, check) == []
    assert browser.run("document.documentElement.lang") == "en"
    assert browser.run("document.title").strip()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_contrast(browser: Chromium, pages: Path, name: str, scheme: str) -> None:
    """Every text has a contrast of 4.5 or more, the highlighted step included, in light and in dark."""
    browser.media(scheme=scheme)
    browser.open((pages / f"{name}.html").as_uri() + "#step-1")
    opened(browser)
    assert wrong(browser, "contrast") == []


def test_contrast_on_paper(browser: Chromium, pages: Path) -> None:
    """So has paper, whatever the scheme of the screen."""
    browser.open((pages / "participant.html").as_uri())
    browser.media("print", "dark")
    assert wrong(browser, "contrast") == []


@pytest.mark.parametrize("width", [320, 390, 768, 1024, 1600])
@pytest.mark.parametrize("name", PAGES)
def test_every_width(browser: Chromium, pages: Path, name: str, width: int) -> None:
    """No page must be scrolled sideways, and what scrolls within it is reached by keyboard."""
    browser.size(width)
    browser.open((pages / f"{name}.html").as_uri())
    opened(browser)
    assert wrong(browser, "overflow") == []
    assert wrong(browser, "unreachable") == []
    assert wrong(browser, "squeezed") == []
    assert wrong(browser, "headings") == []


def test_the_tree_opens_by_keyboard(browser: Chromium, pages: Path) -> None:
    """Tab reaches a folded step, Enter opens and Space closes it, and the focus is seen."""
    browser.open((pages / "participant.html").as_uri())
    folded = "document.querySelector('#trees details:not([open]) > summary')"
    browser.run(
        f"const before = {folded}; before.id = 'here';"
        " const all = [...document.querySelectorAll('a[href], button, summary, [tabindex=\"0\"]')];"
        " const seen = all.filter(e => e.checkVisibility({contentVisibilityAuto: true})); seen[seen.indexOf(before) - 1].focus()"
    )
    browser.press("Tab")
    assert browser.run("document.activeElement.id") == "here"
    assert browser.run("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    browser.press("Enter")
    assert browser.run("document.getElementById('here').parentElement.open") is True
    browser.press("Space")
    assert browser.run("document.getElementById('here').parentElement.open") is False


def test_everything_that_acts_is_in_the_order_of_tab(browser: Chromium, pages: Path) -> None:
    """The first Tab offers to skip to the report, and none is trapped on its way."""
    browser.open((pages / "unsupported.html").as_uri())
    browser.press("Tab")
    assert browser.run("document.activeElement.className") == "skip"
    seen = []
    for _ in range(browser.run("document.querySelectorAll('a, button, summary, [tabindex]').length")):
        browser.press("Tab")
        seen.append(browser.run("document.activeElement.tagName + document.activeElement.textContent.slice(0, 20)"))
    assert any(found.startswith("SUMMARY") for found in seen)
    assert any(found.startswith("BUTTON") for found in seen)


def test_a_step_named_by_its_number_is_shown(browser: Chromium, pages: Path) -> None:
    """A link to a step opens whatever hides it."""
    browser.open((pages / "participant.html").as_uri())
    browser.run("document.querySelectorAll('#trees details').forEach(one => one.open = false)")
    browser.run("const link = document.querySelector('#amounts a'); window.step = link.hash.slice(1); link.click()")
    browser.run("new Promise(done => setTimeout(done, 100))")
    assert browser.run("document.getElementById(window.step).checkVisibility({contentVisibilityAuto: true})") is True


def test_buttons_open_and_close_the_proof(browser: Chromium, pages: Path) -> None:
    """Every step at once."""
    browser.open((pages / "full.html").as_uri())
    browser.run("document.querySelectorAll('.tools button')[0].click()")
    assert browser.run("[...document.querySelectorAll('#trees details')].every(one => one.open)") is True
    browser.run("document.querySelectorAll('.tools button')[1].click()")
    assert browser.run("[...document.querySelectorAll('#trees details')].some(one => one.open)") is False


# ------------------------------------------------------------------ paper, and no script


HIDDEN = (
    "[...document.querySelectorAll('.tree .text, .possible h4')].filter(e => !e.checkVisibility({contentVisibilityAuto: true}) "
    "|| !e.getBoundingClientRect().height).length"
)


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_on_paper_everything_is_open(browser: Chromium, pages: Path, script: bool) -> None:
    """Every step and every pitfall that may apply is printed, also without script."""
    browser.send("Emulation.setScriptExecutionDisabled", value=not script)
    try:
        browser.open((pages / "participant.html").as_uri())
        assert browser.run(HIDDEN) > 0
        screen = len(browser.pdf())
        browser.media("print")
        assert browser.run(HIDDEN) == 0
        assert browser.run("[...document.querySelectorAll('nav, .tools, .skip')].every(e => !e.getClientRects().length)") is True
        assert screen > 50_000
    finally:
        browser.send("Emulation.setScriptExecutionDisabled", value=False)


def test_printing_leaves_the_page_as_it_was(browser: Chromium, pages: Path) -> None:
    """What was folded is folded again."""
    browser.open((pages / "participant.html").as_uri())
    count = "document.querySelectorAll('details:not([open])').length"
    before = browser.run(count)
    browser.run("dispatchEvent(new Event('beforeprint'))")
    assert browser.run(count) == 0
    browser.run("dispatchEvent(new Event('afterprint'))")
    assert browser.run(count) == before


def test_without_script_the_tree_still_opens(browser: Chromium, pages: Path) -> None:
    """Folding is the browser's own."""
    browser.send("Emulation.setScriptExecutionDisabled", value=True)
    try:
        browser.open((pages / "full.html").as_uri())
        assert browser.run("document.querySelectorAll('.tools').length") == 0
        browser.run("document.querySelector('#trees details:not([open]) > summary').click()")
        assert browser.run("document.querySelector('#trees details').open") is not None
    finally:
        browser.send("Emulation.setScriptExecutionDisabled", value=False)


def test_motion_is_left_out_where_it_is_not_wanted(browser: Chromium, pages: Path) -> None:
    """Scrolling is smooth only for those who have nothing against it."""
    features = [{"name": "prefers-reduced-motion", "value": "reduce"}]
    browser.send("Emulation.setEmulatedMedia", media="", features=features)
    browser.open((pages / "full.html").as_uri())
    assert browser.run("getComputedStyle(document.documentElement).scrollBehavior") == "auto"


# ------------------------------------------------------------------ the texts are whole


def test_the_page_is_read_as_it_was_written(browser: Chromium, pages: Path) -> None:
    """The parser moves nothing: what it read, written again, has the elements that were written, in their order."""
    for name in PAGES:
        text = (pages / f"{name}.html").read_text(encoding="utf-8")
        browser.open((pages / f"{name}.html").as_uri())
        moved = browser.run(
            f"(() => {{ const d = new DOMParser().parseFromString({json.dumps(text)}, 'text/html');"
            " return [...d.querySelectorAll('*')].map(e => e.tagName.toLowerCase()).join(' ') })()"
        )
        bare = re.sub(r"<(style|script)>.*?</\1>", r"<\1>", text, flags=re.DOTALL)
        assert moved.split() == [tag.lower() for tag in re.findall(r"<([a-zA-Z][a-zA-Z0-9]*)", bare)]


def test_drawing_alone(browser: Chromium, pages: Path, tmp_path: Path) -> None:
    """The drawing as a file of its own is well formed, asks for nothing, and its texts stand within their boxes."""
    path = tmp_path / "graph.svg"
    assert main(["report", str(ROOT / "plans" / "apple.yaml"), "-o", str(path)]) == 0
    browser.open(path.as_uri())
    assert browser.run("document.documentElement.tagName") == "svg"
    assert browser.run("document.querySelectorAll('rect').length") > 3
    out = (
        "[...document.querySelectorAll('text')].filter(e => e.getBBox().width > e.parentElement.querySelector('rect').getBBox().width - 14)"
    )
    assert browser.run(f"{out}.map(e => e.textContent)") == []
    assert browser.requests() == [path.as_uri()]
    assert browser.complaints() == []


# ------------------------------------------------------------------ a batch


ROWS = "[...document.querySelectorAll('.rows tbody tr')].filter(row => row.getClientRects().length).map(row => row.cells[0].textContent)"


def test_rows_are_searched_by_keyboard(browser: Chromium, pages: Path) -> None:
    """What is typed leaves the rows that have every word of it, and their number is told; without script all rows are there."""
    browser.open((pages / "batch.html").as_uri())
    every = browser.run(ROWS)
    browser.run("document.getElementById('search').focus()")
    browser.send("Input.insertText", text="MIT unsupp")
    assert browser.run(ROWS) == ["mit"]
    assert browser.run("document.querySelector('output').textContent") == f"1 of {len(every)} rows"
    browser.send("Emulation.setScriptExecutionDisabled", value=True)
    try:
        browser.open((pages / "batch.html").as_uri())
        assert browser.run(ROWS) == every == ["hostile", "hostile", "apple", "mit"]
    finally:
        browser.send("Emulation.setScriptExecutionDisabled", value=False)
