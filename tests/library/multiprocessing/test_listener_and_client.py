"""multiprocessing.connection: Listener and Client, with and without a key.

Source: https://docs.python.org/3/library/multiprocessing.html#module-multiprocessing.connection
"""

import os
import socket
import sys
from contextlib import ExitStack
from multiprocessing import AuthenticationError, Pipe, ProcessError, current_process
from multiprocessing.connection import (
    Client,
    Connection,
    Listener,
    answer_challenge,
    deliver_challenge,
)
from pickle import UnpicklingError

from tests.harness import (
    GRACE,
    PYPY,
    applies,
    before,
    claim,
    control,
    joined,
    never,
    outcome,
    refuted,
)

KEY = b"the right key"

unix_sockets_only = applies(
    where=hasattr(socket, "AF_UNIX") and sys.platform != "win32",
    because="Windows: the default is a named pipe there",
)
OLD_CHALLENGE = before("3.12.0") or PYPY


@claim("PI08")
def test_a_wrong_key_is_refused_on_both_sides(background, evidence):
    """With a wrong authkey accept() and Client() both raise AuthenticationError.

    The listener goes on: the next client, with the right key, is accepted.
    """
    with Listener(authkey=KEY) as listener:
        accepting = background(outcome, listener.accept)
        refused = outcome(Client, listener.address, authkey=b"a wrong key")
        refusal = accepting.result()
        accepting = background(listener.accept)
        with Client(listener.address, authkey=KEY) as client, accepting.result() as accepted:
            client.send("hello")
            got = accepted.recv()
    evidence(client=refused, listener=refusal, then=got)
    assert type(refused) is AuthenticationError
    assert type(refusal) is AuthenticationError
    assert issubclass(AuthenticationError, ProcessError)
    assert got == "hello"


@claim("PI09")
@unix_sockets_only
def test_a_listener_is_a_unix_socket_by_default(background, evidence):
    """Listener() makes a Unix socket with a name of its own, which close() removes.

    Client() to a name that has gone raises FileNotFoundError.
    """
    listeners = [Listener(), Listener(family="AF_UNIX")]
    names = [listener.address for listener in listeners]
    existed = [os.path.exists(name) for name in names]
    before = [listener.last_accepted for listener in listeners]
    with Client(names[0]) as client, listeners[0].accept() as accepted:
        client.send("through the socket")
        got = accepted.recv()
    after = listeners[0].last_accepted
    for listener in listeners:
        listener.close()
    exist = [os.path.exists(name) for name in names]
    refusals = [outcome(Client, name) for name in names]
    evidence(existed=existed, exist=exist, last_accepted=[before[0], after], then=refusals)
    assert [type(name) for name in names] == [str, str]
    assert names[0] != names[1]
    assert (existed, exist) == ([True, True], [False, False])
    assert (before, after) == ([None, None], "")
    assert got == "through the socket"
    assert [type(refusal) for refusal in refusals] == [FileNotFoundError] * 2


def connect_and_double(addresses):
    for address in addresses:
        with Client(address, authkey=current_process().authkey) as connection:
            connection.send(connection.recv() * 2)


@claim("PI22")
def test_a_child_has_the_authkey_of_its_parent(ctx, background, evidence):
    """current_process().authkey is inherited: a child's Client() may use it for its parent.

    Under every start method, and by a Unix socket and TCP alike.
    """
    key = current_process().authkey
    with Listener(authkey=key) as default, Listener(("127.0.0.1", 0), authkey=key) as tcp:
        addresses = [default.address, tcp.address]
        child = ctx.Process(target=connect_and_double, args=(addresses,))
        child.start()
        got = []
        for item, listener in ((21, default), ("ab", tcp)):
            with background(listener.accept).result() as accepted:
                accepted.send(item)
                got.append(background(accepted.recv).result())
        exit_codes = joined(child)
    evidence(key_type=type(key).__name__, got=got)
    assert isinstance(key, bytes)
    assert got == [42, "abab"]
    assert exit_codes == [0]


