"""Counterfeits for the claims of library/futures/test_wait.py."""

from .. import counterfeit
from ..patching import patch


def _wait(change):
    """Replace wait()."""
    import concurrent.futures
    from concurrent.futures import _base

    concurrent.futures.wait = _base.wait = change(_base.wait)


@counterfeit("FUTURE27")
def waiting_for_the_first_waits_for_all():
    """wait() waits for all, whatever it should wait for."""
    _wait(lambda wait: lambda fs, timeout=None, return_when="ALL_COMPLETED": wait(fs, timeout))


@counterfeit("FUTURE28")
def waiting_for_an_exception_waits_for_anything():
    """wait(return_when=FIRST_EXCEPTION) returns with the first that is done."""

    def change(wait):
        def hasty(fs, timeout=None, return_when="ALL_COMPLETED"):
            return wait(fs, timeout, return_when.replace("FIRST_EXCEPTION", "FIRST_COMPLETED"))

        return hasty

    _wait(change)


@counterfeit("FUTURE29", "FUTURE28")
def waiting_for_all_waits_for_one():
    """wait() returns with the first that is done."""

    def change(wait):
        def hasty(fs, timeout=None, return_when=""):
            return wait(fs, timeout, "FIRST_COMPLETED")

        return hasty

    _wait(change)


@counterfeit("FUTURE30", "FUTURE34", "FUTURE35")
def waiting_in_vain_raises():
    """wait() raises TimeoutError if the time is over before it has what it waits for."""

    def change(wait):
        def strict(*args, **options):
            got = wait(*args, **options)
            if got.not_done:
                raise TimeoutError
            return got

        return strict

    _wait(change)


@counterfeit("FUTURE30")
def waiting_takes_no_notice_of_the_time():
    """wait() waits as long as it takes, unless its timeout is 0."""

    def change(wait):
        def patient(fs, timeout=None, return_when="ALL_COMPLETED"):
            return wait(fs, timeout and None, return_when)

        return patient

    _wait(change)


@counterfeit("FUTURE32")
def waiting_takes_any_condition():
    """wait() takes a condition that it does not know for ALL_COMPLETED."""

    def change(wait):
        def tolerant(fs, timeout=None, return_when=""):
            known = return_when in ("FIRST_COMPLETED", "FIRST_EXCEPTION")
            return wait(fs, timeout, return_when if known else "ALL_COMPLETED")

        return tolerant

    _wait(change)


@counterfeit("FUTURE31", "FUTURE33")
def waiting_returns_lists():
    """wait() returns two lists."""
    _wait(lambda wait: lambda *args, **options: tuple(map(list, wait(*args, **options))))


@counterfeit("FUTURE34", "FUTURE35", "FUTURE25")
def cancelling_notifies_those_who_wait():
    """A cancelled future counts at once for wait() and as_completed()."""

    def change(cancel):
        def notify(self):
            cancelled = cancel(self)
            if cancelled and self._state == "CANCELLED":
                begin(self)
            return cancelled

        return notify

    from concurrent.futures import Future

    begin = Future.set_running_or_notify_cancel
    patch("concurrent.futures.Future", cancel=change)
    patch(
        "concurrent.futures.Future",
        set_running_or_notify_cancel=lambda begin: (
            lambda self: False if self.cancelled() else begin(self)
        ),
    )
