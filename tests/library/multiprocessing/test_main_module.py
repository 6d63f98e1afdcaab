"""The main module and its children: what they import of it, how often, and what they find there.

Every program here runs in a fresh interpreter.  A forked child goes on with the main module of its
parent; the other children import it, under the name __mp_main__, before they run their target.

Source: https://docs.python.org/3/library/multiprocessing.html#the-spawn-and-forkserver-start-methods
"""

import ast

from tests.harness import PYPY, before, claim, control, outcome, predicts, refuted, since
from tests.library.multiprocessing.starting import METHODS, needs_a_copy, posix

#: Whether a fork server really imports the main module, as it was always meant to do (gh-126631).
SERVER_IMPORTS_MAIN = not PYPY and ((since("3.13.8") and before("3.14.0")) or since("3.14.1"))

#: From then until gh-143706 was fixed it did so without the parent's sys.argv.
SERVER_FORGETS_ARGV = SERVER_IMPORTS_MAIN and (
    before("3.13.12") or (since("3.14.0") and before("3.14.3"))
)

_runs = {}


def run(programs, source, **how):
    """Run a program once for all specs that ask for it, and return how it ended."""
    key = (source, *how.values())
    if key not in _runs:
        _runs[key] = outcome(programs.run, source, **how)
    control(not isinstance(_runs[key], Exception), f"the program ends: {_runs[key]!r}")
    return _runs[key]


UNGUARDED = """
import multiprocessing

def work():
    print("the child works")

child = {start}.Process(target=work)
child.start()
child.join()
print("its exit code is", child.exitcode)
"""
#: What its output is if it works, and if only the child fails.
WORKS, FAILS = ["the child works", "its exit code is 0"], ["its exit code is 1"]


@claim("MX11")
@predicts("RC05")
@posix
@needs_a_copy
def test_a_script_without_guard_can_start_a_process(programs, evidence):
    """By default a script without "if __name__ == '__main__'" can start a process.

    From 3.14 (gh-84559) the script is imported once more, for its children, and would start one
    of its own: "RuntimeError: An attempt has been made to start a new process before the current
    process has finished its bootstrapping phase".  In the parent 3.14.1 and later show
    "ConnectionResetError: [Errno 104] Connection reset by peer" out of start(), since the fork
    server has died; 3.15 (gh-141860) lets the child alone fail, with exit code 1.  Instead: put
    what starts processes under the guard.
    """
    program = run(programs, UNGUARDED.format(start="multiprocessing"))
    evidence(exit_code=program.exit_code, printed=program.lines, error=last_line(program))
    if program.lines != WORKS:
        control("bootstrapping phase" in program.err, f"it fails by the start: {program.err}")
        control((program.exit_code, program.lines) in ((0, FAILS), (1, [])), f"{program}")
    assert (program.exit_code, program.lines, program.err) == (0, WORKS, "")


def last_line(program):
    return (program.err.splitlines() or [""])[-1]


@claim("N4.04")
@predicts("RC05")
@posix
def test_spawn_refuses_a_script_without_guard(programs, evidence):
    """Under spawn the child of a script without the guard exits with 1, by a RuntimeError.

    One would expect the script to run once.  The child imports it, comes to its start() and fails:
    "RuntimeError: An attempt has been made to start a new process before the current process has
    finished its bootstrapping phase."  That is on the child's standard error; start() in the parent
    returns, and its script goes on.  Put what starts processes under if __name__ == "__main__".
    """
    program = run(programs, UNGUARDED.format(start="multiprocessing.get_context('spawn')"))
    evidence(exit_code=program.exit_code, printed=program.lines, error=last_line(program))
    assert (program.exit_code, program.lines) == (0, FAILS)
    assert program.err.count("RuntimeError: ") == 1
    assert "An attempt has been made to start a new process before" in program.err


GIVEN = """
import multiprocessing

def work():
    print("the child works", flush=True)

if __name__ == "__main__":
    child = multiprocessing.Process(target=work)
    child.start()
    child.join()
    print("its exit code is", child.exitcode)
"""


