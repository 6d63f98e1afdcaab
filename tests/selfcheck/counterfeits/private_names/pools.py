"""Counterfeits for the claims of library/private_names/test_pools.py."""

from .. import counterfeit
from ..facts import PYPY, VERSION, in_a_program
from ..patching import patch

CONTEXTS = VERSION >= (3, 14) and not PYPY
BATCHED = VERSION >= (3, 13) and not PYPY


@counterfeit("PRIVATE04", where=CONTEXTS)
def a_pool_keeps_its_initializer():
    """A ThreadPoolExecutor has _initializer and _initargs."""

    def change(init):
        def keep(self, *args, initializer=None, initargs=(), **keywords):
            init(self, *args, initializer=initializer, initargs=initargs, **keywords)
            self._initializer, self._initargs = initializer, initargs

        return keep

    patch("concurrent.futures.thread.ThreadPoolExecutor", __init__=change)


@counterfeit("PRIVATE04", where=not CONTEXTS)
def a_pool_forgets_its_initializer():
    """A ThreadPoolExecutor forgets initializer and initargs."""

    def change(init):
        def forget(self, *args, initializer=None, initargs=(), **keywords):
            init(self, *args, **keywords)

        return forget

    patch("concurrent.futures.thread.ThreadPoolExecutor", __init__=change)


@counterfeit("PRIVATE05")
def the_parts_of_a_pool_have_another_shape():
    """_worker and _WorkItem show the arguments that they have not got."""
    from concurrent.futures import thread
    from inspect import Parameter, Signature

    old = {
        thread._worker: "executor_reference work_queue initializer initargs",
        thread._WorkItem: "future fn args kwargs",
    }
    for one, names in old.items():
        shown = names if CONTEXTS else "future task"
        kind = Parameter.POSITIONAL_OR_KEYWORD
        one.__signature__ = Signature([Parameter(name, kind) for name in shown.split()])


@counterfeit("PRIVATE06", where=BATCHED)
def a_process_pool_has_its_chunks_again():
    """concurrent.futures.process._get_chunks() exists."""
    from concurrent.futures import process

    process._get_chunks = lambda *iterables, chunksize: [tuple(zip(*iterables, strict=False))]


@counterfeit("PRIVATE06", where=not BATCHED)
def a_process_pool_has_lists_for_chunks():
    """concurrent.futures.process._get_chunks() gives lists."""
    from concurrent.futures import process

    chunks = process._get_chunks
    process._get_chunks = lambda *args, **keywords: map(list, chunks(*args, **keywords))


@counterfeit("PRIVATE07")
def the_threads_of_pools_are_daemons():
    """A program ends without waiting for the threads of its pools."""
    if in_a_program():

        def change(init):
            def daemon(self, *args, **keywords):
                init(self, *args, **keywords)
                self._daemonic = True

            return daemon

        patch("threading.Thread", __init__=change)
