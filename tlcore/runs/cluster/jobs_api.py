"""The Jobs REST API of a Ray cluster: submit a job, ask about it, stop it. No Ray is needed on this side.

A cluster that does not answer costs each process two seconds, and then nothing for ten: pages ask all the
time, and must not wait.
"""

from __future__ import annotations

import http.client
import time
import urllib.error
import urllib.request
from typing import Any, Literal
from urllib.parse import quote, urlsplit

import msgspec

from tlcore.errors import ConfigError, RunError
from tlcore.records import JsonType, MalformedJson

JobLife = Literal["alive", "over"]
LIVES: dict[str, JobLife] = {
    "PENDING": "alive", "RUNNING": "alive", "SUCCEEDED": "over", "STOPPED": "over", "FAILED": "over",
}  # fmt: skip
PATIENCE, PATIENCE_TO_SUBMIT = 2.0, 15.0  # seconds for an answer
REST = 10.0  # seconds during which one that did not answer is not asked again
KNOWN_FOR = 1.0  # seconds
MOST_BYTES = 1_000_000  # of an answer
MOST_KNOWN = 1000


class JobRecord(msgspec.Struct, frozen=True):
    """The part of the API's answer that is read."""

    status: str


_RECORD = JsonType(JobRecord)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Elsewhere the token has no business."""

    def redirect_request(self, *ignored: Any) -> None:
        return None


class JobsApi:
    """One cluster.

    Args:
        address: `http://head:8265`, or https.
        token: that of the cluster; "" where it asks for none.
    """

    def __init__(self, address: str, token: str) -> None:
        self.address = address.rstrip("/")
        self._token = token
        self._down_until = 0.0
        self._known: dict[str, tuple[JobLife | None, float]] = {}
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect)

    @property
    def is_down(self) -> bool:
        """It did not answer a moment ago."""
        return time.monotonic() < self._down_until

    def check_address(self) -> None:
        """Refuse an address that is none.

        Raises:
            ConfigError: it is not that of a web server alone.
        """
        try:
            parts = urlsplit(self.address)
            is_plain = parts.port != 0 and not (parts.path or parts.query or parts.fragment or parts.username)
        except ValueError:
            is_plain = False
        if not is_plain or parts.scheme not in ("http", "https") or not parts.hostname:
            raise ConfigError(
                "GRAFT_CLUSTER is no address of a cluster.",
                received=self.address,
                remedy="Set it to one such as http://head:8265.",
            )

    def submit(self, id: str, entrypoint: str, environment: dict[str, str]) -> None:
        """Start a job.

        Args:
            id: a new one.
            entrypoint: a line for the shell of the head.

        Raises:
            GraftError: the address is none, or the cluster does not answer, or refuses.
        """
        self.check_address()
        body = {
            "entrypoint": entrypoint,
            "submission_id": id,
            "entrypoint_num_cpus": 0,
            "runtime_env": {"env_vars": environment},
        }
        self._ask("POST", "/api/jobs/", body, PATIENCE_TO_SUBMIT)

    def life(self, id: str) -> JobLife | None:
        """Whether a job is at work; None: the cluster cannot be asked, or does not know it."""
        life, until = self._known.get(id, (None, 0.0))
        now = time.monotonic()
        if now < until or self.is_down:
            return life if now < until else None
        try:
            answer = self._ask("GET", f"/api/jobs/{quote(id)}")
            life = LIVES.get(_RECORD.decode(answer).status)
        except (RunError, MalformedJson):
            life = None
        if len(self._known) > MOST_KNOWN:
            self._known.clear()
        self._known[id] = life, time.monotonic() + KNOWN_FOR
        return life

    def stop(self, id: str) -> None:
        """End a job by force; one that is not there is no trouble.

        Raises:
            RunError: the cluster does not answer.
        """
        self._known.pop(id, None)
        self._ask("POST", f"/api/jobs/{quote(id)}/stop", {})

    def _ask(self, method: str, path: str, body: object = None, patience: float = PATIENCE) -> bytes:
        headers = {"Content-Type": "application/json"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        content = None if body is None else msgspec.json.encode(body)
        try:
            request = urllib.request.Request(  # noqa: S310  checked before anything is submitted
                self.address + path, content, headers, method=method
            )
            with self._opener.open(request, timeout=patience) as answer:
                return bytes(answer.read(MOST_BYTES))
        except urllib.error.HTTPError as error:
            raise _refusal(error, self.address) from error
        except (OSError, ValueError, http.client.HTTPException) as error:
            self._down_until = time.monotonic() + REST
            raise RunError(
                f"The cluster at {self.address} does not answer.",
                remedy="Start it, or ask whoever runs it; then try again.",
            ) from error


def _refusal(error: urllib.error.HTTPError, address: str) -> RunError:
    if error.code in (401, 403):
        return RunError(
            f"The cluster at {address} does not let us in.", remedy="Set GRAFT_CLUSTER_TOKEN to its token."
        )
    lines = error.read(MOST_BYTES).decode("utf-8", "replace").split("\n")
    why = next((line.strip() for line in reversed(lines) if line.strip()), "")
    return RunError(f"The cluster at {address} refused.", received=f"status {error.code}, {why}")
