"""What a child finds in memory: what its parent changed in modules, settings and arguments.

The claims on the default start method are those that programs for Python 3.13 on Linux rely on.

Source: https://docs.python.org/3/library/multiprocessing.html#contexts-and-start-methods
"""

import contextvars
import decimal
import functools
import gc
import importlib
import io
import locale
import logging
import mmap
import multiprocessing
import os
import random
import signal
import socket
import sys
import textwrap
import threading
import types
import warnings

from tests.harness import (
    DEFAULT_START_METHOD,
    Inconclusive,
    cases,
    claim,
    concerns,
    control,
    in_the_main_thread,
    joined,
    outcome,
    predicts,
    refuted,
)
from tests.library.multiprocessing.inheriting import (
    found,
    found_by_children,
    in_a_default_child,
    start_the_fork_server,
)
from tests.library.multiprocessing.starting import FORKS_BY_DEFAULT, METHODS, needs_a_copy

# Before 3.11.8 and 3.12.2 a child that is forked in a thread which threading has not made may exit
# with 1 (gh-102512).
every_spec = [in_the_main_thread]

setting = "as imported"
registry = ["as imported"]
imported_by = os.getpid()
lock = threading.Lock()
local = threading.local()
variable = contextvars.ContextVar("variable", default="default")
generator = random.Random(7)
seeded_likewise = random.Random(7)
FIRST, _, THIRD = [seeded_likewise.random() for _ in range(3)]
#: What a default child draws.
DRAWN = THIRD if FORKS_BY_DEFAULT else FIRST

#: Locales of which most systems have one (macOS has C.UTF-8 since 15).
LOCALES = ("C.UTF-8", "en_US.UTF-8", "en_GB.UTF-8", "de_DE.UTF-8", "en-US")


class Options:
    """A class whose attribute the parent changes."""

    level = "as imported"


@functools.lru_cache
def square(number):
    return number * number


def handle(_number, _frame):
    """Do nothing, on a signal."""


def change_everything():
    global setting
    setting = "changed"
    registry.append("changed")
    Options.level = "changed"
    textwrap.dedent = lambda _text: "patched"
    importlib.import_module("colorsys")
    sys.modules["made_at_run_time"] = types.ModuleType("made_at_run_time")
    square(3)
    square(4)
    local.value = "changed"
    variable.set("changed")
    decimal.getcontext().prec = 7
    random.seed(7)
    generator.random()
    sys.setrecursionlimit(1234)
    sys.setswitchinterval(0.0125)
    sys.excepthook = print
    sys.stdout = io.StringIO()
    gc.disable()
    socket.setdefaulttimeout(7.5)
    for name in LOCALES:
        if outcome(locale.setlocale, locale.LC_TIME, name) == name:
            break
    logging.getLogger().setLevel(logging.DEBUG)
    logging.getLogger().addHandler(logging.NullHandler())
    warnings.simplefilter("error", UserWarning)
    signal.signal(signal.SIGTERM, handle)
    lock.acquire()


def facts():
    """Return what this process finds, by name, as literals."""
    root = logging.getLogger()
    return {
        "global": setting,
        "registry": list(registry),
        "class attribute": Options.level,
        "patch": textwrap.dedent("original"),
        "loaded module": "colorsys" in sys.modules,
        "made module": repr(outcome(importlib.import_module, "made_at_run_time")),
        "cache": square.cache_info().currsize,
        "thread local": repr(outcome(getattr, local, "value")),
        "context variable": variable.get(),
        "decimal context": decimal.getcontext().prec,
        "generator": generator.random(),
        "random": random.random(),
        "recursion limit": sys.getrecursionlimit(),
        "switch interval": round(sys.getswitchinterval(), 6),
        "excepthook": sys.excepthook.__name__,
        "stdout": type(sys.stdout).__name__,
        "gc": gc.isenabled(),
        "socket timeout": socket.getdefaulttimeout(),
        "locale": locale.setlocale(locale.LC_TIME),
        "logging": (root.level, [type(handler).__name__ for handler in root.handlers]),
        "warnings filter": type(outcome(warnings.warn, "a warning")).__name__,
        "signal handler": getattr(signal.getsignal(signal.SIGTERM), "__name__", None),
        "lock is free": lock.acquire(False),
        "hash": hash("text"),
        "imported here": imported_by == os.getpid(),
    }


