"""The fork server: what it preloads, how long it lives, and which program it is.

A server is started with the first child, and serves until its program ends; so each of these runs
in a fresh interpreter.

Source: https://docs.python.org/3/library/multiprocessing.html#multiprocessing.set_forkserver_preload
"""

import ast
import multiprocessing
import os
import sys

from tests.harness import PYPY, before, claim, control, joined, outcome, refuted, since
from tests.library.multiprocessing.starting import METHODS, posix

#: What the programs begin with.
BEGINNING = """
import multiprocessing
import os
import pathlib
import signal
import sys

def tell(**known):
    os.write(1, f"{known}\\n".encode())

def attempt(function, *arguments, **keywords):
    try:
        return function(*arguments, **keywords)
    except Exception as error:
        return type(error).__name__

def run_child(context, target):
    child = context.Process(target=target)
    child.start()
    child.join()
    return child.exitcode
"""

SERVED = (
    BEGINNING
    + """
def work():
    loaded = [name for name in ("near", "far", "late") if name in sys.modules]
    import near, far, late
    tell(loaded=loaded, by=[near.by, far.by, late.by], draw=near.draw, server=os.getppid(),
         pid=os.getpid(), fds=type(multiprocessing.forkserver.get_inherited_fds()).__name__)

if __name__ == "__main__":
    import multiprocessing.forkserver
    os.mkdir("more")
    for path in ("near.py", "more/far.py", "late.py"):
        pathlib.Path(path).write_text("import os, random\\nby, draw = os.getpid(), random.random()")
    sys.path.append(os.path.abspath("more"))
    context = multiprocessing.get_context("forkserver")
    tell(returned=context.set_forkserver_preload(["near", "no_such_module", "far"]))
    tell(ensured=multiprocessing.forkserver.ensure_running(),
         inherited=multiprocessing.forkserver.get_inherited_fds())
    codes = [run_child(context, work)]
    context.set_forkserver_preload(["late"])
    codes += [run_child(context, work) for _ in range(2)]
    tell(codes=codes, parent=os.getpid())
"""
)

_runs = {}


def run(programs, source, **how):
    """Run a program once for all specs that ask for it; return how it ended and what it told."""
    key = (source, *how.values())
    if key not in _runs:
        _runs[key] = outcome(programs.run, source, **how)
    program = _runs[key]
    control(not isinstance(program, Exception), f"the program ends: {program!r}")
    lines = [line for line in program.lines if line.startswith("{")]
    return program, [*map(ast.literal_eval, lines)]


def of_served(programs):
    """Return what three children of one server told, and the other lines together."""
    program, lines = run(programs, SERVED)
    others = {}
    for line in lines:
        if "loaded" not in line:
            others.update(line)
    control((program.exit_code, program.err) == (0, ""), f"the program ends well: {program}")
    return [line for line in lines if "loaded" in line], others


@claim("CX31")
@posix
def test_a_preloaded_module_is_imported_once(programs, evidence):
    """A module named in set_forkserver_preload() is imported once, by the server, for all children.

    They find it loaded, with whatever it made at import, a random number for example.  What is
    named after the server has been started is not preloaded.
    """
    children, others = of_served(programs)
    evidence(loaded=[c["loaded"] for c in children], server=children[0]["server"])
    assert others["returned"] is None
    assert others["codes"] == [0, 0, 0]
    assert ["near" in c["loaded"] for c in children] == [True] * 3
    assert [c["by"][0] for c in children] == [children[0]["server"]] * 3
    assert len({c["draw"] for c in children}) == 1
    assert ["late" in c["loaded"] for c in children] == [False] * 3
    assert [c["by"][2] for c in children] == [c["pid"] for c in children]


@claim("CX32")
@posix
@refuted(
    where=PYPY or before("3.12.8") or (since("3.13.0") and before("3.13.1")),
    because="before 3.12.8 and 3.13.1 a fork server does not get sys.path (gh-117378); nor PyPy's",
)
def test_preloading_searches_the_parents_path(programs, evidence):
    """set_forkserver_preload() finds modules on the parent's sys.path of the first start.

    Before 3.12.8 and 3.13.1 the server has only the path that each interpreter begins with, the
    module is not found, which is ignored, and each child imports it by itself: right, but slow
    (gh-117378).  There: set PYTHONPATH.
    """
    children, _ = of_served(programs)
    loaded = ["far" in c["loaded"] for c in children]
    evidence(preloaded=loaded, imported_by=[c["by"][1] for c in children])
    control(loaded in ([True] * 3, [False] * 3), "in all or in none")
    importer = "server" if loaded[0] else "pid"
    control([c["by"][1] for c in children] == [c[importer] for c in children], f"by the {importer}")
    assert loaded == [True] * 3


