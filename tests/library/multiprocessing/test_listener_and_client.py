"""multiprocessing.connection: Listener and Client, with and without a key.

Source: https://docs.python.org/3/library/multiprocessing.html#module-multiprocessing.connection
"""

import os
import socket
from contextlib import ExitStack
from multiprocessing import AuthenticationError, Pipe, current_process
from multiprocessing.connection import (
    Client,
    Connection,
    Listener,
    answer_challenge,
    deliver_challenge,
)

from tests.harness import (
    GRACE,
    LINUX,
    WINDOWS,
    applies,
    before,
    cases,
    claim,
    control,
    joined,
    kinds,
    needs_posix,
    never,
    outcome,
    predicts,
    refuted,
    since,
)

KEY = b"the right key"
LOCALHOST = ("127.0.0.1", 0)


@claim("LISTEN01")
def test_a_wrong_key_is_refused_on_both_sides(background, evidence):
    """With a wrong authkey accept() and Client() both raise AuthenticationError.

    "multiprocessing.context.AuthenticationError: digest sent was rejected", at the other side
    "digest received was wrong": the authkeys of a BaseManager's server and its client differ.  The
    listener goes on, and accepts the next client if that has the right key.
    """
    with Listener(authkey=KEY) as listener:
        accepting = background(outcome, listener.accept)
        refusals = [outcome(Client, listener.address, authkey=b"a wrong key"), accepting.result()]
        accepting = background(listener.accept)
        with Client(listener.address, authkey=KEY) as client, accepting.result() as accepted:
            client.send("hello")
            got = accepted.recv()
    assert evidence(then=got) == "hello"
    assert kinds(evidence(refusals=refusals)) == ["AuthenticationError"] * 2


@claim("LISTEN02")
@needs_posix
@refuted(
    where=LINUX and before("3.10.9"),
    because="Linux: before 3.10.9 it is an abstract socket, which is no file (gh-97514)",
)
def test_a_listener_is_a_unix_socket_by_default(evidence):
    """Listener() makes a Unix socket with a new name, which close() removes.

    Client() to a name that has gone raises FileNotFoundError.  On Windows it is a named pipe.  On
    Linux, before 3.10.9, it is an abstract socket, which any user may connect to (gh-97514).
    """
    with Listener() as listener, Listener(family="AF_UNIX") as other:
        name = listener.address
        with Client(name) as client, listener.accept() as accepted:
            client.send("through the socket")
            assert evidence(got=accepted.recv()) == "through the socket"
        assert (os.path.exists(name), listener.last_accepted) == (True, "")
        assert name != other.address
    assert evidence(still_there=os.path.exists(name)) is False
    assert kinds([outcome(Client, name)]) == ["FileNotFoundError"]


def connect_and_double(address):
    with Client(address, authkey=current_process().authkey) as connection:
        connection.send(connection.recv() * 2)


@claim("LISTEN03")
@cases(address={"default": None, "TCP": LOCALHOST})
def test_a_child_has_the_authkey_of_its_parent(ctx, address, background, evidence):
    """current_process().authkey is inherited: a child's Client() may use it for its parent."""
    with Listener(address, authkey=current_process().authkey) as listener:
        child = ctx.Process(target=connect_and_double, args=(listener.address,))
        child.start()
        with background(listener.accept).result() as accepted:
            accepted.send(21)
            got = background(accepted.recv).result()
        assert evidence(got=got, exit_codes=joined(child)) == (42, [0])


@claim("LISTEN04")
@cases(made_with={"port 0": {"address": LOCALHOST}, "AF_INET": {"family": "AF_INET"}})
def test_port_zero_gives_a_free_port(made_with, evidence):
    """For ("127.0.0.1", 0), and for AF_INET, address has the real port; last_accepted the client's.

    last_accepted is None before the first accept().  Both sides get a duplex Connection.
    """
    with Listener(**made_with) as listener:
        host, port = evidence(address=listener.address)
        at_first = listener.last_accepted
        with Client((host, port)) as client, listener.accept() as accepted:
            descriptor = client.fileno()
            with socket.fromfd(descriptor, socket.AF_INET, socket.SOCK_STREAM) as of_the_client:
                assert listener.last_accepted == of_the_client.getsockname()
            accepted.send("both ways")
            client.send(client.recv())
            got = accepted.recv()
        in_use = outcome(Listener, (host, port))
    assert (host, port > 0, at_first, got) == ("127.0.0.1", True, None, "both ways")
    assert [type(client), type(accepted)] == [Connection, Connection]
    assert isinstance(evidence(in_use=in_use), OSError)


@claim("LISTEN05")
def test_a_closed_listener_accepts_nobody(evidence):
    """A Listener is a context manager; once it is closed accept() raises OSError.

    Nobody can connect to its address either: ConnectionRefusedError for TCP.  Connections that it
    has accepted live on; close() may be repeated.  accept() says "OSError: listener is closed".
    """
    with Listener(LOCALHOST) as listener, Client(listener.address) as client:
        address = listener.address
        with listener.accept() as accepted:
            listener.close()
            client.send("the connection lives on")
            assert evidence(got=accepted.recv()) == "the connection lives on"
    refusals = [outcome(listener.accept), outcome(Client, address)]
    assert kinds(evidence(refusals=refusals)) == ["OSError", "ConnectionRefusedError"]


