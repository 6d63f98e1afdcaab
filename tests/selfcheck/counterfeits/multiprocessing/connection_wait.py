"""Counterfeits for the claims of library/multiprocessing/test_connection_wait.py."""

from .. import counterfeit


@counterfeit("PIPE01")
def wait_returns_one_object():
    """wait() returns the first object that is ready."""
    from multiprocessing import connection

    wait = connection.wait
    connection.wait = lambda objects, timeout=None: wait(objects, timeout)[:1]


@counterfeit("PIPE01", "PIPE02", "PIPE03")
def wait_returns_all_objects():
    """wait() returns all objects once one is ready."""
    from multiprocessing import connection

    wait = connection.wait

    def every(objects, timeout=None):
        objects = list(objects)
        return objects if wait(objects, timeout) else []

    connection.wait = every


@counterfeit("PIPE01", "PIPE02")
def wait_ignores_its_timeout():
    """wait() waits until something is ready."""
    from multiprocessing import connection

    wait = connection.wait
    connection.wait = lambda objects, timeout=None: wait(objects) if objects else []


@counterfeit("PIPE01", "PIPE02")
def wait_does_not_wait():
    """wait() returns what is ready at once."""
    from multiprocessing import connection

    wait = connection.wait
    connection.wait = lambda objects, timeout=None: wait(objects, 0)


@counterfeit("PIPE03")
def wait_returns_descriptors():
    """wait() returns the numbers of the descriptors that are ready."""
    from multiprocessing import connection

    wait = connection.wait
    connection.wait = lambda objects, timeout=None: [
        one if isinstance(one, int) else one.fileno() for one in wait(objects, timeout)
    ]
