"""The report in a real browser: nothing in the console, every plot drawn, no sideways scrolling at 1280 px.

Needs chromedriver (CHROMEDRIVER, or on the PATH) and Chromium: Debian's chromium-driver. SCREENSHOTS names a folder for
the screenshots, if you want to see them.
"""

import base64
import json
import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from loadproof.cli import main
from loadproof.measurement import Measurement
from loadproof.plan import Plan
from loadproof.reports.data import Run
from loadproof.reports.files import write_reports
from loadproof.scenario import Scenario
from loadproof.schedule import Schedule, Stage
from loadproof.slo import Slo
from loadproof.verdict import judge

WIDTH = 1280


class Browser:
    """A WebDriver session (W3C WebDriver, plus Chromium's log endpoint)."""

    def __init__(self, driver: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._url = f"http://127.0.0.1:{probe.getsockname()[1]}"
        self._process = subprocess.Popen([driver, f"--port={self._url.rpartition(':')[2]}"], stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while not self._listens():
            assert time.monotonic() < deadline, "chromedriver does not answer"
            time.sleep(0.05)
        arguments = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
            f"--window-size={WIDTH},1400",
        ]
        capabilities = {"goog:chromeOptions": {"args": arguments}, "goog:loggingPrefs": {"browser": "ALL"}}
        self._session = (
            "/session/" + self._call("/session", {"capabilities": {"alwaysMatch": capabilities}})["sessionId"]
        )

    def _listens(self) -> bool:
        try:
            return bool(self._call("/status")["ready"])
        except (urllib.error.URLError, ConnectionError):
            return False

    def _call(self, path: str, data: Any = None) -> Any:
        body = None if data is None else json.dumps(data).encode()
        with urllib.request.urlopen(urllib.request.Request(self._url + path, body), timeout=120) as response:
            return json.load(response)["value"]

    def open(self, page: Path) -> None:
        self._call(f"{self._session}/url", {"url": page.resolve().as_uri()})

    def run(self, script: str) -> Any:
        return self._call(f"{self._session}/execute/sync", {"script": script, "args": []})

    def console(self) -> list[str]:
        return [entry["message"] for entry in self._call(f"{self._session}/se/log", {"type": "browser"})]

    def screenshot(self) -> bytes:
        return base64.b64decode(self._call(f"{self._session}/screenshot"))

    def quit(self) -> None:
        self._process.terminate()
        self._process.wait(60)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    driver = shutil.which(os.environ.get("CHROMEDRIVER", "chromedriver"))
    if not driver and "CHROMEDRIVER" in os.environ:
        pytest.fail(
            f"CHROMEDRIVER={os.environ['CHROMEDRIVER']} is no program: install chromium-driver, or name another"
        )
    if not driver:
        pytest.skip("chromedriver is not installed: apt-get install chromium-driver, or name it in CHROMEDRIVER")
    session = Browser(driver)
    yield session
    session.quit()


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A report with events, a comparison and an index."""
    folder = tmp_path_factory.mktemp("reports")
    for name, factor in (("base", 1.0), ("new", 1.4)):
        write_reports(sample_run(factor), folder / name)
    events = folder / "events.json"
    kinds = ("rollout", "pod-ready", "pod-terminating", "scale", "restart", "warning")
    # some at the same moment, as in a rollout, and some before and after the run
    times = (990, 1001, 1004, 1004.01, 1004.02, 1004.2, 1005, 1012, 1029.9, 1050)
    events.write_text(
        json.dumps([{"time": time, "kind": kinds[number % 6], "text": "a pod"} for number, time in enumerate(times)])
    )
    assert main(["annotate", str(folder / "new"), "--events", str(events)]) == 0
    main(["compare", str(folder / "base"), str(folder / "new"), "--out", str(folder / "comparison.html")])
    assert main(["index", str(folder)]) == 0
    return {
        "report": folder / "new" / "report.html",
        "comparison": folder / "comparison.html",
        "index": folder / "index.html",
    }


def sample_run(factor: float) -> Run:
    schedule = Schedule((Stage(5, 0, 100), Stage(25, 100, 100)))
    plan = Plan("http://my-api", "items", schedule, (Slo("p99Ms", 250),))
    measurement = Measurement.begin(1000, schedule.duration)
    measurement.elapsed, measurement.scheduled = schedule.duration, schedule.count
    for number, due in enumerate(schedule.due_times()):
        seconds = factor * (0.4 if 12 < due < 14 else 0.01 + number % 37 / 1000)
        endpoint = measurement.endpoint(f"GET /items/{number % 3}")
        endpoint.requests += 1
        endpoint.failures += number % 200 == 0
        endpoint.latencies.record(seconds)
        bucket = measurement.bucket_at(due)
        bucket.offered += 1
        bucket.started += 1
        bucket.failures += number % 200 == 0
        bucket.latencies.record(seconds)
        bucket.pods[f"pod-{number % 3 + 3 * (due > 15)}"] += 1
    return Run(plan, Scenario("items", "", ()), measurement, judge(plan, measurement))


#: Curves that have a length and lie within their chart.
DRAWN_CURVES = """
return [...document.querySelectorAll('path.line')].filter(curve => {
  const inner = curve.getBoundingClientRect(), outer = curve.closest('svg').getBoundingClientRect();
  return curve.getTotalLength() > 20 && getComputedStyle(curve).stroke !== 'none'
    && inner.left >= outer.left - 2 && inner.right <= outer.right + 2
    && inner.top >= outer.top - 2 && inner.bottom <= outer.bottom + 2;
}).length
"""

#: Texts in charts that run into each other or out of their chart.
COLLIDING_TEXTS = """
const clashes = [];
for (const svg of document.querySelectorAll('svg.chart')) {
  const outer = svg.getBoundingClientRect();
  const texts = [...svg.querySelectorAll('text')].map(text => [text.textContent, text.getBoundingClientRect()]);
  texts.forEach(([name, box], index) => {
    if (box.left < outer.left || box.right > outer.right) clashes.push(name);
    for (const [other, that] of texts.slice(index + 1)) {
      if (box.left < that.right && that.left < box.right && box.top < that.bottom && that.top < box.bottom)
        clashes.push(name + ' / ' + other);
    }
  });
}
return clashes
"""


#: Bars of pods that can be seen, and marks of events whose numbers lie within their chart.
DRAWN_BARS = """
return [...document.querySelectorAll('rect.bar')].filter(bar => {
  const box = bar.getBoundingClientRect();
  return /pod/.test(bar.className.baseVal) && box.width >= 1 && box.height >= 1
    && getComputedStyle(bar).fill !== 'rgb(0, 0, 0)';
}).length
"""
DRAWN_MARKS = """
return [...document.querySelectorAll('.mark circle')].filter(circle => {
  const inner = circle.getBoundingClientRect(), outer = circle.closest('svg').getBoundingClientRect();
  return inner.top >= outer.top && inner.left >= outer.left && inner.right <= outer.right;
}).length
"""

PODS, SECONDS, EVENTS_DURING_THE_RUN, CHARTS_OVER_TIME = 3, 30, 8, 3


@pytest.mark.parametrize(("name", "curves"), [("report", 3 + 2 + 1), ("comparison", 2), ("index", 1)])
def test_page(browser: Browser, pages: dict[str, Path], name: str, curves: int) -> None:
    browser.open(pages[name])
    if folder := os.environ.get("SCREENSHOTS"):
        (Path(folder) / f"{name}.png").write_bytes(browser.screenshot())
    assert browser.console() == []
    assert browser.run(DRAWN_CURVES) == curves
    assert browser.run(COLLIDING_TEXTS) == []
    assert browser.run("return document.documentElement.scrollWidth") <= WIDTH


def test_events_and_pods_are_on_the_time_axis(browser: Browser, pages: dict[str, Path]) -> None:
    browser.open(pages["report"])
    assert browser.run(DRAWN_MARKS) == CHARTS_OVER_TIME * EVENTS_DURING_THE_RUN
    # in the first second there is one request and in the middle one pods change: a bar or two more or less
    assert browser.run(DRAWN_BARS) == pytest.approx(PODS * SECONDS, abs=PODS)


def test_control_the_check_sees_a_plot_that_was_not_drawn(browser: Browser, pages: dict[str, Path]) -> None:
    text = pages["report"].read_text()
    broken = pages["report"].with_name("broken.html")
    # the path data of the first curve, then a reference to something that is not there
    start = text.index('d="M') + 3
    broken.write_text(
        text[:start] + text[text.index('"', start + 1) :].replace("</main>", "<img src='missing.png'></main>", 1)
    )
    browser.open(broken)
    assert browser.run(DRAWN_CURVES) == 3 + 2 + 1 - 1
    assert browser.console() != []