#: The facts that change_everything() changes.
CHANGED = (
    "global, registry, class attribute, patch, loaded module, made module, cache, thread local, "
    "context variable, decimal context, recursion limit, switch interval, excepthook, stdout, gc, "
    "socket timeout, locale, logging, warnings filter, signal handler, lock is free"
).split(", ")


def observe():
    """Change everything, and return the facts before, in children of each kind, and after."""
    start_the_fork_server()
    before = facts()
    lock.release()
    change_everything()
    return {"before": before, **found_by_children(tell_facts), "parent": facts()}


def tell_facts(sending):
    sending.send(facts())


@claim("INHERIT16")
@concerns("rebound global", "attribute of a global")
@predicts("RC03")
@needs_a_copy
def test_a_child_sees_a_changed_module_global(programs, evidence):
    """By default a child sees the value that a module's global has in the parent at start().

    From 3.14, on macOS since 3.8 and on Windows always, the child sees the value that the module
    gives it when it is imported: no error, just a wrong value.  So a child has no access to what is
    in the parent's memory, such as a configuration that was read or changed at run time.  3.14
    starts children by a fork server, which imports the module anew (gh-84559, "What's New In Python
    3.14").  Instead: pass the value, or use get_context("fork").
    """
    assert evidence(child=in_a_default_child(programs, observe, "global")) == "changed"


@claim("INHERIT17")
@concerns("filled global")
@predicts("RC03")
@needs_a_copy
def test_a_child_sees_what_was_registered_at_run_time(programs, evidence):
    """By default a child has what the parent appended to a module-level list before start().

    Registries, plug-in tables, caches and connection pools are such objects.  From 3.14, on macOS
    since 3.8 and on Windows always, the child finds them as the import makes them, often empty: a
    KeyError, or no error at all (gh-84559).  Instead: fill them at import, or in the target, or
    pass them.
    """
    child = evidence(child=in_a_default_child(programs, observe, "registry"))
    assert child == ["as imported", "changed"]


@claim("INHERIT18")
@concerns("attribute of a class")
@predicts("RC03")
@needs_a_copy
def test_a_child_sees_a_changed_class_attribute(programs, evidence):
    """By default a child sees a class attribute that the parent has set at run time.

    Configuration is often kept so: Options.level = 3.  From 3.14, on macOS since 3.8 and on Windows
    always, the child's class has what its body says (gh-84559), for an instance is pickled without
    the attributes of its class.  Instead: set the attribute on the instance, or pass the value.
    """
    assert evidence(child=in_a_default_child(programs, observe, "class attribute")) == "changed"


@claim("INHERIT19")
@predicts("RC03")
@needs_a_copy
def test_a_child_has_the_parents_patches(programs, evidence):
    """By default a function that the parent has patched at run time is patched in a child.

    Tests with unittest's mock.patch() or pytest's monkeypatch rely on it, and so do gevent and
    other libraries that patch.  From 3.14, on macOS since 3.8 and on Windows always, the patches
    and mocks of a test are not applied in its children, Pool and executor workers among them, which
    call the original (gh-84559).  Instead: patch when a module that the child needs is imported, or
    use get_context("fork").
    """
    assert evidence(child=in_a_default_child(programs, observe, "patch")) == "patched"


@claim("INHERIT20")
@needs_a_copy
def test_a_module_imported_at_run_time_is_loaded(programs, evidence):
    """By default a module that the parent has imported at run time is already loaded in a child.

    From 3.14, on macOS since 3.8 and on Windows always, each child imports for itself what its
    target needs, which takes time and repeats all side effects of the import (gh-84559).  To save
    the time, name the module in set_forkserver_preload().
    """
    assert evidence(loaded=in_a_default_child(programs, observe, "loaded module")) is True