@claim("X05")
@posix
def test_a_missing_module_is_not_preloaded_silently(programs, evidence):
    """A module that cannot be preloaded is ignored: the others are, and children start.

    Nothing is written.  So a misspelt name only costs the time that it was to save; see on_error.
    """
    children, others = of_served(programs)
    program, _ = run(programs, SERVED)
    evidence(exit_codes=others["codes"], standard_error=program.err)
    assert others["codes"] == [0, 0, 0]
    assert program.err == ""
    assert [c["loaded"][0] for c in children] == ["near"] * 3


@claim("CX33")
@posix
def test_one_fork_server_serves_all_children(programs, evidence):
    """All forkserver children are children of one server, which is a child of the program's.

    multiprocessing.forkserver.ensure_running() starts it; get_inherited_fds() is a list in its
    children and None elsewhere.
    """
    children, others = of_served(programs)
    servers = {c["server"] for c in children}
    evidence(servers=servers, parent=others["parent"])
    assert len(servers) == 1
    assert others["parent"] not in servers
    assert len({c["pid"] for c in children} | servers) == 4
    assert (others["ensured"], others["inherited"]) == (None, None)
    assert [c["fds"] for c in children] == ["list"] * 3


KILLED = (
    BEGINNING
    + """
def wait_for_zombie(pid):
    # Its status is left to multiprocessing.  PyPy has no waitid().
    if hasattr(os, "waitid"):
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        return
    while pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z":
        os.sched_yield()

def work():
    pathlib.Path("server").write_text(str(os.getppid()))

if __name__ == "__main__":
    context = multiprocessing.get_context("forkserver")
    os.environ["SET"] = "before"
    servers, codes = [], []
    for _ in range(2):
        codes.append(run_child(context, work))
        servers.append(int(pathlib.Path("server").read_text()))
        os.kill(servers[-1], signal.SIGKILL)
        wait_for_zombie(servers[-1])
    tell(servers=servers, codes=codes)
"""
)


@claim("CX34")
@posix
def test_a_killed_fork_server_is_replaced(programs, evidence):
    """If the fork server has been killed, the next start() starts another one."""
    program, lines = run(programs, KILLED)
    evidence(told=lines)
    assert program.exit_code == 0
    (told,) = lines
    assert told["codes"] == [0, 0]
    assert len(set(told["servers"])) == 2


ON_ERROR = (
    BEGINNING.replace("{", "{{").replace("}", "}}")
    + """
def work():
    tell(child="works")

if __name__ == "__main__":
    context = multiprocessing.get_context("forkserver")
    preload = context.set_forkserver_preload
    policies = ("ignore", "warn", "fail", "no such policy", None)
    tell(accepted={{p: attempt(preload, ["sys"], on_error=p) for p in policies}})
    tell(texts=attempt(preload, ("sys", "os")), numbers=attempt(preload, ["sys", 7]))
    if attempt(preload, ["no_such_module"], on_error={policy!r}) is None:
        tell(started=attempt(run_child, context, work))
"""
)


def on_error(programs, policy):
    """Return how a program ended that preloads a missing module so, and all that it told."""
    program, lines = run(programs, ON_ERROR.format(policy=policy), options=("-W", "default"))
    told = {}
    for line in lines:
        told.update(line)
    control(program.exit_code == 0, f"the program ends: {program}")
    return program, told


needs_on_error = refuted(
    where=before("3.15.0"),
    because="3.15 added the parameter on_error of set_forkserver_preload() (gh-141860)",
)


@claim("CX09")
@posix
@needs_on_error
def test_preloading_takes_an_on_error_policy(programs, evidence):
    """set_forkserver_preload() has the parameter on_error: "ignore", "warn" or "fail".

    Before 3.15: "TypeError: ... got an unexpected keyword argument 'on_error'", and a module that
    cannot be preloaded is always ignored (gh-141860).
    """
    _, told = on_error(programs, "warn")
    accepted = told["accepted"]
    evidence(accepted=accepted)
    three = [accepted[policy] for policy in ("ignore", "warn", "fail")]
    control(three in ([None] * 3, ["TypeError"] * 3), "accepted, or no such parameter")
    assert three == [None] * 3


@claim("CX35")
@posix
@needs_on_error
def test_an_unknown_on_error_is_a_value_error(programs, evidence):
    """An on_error that set_forkserver_preload() does not know is refused by ValueError.

    Before 3.15 there is no such parameter: TypeError (gh-141860).
    """
    _, told = on_error(programs, "warn")
    accepted = told["accepted"]
    kinds = [accepted["no such policy"], accepted[None]]
    evidence(refusals=kinds)
    control(set(kinds) <= {"ValueError", "TypeError"}, "refused in either case")
    assert kinds == ["ValueError", "ValueError"]