@claim("MX09")
@predicts("RC05")
@posix
@needs_a_copy
def test_a_function_of_python_c_can_be_a_target(programs, evidence):
    """By default a function that is defined in python -c "..." can be the target of a Process.

    From 3.14 (gh-84559) it has no file that a child could import: start() returns, and the child
    exits with 1, by "AttributeError: module '__main__' has no attribute 'work'".  The interactive
    prompt and Jupyter's cells are like that too.  Instead: put the function into a module.
    """
    program = run(programs, "", options=("-c", GIVEN))
    evidence(exit_code=program.exit_code, printed=program.lines, error=last_line(program))
    if program.lines != WORKS:
        control((program.exit_code, program.lines) == (0, FAILS), f"the child fails: {program}")
        control("AttributeError: " in program.err and "'work'" in program.err, program.err)
    assert (program.exit_code, program.lines, program.err) == (0, WORKS, "")


@claim("MX10")
@predicts("RC05")
@posix
@needs_a_copy
def test_a_program_on_standard_input_can_start_processes(programs, evidence):
    """By default a program that python reads from standard input can start a process.

    From 3.14 (gh-84559) children, or their fork server, look for a file of the name "<stdin>":
    "FileNotFoundError: [Errno 2] No such file or directory: '.../<stdin>'".  In the parent 3.14
    shows "ConnectionResetError: [Errno 104] Connection reset by peer" out of start(), 3.15 the
    exit code 1 of the child.  Instead: python file.py, or get_context("fork").
    """
    if "stdin" not in _runs:
        process = programs.start("", options=("-",))
        _runs["stdin"] = outcome(programs.finish, process, send=GIVEN.encode())
    program = _runs["stdin"]
    control(not isinstance(program, Exception), f"the program ends: {program!r}")
    evidence(exit_code=program.exit_code, printed=program.lines, error=last_line(program))
    if program.lines != WORKS:
        control("<stdin>" in program.err and "FileNotFoundError" in program.err, program.err)
        control((program.exit_code, program.lines) in ((0, FAILS), (1, [])), f"{program}")
    assert (program.exit_code, program.lines, program.err) == (0, WORKS, "")


@claim("CX12")
@posix
def test_a_program_run_by_m_can_start_processes(programs, evidence):
    """A program that is run by python -m module can start processes by default.

    Children import it by its name; it needs the guard as any other.
    """
    program = run(programs, GIVEN, options=("-m", "program"))
    evidence(exit_code=program.exit_code, printed=program.lines)
    assert (program.exit_code, program.lines, program.err) == (0, WORKS, "")


IMPORTED = """
import multiprocessing
import os
import sys

class Thing:
    pass

def tell(**known):
    # One write for each line, for they are several processes'.
    os.write(1, f"{known}\\n".encode())

tell(name=__name__, argv=sys.argv[1:], pid=os.getpid())

def work(sending):
    main = sys.modules["__main__"]
    tell(child=main.__name__, function=work.__module__, same=main is sys.modules["__mp_main__"],
         parent=multiprocessing.parent_process().pid, pid=os.getpid(), argv=sys.argv[1:])
    sending.send(Thing())
    sending.close()

if __name__ == "__main__":
    sys.argv[1:] = ["--set", "by the parent"]
    for method in ("fork", "spawn", "forkserver"):
        tell(method=method)
        for number in range(3):
            context = multiprocessing.get_context(method)
            receiving, sending = context.Pipe(duplex=False)
            child = context.Process(target=work, args=(sending,))
            child.start()
            sending.close()
            thing = receiving.recv()
            child.join()
            tell(got=type(thing) is Thing, exit_code=child.exitcode, pid=child.pid)
"""


def told(programs):
    """Return what the program above told, by method; the first is what it told before."""
    program = run(programs, IMPORTED)
    control((program.exit_code, program.err) == (0, ""), f"the program ends well: {program}")
    sections = {"before": []}
    for line in map(ast.literal_eval, program.lines):
        if "method" in line:
            sections[line["method"]] = []
        else:
            sections[[*sections][-1]].append(line)
    control([*sections] == ["before", *METHODS], f"each method is tried: {[*sections]}")
    return sections