@claim("INHERIT21")
@predicts("RC03")
@needs_a_copy
def test_a_module_made_at_run_time_can_be_imported(programs, evidence):
    """By default a child can import a module that the parent has put into sys.modules.

    Stubs, generated modules and aliases exist only there.  From 3.14, on macOS since 3.8 and on
    Windows always, the import in the child raises "ModuleNotFoundError: No module named ..."
    (gh-84559).  Instead: make them when a module that the child needs is imported.
    """
    module = evidence(child=in_a_default_child(programs, observe, "made module"))
    assert module == repr(types.ModuleType("made_at_run_time"))


@claim("INHERIT22")
@needs_a_copy
def test_a_child_starts_with_the_parents_cache(programs, evidence):
    """By default functools.lru_cache has in a child what it has cached in the parent.

    To warm a cache, or load a model, before the processes start saves time only under fork.  From
    3.14, on macOS since 3.8 and on Windows always, each child computes everything again: nothing
    fails, but it is slower and takes more memory (gh-84559).  Instead: fill the cache in the target
    or in a pool's initializer, or use get_context("fork").
    """
    assert evidence(cached=in_a_default_child(programs, observe, "cache")) == 2


@claim("INHERIT23")
@needs_a_copy
def test_a_child_has_the_values_of_threading_local(programs, evidence):
    """By default a child has the values that threading.local has in the thread that started it.

    A forked child is a copy of that thread.  From 3.14, on macOS since 3.8 and on Windows always,
    the attribute is missing: "AttributeError: '_thread._local' object has no attribute ..."
    (gh-84559).  Instead: pass the value.
    """
    assert evidence(child=in_a_default_child(programs, observe, "thread local")) == "'changed'"


@claim("INHERIT24")
@needs_a_copy
def test_a_child_has_the_values_of_context_variables(programs, evidence):
    """By default a child sees the value that a ContextVar has where the child is started.

    Request ids are often kept so.  From 3.14, on macOS since 3.8 and on Windows always, the child
    gets the variable's default, or a LookupError if it has none (gh-84559).  A context cannot be
    pickled.  Instead: pass the value and set it in the target.
    """
    assert evidence(child=in_a_default_child(programs, observe, "context variable")) == "changed"


@claim("INHERIT25")
@needs_a_copy
def test_a_child_computes_with_the_parents_decimal_context(programs, evidence):
    """By default a child computes decimals with the precision that the parent has set.

    From 3.14, on macOS since 3.8 and on Windows always, it computes with 28 digits again, so its
    results differ from the parent's, without any error (gh-84559).  Instead: set
    decimal.getcontext().prec in the target.
    """
    assert evidence(digits=in_a_default_child(programs, observe, "decimal context")) == 7


@claim("INHERIT26")
@needs_a_copy
def test_a_generator_of_random_numbers_goes_on(programs, evidence):
    """By default a module's random.Random(7) continues in a child where the parent has stopped.

    From 3.14, on macOS since 3.8 and on Windows always, it begins again, because its module is
    imported again (gh-84559), so seeded results differ from those of 3.13.  Instead: pass a seed,
    or a generator, to each child.
    """
    evidence(first_number=FIRST, third_number=THIRD)
    assert evidence(child=in_a_default_child(programs, observe, "generator")) == THIRD


@claim("INHERIT27")
@refuted(
    because="fork copies its state, an import makes the same one: on CPython and on PyPy",
    by=f"AssertionError: assert {DRAWN} != {DRAWN}",
)
def test_two_children_draw_different_numbers_from_a_generator(programs, evidence):
    """Two children draw different numbers from a seeded generator, random.Random(7), of a module.

    In fact they draw the same ones: forked children copy the generator's state, others make it
    again from the same seed.  numpy's generators behave alike.  One without a seed is the same in
    forked children only.  Instead: seed one in each child, from a value that the child is given.
    """
    seen = found(programs, observe, "generator")
    one, another = evidence(one=seen["default"], another=seen[DEFAULT_START_METHOD])
    assert one != another


