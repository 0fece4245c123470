"""A headless Chromium driven through the DevTools protocol: console errors and network requests are collected."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--hide-scrollbars", "--remote-debugging-port=0",
    "--disable-default-apps", "--disable-extensions", "--mute-audio", "--disable-dev-shm-usage",
)  # fmt: skip
SHOTS = Path(__file__).parents[2] / "screenshots"


def found() -> str | None:
    """The browser's path; None where there is none."""
    named = os.environ.get("GIGACAMPUS_CHROMIUM")
    return named or next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None
    )


class Page:
    """One page: commands, events, and what went wrong on it."""

    def __init__(self, address: str) -> None:
        import websocket

        self.socket = websocket.create_connection(address, timeout=60, suppress_origin=True)
        self.last = 0
        self.errors: list[str] = []
        self.requests: list[str] = []
        self.loaded = False
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Send a command and wait for its answer; events that come meanwhile are noted."""
        self.last += 1
        mine = self.last
        self.socket.send(json.dumps({"id": mine, "method": method, "params": params}))
        while True:
            message = json.loads(self.socket.recv())
            if message.get("id") == mine:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']}")
                return dict(message.get("result", {}))
            self._note(message)

    def _note(self, message: dict[str, Any]) -> None:
        method, params = message.get("method"), message.get("params", {})
        if method == "Runtime.exceptionThrown":
            details = params["exceptionDetails"]
            self.errors.append(str(details.get("exception", {}).get("description") or details["text"]))
        elif method == "Runtime.consoleAPICalled" and params["type"] in {"error", "warning", "assert"}:
            self.errors.append(" ".join(str(one.get("value", one.get("description"))) for one in params["args"]))
        elif method == "Log.entryAdded" and params["entry"]["level"] in {"error", "warning"}:
            self.errors.append(params["entry"]["text"])
        elif method == "Network.requestWillBeSent":
            address = params["request"]["url"]
            if not address.startswith(("data:", "blob:", "about:")):
                self.requests.append(address)
        elif method == "Page.loadEventFired":
            self.loaded = True
        elif method == "Page.javascriptDialogOpening":
            self.errors.append(f"dialog: {params['message']}")

    def run(self, expression: str) -> Any:
        """The value of a JavaScript expression; promises are awaited."""
        found = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in found:
            raise RuntimeError(found["exceptionDetails"].get("exception", {}).get("description", expression))
        return found["result"].get("value")

    def open(
        self,
        path: Path,
        *,
        width: int = 1280,
        height: int = 900,
        dark: bool = False,
        script: bool = True,
        part: str = "",
    ) -> None:
        """Open a file at a width, light or dark, and wait until it has loaded; `part` is the address's fragment."""
        scheme = "dark" if dark else "light"
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.call("Emulation.setScriptExecutionDisabled", value=not script)
        self.size(width, height)
        self._go("about:blank")
        self._go(path.as_uri() + part)

    def _go(self, address: str) -> None:
        self.loaded = False
        self.call("Page.navigate", url=address)
        until = time.monotonic() + 30
        while not self.loaded:
            if time.monotonic() > until:
                raise TimeoutError(address)
            self._note(json.loads(self.socket.recv()))

    def size(self, width: int, height: int) -> None:
        """Set the viewport."""
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )

    def wait(self, expression: str, seconds: float = 30) -> None:
        """Wait until an expression holds."""
        until = time.monotonic() + seconds
        while not self.run(expression):
            if time.monotonic() > until:
                raise TimeoutError(expression)
            time.sleep(0.05)

    def scroll_all(self) -> None:
        """Scroll through the page as a reader does, until every chart is drawn."""
        for name in self.run("[...document.querySelectorAll('.chart')].map((box) => box.id)"):
            self.run(f"document.getElementById('{name}').scrollIntoView({{block: 'center', behavior: 'instant'}})")
            self.wait(f"document.getElementById('{name}').querySelector('.main-svg') !== null")
        self.run("scrollTo(0, 0)")

    def draw_all(self) -> None:
        """Have the page draw every chart at once."""
        self.run("plotly().then(() => { for (const id of Object.keys(figures)) if (!drawn.has(id)) draw(id); })")
        time.sleep(0.3)

    def shot(self, name: str, *, whole: bool = True) -> Path:
        """Keep a screenshot of the page, whole or as far as it is seen."""
        SHOTS.mkdir(exist_ok=True)
        picture = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole, **self._clip(whole))
        path = SHOTS / f"{name}.png"
        path.write_bytes(base64.b64decode(picture["data"]))
        return path

    def _clip(self, whole: bool) -> dict[str, Any]:
        if not whole:
            return {}
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        height = min(size["height"], 16_000)
        return {"clip": {"x": 0, "y": 0, "width": size["width"], "height": height, "scale": 1}}

    def print(self, name: str) -> Path:
        """Keep the page as an A4 PDF."""
        SHOTS.mkdir(exist_ok=True)
        made = self.call("Page.printToPDF", preferCSSPageSize=True, printBackground=True)
        path = SHOTS / f"{name}.pdf"
        path.write_bytes(base64.b64decode(made["data"]))
        return path


@contextmanager
def browser(path: str) -> Iterator[Page]:
    """A fresh browser with one page; it ends with the block."""
    with tempfile.TemporaryDirectory(prefix="gigacampus-browser-", ignore_cleanup_errors=True) as home:
        command = [path, *FLAGS, f"--user-data-dir={home}", "about:blank"]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            page = Page(_address(Path(home), process))
            try:
                yield page
            finally:
                page.socket.close()
        finally:
            process.terminate()
            process.wait(timeout=20)


def _address(home: Path, process: subprocess.Popen[bytes]) -> str:
    until = time.monotonic() + 30
    port_file = home / "DevToolsActivePort"
    while time.monotonic() < until and process.poll() is None:
        if port_file.exists() and (port := port_file.read_text().split("\n")[0]):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/json") as answer:
                    pages = json.load(answer)
            except OSError:
                pages = []
            for one in pages:
                if one["type"] == "page":
                    return str(one["webSocketDebuggerUrl"])
        time.sleep(0.05)
    raise RuntimeError("the browser did not come up")
