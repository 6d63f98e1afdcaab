"""Counterfeits for the claims of library/multiprocessing/test_pool_failures.py."""

from .. import counterfeit


@counterfeit("PO03")
def an_exception_that_cannot_be_unpickled_is_an_error_of_get():
    """What cannot be un-pickled is a RuntimeError with its text."""
    from multiprocessing.pool import ExceptionWithTraceback

    ExceptionWithTraceback.__reduce__ = lambda self: (RuntimeError, (repr(self.exc),))


@counterfeit("X08")
def exceptions_of_callbacks_are_swallowed():
    """A callback that raises does no harm."""
    from multiprocessing.pool import ApplyResult

    make = ApplyResult.__init__

    def safe(callback):
        def call(value):
            try:
                callback(value)
            except Exception:  # noqa: BLE001
                return

        return callback and call

    ApplyResult.__init__ = lambda self, pool, callback, error_callback: make(
        self, pool, safe(callback), safe(error_callback)
    )
