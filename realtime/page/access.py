"""Who may use the page: those who have the token, but not the pages of other sites in their browsers.

A browser lets any page send requests to this machine, and a name can be made to lead here (DNS rebinding), so the token
is not enough: the names in Host and Origin have to be ours as well.
"""

from __future__ import annotations

import hmac
import ipaddress
import os
import re
import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from nstcam.realtime.errors import NstError

TOKEN_VARIABLE: Final = "NSTCAM_PAGE_TOKEN"
LOOPBACK: Final = "127.0.0.1"
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{16,100}")
_HOST: Final = re.compile(r"(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9.-]{1,253})(?::(\d{1,5}))?")


def new_token() -> str:
    """144 random bits, or what NSTCAM_PAGE_TOKEN holds, for addresses that are kept in another program.

    Raises:
        NstError: the variable holds something else than 16 to 100 letters, digits, - and _.
    """
    given = os.environ.get(TOKEN_VARIABLE)
    if not given:
        return secrets.token_urlsafe(18)
    if not _TOKEN.fullmatch(given):
        raise NstError(
            f"{TOKEN_VARIABLE} has {len(given)} characters; give 16 to 100 letters, digits, - and _, or leave it out"
        )
    return given


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches that address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True)
class Access:
    """What a request has to bring.

    Attributes:
        token: the password of the session.
        host: the address that the server listens at.
        port: its port.
        secure: whether it speaks TLS.
    """

    token: str
    host: str
    port: int
    secure: bool = False

    @property
    def cookie(self) -> str:
        """Browsers send cookies of a host to all its ports, so each port has a name of its own."""
        return f"nstcam-{self.port}"

    @property
    def origin(self) -> str:
        """The beginning of all addresses, as it is printed."""
        name = own_address() if self.host in ("0.0.0.0", "::") else self.host
        return f"{'https' if self.secure else 'http'}://{f'[{name}]' if ':' in name else name}:{self.port}"

    def address(self, path: str = "/") -> str:
        """An address that brings its token."""
        return f"{self.origin}{path}?token={self.token}"

    def has_token(self, *given: str | None) -> bool:
        """Whether one of these is the token. How long that takes tells nothing about it."""
        right = self.token.encode()
        return any(hmac.compare_digest(one.encode(errors="replace"), right) for one in given if one)

    def refusal(self, method: str, path: str, headers: Mapping[str, str]) -> str | None:
        """Why a request is not answered, whatever its token; None if nothing is wrong with it."""
        host = headers.get("Host", "")
        if not self._is_ours(host):
            return "this address is not known by that name"
        origin = headers.get("Origin")
        if origin is not None and origin.lower() != f"{'https' if self.secure else 'http'}://{host.lower()}":
            return "pages of other sites may not use this one"
        visit = method == "GET" and path == "/" and headers.get("Sec-Fetch-Mode") == "navigate"
        if headers.get("Sec-Fetch-Site", "none") not in ("same-origin", "none") and not visit:
            return "pages of other sites may not use this one"
        return None

    def _is_ours(self, host: str) -> bool:
        """Whether Host names this server. A name that leads here by rebinding is never the address itself."""
        found = _HOST.fullmatch(host)
        if found is None or int(found[2] or (443 if self.secure else 80)) != self.port:
            return False
        name = found[1].strip("[]").lower()
        if name == self.host or (is_loopback(self.host) and is_loopback(name)):
            return True
        if is_loopback(self.host):
            return False
        own = socket.gethostname().lower()
        return _is_number(name) or name in ("localhost", own, f"{own.partition('.')[0]}.local")


def own_address() -> str:
    """The address by which others in the network reach this machine. Nothing is sent to find it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        try:
            asked.connect(("192.0.2.1", 9))  # RFC 5737: an address that nobody has
            return str(asked.getsockname()[0])
        except OSError:
            return socket.gethostname()


def _is_number(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
