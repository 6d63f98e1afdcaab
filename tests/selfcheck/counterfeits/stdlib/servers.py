"""Counterfeits for the claims of library/stdlib/test_servers.py."""

from .. import counterfeit
from ..facts import FORK, VERSION
from ..patching import patch


@counterfeit("STDLIB31")
def every_server_has_threads():
    """A plain TCPServer handles each request in a thread."""
    import socketserver
    from threading import Thread

    def change(_):
        def process(self, request, address):
            work = socketserver.BaseServer.process_request
            if type(self).__name__ in ("TCPServer", "HTTPServer") and not hasattr(self, "inline"):
                Thread(target=work, args=(self, request, address), daemon=True).start()
            else:
                work(self, request, address)

        return process

    socketserver.TCPServer.process_request = change(None)


@counterfeit("STDLIB32")
def shutdown_does_not_wait():
    """BaseServer.shutdown() returns at once."""

    def change(_):
        def ask(self):
            self._BaseServer__shutdown_request = True

        return ask

    patch("socketserver.BaseServer", shutdown=change)


@counterfeit("STDLIB33", where=FORK)
def a_forking_server_does_not_fork():
    """A ForkingTCPServer handles requests itself."""
    import socketserver

    patch(
        "socketserver.ForkingMixIn",
        process_request=lambda _: socketserver.BaseServer.process_request,
    )


@counterfeit("STDLIB34")
def closing_a_server_waits_for_nothing():
    """server_close() does not wait for threads."""
    import socketserver

    socketserver.ThreadingMixIn.block_on_close = False


@counterfeit("STDLIB59")
def servers_have_the_other_queue():
    """A TCPServer has a long queue up to 3.14, and one of 5 from 3.15."""
    import socketserver

    socketserver.TCPServer.request_queue_size = 128 if VERSION < (3, 15) else 5