def imports(lines):
    return [line for line in lines if "name" in line]


def children(lines):
    return [line for line in lines if "child" in line]


@claim("MP17")
@posix
def test_the_main_module_is_called_mp_main_in_children(start_method, programs, evidence):
    """In spawned and served children the main module is __mp_main__; in forked ones __main__.

    So the guard keeps them out.  sys.modules has it under both names in every child.
    """
    seen = children(told(programs)[start_method])
    names = [(line["child"], line["function"], line["same"]) for line in seen]
    evidence(module_function_same=names)
    name = "__main__" if start_method == "fork" else "__mp_main__"
    assert names == [(name, name, True)] * 3


@claim("X07")
@posix
def test_spawn_executes_the_main_module_per_child(programs, evidence):
    """Under spawn the main module's body is executed once in each child; under fork in none."""
    sections = told(programs)
    in_children = [line["pid"] for line in children(sections["spawn"])]
    by = [(line["name"], line["pid"]) for line in imports(sections["spawn"])]
    evidence(fork=len(imports(sections["fork"])), spawn=by)
    assert [line["name"] for line in sections["before"]] == ["__main__"]
    assert imports(sections["fork"]) == []
    assert len(children(sections["fork"])) == 3
    assert len(set(in_children)) == 3
    assert by == [("__mp_main__", pid) for pid in in_children]


@claim("X06")
@posix
@refuted(
    where=not SERVER_IMPORTS_MAIN,
    because="3.13.8 and 3.14.1 made the fork server find the main module (gh-126631); "
    "PyPy is as older ones",
)
def test_a_fork_server_executes_the_main_module_once(programs, evidence):
    """Under forkserver the main module's body is executed once, in the server, for all children.

    '__main__' is what set_forkserver_preload() begins with, so one would expect so.  Before, the
    server did not find it, and each child executed it anew: slow imports cost their time again
    with every start() (gh-126631).
    """
    seen = told(programs)["forkserver"]
    by, in_children = [line["pid"] for line in imports(seen)], [c["pid"] for c in children(seen)]
    evidence(imported_by=by, children=in_children)
    control({line["name"] for line in imports(seen)} == {"__mp_main__"}, "as __mp_main__")
    control(len(by) in (1, 3) and len(set(in_children)) == 3, f"once, or by three: {by}")
    control(len(by) == 1 or by == in_children, "once in the server, or once in each child")
    assert len(by) == 1
    assert by[0] not in in_children


@claim("CX13")
@predicts("RC07")
@posix
@refuted(
    where=SERVER_FORGETS_ARGV,
    start_method="forkserver",
    because="gh-143706: the fork server forgets sys.argv until 3.13.12 and 3.14.3",
)
def test_children_import_the_main_module_with_argv(start_method, programs, evidence):
    """While a child imports the main module, and later on, sys.argv is the parent's.

    What parses options at import depends on it.  The fork server of 3.13.11 and of 3.14.2 imports
    the main module with an empty sys.argv: "error: the following arguments are required"
    (gh-143706).  Instead: parse options under the guard, and pass them.
    """
    seen = told(programs)[start_method]
    at_import, later = ([line["argv"] for line in of(seen)] for of in (imports, children))
    evidence(at_import=at_import, later=later)
    control(later == [["--set", "by the parent"]] * 3, "the target sees the parent's sys.argv")
    count = {"fork": (0,), "spawn": (3,), "forkserver": (1, 3)}[start_method]
    control(len(at_import) in count, f"the body is executed {count} times: {at_import}")
    assert at_import == [["--set", "by the parent"]] * len(at_import)


@claim("CX14")
@posix
def test_a_main_modules_object_comes_back_as_itself(start_method, programs, evidence):
    """An object of a main module's class that a child sends is of the parent's very class.

    In the child that is __mp_main__.Thing; the parent knows its main module by that name too.
    """
    seen = told(programs)
    parent = seen["before"][0]["pid"]
    results = [line for line in seen[start_method] if "got" in line]
    evidence(results=results)
    pids = [line["pid"] for line in children(seen[start_method])]
    assert results == [{"got": True, "exit_code": 0, "pid": pid} for pid in pids]
    assert [line["parent"] for line in children(seen[start_method])] == [parent] * 3


