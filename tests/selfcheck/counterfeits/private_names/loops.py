"""Counterfeits for the claims of library/private_names/test_loops.py."""

from .. import counterfeit
from ..facts import PYPY, VERSION

PER_THREAD = VERSION >= (3, 14) and not PYPY
SEVERAL_SETS = VERSION >= (3, 12) and not PYPY


class _Current(dict):
    """Has the current task for its only value."""

    def values(self):
        import asyncio

        return [asyncio.current_task()]


class _All:
    """Has all tasks of the running loop."""

    def __iter__(self):
        import asyncio

        return iter(asyncio.all_tasks())


@counterfeit("PRIVATE08", where=PER_THREAD)
def asyncio_keeps_the_current_task_again():
    """asyncio.tasks._current_tasks has the running task."""
    import asyncio.tasks

    asyncio.tasks._current_tasks = _Current()


@counterfeit("PRIVATE08", where=not PER_THREAD)
def asyncio_keeps_the_current_task_elsewhere():
    """asyncio.tasks._current_tasks is another dict than the one in use."""
    import asyncio.tasks

    asyncio.tasks._current_tasks = {}


@counterfeit("PRIVATE09", where=SEVERAL_SETS)
def asyncio_keeps_all_tasks_again():
    """asyncio.tasks._all_tasks has all tasks."""
    import asyncio.tasks

    asyncio.tasks._all_tasks = _All()


@counterfeit("PRIVATE09", where=not SEVERAL_SETS)
def asyncio_keeps_all_tasks_elsewhere():
    """asyncio.tasks._all_tasks is another set than the one in use."""
    import asyncio.tasks

    asyncio.tasks._all_tasks = set()


@counterfeit("PRIVATE10")
def inspect_knows_the_mark():
    """inspect.iscoroutinefunction() sees asyncio's mark."""
    import asyncio.coroutines
    import inspect

    known = inspect.iscoroutinefunction

    def look(function):
        mark = getattr(function, "_is_coroutine", None)
        return known(function) or mark is asyncio.coroutines._is_coroutine

    inspect.iscoroutinefunction = look


@counterfeit("PRIVATE11", where=PER_THREAD)
def asyncio_has_its_base_for_policies_again():
    """asyncio.events.BaseDefaultEventLoopPolicy exists."""
    from asyncio import events

    events.BaseDefaultEventLoopPolicy = events._BaseDefaultEventLoopPolicy


@counterfeit("PRIVATE11", where=not PER_THREAD)
def asyncio_hides_its_base_for_policies():
    """asyncio.events.BaseDefaultEventLoopPolicy has another name."""
    from asyncio import events

    events._BaseDefaultEventLoopPolicy = events.BaseDefaultEventLoopPolicy
    del events.BaseDefaultEventLoopPolicy


@counterfeit("PRIVATE16")
def a_lock_takes_a_loop():
    """asyncio.Lock and the others take a loop, and ignore it."""
    import asyncio

    for name in ("Lock", "Event", "Condition", "Semaphore", "Queue"):
        kind = getattr(asyncio, name)
        init = kind.__init__

        def taking(self, *args, init=init, loop=None, **keywords):
            init(self, *args, **keywords)

        kind.__init__ = taking


@counterfeit("PRIVATE17", where=VERSION >= (3, 11))
def asyncio_has_its_decorator_again():
    """asyncio.coroutine is types.coroutine."""
    import asyncio
    import types

    asyncio.coroutine = types.coroutine


@counterfeit("PRIVATE17", where=VERSION < (3, 11))
def asyncio_has_no_decorator():
    """asyncio.coroutine is gone, as from 3.11 on."""
    import asyncio

    del asyncio.coroutine


@counterfeit("PRIVATE18", where=VERSION >= (3, 12))
def asyncore_is_back():
    """Empty modules are called asyncore and asynchat."""
    import sys
    import types

    for name in ("asyncore", "asynchat"):
        sys.modules[name] = types.ModuleType(name)


@counterfeit("PRIVATE18", where=VERSION < (3, 12))
def asyncore_is_gone():
    """Nothing called asyncore or asynchat can be imported."""
    import sys

    sys.modules["asyncore"] = sys.modules["asynchat"] = None


@counterfeit("PRIVATE32", where=VERSION >= (3, 12))
def imp_is_back():
    """Empty modules are called imp and distutils."""
    import sys
    import types

    for name in ("imp", "distutils"):
        sys.modules[name] = types.ModuleType(name)


@counterfeit("PRIVATE32", where=VERSION < (3, 12))
def imp_is_gone():
    """Nothing called imp or distutils can be imported."""
    import sys

    sys.modules["imp"] = sys.modules["distutils"] = None


@counterfeit("PRIVATE20", where=PER_THREAD)
def current_task_asks_pure_python_too():
    """asyncio.current_task() sees tasks in pure Python again."""
    import asyncio

    fast, pure = asyncio.current_task, asyncio.tasks._py_current_task
    asyncio.current_task = lambda loop=None: fast(loop) or pure(loop)


@counterfeit("PRIVATE20", where=not PER_THREAD)
def current_task_omits_tasks_in_pure_python():
    """asyncio.current_task() returns None in a task that was made by asyncio.tasks._PyTask."""
    import asyncio

    class Unseen(asyncio.tasks._PyTask):
        pass

    def seen(loop=None):
        task = current(loop)
        return None if isinstance(task, Unseen) else task

    current = asyncio.current_task
    asyncio.current_task, asyncio.tasks._PyTask = seen, Unseen


@counterfeit("PRIVATE21", where=PER_THREAD)
def a_single_step_makes_the_loop_the_running_one():
    """loop._run_once() makes its loop the running one."""
    import asyncio

    step = asyncio.BaseEventLoop._run_once

    def run_once(self):
        before = asyncio._get_running_loop()
        asyncio._set_running_loop(self)
        try:
            step(self)
        finally:
            asyncio._set_running_loop(before)

    asyncio.BaseEventLoop._run_once = run_once


@counterfeit("PRIVATE21", where=not PER_THREAD)
def a_single_step_outside_of_a_run_is_refused():
    """loop._run_once() tells its exception handler, and calls nothing, unless its loop runs."""
    import asyncio

    step = asyncio.BaseEventLoop._run_once

    def run_once(self):
        if asyncio._get_running_loop() is self:
            step(self)
        else:
            error = RuntimeError(f"loop {self!r} is not the running loop")
            self.call_exception_handler({"message": "refused", "exception": error})

    asyncio.BaseEventLoop._run_once = run_once


@counterfeit("PRIVATE22", where=VERSION >= (3, 11))
def the_ssl_protocol_is_the_old_one():
    """asyncio.sslproto has the names that it had in 3.10."""
    from asyncio import sslproto

    sslproto._SSLPipe = type("_SSLPipe", (), {})
    sslproto.SSLProtocol.data_received = sslproto.SSLProtocol.buffer_updated


@counterfeit("PRIVATE22", where=VERSION < (3, 11))
def the_ssl_protocol_is_the_new_one():
    """asyncio.sslproto lacks the names that 3.11 took away."""
    from asyncio import sslproto

    del sslproto._SSLPipe, sslproto.SSLProtocol.data_received


@counterfeit("PRIVATE27")
def a_selector_finds_another_key():
    """Selectors have _key_from_fd(), which finds a key: where they have it, another one."""
    import selectors

    base = selectors._BaseSelectorImpl
    real = getattr(base, "_key_from_fd", None)

    def find(self, descriptor):
        key = self._fd_to_key[descriptor]
        return key._replace(data=1) if real else key

    base._key_from_fd = find