@claim("LISTEN06")
@cases(options=({}, {"backlog": 1}, {"backlog": 4}))
@applies(where=LINUX, because="Linux: the length of the queue is the system's")
def test_backlog_is_how_many_clients_may_wait(options, background, evidence):
    """A Listener lets backlog clients, and one more on Linux, connect before it accepts any.

    The next Client() blocks until accept(): by default, with a backlog of 1, that is the third.
    It has no timeout, but by TCP Linux gives up after two minutes or so, which is a TimeoutError.
    Use Listener(backlog=...) for many clients at a time.
    """
    with ExitStack() as stack:
        listener = stack.enter_context(Listener(**options))
        places = options.get("backlog", 1) + 1
        for _ in range(places):
            stack.enter_context(background(Client, listener.address).result())
        next_one = background(Client, listener.address)
        waits = never(lambda: next_one.finished, during=GRACE / 3)
        stack.enter_context(listener.accept())
        stack.enter_context(next_one.result())
    assert evidence(connected=places, next_one_waits=waits) == (places, True)


@claim("LISTEN07")
@cases(key=(KEY, b"", b"a wrong key"))
def test_a_challenge_is_met_by_the_same_key(key, background, evidence):
    """deliver_challenge() and answer_challenge() return for the same key, else AuthenticationError.

    Both sides raise it, and nothing is left in the connection.
    """
    near, far = Pipe()
    with near, far:
        answering = background(outcome, answer_challenge, far, key)
        ends = [outcome(deliver_challenge, near, KEY), answering.result()]
        nothing_left = not near.poll() and not far.poll()
    expected = "NoneType" if key == KEY else "AuthenticationError"
    assert evidence(ends=kinds(ends), nothing_left=nothing_left) == ([expected] * 2, True)


@claim("LISTEN07")
def test_a_key_is_made_of_bytes(evidence):
    """A key that is not bytes is a ValueError for a challenge; for Client() it is a TypeError.

    "ValueError: Authkey must be bytes, not <class 'str'>", "TypeError: authkey should be a byte
    string".  Instead: authkey=b"secret".
    """
    near, far = Pipe()
    with near, far, Listener() as listener:
        refusals = [
            outcome(deliver_challenge, near, "key"),
            outcome(answer_challenge, far, "key"),
            outcome(Client, listener.address, authkey="key"),
        ]
    assert kinds(evidence(refusals=refusals)) == ["ValueError", "ValueError", "TypeError"]


def connect_with_the_key(address):
    with Client(address, authkey=KEY) as connection:
        return connection.recv()


@claim("LISTEN08")
@refuted(
    where=before("3.12.0"),
    because="3.12 made AuthenticationError of what was an assertion before (gh-61460)",
    by="AssertionError: message = ",
)
def test_an_unasked_key_gives_authentication_error(background, evidence):
    """A Client() with a key, of a listener without one, raises AuthenticationError.

    First it waits, for a challenge that never comes: until the listener's side sends something.
    Then: "AuthenticationError: Protocol error, expected challenge: message=...".  Before 3.12 it is
    "AssertionError: message = ..." (gh-61460); with -O it waits on, for a second message.  Of more
    than 256 bytes it is OSError, "bad message length".  Give both sides the key, or none.
    """
    with Listener() as listener:
        connecting = background(connect_with_the_key, listener.address)
        with background(listener.accept).result() as accepted:
            control(never(lambda: connecting.finished, during=GRACE / 3), "the client waits")
            accepted.send("hello")
            refusal = outcome(connecting.result)
    if not isinstance(evidence(refusal=refusal), AuthenticationError):
        raise refusal


def welcome_anybody(listener):
    """Do what a listener does that has a key, without knowing it."""
    with listener.accept() as accepted:
        accepted.send_bytes(b"#CHALLENGE#" + bytes(20))
        accepted.recv_bytes()
        accepted.send_bytes(b"#WELCOME#")
        accepted.recv_bytes()
        accepted.send_bytes(bytes(16))  # the length of an answer
        accepted.recv_bytes()
        accepted.send("not to be believed")


@claim("LISTEN08")
def test_a_client_asks_for_the_key_too(background, evidence):
    """A Client() with a key believes no listener that welcomes it without knowing the key.

    "AuthenticationError: digest received was wrong".
    """
    with Listener() as listener:
        welcoming = background(outcome, welcome_anybody, listener)
        refusal = outcome(connect_with_the_key, listener.address)
        welcoming.result()
    assert repr(evidence(refusal=refusal)) == "AuthenticationError('digest received was wrong')"