@claim("PI23")
def test_port_zero_gives_a_free_port(background, evidence):
    """For ("127.0.0.1", 0), and for AF_INET, address has the real port; last_accepted the client's.

    last_accepted is None before the first accept().  Whichever side: a duplex Connection.
    """
    with Listener(("127.0.0.1", 0)) as listener, Listener(family="AF_INET") as other:
        addresses = listener.address, other.address
        seen = [listener.last_accepted]
        kinds, answers = [], []
        for number in range(2):
            with Client(listener.address, family="AF_INET") as client:
                accepted = background(listener.accept).result()
                with accepted, socket.socket(fileno=os.dup(client.fileno())) as of_the_client:
                    seen.append(listener.last_accepted == of_the_client.getsockname())
                    client.send(number)
                    accepted.send([accepted.recv()])
                    answers.append(client.recv())
                    kinds += [type(client), type(accepted)]
        in_use = outcome(Listener, listener.address)
    evidence(addresses=addresses, last_accepted=seen, in_use=in_use)
    assert [host for host, _ in addresses] == ["127.0.0.1"] * 2
    assert all(type(port) is int and port > 0 for _, port in addresses)
    assert addresses[0] != addresses[1]
    assert seen == [None, True, True]
    assert answers == [[0], [1]]
    assert kinds == [Connection] * 4
    assert isinstance(in_use, OSError)


@claim("PI24")
def test_a_closed_listener_accepts_nobody(background, evidence):
    """A Listener is a context manager; once it is closed accept() raises OSError.

    Nobody can connect to its address either: ConnectionRefusedError for TCP.
    """
    with Listener(("127.0.0.1", 0)) as listener:
        address = listener.address
        entered = listener.__enter__() is listener
        with Client(address) as client, listener.accept() as accepted:
            listener.close()
            client.send("the connection lives on")
            got = accepted.recv()
    again = listener.close()
    refusals = [outcome(listener.accept), outcome(Client, address)]
    evidence(refusals=refusals, connection=got)
    assert entered is True
    assert again is None
    assert got == "the connection lives on"
    assert type(refusals[0]) is OSError
    assert type(refusals[1]) is ConnectionRefusedError


@claim("PI25")
@applies(where=sys.platform == "linux", because="Linux: the length of the queue is the system's")
def test_backlog_is_how_many_clients_may_wait(background, evidence):
    """A Listener lets backlog clients, and one more on Linux, connect before it accepts any.

    The next Client() blocks, without a timeout, until accept(): by default, with a backlog of 1,
    that is the third.  Instead: Listener(backlog=...) for many clients at a time.
    """
    blocked, served = {}, {}
    for options, backlog in (({}, 1), ({"backlog": 1}, 1), ({"backlog": 4}, 4)):
        with ExitStack() as stack:
            listener = stack.enter_context(Listener(**options))
            for number in range(backlog + 1):
                client = background(Client, listener.address).result()
                stack.enter_context(client).send(number)
            next_one = background(Client, listener.address)
            blocked[str(options)] = never(lambda: next_one.finished, during=GRACE / 3)
            first = stack.enter_context(listener.accept())
            stack.enter_context(next_one.result()).send("next")
            others = [stack.enter_context(listener.accept()) for _ in range(backlog + 1)]
            served[backlog] = [connection.recv() for connection in [first, *others]]
    evidence(blocked=blocked, served=served)
    assert list(blocked.values()) == [True] * 3
    assert served == {1: [0, 1, "next"], 4: [0, 1, 2, 3, 4, "next"]}


@claim("PI26")
def test_a_challenge_is_met_by_the_same_key(background, evidence):
    """deliver_challenge() and answer_challenge() return for the same key, else AuthenticationError.

    Both sides raise it.  A key that is not bytes is a ValueError; for Client() it is a TypeError.
    """
    near, far = Pipe()
    with near, far, Listener() as listener:
        answers = []
        for key in (KEY, b"", b"a wrong key", KEY):
            answering = background(outcome, answer_challenge, far, key)
            delivered = outcome(deliver_challenge, near, KEY)
            answers.append((delivered, answering.result()))
        nothing_left = near.poll(), far.poll()
        no_bytes = [
            type(outcome(deliver_challenge, near, "key")),
            type(outcome(answer_challenge, far, "key")),
            type(outcome(Client, listener.address, authkey="key")),
        ]
    evidence(answers=answers, no_bytes=no_bytes)
    assert [answers[0], answers[3]] == [(None, None)] * 2
    for refused in answers[1:3]:
        assert [type(refusal) for refusal in refused] == [AuthenticationError] * 2
    assert nothing_left == (False, False)
    assert no_bytes == [ValueError, ValueError, TypeError]


def connect_with_the_key(address):
    with Client(address, authkey=KEY) as connection:
        return connection.recv()


