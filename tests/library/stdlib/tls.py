"""TLS without certificates, for specs of what happens to a connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.harness import Inconclusive, outcome

if TYPE_CHECKING:
    import ssl


def anonymous(server: bool) -> ssl.SSLContext:
    """Return a context of one side; raise ImportError, or ssl.SSLError, where that is refused.

    The ciphers of anonymous Diffie-Hellman need no certificate; TLS 1.3 has none of them.
    """
    import ssl  # here, for not every build has it

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER if server else ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("AECDH:@SECLEVEL=0")
    return context


def both_sides() -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Return a context of the server and one of the client; raise Inconclusive if refused."""
    server, client = outcome(anonymous, True), outcome(anonymous, False)
    for made in (server, client):
        if isinstance(made, Exception):
            raise Inconclusive(f"TLS without certificates is refused here: {made!r}")
    return server, client
