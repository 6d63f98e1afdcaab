"""Sockets, descriptors and selectors beside threads and in forked children.

Source: https://docs.python.org/3/library/socket.html, https://docs.python.org/3/library/select.html
"""

import asyncio
import http.client
import os
import select
import selectors
import socket
import threading
from contextlib import closing
from pathlib import Path

from tests.harness import (
    GRACE,
    LINUX,
    PATIENCE,
    PYPY,
    Inconclusive,
    applies,
    before,
    cases,
    claim,
    control,
    in_a_fork,
    kinds,
    leaving,
    needs_fork,
    needs_posix,
    outcome,
    pause,
    predicts,
    refuted,
    since,
    until,
)
from tests.library.stdlib.tls import anonymous


@claim("STDLIB25")
@applies(where=LINUX, because="examines Linux; other systems may wake the thread")
@cases(ending=("close", "shutdown"))
@refuted(ending="close", because="close() only gives up the descriptor; recv() keeps the socket")
def test_ending_a_socket_wakes_the_thread_that_receives(ending, background, evidence):
    """socket.close(), and shutdown(), in one thread end a recv() that blocks in another thread.

    shutdown(SHUT_RDWR) does, close() does not: the thread hangs until data come, and a program that
    joins it deadlocks.  Call shutdown() first, or give the socket a timeout.
    """
    ours, theirs = socket.socketpair()
    idents = []

    def receive():
        idents.append(threading.get_native_id())
        return outcome(ours.recv, 1)

    with ours, theirs:
        receiver = background(receive)
        until(lambda: idents and sleeps(idents[0]), "the thread to receive")
        _ = ours.close() if ending == "close" else ours.shutdown(socket.SHUT_RDWR)
        seconds = GRACE if ending == "close" else PATIENCE
        woken = outcome(until, lambda: receiver.finished, "its end", within=seconds) is None
        outcome(theirs.send, b"x")
        got = receiver.result()
    if isinstance(got, OSError):
        raise Inconclusive(f"the thread was not yet in recv(): {got!r}")
    assert evidence(woken=woken) is True


def sleeps(ident):
    """Tell whether the thread sleeps whenever one looks, though it might have run meanwhile."""

    def state():
        pause()
        return Path(f"/proc/self/task/{ident}/stat").read_text().rpartition(")")[2].split()[0]

    return [state() for _ in range(5)] == ["S"] * 5


def ends_seen():
    """Return what a peer receives after this process has closed its end, then after the child."""
    ours, theirs = socket.socketpair()
    listening, telling = os.pipe()
    child = leaving(lambda: (os.close(telling), os.read(listening, 1)))
    ours.close()
    theirs.settimeout(GRACE)
    with theirs:
        during = type(outcome(theirs.recv, 1)).__name__
        os.close(telling)
        os.waitpid(child, 0)
        theirs.settimeout(PATIENCE)
        return during, outcome(theirs.recv, 1)


def readable_after_a_childs_unregister():
    """Return how many files are readable for an epoll before, and after a child unregisters one."""
    reader, writer = os.pipe()
    os.write(writer, b"x")
    with selectors.EpollSelector() as selector:
        selector.register(reader, selectors.EVENT_READ)
        before = len(selector.select(0))
        os.waitpid(leaving(lambda: selector.unregister(reader)), 0)
        return before, len(selector.select(0))


def seen_after_forks():
    """Return what is to be seen of the socket, and of the epoll where the system has one."""
    return ends_seen(), readable_after_a_childs_unregister() if LINUX else None


@claim("STDLIB26")
@needs_fork
def test_a_connection_ends_only_when_a_forked_child_has_closed_it_too(programs, evidence):
    """After close() in the parent the peer sees no end while a forked child has the socket open.

    A fork copies all descriptors, also those that are not inheritable.  So the peer hangs in
    recv(), and a port stays in use (EADDRINUSE).  Call shutdown(), or close what the child
    does not need first thing in the child.
    """
    (during, after), _ = programs.once(seen_after_forks)
    assert evidence(during=during, after=after) in (("TimeoutError", b""), ("timeout", b""))


