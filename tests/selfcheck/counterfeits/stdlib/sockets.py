"""Counterfeits for the claims of library/stdlib/test_sockets.py."""

import contextlib
import sys

from .. import counterfeit
from ..facts import FORK, POSIX, VERSION
from ..patching import patch

LINUX = sys.platform == "linux"


def closing(how):
    """Let close() of a socket first shut down one of its directions."""

    def change(close):
        def shutting_down(self):
            with contextlib.suppress(OSError):
                self.shutdown(how)
            close(self)

        return shutting_down

    patch("socket.socket", close=change)


@counterfeit("STDLIB25", where=LINUX)
def closing_a_socket_wakes_its_readers():
    """close() ends a recv() of another thread."""
    import socket

    closing(socket.SHUT_RD)


@counterfeit("STDLIB26", where=FORK)
def closing_a_socket_ends_the_connection():
    """close() ends the connection, whoever else has it open."""
    import socket

    closing(socket.SHUT_WR)


@counterfeit("STDLIB27", where=LINUX)
def a_child_leaves_its_parents_epoll_alone():
    """unregister() in a forked child does nothing."""
    import os

    caller = os.getpid()
    patch(
        "selectors.EpollSelector",
        unregister=lambda old: (
            lambda self, file: old(self, file) if os.getpid() == caller else None
        ),
    )


@counterfeit("STDLIB73", where=LINUX and VERSION < (3, 15))
def closing_an_epoll_twice_is_an_error():
    """EpollSelector.close() raises OSError if its epoll is closed."""
    import os

    def change(close):
        def check(self):
            os.fstat(self.fileno())
            close(self)

        return check

    patch("selectors.EpollSelector", close=change)


@counterfeit("STDLIB73", where=LINUX and VERSION >= (3, 15))
def closing_an_epoll_twice_is_no_error():
    """EpollSelector.close() ignores all errors."""
    from contextlib import suppress

    def change(close):
        def ignore(self):
            with suppress(OSError):
                close(self)

        return ignore

    patch("selectors.EpollSelector", close=change)


@counterfeit("STDLIB28", where=POSIX)
def select_takes_every_descriptor():
    """select.select() takes descriptors of any number."""
    import select

    original = select.select

    def unlimited(readers, *args):
        return original([one for one in readers if one < 1024], *args)

    select.select = unlimited


@counterfeit("STDLIB29", where=POSIX)
def a_descriptor_is_not_used_again():
    """os.open() does not give the lowest free number."""
    import fcntl
    import os

    original, close = os.open, os.close

    def high(path, flags, *args, **keywords):
        number = original(path, flags, *args, **keywords)
        if path != os.devnull:
            return number
        high.lowest += 1
        try:
            return fcntl.fcntl(number, fcntl.F_DUPFD_CLOEXEC, high.lowest)
        finally:
            close(number)

    high.lowest = 200
    os.open = high


@counterfeit("STDLIB30")
def a_request_drops_the_one_before():
    """HTTPConnection.request() closes the connection if a response is outstanding."""

    def change(request):
        def anew(self, *args, **keywords):
            self.close()
            request(self, *args, **keywords)

        return anew

    patch("http.client.HTTPConnection", request=change)


@counterfeit("STDLIB54", where=FORK)
def a_tls_connection_is_plain():
    """SSLContext.wrap_socket() returns the socket that it is given."""
    import ssl

    ssl.SSLContext.wrap_socket = lambda self, plain, **keywords: plain


@counterfeit("STDLIB56", where=LINUX and VERSION != (3, 13, 6))
def a_tls_connection_has_a_lock():
    """A TLS connection lets one thread at a time send or receive."""
    import threading

    def change(method):
        def call_alone(self, *args, **keywords):
            with vars(self).setdefault("_alone", threading.Lock()):
                return method(self, *args, **keywords)

        return call_alone

    patch("ssl.SSLSocket", recv=change, send=change)
