"""Counterfeits for the claims of library/webassembly/test_threads.py."""

from .. import counterfeit
from ..facts import WEBASSEMBLY


@counterfeit("WASM01", where=WEBASSEMBLY)
def a_low_level_thread_runs_at_once():
    """_thread.start_new_thread() calls the function."""
    import _thread

    _thread.start_new_thread = lambda function, arguments: function(*arguments)


@counterfeit("WASM02", where=WEBASSEMBLY)
def submit_calls_the_function():
    """ThreadPoolExecutor.submit() calls the function itself."""
    from concurrent.futures import ThreadPoolExecutor

    ThreadPoolExecutor.submit = lambda self, function, *arguments: function(*arguments)


@counterfeit("WASM03", where=WEBASSEMBLY)
def threads_have_native_ids():
    """threading.get_native_id() exists."""
    import threading

    threading.get_native_id = threading.get_ident


@counterfeit("WASM04", where=WEBASSEMBLY)
def the_platform_has_another_name():
    """sys.platform is "wasi"."""
    import sys

    sys.platform = "wasi"


@counterfeit("WASM05", where=WEBASSEMBLY)
def interpreters_can_be_imported():
    """concurrent.interpreters can be imported."""
    import sys

    sys.modules["concurrent.interpreters"] = sys
