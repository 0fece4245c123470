"""A headless Firefox driven through WebDriver BiDi, with the verbs that the report's tests use."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.report.browser import SHOTS

PREFS = {
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.page": 0,
    "datareporting.policy.dataSubmissionEnabled": False,
    "toolkit.telemetry.enabled": False,
    "app.update.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "browser.safebrowsing.malware.enabled": False,
    "browser.safebrowsing.phishing.enabled": False,
    "browser.region.update.enabled": False,
    "extensions.getAddons.cache.enabled": False,
    "services.settings.server": "",
}


def found() -> str | None:
    """The browser's path; None where there is none."""
    named = os.environ.get("GIGACAMPUS_FIREFOX")
    return named or next(filter(None, map(shutil.which, ("firefox-esr", "firefox"))), None)


class Fox:
    """One page in Firefox: what it says, what it asks the network for."""

    def __init__(self, address: str) -> None:
        import websocket

        self.socket = websocket.create_connection(f"{address}/session", timeout=60, suppress_origin=True)
        self.last = 0
        self.errors: list[str] = []
        self.requests: list[str] = []
        self.call("session.new", capabilities={})
        self.context = self.call("browsingContext.getTree")["contexts"][0]["context"]
        self.call("session.subscribe", events=["log.entryAdded", "network.beforeRequestSent"])

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Send a command and wait for its answer; events that come meanwhile are noted."""
        self.last += 1
        mine = self.last
        self.socket.send(json.dumps({"id": mine, "method": method, "params": params}))
        while True:
            message = json.loads(self.socket.recv())
            if message.get("id") == mine:
                if message["type"] == "error":
                    raise RuntimeError(f"{method}: {message['error']}: {message['message']}")
                return dict(message["result"])
            self._note(message)

    def _note(self, message: dict[str, Any]) -> None:
        params = message.get("params", {})
        if message.get("method") == "log.entryAdded" and params["level"] in {"error", "warn"}:
            self.errors.append(str(params["text"]))
        elif message.get("method") == "network.beforeRequestSent":
            address = params["request"]["url"]
            if not address.startswith(("data:", "blob:", "about:", "chrome:", "resource:")):
                self.requests.append(address)

    def run(self, expression: str) -> Any:
        """The value of a JavaScript expression; promises are awaited."""
        answer = self.call(
            "script.evaluate", expression=f"Promise.resolve({expression}).then((v) => JSON.stringify(v ?? null))",
            target={"context": self.context}, awaitPromise=True,
        )  # fmt: skip
        if answer["type"] == "exception":
            raise RuntimeError(answer["exceptionDetails"]["text"])
        return json.loads(answer["result"]["value"])

    def open(self, path: Path, *, width: int = 1280, height: int = 900, part: str = "") -> None:
        """Open a file at a width and wait until it has loaded; `part` is the address's fragment."""
        self.call("browsingContext.setViewport", context=self.context, viewport={"width": width, "height": height})
        for address in ("about:blank", path.as_uri() + part):
            self.call("browsingContext.navigate", context=self.context, url=address, wait="complete")

    def wait(self, expression: str, seconds: float = 30) -> None:
        """Wait until an expression holds."""
        until = time.monotonic() + seconds
        while not self.run(expression):
            if time.monotonic() > until:
                raise TimeoutError(expression)
            time.sleep(0.05)

    def shot(self, name: str) -> Path:
        """Keep a screenshot of what is seen."""
        SHOTS.mkdir(exist_ok=True)
        made = self.call("browsingContext.captureScreenshot", context=self.context)
        path = SHOTS / f"{name}.png"
        path.write_bytes(base64.b64decode(made["data"]))
        return path


@contextmanager
def firefox(path: str) -> Iterator[Fox]:
    """A fresh browser with one page; it ends with the block."""
    with tempfile.TemporaryDirectory(prefix="gigacampus-firefox-", ignore_cleanup_errors=True) as home:
        prefs = "".join(f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in PREFS.items())
        (Path(home) / "user.js").write_text(prefs)
        command = [path, "--headless", "--no-remote", "--profile", home, "--remote-debugging-port=0", "about:blank"]
        environment = {**os.environ, "MOZ_CRASHREPORTER_DISABLE": "1", "HOME": home}
        process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environment
        )
        try:
            page = Fox(_address(process))
            try:
                yield page
            finally:
                page.socket.close()
        finally:
            process.terminate()
            process.wait(timeout=20)
            if process.stderr:
                process.stderr.close()


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stderr
    for line in process.stderr:
        if "WebDriver BiDi listening on" in line:
            return line.rsplit(" ", 1)[1].strip()
    raise RuntimeError("Firefox did not come up")