@claim("PI27")
@refuted(
    where=OLD_CHALLENGE,
    because="3.12 made AuthenticationError of what was an assertion before (gh-61460)",
)
def test_an_unasked_key_gives_authentication_error(background, evidence):
    """A Client() with a key, of a listener without one, raises AuthenticationError.

    First it waits, for a challenge that never comes: until the listener's side sends anything.
    Before 3.12 that is an AssertionError "message = b'...'" (gh-61460), or nothing with -O.
    Instead: give both sides the key, or none.
    """
    with Listener() as listener:
        connecting = background(outcome, connect_with_the_key, listener.address)
        with background(listener.accept).result() as accepted:
            waits = never(lambda: connecting.finished, during=GRACE / 3)
            accepted.send("hello")
            refusal = connecting.result()
    evidence(waits=waits, refusal=refusal)
    control(waits, "the client should wait for the challenge")
    control(type(refusal) in (AuthenticationError, AssertionError), f"{refusal!r}")
    assert type(refusal) is AuthenticationError


@claim("PI28")
def test_a_silent_client_keeps_accept_waiting(background, evidence):
    """With an authkey accept() waits for each client's answer: a silent one keeps out the others.

    One would expect accept() to go on to the next client.  It has no timeout.  And when the
    silent one has gone it raises EOFError (or ConnectionResetError), which ends a server's loop
    that catches AuthenticationError only.  Instead: accept() in a thread of its own, and except
    (AuthenticationError, EOFError, OSError).
    """
    with Listener(authkey=KEY, backlog=3) as listener:
        accepting = background(outcome, listener.accept)
        silent = Client(listener.address)  # without a key, it does not know of the challenge
        with silent:
            others = background(outcome, connect_with_the_key, listener.address)
            waits = never(lambda: accepting.finished or others.finished, during=GRACE / 3)
            challenge = outcome(silent.recv)
        refusal = accepting.result()
        with background(listener.accept).result() as accepted:
            accepted.send("welcome")
            other = others.result()
    evidence(waits=waits, silent_got=challenge, accept=refusal, then=other)
    assert waits
    assert type(challenge) is UnpicklingError
    assert type(refusal) in (EOFError, ConnectionResetError)
    assert other == "welcome"


def challenge_by(digest, connection):
    return deliver_challenge(connection, KEY, digest_name=digest)


@claim("PI29")
@refuted(
    where=OLD_CHALLENGE,
    because="3.12 added the digest to the challenge (gh-61460); it was HMAC-MD5 before",
)
def test_a_challenge_may_name_its_digest(background, evidence):
    """deliver_challenge(digest_name=...) makes the other side answer by that digest.

    TypeError before 3.12, where it was always HMAC-MD5, which FIPS builds of OpenSSL refuse
    (gh-61460).  Since 3.12 it is sha256 unless another is named.
    """
    answers = {}
    for digest in ("sha256", "sha384", "sha3_256"):
        near, far = Pipe()
        with near, far:
            answering = background(outcome, answer_challenge, far, KEY)
            delivered = outcome(challenge_by, digest, near)
            near.close()  # so that the other side does not wait if there was no challenge
            answers[digest] = delivered if delivered else answering.result()
    evidence(answers=answers)
    control(
        all(answer is None or type(answer) is TypeError for answer in answers.values()),
        f"{answers!r}",
    )
    assert list(answers.values()) == [None] * 3


@claim("PI30")
@unix_sockets_only
def test_client_goes_by_the_address_alone(background, evidence):
    """Client() goes by the form of its address, even if family says something else.

    A tuple is TCP, a string a Unix socket, all else a TypeError.  "The type of the connection
    is determined by family argument", says the documentation; that is so for Listener(), where
    an unknown family is a ValueError.
    """
    got = []
    with Listener(family="AF_UNIX") as unix, Listener(family="AF_INET") as tcp:
        for listener, family in ((tcp, "AF_UNIX"), (unix, "AF_INET"), (tcp, None)):
            with Client(listener.address, family=family) as client, listener.accept() as accepted:
                client.send(family)
                got.append(accepted.recv())
    unknown = outcome(Listener, family="AF_INET6"), outcome(Client, 7)
    evidence(got=got, unknown=unknown)
    assert got == ["AF_UNIX", "AF_INET", None]
    assert [type(refusal) for refusal in unknown] == [ValueError, TypeError]