@claim("INHERIT28")
def test_children_draw_different_numbers_by_themselves(programs, evidence):
    """random.random() differs in each child, even after random.seed(7) in the parent.

    The random module seeds itself in every forked child, as in every new program.  So a seed that
    is set in the parent makes no child repeatable: seed in the target.
    """
    seen = found(programs, observe, "random")
    assert evidence(parent=seen["parent"]) == FIRST
    drawn = evidence(drawn=[seen[who] for who in ("parent", "default", *METHODS)])
    assert len(set(drawn)) == len(METHODS) + 2


@claim("INHERIT29")
@needs_a_copy
def test_a_child_has_the_parents_recursion_limit(programs, evidence):
    """By default a child has the recursion limit that the parent has set.

    From 3.14, on macOS since 3.8 and on Windows always, it is 1000 again: a deep recursion that
    works in the parent raises RecursionError in a child (gh-84559).  Instead: call
    sys.setrecursionlimit() in the target.
    """
    assert evidence(child=in_a_default_child(programs, observe, "recursion limit")) == 1234


@claim("INHERIT30")
@needs_a_copy
def test_a_child_has_the_parents_excepthook(programs, evidence):
    """By default a child has the sys.excepthook that the parent has installed.

    Crash reporters install one.  From 3.14, on macOS since 3.8 and on Windows always, the child has
    Python's own (gh-84559).  A Process prints the traceback of its target itself, and never calls
    the hook.  Instead: catch the exception in the target, and report it there (PROC05).
    """
    assert evidence(child=in_a_default_child(programs, observe, "excepthook")) == "print"


@claim("INHERIT31")
@needs_a_copy
def test_a_child_prints_to_the_parents_replaced_stdout(programs, evidence):
    """By default sys.stdout is replaced in a child as it is in the parent.

    contextlib.redirect_stdout() and capturing tools replace it.  A forked child prints into a copy
    of the replacement, which nobody reads; from 3.14, on macOS since 3.8 and on Windows always, it
    prints to the real standard output (gh-84559).  Instead: redirect in the target, or send the
    text back.
    """
    assert evidence(child=in_a_default_child(programs, observe, "stdout")) == "StringIO"


@claim("INHERIT32")
@needs_a_copy
def test_garbage_collection_stays_off_in_a_child(programs, evidence):
    """By default gc.disable() in the parent holds for a child as well.

    From 3.14, on macOS since 3.8 and on Windows always, the child starts with the collector on, as
    every program does (gh-84559), and gc.freeze() in the parent saves no memory.  Instead: call
    gc.disable() in the target.
    """
    assert evidence(enabled=in_a_default_child(programs, observe, "gc")) is False


@claim("INHERIT33")
@needs_a_copy
def test_a_child_has_the_parents_socket_timeout(programs, evidence):
    """By default socket.setdefaulttimeout() in the parent holds for a child as well.

    From 3.14, on macOS since 3.8 and on Windows always, the child's sockets have no timeout and may
    hang (gh-84559).  The same happens to defaults that other libraries keep in a module.  Instead:
    set them in the target.
    """
    assert evidence(seconds=in_a_default_child(programs, observe, "socket timeout")) == 7.5


def changed_locale(programs):
    """Return the locale that the parent has set."""
    seen = found(programs, observe, "locale")
    if seen["parent"] == seen["before"]:
        raise Inconclusive(f"none of these locales can be set here: {', '.join(LOCALES)}")
    return seen["parent"]


@claim("INHERIT34")
@needs_a_copy
def test_a_child_has_the_parents_locale(programs, evidence):
    """By default a child has the locale that the parent has set by locale.setlocale().

    From 3.14, on macOS since 3.8 and on Windows always, it has "C" again, and formats dates and
    numbers differently from its parent (gh-84559).  Instead: call locale.setlocale() in the target.
    """
    parent = changed_locale(programs)
    child = in_a_default_child(programs, observe, "locale")
    assert evidence(child=child, parent=parent)[0] == parent


