"""The fork server: what it preloads, how long it lives, and which program it is.

A server is started with the first child, and serves until its program ends; so each of these runs
in a fresh interpreter.

Source: https://docs.python.org/3/library/multiprocessing.html#multiprocessing.set_forkserver_preload
"""

import importlib
import multiprocessing
import os
import signal
import sys
from multiprocessing import forkserver
from pathlib import Path

from tests.harness import (
    LINUX,
    PYPY,
    WINDOWS,
    Inconclusive,
    before,
    cases,
    claim,
    control,
    joined,
    needs_fork,
    outcome,
    predicts,
    refuted,
    since,
    state_of,
    until,
)

NAMES = ("near", "far", "late")
MODULE = "import os, random\nby, draw = os.getpid(), random.random()"


def look_around(sending):
    loaded = [name for name in NAMES if name in sys.modules]
    near, far, late = map(importlib.import_module, NAMES)
    sending.send(
        {
            "loaded": loaded,
            "imported by": [near.by, far.by, late.by],
            "near.draw": near.draw,
            "server": os.getppid(),
            "pid": os.getpid(),
            "inherited": forkserver.get_inherited_fds() is not None,
        }
    )


def what_a_child_says(target):
    """Start a child of the fork server, and return what it sends."""
    context = multiprocessing.get_context("forkserver")
    receiving, sending = context.Pipe(duplex=False)
    child = context.Process(target=target, args=(sending,))
    child.start()
    said = receiving.recv()
    assert joined(child) == [0]
    return said


def serve_two():
    """Preload two modules before the server starts, and one later; return what children say."""
    os.mkdir("more")
    for path in ("near.py", "more/far.py", "late.py"):
        Path(path).write_text(MODULE)
    sys.path.append(os.path.abspath("more"))
    multiprocessing.set_forkserver_preload(["near", "far"])
    first = what_a_child_says(look_around)
    multiprocessing.set_forkserver_preload(["late"])
    return [first, what_a_child_says(look_around)]


@claim("SERVER01")
@needs_fork
def test_a_preloaded_module_is_imported_once(programs, evidence):
    """A module named in set_forkserver_preload() is imported once, by the server, for all children.

    They find it loaded, with whatever it made at import, a random number for example.  What is
    named after the server has been started is not preloaded.
    """
    children = programs.once(serve_two)
    loaded = [("near" in child["loaded"], "late" in child["loaded"]) for child in children]
    assert evidence(near_and_late=loaded) == [(True, False)] * 2
    assert len({child["near.draw"] for child in children}) == 1
    assert {child["imported by"][0] for child in children} == {children[0]["server"]}
    assert all(child["imported by"][2] == child["pid"] for child in children)


@claim("SERVER02")
@needs_fork
@refuted(
    where=PYPY or before("3.12.8", "3.13.1"),
    because="before 3.12.8 and 3.13.1 a fork server does not get sys.path (gh-117378); nor PyPy's",
)
def test_preloading_searches_the_parents_path(programs, evidence):
    """set_forkserver_preload() finds modules on the parent's sys.path of the first start.

    Before 3.12.8 and 3.13.1, so in 3.10 and 3.11, the fork server ignores sys.path (sys_path): it
    has only the path that each interpreter begins with, the module is not found, which is ignored,
    and each child imports it by itself: right, but slow (gh-117378).  There: set PYTHONPATH.
    """
    children = programs.once(serve_two)
    importers = evidence(imported_by=[child["imported by"][1] for child in children])
    assert importers == [child["server"] for child in children]


@claim("SERVER03")
@needs_fork
def test_one_fork_server_serves_all_children(programs, evidence):
    """All forkserver children are children of one server.

    multiprocessing.forkserver.get_inherited_fds() is None except in its children.
    """
    children = programs.once(serve_two)
    servers = {child["server"] for child in children}
    assert len(evidence(servers=servers)) == 1
    assert len({child["pid"] for child in children} | servers) == 3
    assert all(child["inherited"] for child in children)
    assert forkserver.get_inherited_fds() is None


def tell_parent(sending):
    sending.send(os.getppid())


def server_and_program():
    forkserver.ensure_running()
    return what_a_child_says(tell_parent), os.getpid()


@claim("SERVER03")
@needs_fork
def test_the_fork_server_is_not_the_program(programs, evidence):
    """The parent of a fork server's child is the server, which ensure_running() starts."""
    server, program = programs.call(server_and_program)
    assert evidence(server=server, program=program)[0] != program


MISSING = """\
import multiprocessing, sys

if __name__ == "__main__":
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["no_such_module", "colorsys"]{policy})
    child = context.Process(target=exec, args=("import sys; print('colorsys' in sys.modules)",))
    try:
        child.start()
    except (EOFError, ConnectionError):
        print("start() raises")
    else:
        child.join()
"""


