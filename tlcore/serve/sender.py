"""The sender of a request: which site's page may drive a server on this machine. The app asks it, too.

- **Host** must be a name that is allowed; another name means that a site points its own name at this machine
  (DNS rebinding).
- **Origin**, which browsers send with all that can change something, must be the same host and port: the page
  of another site, or of another server on this machine, is not answered. Programs send none.
- `HEADERS` go with every answer: no other site frames its page or keeps a hand on its window.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from tlcore.errors import GraftError

LOCAL = ("localhost", "127.0.0.1")
PORTS = {"http": "80", "https": "443"}
HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_AUTHORITY = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+?)\.?(?::([0-9]{1,5}))?")


class Sender(NamedTuple):
    """The Host that a request names, as it was sent, and the scheme of its Origin; "": it has none."""

    host: str
    scheme: str = ""


def check(
    hosts: Sequence[str], origins: Sequence[str], is_allowed: Callable[[str], bool], remedy: str
) -> Sender:
    """The sender of a request with these headers.

    Args:
        is_allowed: whether a name, in lower case and without brackets, is one of the server's.
        remedy: what to do where it is not.

    Raises:
        GraftError: it names none or several or a foreign one, or comes from the page of another server.
    """
    given = ", ".join(hosts)
    host = _AUTHORITY.fullmatch(given.lower())
    if host is None or not is_allowed(host[1].strip("[]")):
        raise GraftError("Graft does not answer at this address.", received=given, remedy=remedy)
    if not origins:
        return Sender(given)
    origin = ", ".join(origins)
    scheme, _, authority = origin.lower().partition("://")
    page = _AUTHORITY.fullmatch(authority)
    default = PORTS.get(scheme)
    if not (page and default and (page[1], page[2] or default) == (host[1], host[2] or default)):
        remedy = "Behind a proxy, let it pass on the Host header unchanged."
        raise GraftError("The page of another site may not use Graft.", received=origin, remedy=remedy)
    return Sender(given, scheme)