@claim("INHERIT35")
@concerns("logging set up in the parent")
@predicts("RC41")
@needs_a_copy
def test_a_child_logs_as_the_parent_has_set_up(programs, evidence):
    """By default a child logs with the level and the handlers that the parent has set.

    From 3.14, on macOS since 3.8 and on Windows always, the root logger of a child has the level
    WARNING and no handler: debug and info messages vanish, warnings go to standard error without a
    format (gh-84559; "Logging" in the programming guidelines).  Instead: call logging.basicConfig()
    in the target or a pool's initializer, or send records by logging.handlers.QueueHandler.
    """
    child = evidence(child=in_a_default_child(programs, observe, "logging"))
    assert child == (logging.DEBUG, ["NullHandler"])


@claim("INHERIT36")
@needs_a_copy
def test_a_child_has_the_parents_warning_filters(programs, evidence):
    """By default a child has the warnings filters that the parent has set at run time.

    From 3.14, on macOS since 3.8 and on Windows always, a child has Python's own filters: it prints
    what the parent silences, and only prints what the parent turns into errors (gh-84559).
    Instead: set filters in the target, or by -W or PYTHONWARNINGS, which reach children of every
    start method.
    """
    child = in_a_default_child(programs, observe, "warnings filter")
    assert evidence(raised_in_child=child) == "UserWarning"


@claim("INHERIT37")
@needs_a_copy
def test_a_child_has_the_parents_signal_handlers(programs, evidence):
    """By default a child has the Python signal handlers that the parent has installed.

    From 3.14, on macOS since 3.8 and on Windows always, a signal such as SIGTERM or SIGHUP has its
    default action, which ends the child without the graceful shutdown that a handler does
    (gh-84559).  Instead: call signal.signal() in the target.
    """
    assert evidence(child=in_a_default_child(programs, observe, "signal handler")) == "handle"


@claim("INHERIT38")
@needs_a_copy
def test_a_string_has_the_same_hash_in_a_child(programs, evidence):
    """By default hash("text") is the same in a child as in its parent.

    From 3.14, on macOS since 3.8 and on Windows always, it is not, because the fork server has its
    own hash seed (gh-84559): sets of strings have another order, and programs that shard by hash(),
    or compare hashes, disagree with the parent.  Instead: use hashlib or zlib.crc32, or set
    PYTHONHASHSEED.
    """
    seen = found(programs, observe, "hash")
    child, parent = evidence(child=seen["default"], parent=seen["parent"])
    assert child == parent


@claim("INHERIT39")
def test_hashes_equal_the_parents_under_fork_only(programs, evidence):
    """hash("text") is the parent's in a forked child only, unless PYTHONHASHSEED is set.

    A spawned child has a seed of its own, and the children of a fork server have the server's.  By
    another seed a set of strings has another order.  The workers of pytest-xdist find "Different
    tests were collected between gw0 and gw1" if parametrize() is given a set.  Instead: sorted(),
    or a list.
    """
    seen = found(programs, observe, "hash")
    evidence(**seen)
    assert [m for m in METHODS if seen[m] == seen["parent"]] == [m for m in METHODS if m == "fork"]
    assert len({seen[method] for method in METHODS}) == len(METHODS)
    alike = seen["default"] == seen[DEFAULT_START_METHOD]  # of two children by one method
    assert alike == (DEFAULT_START_METHOD != "spawn")


@claim("INHERIT40")
@refuted(
    where=FORKS_BY_DEFAULT,
    because="up to 3.13 on Linux, and on PyPy, fork copies a lock as it is: held, with no releaser",
)
def test_a_lock_held_by_the_parent_is_free(programs, evidence):
    """By default a module-level lock that the parent holds at start() is free in a child.

    Up to 3.13 on Linux the child has a copy of the lock, which stays locked: acquire() never
    returns.  This is the deadlock of fork beside threads (logging, import and library locks too).
    From 3.14, on macOS since 3.8 and on Windows always, the child makes its own lock (gh-84559).
    Before: use get_context("forkserver").
    """
    assert evidence(free=in_a_default_child(programs, observe, "lock is free")) is True