@claim("SERVER04")
@needs_fork
def test_a_missing_module_is_not_preloaded_silently(programs, evidence):
    """A module to preload that is not there is ignored: the others are loaded, and children start.

    Nothing is written.  So a misspelt name only costs the time that it was to save; see on_error.
    But a module that raises anything else than ImportError ends the server, whose traceback stands
    above, and start() raises EOFError, "unexpected EOF", in read_signed(), or a ConnectionError.
    """
    program = programs.run(MISSING.format(policy=""))
    assert evidence(printed=program.out, standard_error=program.err) == ("True\n", "")


def kill_the_server():
    """Kill the server of a child; return its pid, and the pid of the next child's server."""
    server = what_a_child_says(tell_parent)
    os.kill(server, signal.SIGKILL)
    until(lambda: state_of(server) == "Z", "its end, whose status is multiprocessing's")
    another = outcome(what_a_child_says, tell_parent)
    return server, another if isinstance(another, int) else repr(another)


@claim("SERVER05")
@needs_fork
def test_a_killed_fork_server_is_replaced(programs, evidence):
    """If the fork server has been killed, the next start() starts another one.

    A start() that comes while it dies, as by the out-of-memory killer, fails: EOFError, "unexpected
    EOF", in read_signed(), or "Connection reset by peer".  Call start() of a new Process then.
    """
    first, second = evidence(servers=programs.call(kill_the_server))
    assert isinstance(second, int), second
    assert first != second


needs_on_error = refuted(
    where=before("3.15.0"),
    because="3.15 added the parameter on_error of set_forkserver_preload() (gh-141860)",
)


def preload(names, keywords):
    return repr(outcome(multiprocessing.set_forkserver_preload, names, **keywords))


@claim("SERVER06")
@needs_fork
@cases(policy=("ignore", "warn", "fail"))
@needs_on_error
def test_preloading_takes_an_on_error_policy(policy, programs, evidence):
    """set_forkserver_preload() has the parameter on_error: "ignore", "warn" or "fail".

    Before 3.15: "TypeError: ...set_forkserver_preload() got an unexpected keyword argument
    'on_error'", and a module that raises ImportError is always ignored (gh-141860).
    """
    assert evidence(outcome=programs.call(preload, ["sys"], {"on_error": policy})) == "None"


@claim("SERVER07")
@needs_fork
@cases(policy={"unknown": "no such policy", "None": None})
@needs_on_error
def test_an_unknown_on_error_is_a_value_error(policy, programs, evidence):
    """An on_error that set_forkserver_preload() does not know is refused by ValueError.

    Before 3.15 there is no such parameter: TypeError (gh-141860).
    """
    refusal = evidence(refusal=programs.call(preload, ["sys"], {"on_error": policy}))
    assert refusal.startswith("ValueError(")


@claim("SERVER08")
@needs_fork
@needs_on_error
def test_a_failed_preload_can_be_a_warning(programs, evidence):
    """With on_error="warn" a module to preload that is not there is an ImportWarning.

    Children start.  Any other exception than ImportError ends the server all the same.

    It is the server that warns, on its standard error, and only if the filters show such warnings
    (python -W default).  Before 3.15 there is no such parameter (gh-141860).
    """
    source = MISSING.format(policy=", on_error='warn'")
    program = programs.run(source, options=("-W", "default"))
    assert evidence(printed=program.out, standard_error=program.err)[0] == "True\n"
    assert "ImportWarning" in program.err
    assert "'no_such_module'" in program.err


@claim("SERVER09")
@needs_fork
@needs_on_error
def test_a_failed_preload_can_end_the_server(programs, evidence):
    """With on_error="fail" a module that cannot be preloaded makes start() raise, and no child run.

    The server ends with the module's ModuleNotFoundError on standard error; in the parent start()
    raises EOFError or ConnectionError.  Before 3.15 there is no such parameter (gh-141860).
    """
    program = programs.run(MISSING.format(policy=", on_error='fail'"))
    assert evidence(printed=program.out, standard_error=program.err)[0] == "start() raises\n"
    assert "ModuleNotFoundError: No module named 'no_such_module'" in program.err


@claim("SERVER10")
@needs_fork
@refuted(
    where=before("3.11.5"),
    because="before 3.11.5 it looked at the old list (gh-107963), and the server died of the new",
)
def test_names_to_preload_must_be_texts(programs, evidence):
    """set_forkserver_preload() refuses what is not a list of strings by TypeError.

    Before 3.11.5 it does not look at it: the server dies of it, and start() raises EOFError
    (gh-107963).  Since then "TypeError: module_names must be a list of strings": write ["numpy"].
    """
    texts = programs.call(preload, ("sys", "os"), {})
    control(texts == "None", f"a tuple of strings is accepted: {texts}")
    numbers = evidence(numbers=programs.call(preload, ["sys", 7], {}))
    assert numbers.startswith("TypeError(")


WRAPPER = """\
#!/bin/sh
WRAPPED=yes exec {python!r} "$@"
"""


def tell_wrapped(sending):
    sending.send(os.environ.get("WRAPPED"))