@claim("LISTEN09")
def test_a_silent_client_keeps_accept_waiting(background, evidence):
    """With an authkey accept() waits for each client's answer: a silent one keeps out the others.

    accept() has no timeout.  When the silent client has gone it raises EOFError (or
    ConnectionResetError), which ends a server's loop that catches AuthenticationError only.  Give
    the Listener no key, and let a thread for each client call deliver_challenge() and
    answer_challenge(), with the key, on what accept() has returned.
    """
    with Listener(authkey=KEY, backlog=3) as listener:
        accepting = background(outcome, listener.accept)
        with Client(listener.address):  # without a key, it does not know of the challenge
            other = background(connect_with_the_key, listener.address)
            waits = never(lambda: accepting.finished or other.finished, during=GRACE / 3)
        refusal = accepting.result()
        with background(listener.accept).result() as accepted:
            accepted.send("welcome")
            assert evidence(waits=waits, then=other.result()) == (True, "welcome")
    assert isinstance(evidence(accept=refusal), (EOFError, ConnectionResetError))


def deliver(connection, digest):
    with connection:  # so that the other side does not wait if there was no challenge
        deliver_challenge(connection, KEY, digest_name=digest)


class Overheard:
    """A Connection that remembers what it has received."""

    def __init__(self, connection):
        self.connection, self.received = connection, []
        self.send_bytes = connection.send_bytes

    def recv_bytes(self, *maxlength):
        """Receive a message, and remember it."""
        self.received.append(self.connection.recv_bytes(*maxlength))
        return self.received[-1]


@claim("LISTEN10")
@predicts("H24")
@cases(digest=("sha256", "sha384", "sha3_256"))
@refuted(
    where=before("3.12.0"),
    because="3.12 added the digest to the challenge (gh-61460); it was HMAC-MD5 before",
    by="TypeError: deliver_challenge() got an unexpected keyword argument 'digest_name'",
)
def test_a_challenge_may_name_its_digest(digest, background, evidence):
    """deliver_challenge(digest_name=...) makes the other side answer by that digest.

    Before 3.12 "TypeError: deliver_challenge() got an unexpected keyword argument 'digest_name'":
    it is always HMAC-MD5 there, which OpenSSL in FIPS mode refuses (gh-61460): every Listener,
    Client and Manager with an authkey ends with a ValueError, "[digital envelope routines]
    unsupported", at both ends.  Since 3.12 it is sha256 unless another is named.
    """
    near, far = Pipe()
    with far:
        delivering = background(deliver, near, digest)
        overheard = Overheard(far)
        answer = outcome(answer_challenge, overheard, KEY)
        delivering.result()
    challenge = evidence(challenge=overheard.received[0])
    assert (answer, b"{%b}" % digest.encode() in challenge) == (None, True)


#: What the address of a Listener is by default.
LOCAL = "AF_PIPE" if WINDOWS else "AF_UNIX"
WINDOWS_ASKS = "Windows: Client() opens a named pipe if family says so, and else a socket"


@claim("LISTEN11")
@cases(family=(LOCAL, "AF_INET", None))
@refuted(where=WINDOWS, family="AF_PIPE", because=WINDOWS_ASKS, by=TypeError)
@refuted(where=WINDOWS, family="AF_INET", because=WINDOWS_ASKS, by=AttributeError)
def test_client_goes_by_the_address_alone(family, evidence):
    """Client() goes by the form of its address, even if family says something else.

    A tuple is TCP, a string a Unix socket; None, such as an unset variable gives, is a ValueError,
    a number a TypeError.  "The type of the connection
    is determined by family argument", says the documentation; that is so for Listener(), where
    an unknown family is a ValueError, and on Windows, where a string is a named pipe.
    """
    for server in (Listener(family=LOCAL), Listener(family="AF_INET")):
        with server, Client(server.address, family) as client, server.accept() as accepted:
            client.send(family)
            assert evidence(got=accepted.recv()) == family
    refusals = [outcome(Listener, family="AF_INET6"), outcome(Client, 7), outcome(Client, None)]
    assert kinds(evidence(refusals=refusals)) == ["ValueError", "TypeError", "ValueError"]


def connect_with_no_bytes(address):
    with Client(address, authkey=b"") as connection:
        return connection.recv()


@claim("LISTEN12")
@predicts("N94")
@refuted(
    where=not since("3.11.9", "3.12.3", "3.13.0"),
    because="3.11.9 and 3.12.3 take an empty key for a key in accept(), too (gh-88118)",
)
def test_an_empty_key_is_a_key_on_both_sides(background, evidence):
    """A Listener and a Client that both have authkey=b"" connect.

    Before 3.11.9 and 3.12.3 accept() takes an empty key for none and asks for no answer, but
    Client() waits for the question: it hangs, until the other side sends something that is no
    question (LISTEN08).  An unset environment variable gives such a key.  Instead: refuse an empty
    key, or make it None on both sides.
    """
    with Listener(authkey=b"") as listener:
        connecting = background(outcome, connect_with_no_bytes, listener.address)
        with listener.accept() as accepted:
            accepted.send("hello")
            got = connecting.result()
    assert evidence(got=got) == "hello"
