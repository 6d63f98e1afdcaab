"""Counterfeits for the claims of library/classic/test_check_then_act.py."""

from .. import counterfeit
from ..facts import PYPY
from ..patching import Wrapped, patch
from .shared import called_by, here_only, replace_locks


@counterfeit("CLASSIC20")
def an_empty_queue_gives_none():
    """Queue.get_nowait() returns None if the queue is empty."""

    def change(get_nowait):
        return lambda self: get_nowait(self) if self.qsize() else None

    patch("queue.Queue", get_nowait=here_only("test_check_then_act", change))


@counterfeit("CLASSIC21")
def a_with_on_a_lock_does_not_wait():
    """A "with" on a Lock that is held lets a second thread in."""

    class Open(Wrapped):
        def __enter__(self):
            return True

        def __exit__(self, *error):
            pass

    replace_locks("test_check_then_act", Open)


@counterfeit("CLASSIC22", where=not PYPY)
def a_dict_is_not_updated():
    """dict.update() does nothing."""
    from ..atomicity.shared import replace_method

    def make(update):
        def update_elsewhere(self, *args, **kwargs):
            if not called_by("test_check_then_act"):
                update(self, *args, **kwargs)

        return update_elsewhere

    replace_method(dict, "update", make)
