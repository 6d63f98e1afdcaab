"""Counterfeits for the claims of library/atomicity/test_finalisers.py."""

from .. import counterfeit
from ..facts import GIL, PYPY, VERSION, in_a_program
from .shared import replace_method


@counterfeit("FINAL03")
def collecting_garbage_does_nothing():
    """gc.collect() collects nothing."""
    import gc

    gc.collect = lambda generation=2: 0


@counterfeit("FINAL02", "FINAL03")
def weak_references_are_strong():
    """weakref.ref keeps its object alive for the specs."""
    import sys
    import weakref

    original = weakref.ref

    class Strong(original):
        def __new__(cls, thing, *callback):
            caller = sys._getframe(1).f_globals.get("__name__", "")
            if caller.startswith("tests.library.atomicity"):
                return lambda: thing
            return original.__new__(cls, thing, *callback)

    weakref.ref = Strong


@counterfeit("FINAL08", where=VERSION >= (3, 13))
def what_a_finaliser_cannot_do_is_not_told():
    """Errors in finalisers are not printed."""
    import sys

    sys.unraisablehook = lambda _: None


@counterfeit("FINAL09", where=VERSION < (3, 14))
def files_have_a_large_buffer():
    """open() gives each file that is written a buffer of 128 KiB."""
    import builtins

    original = builtins.open

    def new(file, mode="r", *args, **keywords):
        if mode == "wb" and not args:
            keywords.setdefault("buffering", 131_072)
        return original(file, mode, *args, **keywords)

    builtins.open = new


@counterfeit("FINAL05")
def ids_are_never_used_again():
    """id() counts: no two calls give the same number."""
    import builtins
    import itertools

    numbers, original = itertools.count(1), builtins.id

    def new(thing):
        return next(numbers) if type(thing) is object else original(thing)

    builtins.id = new


@counterfeit("FINAL06")
def a_weak_dictionary_holds_its_values():
    """weakref.WeakValueDictionary is an ordinary dict."""
    import weakref

    weakref.WeakValueDictionary = type("Strong", (dict,), {})


@counterfeit("FINAL01")
def files_stay_open():
    """A file that was opened stays open and unwritten until the garbage collector runs."""
    import builtins
    import gc

    kept, original, collect = [], builtins.open, gc.collect

    def keep(*args, **kwargs):
        kept.append(original(*args, **kwargs))
        return kept[-1]

    def collect_all(*generation):
        kept.clear()
        return collect(*generation)

    if in_a_program():
        builtins.open, gc.collect = keep, collect_all


@counterfeit("FINAL04", "FINAL07", where=GIL)
def a_cleared_list_keeps_its_items_for_a_while():
    """What list.clear() drops is freed by the next garbage collection."""
    import gc

    kept, collect = [], gc.collect

    def make(clear):
        def clear_later(self):
            kept.extend(self)
            clear(self)

        return clear_later

    def collect_all(*generation):
        del kept[:]
        return collect(*generation)

    replace_method(list, "clear", make)
    gc.collect = collect_all


@counterfeit("FINAL04", "FINAL07", where=not GIL)
def clearing_a_list_collects_garbage():
    """list.clear() collects garbage, in the thread that calls it."""
    import gc

    def make(clear):
        def clear_and_collect(self):
            clear(self)
            gc.collect()

        return clear_and_collect

    replace_method(list, "clear", make)


@counterfeit("FINAL10", where=not PYPY)
def a_client_goes_while_imports_work():
    """The object that a program calls client is freed among the atexit handlers."""
    import atexit
    import sys

    atexit.register(lambda: vars(sys.modules["__main__"]).pop("client", None))


@counterfeit("FINAL10", where=PYPY)
def a_client_is_deleted_at_exit():
    """The __del__ of the object that a program calls client is called at exit."""
    import atexit
    import sys

    def delete():
        client = getattr(sys.modules["__main__"], "client", None)
        getattr(client, "__del__", int)()

    atexit.register(delete)
