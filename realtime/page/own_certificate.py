"""A certificate made on the spot, for visitors in the network: browsers give the camera to https:// addresses only.

It needs trustme, an optional package. Nothing is kept: authority and keys live as long as the program, so no disk holds
anything with which somebody could pretend to be another site.
"""

from __future__ import annotations

import hashlib
import re
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from nstcam.realtime.errors import SinkError
from nstcam.realtime.page.access import own_address

MISSING: Final = "--certificate auto needs a package; pip install 'nstcam[page]', or give --certificate FILE --key FILE"
DAYS: Final = 30
"""How long it is valid; iOS takes none of more than 825 days."""
_NAME: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|[0-9A-Fa-f:.]{2,45}")


@dataclass(frozen=True)
class OwnCertificate:
    """A certificate that nobody but we vouch for.

    Attributes:
        context: TLS with it.
        authority: the PEM file of whoever signed it; a client that trusts that trusts the server.
        fingerprint: SHA-256 of the certificate in hexadecimal, pairs with colons, as browsers show it.
    """

    context: ssl.SSLContext
    authority: bytes
    fingerprint: str


def own_certificate(host: str) -> OwnCertificate:
    """Makes a certificate for all names and addresses by which visitors reach this machine.

    Args:
        host: the address that the server listens at.

    Raises:
        SinkError: trustme is missing.
    """
    try:
        import trustme
    except ModuleNotFoundError as error:
        raise SinkError(MISSING) from error
    authority = trustme.CA(organization_name="nstcam", organization_unit_name="made on the spot")
    made = authority.issue_cert(
        *names_of(host), organization_name="nstcam", not_after=datetime.now(UTC) + timedelta(days=DAYS)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.configure_cert(context)
    digest = hashlib.sha256(ssl.PEM_cert_to_DER_cert(made.cert_chain_pems[0].bytes().decode())).hexdigest().upper()
    pairs = ":".join(digest[at : at + 2] for at in range(0, len(digest), 2))
    return OwnCertificate(context, authority.cert_pem.bytes(), pairs)


def names_of(host: str) -> list[str]:
    """Names and addresses by which a server at `host` is reached, those that a certificate can hold."""
    names = [host, "localhost", "127.0.0.1", "::1"]
    if host in ("0.0.0.0", "::"):
        own = socket.gethostname()
        names = [own_address(), own, f"{own.partition('.')[0]}.local", *names[1:]]
        with suppress(OSError):  # the name of this machine leads nowhere
            names += [str(found[4][0]) for found in socket.getaddrinfo(own, None)]
    return [name for name in dict.fromkeys(names) if _NAME.fullmatch(name)]
