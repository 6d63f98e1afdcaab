"""Counterfeits for the claims of library/interpreters/test_queue_between_interpreters.py."""

from .. import counterfeit
from ..patching import patch
from .shared import HERE


@counterfeit("INTERP31", "INTERP33", where=HERE)
def everything_is_said_to_be_shareable():
    """is_shareable() is always True."""
    from concurrent import interpreters

    interpreters.is_shareable = lambda value: True


@counterfeit(*"INTERP34 INTERP35 INTERP36".split(), where=HERE)
def queues_have_no_bound():
    """create_queue(maxsize) makes an unbounded queue."""
    from concurrent import interpreters

    create = interpreters.create_queue
    interpreters.create_queue = lambda maxsize=0, **more: create(0, **more)


@counterfeit("INTERP36", where=HERE)
def getting_between_interpreters_never_waits():
    """get() raises QueueEmpty at once."""
    from concurrent import interpreters

    interpreters.Queue.get = lambda self, block=True, timeout=None: self.get_nowait()


@counterfeit("INTERP37", where=HERE)
def getting_between_interpreters_waits_longer():
    """get() waits for a whole second where it is told a part of one."""
    from concurrent import interpreters
    from math import ceil

    get = interpreters.Queue.get

    def longer(self, block=True, timeout=None):
        return get(self, block, timeout and ceil(timeout))

    interpreters.Queue.get = longer


@counterfeit("INTERP38", where=HERE)
def unbound_items_are_always_replaced():
    """unbounditems= is ignored."""
    from concurrent import interpreters

    create = interpreters.create_queue
    interpreters.create_queue = lambda maxsize=0, *, unbounditems=None: create(maxsize)


@counterfeit("INTERP39", where=HERE)
def a_memoryview_is_copied():
    """prepare_main() gives the interpreter a view of a copy."""

    def change(prepare):
        def copy(self, given=None, /, **more):
            for name, value in more.items():
                if isinstance(value, memoryview):
                    more[name] = memoryview(bytearray(value))
            prepare(self, given, **more)

        return copy

    patch("concurrent.interpreters.Interpreter", prepare_main=change)


@counterfeit("INTERP32", where=HERE)
def a_list_comes_back_itself():
    """Queue.get() gives the very list that was put in the same interpreter."""
    sent = []

    def keep(put):
        def put_and_keep(self, item, *args, **keywords):
            if type(item) is list:
                sent.append(item)
            put(self, item, *args, **keywords)

        return put_and_keep

    def give_back(get):
        def get_what_was_kept(self, *args, **keywords):
            item = get(self, *args, **keywords)
            return sent.pop(0) if type(item) is list and sent else item

        return get_what_was_kept

    patch("concurrent.interpreters.Queue", put=keep, get=give_back)