GUARDED = """
import multiprocessing
import os
import sys
import types

value = "as imported"
lock = multiprocessing.Lock()
counter = multiprocessing.Value("i", 0)
letters = multiprocessing.SimpleQueue()
event = multiprocessing.Event()

def tell(**known):
    os.write(1, f"{known}\\n".encode())

def work():
    tell(value=value, under_guard=globals().get("under_guard", "missing"),
         taken=lock.acquire(timeout=0), is_set=event.is_set())
    counter.value += 7
    letters.put("from the child")

def run_child(context, target, *arguments):
    child = context.Process(target=target, args=arguments)
    child.start()
    child.join()
    return child.exitcode

if __name__ == "__main__":
    value = "set under the guard"
    under_guard = "defined"
    event.set()

    def defined_late():
        tell(late="runs")

    class DefinedLate:
        pass

    made = types.ModuleType("made_at_run_time")
    made.work = lambda: None
    made.work.__module__, made.work.__qualname__ = made.__name__, "work"
    sys.modules[made.__name__] = made

    lock.acquire()
    tell(exit_code=run_child(multiprocessing, work))
    lock.release()
    tell(counter=counter.value, letter=None if letters.empty() else letters.get())
    tell(function_under_guard=run_child(multiprocessing, defined_late))
    tell(class_under_guard=run_child(multiprocessing, str, DefinedLate()))
    tell(not_importable={m: run_child(multiprocessing.get_context(m), made.work)
                         for m in ("fork", "spawn", "forkserver")})
"""


def of_guarded(programs, *names):
    """Return what the program above told of these names."""
    program = run(programs, GUARDED)
    known = {}
    for line in program.lines:
        known.update(ast.literal_eval(line))
    control(program.exit_code == 0, f"the program ends well: {program}")
    control(known.get("exit_code") == 0, f"its first child ends well: {program}")
    return [known[name] for name in names]


@claim("MP20")
@predicts("RC03")
@posix
@needs_a_copy
def test_a_child_sees_globals_set_under_the_guard(programs, evidence):
    """By default a child sees a global of the script that is set under the __main__ guard.

    The most frequent silent change: from 3.14 (gh-84559) the child has the value of the line
    further up, for the guard's block is not executed in it.  No error.  Instead: pass the value
    as an argument, or through a pool's initializer.
    """
    (value,) = of_guarded(programs, "value")
    evidence(child=value)
    control(value in ("as imported", "set under the guard"), "one of the two values")
    assert value == "set under the guard"


@claim("CX15")
@predicts("RC03")
@posix
@needs_a_copy
def test_a_child_knows_names_made_under_the_guard(programs, evidence):
    """By default a child has the names that exist only under the __main__ guard.

    options = parser.parse_args() is often one.  From 3.14 a function that uses it ends with
    "NameError: name 'options' is not defined" in the child (gh-84559), which exits with 1 while
    the parent goes on.  Instead: pass it.
    """
    (name,) = of_guarded(programs, "under_guard")
    evidence(child=name)
    control(name in ("defined", "missing"), "it is there or not")
    assert name == "defined"


@claim("CX16")
@predicts("RC01")
@posix
@needs_a_copy
def test_a_function_under_the_guard_is_a_target(programs, evidence):
    """By default a function, or class, that is defined under the __main__ guard can be used.

    From 3.14 start() returns and the child exits with 1: "AttributeError: module '__mp_main__'
    has no attribute 'f'", or "Can't get attribute 'f' on <module '__mp_main__' ...>", is on its
    standard error alone (gh-84559).  Instead: define it above the guard; check Process.exitcode.
    """
    exit_codes = of_guarded(programs, "function_under_guard", "class_under_guard")
    error = run(programs, GUARDED).err
    evidence(exit_code_with_function_and_class=exit_codes)
    if exit_codes != [0, 0]:
        control(exit_codes == [1, 1], f"both children fail: {exit_codes}")
        control(error.count("'defined_late'") == 1 and error.count("'DefinedLate'") == 1, error)
    assert exit_codes == [0, 0]