@claim("CX36")
@posix
@needs_on_error
def test_a_failed_preload_can_be_a_warning(programs, evidence):
    """With on_error="warn" a module that cannot be preloaded is an ImportWarning; children start.

    It is the server that warns, on its standard error, and only if the filters show such warnings
    (python -W default).  Before 3.15 there is no such parameter (gh-141860).
    """
    program, told = on_error(programs, "warn")
    warned = "ImportWarning" in program.err and "'no_such_module'" in program.err
    evidence(warned=warned, **told)
    control(told.get("started", "TypeError") == (0 if warned else "TypeError"), f"{program}")
    assert warned
    assert (told["started"], told["child"]) == (0, "works")


@claim("CX37")
@posix
@needs_on_error
def test_a_failed_preload_can_end_the_server(programs, evidence):
    """With on_error="fail" a module that cannot be preloaded makes start() raise, and no child run.

    The server ends with the module's ModuleNotFoundError on standard error; in the parent start()
    raises EOFError or ConnectionError.  Before 3.15 there is no such parameter (gh-141860).
    """
    program, told = on_error(programs, "fail")
    ended = "ModuleNotFoundError: No module named 'no_such_module'" in program.err
    evidence(started=told.get("started"), server_ended=ended)
    control("child" not in told, "no child runs")
    control(ended == ("started" in told), f"it ends if there is such a policy: {program}")
    assert ended
    assert told["started"] in ("EOFError", "ConnectionResetError", "BrokenPipeError")


@claim("CX38")
@posix
@refuted(
    where=before("3.11.5"),
    because="before 3.11.5 it looked at the old list (gh-107963), and the server died of the new",
)
def test_names_to_preload_must_be_texts(programs, evidence):
    """set_forkserver_preload() refuses what is not a list of strings by TypeError.

    Before 3.11.5 it does not look at it: the server dies of it, and start() raises EOFError
    (gh-107963).
    """
    _, told = on_error(programs, "warn")
    evidence(numbers=told["numbers"], texts=told["texts"])
    control(told["texts"] is None, "a tuple of strings is accepted")
    control(told["numbers"] in (None, "TypeError"), "accepted or refused")
    assert told["numbers"] == "TypeError"


WRAPPER = """\
#!/bin/sh
WRAPPED=yes exec {python!r} "$@"
"""


def tell_wrapped(sending):
    sending.send(os.environ.get("WRAPPED"))
    sending.close()


def use_executables():
    """Start children by a wrapper, and by a program that is not there."""
    with open("wrapper", "w") as file:
        file.write(WRAPPER.format(python=sys.executable))
    os.chmod("wrapper", 0o700)
    multiprocessing.set_executable(os.path.abspath("wrapper"))
    seen = {}
    for method in METHODS:
        context = multiprocessing.get_context(method)
        receiving, sending = context.Pipe(duplex=False)
        child = context.Process(target=tell_wrapped, args=(sending,))
        child.start()
        sending.close()
        seen[method] = outcome(receiving.recv)
        joined(child)
    multiprocessing.set_executable(os.path.abspath("no such program"))
    child = multiprocessing.get_context("spawn").Process(target=print)
    refusal = outcome(child.start)
    seen["missing"] = joined(child)[0] if refusal is None else type(refusal).__name__
    return seen


_executables = []


def of_executables(programs):
    if not _executables:
        _executables.append(outcome(programs.call, use_executables))
    control(isinstance(_executables[0], dict), f"it ends well: {_executables[0]!r}")
    return _executables[0]


@claim("CX39")
@posix
def test_set_executable_names_the_program_of_children(programs, evidence):
    """set_executable() says which program spawn and the fork server start; fork starts none.

    It is sys.executable at first; a wrapper can set the environment, for example.
    """
    seen = of_executables(programs)
    evidence(wrapped=seen)
    assert {m: seen[m] for m in METHODS} == {"fork": None, "spawn": "yes", "forkserver": "yes"}


@claim("CX10")
@posix
def test_a_missing_executable_is_told_by_the_exit_code(programs, evidence):
    """If set_executable() names no program, start() returns and the exit code is 255.

    From 3.14 start() may raise BrokenPipeError instead, if the attempt has failed before all is
    sent to the child.
    """
    missing = of_executables(programs)["missing"]
    evidence(outcome=missing)
    assert missing == 255 or (missing == "BrokenPipeError" and since("3.14.0"))
