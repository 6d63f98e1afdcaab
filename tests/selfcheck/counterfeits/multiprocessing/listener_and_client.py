"""Counterfeits for the claims of library/multiprocessing/test_listener_and_client.py."""

from .. import counterfeit
from ..facts import VERSION
from ..patching import patch


@counterfeit("LISTEN01", "LISTEN07")
def a_wrong_key_is_a_value_error():
    """A wrong authkey raises ValueError."""
    from multiprocessing import connection

    connection.AuthenticationError = ValueError


@counterfeit("LISTEN01", "LISTEN07")
def only_the_listener_refuses():
    """Who answers a challenge does not look at the verdict."""
    from multiprocessing import connection

    answer = connection.answer_challenge

    def trust(link, authkey):
        try:
            answer(link, authkey)
        except connection.AuthenticationError:
            return

    connection.answer_challenge = trust


@counterfeit("LISTEN08")
def what_is_no_challenge_is_an_error_of_another_type():
    """A message in the place of a challenge raises what it does in other versions."""
    from multiprocessing import connection

    answer = connection.answer_challenge

    def other(link, authkey):
        try:
            answer(link, authkey)
        except AssertionError as error:
            raise connection.AuthenticationError(str(error)) from None
        except connection.AuthenticationError as error:
            if "expected challenge" in str(error):
                raise AssertionError(str(error)) from None
            raise

    connection.answer_challenge = other


@counterfeit("LISTEN08")
def a_client_believes_every_listener():
    """A Client() answers the challenge of the listener, and takes any answer to its own."""
    from multiprocessing import connection

    original = connection.Client

    def client(address, family=None, authkey=None):
        link = original(address, family)
        if authkey is not None:
            connection.answer_challenge(link, authkey)
            link.send_bytes(b"#CHALLENGE#" + bytes(20))
            link.recv_bytes(256)
            link.send_bytes(b"#WELCOME#")
        return link

    connection.Client = client


@counterfeit("LISTEN10")
def every_challenge_asks_for_the_same_digest():
    """deliver_challenge() takes the name of a digest and ignores it."""
    from multiprocessing import connection

    deliver = connection.deliver_challenge
    connection.deliver_challenge = lambda link, authkey, digest_name="": deliver(link, authkey)


@counterfeit("LISTEN02", "LISTEN05")
def a_listener_is_never_closed():
    """Listener.close() does nothing."""
    patch("multiprocessing.connection.Listener", close=lambda close: lambda self: None)


@counterfeit("LISTEN02")
def the_socket_of_a_listener_stays():
    """Listener.close() leaves the name of its Unix socket behind."""
    from multiprocessing import connection

    init = connection.SocketListener.__init__

    def keep(self, *args, **kwargs):
        init(self, *args, **kwargs)
        if self._unlink is not None:
            self._unlink.cancel()

    connection.SocketListener.__init__ = keep


@counterfeit("LISTEN05")
def a_closed_listener_raises_valueerror():
    """accept() of a closed Listener raises ValueError."""

    def change(accept):
        def other(self):
            if self._listener is None:
                raise ValueError("listener is closed")
            return accept(self)

        return other

    patch("multiprocessing.connection.Listener", accept=change)


@counterfeit("LISTEN03")
def children_have_keys_of_their_own():
    """The authkey of a child is not that of its parent."""
    from multiprocessing import process

    key = process.BaseProcess.authkey

    def own(self):
        return process.AuthenticationString(b"own" if process.parent_process() else key.fget(self))

    process.BaseProcess.authkey = property(own, key.fset)


@counterfeit("LISTEN04")
def a_listener_tells_the_port_it_was_given():
    """Listener.address is what the Listener was made with."""
    from multiprocessing import connection

    init = connection.SocketListener.__init__

    def keep(self, address, *args):
        init(self, address, *args)
        self._address = address

    connection.SocketListener.__init__ = keep


@counterfeit("LISTEN04", "LISTEN02")
def nobody_was_last_accepted():
    """Listener.last_accepted is always None."""
    from multiprocessing.connection import Listener

    Listener.last_accepted = property(lambda self: None)


@counterfeit("LISTEN06")
def any_number_of_clients_may_wait():
    """The backlog of a Listener is 100."""
    patch(
        "multiprocessing.connection.Listener",
        __init__=lambda init: (
            lambda self, address=None, family=None, backlog=1, authkey=None: init(
                self, address, family, 100, authkey
            )
        ),
    )


@counterfeit("LISTEN06")
def one_client_may_wait():
    """The backlog of a Listener is 1."""
    patch(
        "multiprocessing.connection.Listener",
        __init__=lambda init: (
            lambda self, address=None, family=None, backlog=1, authkey=None: init(
                self, address, family, 1, authkey
            )
        ),
    )


@counterfeit("LISTEN09")
def accept_skips_who_is_gone():
    """accept() goes on to the next client if one closes without an answer."""

    def change(accept):
        def skip(self):
            while True:
                try:
                    return accept(self)
                except (EOFError, ConnectionResetError):
                    continue

        return skip

    patch("multiprocessing.connection.Listener", accept=change)


@counterfeit("LISTEN11")
def client_goes_by_its_family():
    """Client() raises ValueError if the address is not of the family."""
    from multiprocessing import connection

    client = connection.Client

    def strict(address, family=None, authkey=None):
        if family and family != connection.address_type(address):
            raise ValueError("the address is of another family")
        return client(address, family, authkey)

    connection.Client = strict


@counterfeit("LISTEN12")
def an_empty_key_matters_the_other_way():
    """An empty key is none to both sides where it was to one, and to one where it was to none."""
    from multiprocessing import connection

    if VERSION >= (3, 12, 3) or (3, 11, 9) <= VERSION < (3, 12):
        accept = connection.Listener.accept

        def accept_without_key(self):
            self._authkey = self._authkey or None
            return accept(self)

        connection.Listener.accept = accept_without_key
        return
    client = connection.Client

    def connect_without_key(address, family=None, authkey=None):
        return client(address, family, authkey or None)

    connection.Client = connect_without_key