@claim("STDLIB27")
@applies(where=LINUX, because="epoll is Linux's")
def test_a_forked_child_unregisters_files_of_its_parents_epoll(programs, evidence):
    """Parent and forked child share an epoll: what the child unregisters, the parent misses.

    The selector's dict is copied by the fork; the kernel's list is not.  So a child that cleans up
    an inherited selector, or event loop, makes the parent hang: it waits for events that never
    come.  Make a new selector in the child, and only close() the old one.
    """
    _, readable = programs.once(seen_after_forks)
    assert evidence(readable=readable) == (1, 0)


def closed_behind_its_back():
    """Return what close() raises of a selector, and of a loop, whose epoll is closed already."""
    raised = {}
    for name in ("selector", "loop"):
        selector = selectors.EpollSelector()
        owner = selector if name == "selector" else asyncio.SelectorEventLoop(selector)
        os.close(selector.fileno())
        error = outcome(owner.close)
        raised[name] = error and f"{type(error).__name__}: {error}"
    return raised


@claim("STDLIB73")
@predicts("N203")
@applies(where=LINUX, because="epoll is Linux's")
@cases(closed=("selector", "loop"))
@refuted(
    where=since("3.15.0") and not PYPY,
    because="3.15 tells the errors of epoll.close() (gh-146205)",
    by="AssertionError: assert 'OSError: [Errno 9] Bad file descriptor' is None",
)
def test_an_epoll_may_be_closed_behind_its_selector(closed, programs, evidence):
    """close() of a selector or event loop raises nothing, though its epoll is closed already.

    A daemon closes all descriptors by os.closerange(), a test its own epoll.fromfd(fd).  Since
    3.15, "OSError: [Errno 9] Bad file descriptor" from loop.close() or at the end of asyncio.run();
    before, close() may have closed another file that had got the number.  Instead: become a daemon
    first, and make the loop then; or epoll.fromfd(os.dup(fd)).
    """
    assert evidence(raised=programs.once(closed_behind_its_back)[closed]) is None


@claim("STDLIB28")
@needs_posix
def test_select_refuses_descriptors_beyond_1023(evidence):
    """select.select() raises ValueError for a descriptor with a number of 1024 or more.

    "ValueError: filedescriptor out of range in select()": a program with many connections, pipes or
    children meets it.  selectors.DefaultSelector (epoll, kqueue, poll) has no such limit.
    """
    import fcntl  # Windows has none

    reader, writer = os.pipe()
    high = outcome(fcntl.fcntl, reader, fcntl.F_DUPFD, 1024)
    try:
        if isinstance(high, OSError):
            raise Inconclusive(f"this process may not have 1025 files: {high}")
        got = outcome(select.select, [high], [], [], 0)
        with selectors.DefaultSelector() as selector:
            selector.register(high, selectors.EVENT_READ)
            control(selector.select(0) == [], "a selector must take the descriptor")
    finally:
        for number in (reader, writer, high):
            outcome(os.close, number)
    assert kinds([evidence(got=got)]) == ["ValueError"]
    assert str(got).endswith("descriptor out of range in select()")  # PyPy writes two words


@claim("STDLIB29")
@needs_posix
def test_closing_a_descriptor_twice_closes_another_threads_file(background, evidence):
    """A second os.close() of a descriptor closes the file that another thread has opened since.

    The system gives the lowest free number to the next open(), so the number names another file by
    now.  The other thread gets "OSError: [Errno 9] Bad file descriptor", or writes into a third
    file: a race condition that is hard to find.  Let one object own a descriptor (os.fdopen).
    """
    first = os.open(os.devnull, os.O_RDONLY)
    os.close(first)
    number = background(os.open, os.devnull, os.O_RDONLY).result()
    second_close = outcome(os.close, first)
    got = outcome(os.close, number)
    evidence(first=first, number=number, second_close=second_close, got=got)
    assert (number, second_close, type(got)) == (first, None, OSError)


@claim("STDLIB30")
def test_two_threads_cannot_share_an_http_connection(background, evidence):
    """While an HTTPConnection waits for one thread's response, another's request() is refused.

    "http.client.CannotSendRequest: Request-sent".  A connection has one request at a time; so has
    an xmlrpc.client.ServerProxy.  Two threads, or two forked children, that share one may also get
    each other's response.  Make a connection for each thread.
    """
    with socket.create_server(("127.0.0.1", 0)) as server:
        connection = http.client.HTTPConnection(*server.getsockname())
        with closing(connection):
            background(connection.request, "GET", "/").result()
            got = outcome(connection.request, "GET", "/")
    assert evidence(got=repr(got)) == "CannotSendRequest('Request-sent')"