def start_by_a_wrapper(method):
    """Start a child by a wrapper that sets a variable; return its value in the child."""
    wrapper = Path("wrapper").absolute()
    wrapper.write_text(WRAPPER.format(python=sys.executable))
    wrapper.chmod(0o700)
    multiprocessing.set_executable(str(wrapper))
    context = multiprocessing.get_context(method)
    receiving, sending = context.Pipe(duplex=False)
    child = context.Process(target=tell_wrapped, args=(sending,))
    child.start()
    wrapped = receiving.recv()
    joined(child)
    return wrapped


@claim("SERVER11")
@needs_fork
def test_set_executable_names_the_program_of_children(start_method, programs, evidence):
    """set_executable() says which program spawn and the fork server start; fork starts none.

    It is sys.executable at first; a wrapper can set the environment, for example.
    """
    expected = None if start_method == "fork" else "yes"
    assert evidence(wrapped=programs.call(start_by_a_wrapper, start_method)) == expected


#: Whether the parent closes the child's end of the pipe as soon as the child is there (gh-118981).
CHILDS_END_IS_CLOSED = not PYPY and since("3.13.8", "3.14.1")


def start_a_missing_program():
    multiprocessing.set_executable(os.path.abspath("no such program"))
    child = multiprocessing.get_context("spawn").Process(target=print)
    refusal = outcome(child.start)
    return joined(child)[0] if refusal is None else f"{type(refusal).__name__}: {refusal}"


@claim("SERVER12")
@refuted(where=WINDOWS, because="Windows: the system says at once that there is no such program")
def test_a_missing_executable_shows_late(programs, evidence):
    """If set_executable() names no program, start() does not say so: the exit code is 255.

    You might expect FileNotFoundError, which start() raises on Windows.  Elsewhere a process is
    made, and that fails to become the program.  From 3.13.8 and 3.14.1 on start() raises
    BrokenPipeError, "[Errno 32] Broken pipe", if that is before all is sent to the child
    (gh-118981): the parent no longer keeps the child's end of the pipe open.  Instead:
    shutil.which() before set_executable().
    """
    missing = evidence(outcome=programs.call(start_a_missing_program))
    broken = missing == "BrokenPipeError: [Errno 32] Broken pipe"
    assert missing == 255 or (broken and CHILDS_END_IS_CLOSED)


PRINTING = """
import multiprocessing
from pathlib import Path

if __name__ == "__main__":
    Path("loud.py").write_text("print('loaded')")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["loud"])
    for _ in range(2):
        child = context.Process(target=print, args=("child",))
        child.start()
        child.join()
"""


@claim("SERVER13")
@needs_fork
@predicts("N91")
@refuted(
    where=PYPY or before("3.13.6", "3.14.0"),
    because="3.13.6 and 3.14 write it before they fork (gh-135335); PyPy is as older ones",
)
def test_what_a_preloaded_module_prints_appears_once(programs, evidence):
    """What a module prints that set_forkserver_preload() names appears once, for all children.

    Before 3.13.6 and 3.14 it is printed twice or more, once per child, if standard output is a pipe
    or a file: each child inherits what the fork server has buffered, and writes its copy at its end
    (gh-135335).  Duplicated output that is missing on a terminal is like that.  Instead:
    print(..., flush=True), or python -u.
    """
    program = programs.run(PRINTING)
    control((program.exit_code, program.err) == (0, ""), f"the program ends well: {program}")
    control(program.lines.count("child") == 2, f"both children print: {program}")
    assert evidence(printed=program.lines).count("loaded") == 1


LONG = """
import multiprocessing, sys

def work():
    print(len(sys.argv), sys.argv[-1], flush=True)

if __name__ == "__main__":
    sys.argv[1:] = ["x" * 50] * 2800 + ["last"]
    child = multiprocessing.get_context("forkserver").Process(target=work)
    try:
        child.start()
    except (ConnectionError, EOFError):
        print("start() raises")
    else:
        child.join()
"""


@claim("SERVER14")
@needs_fork
@predicts("N92")
@refuted(
    where=LINUX and not PYPY and since("3.13.12", "3.14.3") and before("3.13.13", "3.14.4"),
    because="3.13.12 and 3.14.3 alone give all of sys.argv in one argument (gh-144503)",
)
def test_a_fork_server_starts_with_a_large_argv(programs, evidence):
    """A forkserver process can be started in a program with 140 KiB of sys.argv.

    pre-commit, flake8 or black get thousands of file names.  In 3.13.12 and 3.14.3, on Linux,
    start() raises BrokenPipeError, "[Errno 32] Broken pipe", if they are more than 128 KiB, and so
    does a Pool, of which forkserver is the default in 3.14 (gh-144503).  Later releases give them
    as arguments, and start() raises a ConnectionError if they are more than the system takes (on
    Linux 2 MiB, or a quarter of `ulimit -s`).  Instead: update, pass the names in a file, or del
    sys.argv[1:] before start().
    """
    if os.sysconf("SC_ARG_MAX") < 2**18:
        raise Inconclusive("this system takes no more than 256 KiB of arguments")
    program = programs.run(LONG)
    assert evidence(exit_code=program.exit_code, printed=program.lines) == (0, ["2802 last"])