@claim("INHERIT41")
@needs_a_copy
def test_a_module_is_not_imported_anew(programs, evidence):
    """By default a child does not execute the module of its target again.

    From 3.14, on macOS since 3.8 and on Windows always, it does, with all side effects of the
    module's top level: connections, downloads, prints, argument parsing (gh-84559).  It does so
    before the target runs, so that setting up in the target is too late for what the import needs
    (Django raises AppRegistryNotReady).  Instead: put all that into functions, import in the
    target, after the set-up, or import the module once in the server, by set_forkserver_preload().
    """
    seen = found(programs, observe, "imported here")
    control(seen["parent"] is seen["spawn"] is True, f"a spawned child imports it: {seen}")
    assert evidence(imported_in_a_default_child=seen["default"]) is False


@claim("INHERIT42")
@cases(thing=CHANGED)
def test_what_changes_at_run_time_reaches_forked_children(thing, programs, evidence):
    """What a program changes in itself at run time reaches forked children, and no others.

    Variables, patches, imports, caches and settings are in the memory of the process.  A forked
    child has a copy of it; a spawned or served child starts with what its imports make.
    """
    seen = found(programs, observe, thing)
    evidence(**seen)
    if thing == "locale":
        changed_locale(programs)
    control(seen["parent"] != seen["before"], "the parent has changed it")
    expected = [seen["parent" if method == "fork" else "before"] for method in METHODS]
    assert [seen[method] for method in METHODS] == expected


shared_page = mmap.mmap(-1, 1)


class Unpickled:
    """An object that arrives as the text "pickled" if it is pickled on its way."""

    def __reduce__(self):
        return str, ("pickled",)


def write_and_tell(argument, report):
    shared_page[0] = 7
    report(type(argument).__name__)


def page_and_argument(context, reports):
    """Return what the map has after a child has written 7, and the type of the child's argument."""
    shared_page[0] = 0
    child = context.Process(target=write_and_tell, args=(Unpickled(), reports.reporter))
    child.start()
    argument = reports.next()
    control(joined(child) == [0], "the child ends well")
    return shared_page[0], argument


@claim("INHERIT42")
def test_maps_and_arguments_reach_forked_children_themselves(ctx, start_method, reports, evidence):
    """A forked child shares a module's anonymous mmap and gets its arguments without pickling."""
    page, argument = page_and_argument(ctx, reports)
    expected = (7, "Unpickled") if start_method == "fork" else (0, "str")
    assert evidence(page=page, argument=argument) == expected


@claim("INHERIT43")
@needs_a_copy
def test_an_anonymous_map_is_shared_with_a_child(reports, evidence):
    """By default the parent sees what a child writes into a module-level mmap.mmap(-1, n).

    Forked processes share such memory.  From 3.14, on macOS since 3.8 and on Windows always, the
    module makes another map in the child, and what is written there is lost without an error
    (gh-84559).  Instead: pass a multiprocessing Value, Array or shared_memory as an argument.
    """
    page, _ = page_and_argument(multiprocessing, reports)
    control(page in (7, 0), f"written or not: {page}")
    assert evidence(seen_by_the_parent=page) == 7


@claim("INHERIT44")
@needs_a_copy
def test_arguments_reach_a_child_without_pickling(reports, evidence):
    """By default the arguments of a target reach the child without being pickled.

    From 3.14, on macOS since 3.8 and on Windows always, each argument is pickled and made again:
    large data takes time and twice the memory, __init__ is not called, and start() raises if
    something cannot be pickled (gh-84559).  Instead: pass small things, and use shared_memory,
    files or get_context("fork") for large ones.
    """
    _, argument = page_and_argument(multiprocessing, reports)
    control(argument in ("Unpickled", "str"), f"itself or what pickling makes: {argument}")
    assert evidence(argument=argument) == "Unpickled"