def over_tls(plain, server):
    """Return a connection over the socket, without certificates; raise if that is refused."""
    return anonymous(server).wrap_socket(plain, server_side=server)


def echo_over_tls(plain):
    """Send back what comes, until the end."""
    with over_tls(plain, server=True) as connection:
        while text := connection.recv(100):
            connection.sendall(text)


def answers_over_tls_around_a_fork():
    """Return what a server answers the parent, a forked child, and the parent again."""

    def ask():
        return repr(outcome(connection.sendall, b"text") or outcome(connection.recv, 100))

    ours, theirs = socket.socketpair()
    server = leaving(lambda: (ours.close(), outcome(echo_over_tls, theirs)))
    theirs.close()
    with ours:
        connection = outcome(over_tls, ours, server=False)
        if isinstance(connection, Exception):
            answers = [repr(connection)]
        else:
            with connection:
                answers = [ask(), in_a_fork(ask), ask()]
    os.waitpid(server, 0)
    return answers


@claim("STDLIB54")
@predicts("N70")
@needs_fork
@refuted(because="each process counts the records that it sends, and its own alone")
def test_a_tls_connection_can_be_used_on_both_sides_of_a_fork(programs, evidence):
    """A TLS connection that was opened before a fork can be used by parent and child in turn.

    It works for whoever comes first.  Then "ssl.SSLError: [SSL:
    DECRYPTION_FAILED_OR_BAD_RECORD_MAC] decryption failed or bad record mac", with OpenSSL 3.6
    "[SSL: RECORD_LAYER_FAILURE] record layer failure"; in psycopg2 an OperationalError, "SSL error:
    decryption failed or bad record mac" or "SSL SYSCALL error: EOF detected".  gunicorn with
    preload, uWSGI, celery and a Pool fork like that, after an import has connected to the database.
    Django's database connections and multiprocessing are like that, too: call
    django.db.connections.close_all() before you start a process, which then opens its own.
    Instead: connect after the fork, in os.register_at_fork(after_in_child=...), the hook post_fork
    or a Pool's initializer; of SQLAlchemy call engine.dispose(close=False) there.
    """
    answers = programs.call(answers_over_tls_around_a_fork)
    if len(answers) == 1:
        raise Inconclusive(f"TLS without certificates is refused here: {answers[0]}")
    control(answers[:2] == ["b'text'"] * 2, f"the first two must get an answer: {answers}")
    assert evidence(then_the_parent=answers[2]) == "b'text'"


@claim("STDLIB56")
@predicts("N103")
@applies(where=LINUX, because="examines Linux to see that the thread waits in recv()")
@refuted(
    where=since("3.13.6") and before("3.13.7", "3.14.0"),
    because="3.13.6 has a lock in each connection, and waits with it (gh-137583)",
)
def test_a_tls_connection_sends_while_another_thread_receives(background, evidence):
    """While one thread waits in recv() of a TLS connection, another thread can send.

    In 3.13.6 alone send() hangs until data come, and if the other side waits for what is to be
    sent, that is a deadlock: so in websockets (websockets.sync), and in other clients one of
    whose threads does nothing but recv() (gh-137583).  Instead: upgrade.
    """
    ours, theirs = socket.socketpair()
    with ours, theirs:
        accepting = background(outcome, over_tls, theirs, True)
        connection = outcome(over_tls, ours, server=False)
        if isinstance(connection, Exception):
            ours.close()
            raise Inconclusive(f"TLS without certificates is refused here: {connection!r}")
        peer = accepting.result()
        idents = []
        with connection, peer:
            receiver = background(
                lambda: idents.append(threading.get_native_id()) or connection.recv(100)
            )
            until(lambda: idents and sleeps(idents[0]), "the thread to receive")
            sender = background(connection.send, b"request")
            sent = outcome(until, lambda: sender.finished, "send() to return", within=PATIENCE / 4)
            peer.sendall(b"answer")
            control(receiver.result() == b"answer", "the thread must receive")
            sender.result()
    assert evidence(sent=sent) is None