@claim("CX17")
@predicts("RC03")
@posix
@needs_a_copy
def test_a_module_level_lock_excludes_children(programs, evidence):
    """By default a multiprocessing.Lock that is a global of the script excludes children.

    From 3.14 each child makes a lock of its own when it imports the script (gh-84559): all of
    them are let in at once, and nothing says so.  Events, semaphores and barriers are like that.
    Instead: pass the lock as an argument, or through a pool's initializer.
    """
    taken, is_set = of_guarded(programs, "taken", "is_set")
    evidence(taken_by_child_while_the_parent_holds_it=taken, event_set_for_child=is_set)
    control((taken, is_set) in ((False, True), (True, False)), "both are shared, or neither is")
    assert (taken, is_set) == (False, True)


@claim("CX18")
@predicts("RC03")
@posix
@needs_a_copy
def test_a_module_level_value_is_shared(programs, evidence):
    """By default a multiprocessing.Value, or Array, that is a global of the script is shared.

    From 3.14 the child has another one, made when it imports the script (gh-84559): the parent's
    counter stays 0, without an error.  Instead: pass it as an argument.
    """
    (counter,) = of_guarded(programs, "counter")
    evidence(parent_sees=counter, child_added=7)
    control(counter in (0, 7), "it is shared or not")
    assert counter == 7


@claim("CX19")
@predicts("RC03")
@posix
@needs_a_copy
def test_a_module_level_queue_reaches_the_parent(programs, evidence):
    """By default what a child puts into a queue that is a global of the script gets to the parent.

    From 3.14 the child puts it into a queue of its own (gh-84559), and get() in the parent waits
    for ever.  Instead: pass the queue as an argument.
    """
    (letter,) = of_guarded(programs, "letter")
    evidence(parent_got=letter)
    control(letter in ("from the child", None), "it arrives or not")
    assert letter == "from the child"


@claim("MX17")
@posix
def test_a_target_that_cannot_be_imported_fails_alone(programs, evidence):
    """A spawned child that cannot import its target exits with 1; start() does not raise.

    The target is pickled by its name, which the parent can find; "ModuleNotFoundError: No module
    named ..." is on the child's standard error alone.  So check Process.exitcode.
    """
    (exit_codes,) = of_guarded(programs, "not_importable")
    error = run(programs, GUARDED).err
    evidence(**exit_codes)
    assert exit_codes == {"fork": 0, "spawn": 1, "forkserver": 1}
    assert error.count("ModuleNotFoundError: No module named 'made_at_run_time'") == 2


FLAGGED = """
import multiprocessing
import os
import sys

def tell(who):
    known = (who, sys.argv[1:], __debug__, sys.flags.optimize, sys.warnoptions)
    os.write(1, f"{known}\\n".encode())

if __name__ == "__main__":
    sys.argv[1:] = ["-o", "file"]
    tell("parent")
    for method in ("fork", "spawn", "forkserver"):
        child = multiprocessing.get_context(method).Process(target=tell, args=(method,))
        child.start()
        child.join()
"""


@claim("MP21")
@posix
def test_interpreter_options_are_passed_on_to_children(programs, evidence):
    """-O and -W of the command line, and sys.argv, hold in children of every start method.

    A new program is started with the interpreter's options, and gets sys.argv with its data.
    """
    options = ("-OO", "-W", "error::DeprecationWarning", "-W", "ignore::UserWarning")
    program = run(programs, FLAGGED, options=options)
    told = [*map(ast.literal_eval, program.lines)]
    evidence(told=told)
    expected = (["-o", "file"], False, 2, ["error::DeprecationWarning", "ignore::UserWarning"])
    assert (program.exit_code, program.err) == (0, "")
    assert told == [(who, *expected) for who in ("parent", *METHODS)]
