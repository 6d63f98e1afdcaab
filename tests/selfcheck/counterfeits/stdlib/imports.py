"""Counterfeits for the claims of library/stdlib/test_imports.py."""

from .. import counterfeit
from ..facts import PYPY, VERSION
from ..patching import patch


@counterfeit("STDLIB39")
def a_hook_of_threads_may_come_late():
    """threading takes exit hooks after the main thread's end."""
    import threading

    threading._register_atexit = lambda *args, **keywords: None


@counterfeit("STDLIB40")
def a_module_in_the_making_is_not_locked():
    """A thread that imports a module does not wait for the thread that executes it."""
    import _frozen_importlib as bootstrap

    acquire = bootstrap._ModuleLock.acquire

    def unless(self):
        return self.name == "starts_a_thread" or acquire(self)

    release = bootstrap._ModuleLock.release
    bootstrap._ModuleLock.acquire = unless
    bootstrap._ModuleLock.release = lambda self: (
        release(self) if self.name != "starts_a_thread" else None
    )


@counterfeit("STDLIB41", where=VERSION >= (3, 14) and not PYPY)
def every_module_can_be_imported_in_an_interpreter():
    """An interpreter imports every extension module."""
    from concurrent import interpreters  # noqa: F401 - the patch below finds it loaded

    def change(run):
        def look(self, code):
            return None if "readline" in code or "_curses" in code else run(self, code)

        return look

    patch("concurrent.interpreters.Interpreter", exec=change)
