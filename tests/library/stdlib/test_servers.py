"""socketserver and http.server: threads, children and the ends of servers.

Source: https://docs.python.org/3/library/socketserver.html
"""

import http.server
import socket
import socketserver
import threading
from contextlib import contextmanager

from tests.harness import (
    GRACE,
    PATIENCE,
    before,
    cases,
    claim,
    control,
    needs_fork,
    never,
    outcome,
    predicts,
    refuted,
    until,
)


class Waiting(socketserver.BaseRequestHandler):
    """Notes that a request has come, waits until it may go on, and notes that it is done."""

    def handle(self):
        """Handle a request."""
        self.server.began.append(threading.get_ident())
        self.server.may_go.wait(PATIENCE)
        self.server.ended.append(threading.get_ident())


def server_of(kind, handler):
    """Return a server on a free port, with what the handlers note."""
    server = kind(("127.0.0.1", 0), handler)
    server.may_go, server.began, server.ended = threading.Event(), [], []
    return server


@contextmanager
def connections(server, count):
    """Connect as often as that, and close all."""
    made = [socket.create_connection(server.server_address) for _ in range(count)]
    try:
        yield
    finally:
        for one in made:
            one.close()


@claim("STDLIB31")
@cases(kind=(socketserver.TCPServer, http.server.HTTPServer))
def test_a_plain_server_handles_one_request_at_a_time(kind, background, evidence):
    """A TCPServer, or HTTPServer, handles one request at a time: the second client waits.

    One slow or silent client, such as a browser's spare connection, makes the server hang for all.
    Use ThreadingTCPServer and ThreadingHTTPServer; python -m http.server does.
    """
    server = server_of(kind, Waiting)
    with server, connections(server, 2):
        serving = background(server.serve_forever, 0.01)
        until(lambda: server.began, "the first request")
        waits = never(lambda: len(server.began) > 1, during=GRACE / 2)
        server.may_go.set()
        until(lambda: len(server.ended) == 2, "both requests")
        server.shutdown()
        serving.result()
    assert evidence(waits=waits) is True


@claim("STDLIB32")
def test_shutdown_in_the_servers_own_thread_hangs(background, evidence):
    """BaseServer.shutdown() in a handler of a server without threads is a deadlock.

    shutdown() waits until serve_forever() has ended, which waits for the handler.  The same happens
    in a signal handler, or before serve_forever() runs in the main thread.  Call shutdown() in
    another thread.
    """

    class Ending(socketserver.BaseRequestHandler):
        def handle(self):
            self.server.began.append(1)
            self.server.shutdown()
            self.server.ended.append(1)

    server = server_of(socketserver.TCPServer, Ending)
    with server, connections(server, 1):
        serving = background(server.serve_forever, 0.01)
        until(lambda: server.began, "the request")
        hangs = never(lambda: server.ended)
        server._BaseServer__is_shut_down.set()  # noqa: SLF001 - nothing public ends the deadlock
        serving.result()
    assert evidence(hangs=hangs) is True


@claim("STDLIB32")
@predicts("N134")
def test_shutdown_of_a_server_that_does_not_serve_yet_hangs(background, evidence):
    """BaseServer.shutdown() before serve_forever() has begun waits forever.

    It waits for the end of serve_forever().  So a test whose server's thread did not start hangs in
    its cleanup.  Call server_close() alone then, or let the thread tell that it serves.
    """
    with server_of(socketserver.TCPServer, socketserver.BaseRequestHandler) as server:
        ending = background(server.shutdown)
        hangs = never(lambda: ending.finished)
        server._BaseServer__is_shut_down.set()  # noqa: SLF001 - nothing public ends the deadlock
        ending.result()
    assert evidence(hangs=hangs) is True


class Noting(socketserver.BaseRequestHandler):
    """Stores something in the server, and answers."""

    def handle(self):
        """Handle a request."""
        self.server.ended.append(1)
        self.request.sendall(b"%d" % len(self.server.ended))


def answers_of_a_forking_server():
    """Return what two requests are answered, and how much the server has stored by then."""
    server, answers = server_of(socketserver.ForkingTCPServer, Noting), []
    with server:
        for _ in range(2):
            with socket.create_connection(server.server_address) as client:
                server.handle_request()
                client.settimeout(PATIENCE)
                answers.append(client.recv(9))
    return answers, len(server.ended)


@claim("STDLIB33")
@needs_fork
def test_a_forking_server_forgets_what_its_handlers_store(programs, evidence):
    """What a handler of a ForkingTCPServer stores, in the server or a global, is lost.

    Each request is handled in a forked child, with a copy of the server: a cache, a counter or a
    session is empty again in the next request.  Use ThreadingTCPServer, or store it outside.
    """
    answers, stored = programs.call(answers_of_a_forking_server)
    assert evidence(answers=answers, stored=stored) == ([b"1", b"1"], 0)


@claim("STDLIB34")
@cases(
    waits={"ThreadingTCPServer": True, "ThreadingHTTPServer": False},
)
def test_closing_a_server_waits_for_its_threads(waits, background, evidence):
    """server_close() of a ThreadingTCPServer waits for its requests, of an HTTP server it does not.

    The threads of ThreadingHTTPServer are daemons: at the program's end a response is cut off in
    the middle.  Set daemon_threads = False in a subclass to wait for them; set it to True, or
    block_on_close = False, where the end of a server hangs.
    """
    kind = socketserver.ThreadingTCPServer if waits else http.server.ThreadingHTTPServer
    server = server_of(kind, Waiting)
    with connections(server, 1):
        server.handle_request()
        until(lambda: server.began, "the request")
        closing = background(server.server_close)
        waited = never(lambda: closing.finished) if waits else not ended(closing)
        server.may_go.set()
        closing.result()
        until(lambda: server.ended, "the request to end")
        ident = server.ended[0]
        until(lambda: all(one.ident != ident for one in threading.enumerate()), "its thread to end")
    assert evidence(waited=waited) is waits


def ended(task):
    """Wait until the task has ended."""
    until(lambda: task.finished, "the server to be closed")
    return True


def connected_at_once(address, most):
    """Return how many clients, up to that many, connect before the server accepts any."""
    made = []
    while len(made) < most:
        one = outcome(socket.create_connection, address, timeout=1)
        if isinstance(one, OSError):
            break
        made.append(one)
    for one in made:
        one.close()
    return len(made)


@claim("STDLIB59")
@predicts("N107")
@cases(kind=(socketserver.ThreadingTCPServer, http.server.ThreadingHTTPServer))
@refuted(where=before("3.15.0"), because="before 3.15 request_queue_size is 5 (gh-80184)")
def test_a_server_lets_many_clients_wait(kind, evidence):
    """20 clients can connect at once to a TCPServer, or HTTPServer, before it accepts any of them.

    Before 3.15 only 5 can, and one more on Linux, where the others then wait for seconds, until a
    timeout: TimeoutError, "timed out".  Elsewhere they get ConnectionRefusedError, "Connection
    refused", or ConnectionResetError.  Threads in the server are no help, for one thread accepts.
    Since 3.15 the number is socket.SOMAXCONN.  Instead: set request_queue_size = 128 in a
    subclass; the system may allow less (net.core.somaxconn).
    """
    with socket.create_server(("127.0.0.1", 0), backlog=128) as roomy:
        control(connected_at_once(roomy.getsockname(), 20) == 20, "the system lets 20 wait")
    with kind(("127.0.0.1", 0), Waiting) as server:
        connected = connected_at_once(server.server_address, 20)
    assert evidence(connected=connected) == 20
