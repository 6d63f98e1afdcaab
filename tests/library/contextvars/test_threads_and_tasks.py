"""Whose values of a ContextVar a thread, a Timer, an executor and an asyncio task see.

Source: https://docs.python.org/3/library/contextvars.html
"""

import ast
import asyncio
import contextvars
import threading
from concurrent.futures import ThreadPoolExecutor

from tests.harness import (
    FREE_THREADED_BUILD,
    PYPY,
    before,
    claim,
    control,
    joined,
    predicts,
    refuted,
    since,
)

PROGRAM = """
import contextvars, threading
from concurrent.futures import ThreadPoolExecutor

var = contextvars.ContextVar("var", default="default")
seen = {}

def look(name):
    seen[name] = var.get()
    var.set("of another thread")

var.set("of the starter")
for thread in (
    threading.Thread(target=look, args=("Thread",)),
    threading.Timer(0, look, ["Timer"]),
):
    thread.start()
    thread.join()
with ThreadPoolExecutor(1) as executor:
    seen["first task"] = executor.submit(var.get).result()
    var.set("set later")
    seen["second task"] = executor.submit(var.get).result()
seen["starter"] = var.get()
print(seen)
"""

#: The values that are possible, of Thread, Timer, the two tasks and the starter.
EMPTY = ["default"] * 4 + ["set later"]
INHERITED = ["of the starter"] * 4 + ["set later"]

#: The flags may not come from outside.
FLAG = "PYTHON_THREAD_INHERIT_CONTEXT"

refuted_where_threads_inherit = refuted(
    where=FREE_THREADED_BUILD and since("3.14.0"),
    because="3.14 made threads of free-threaded builds inherit the context (gh-128555)",
)


def values(programs, option="", variable=""):
    """Return who sees which value, in a fresh interpreter with this option and this variable."""
    options = ["-X", option] if option else []
    program = programs.once(PROGRAM, options=options, environ={FLAG: variable})
    control((program.exit_code, program.err) == (0, ""), f"the program: {program.err}")
    seen = ast.literal_eval(program.out)
    control(seen["Thread"] == seen["Timer"], f"both threads inherit, or none: {seen}")
    return seen


@claim("CONTEXT07")
@predicts("RC19")
@refuted_where_threads_inherit
def test_a_new_thread_starts_with_the_defaults(programs, evidence):
    """A new thread does not see the ContextVar values of its starter: its context is empty.

    You might expect it to inherit them, as an asyncio task does.  get() returns the default, or
    raises LookupError.  Since 3.14, threads of free-threaded builds inherit them (gh-128555): the
    same program sees other values there.  Flask's request and application contexts are such values:
    in a thread, "Working outside of application context".  Streamlit keeps its context in the
    thread itself, and says "missing ScriptRunContext".  Instead: pass copy_context().run as the
    target; in Flask, give the thread a function that copy_current_request_context() has wrapped, or
    open app.app_context() in it; in Streamlit, call add_script_run_ctx(thread) before its start.
    """
    seen = evidence(seen=values(programs))
    assert (seen["Thread"], seen["starter"]) == ("default", "set later")


@claim("CONTEXT08")
@predicts("RC19")
@refuted(
    where=before("3.14.0") or PYPY,
    because="3.14 added -X thread_inherit_context (gh-128555)",
)
def test_threads_can_be_made_to_inherit(programs, evidence):
    """With -X thread_inherit_context=1, a new thread starts with its starter's values.

    PYTHON_THREAD_INHERIT_CONTEXT=1 does the same.  3.14 added both; before, Python accepts and
    ignores them.  Everywhere you can write Thread(target=copy_context().run, args=(function,)).
    """
    by_option = values(programs, option="thread_inherit_context=1")
    by_variable = values(programs, variable="1")
    assert list(evidence(by_option=by_option).values()) == INHERITED
    assert list(evidence(by_variable=by_variable).values()) == INHERITED


@claim("CONTEXT09")
@predicts("RC19")
@refuted_where_threads_inherit
def test_a_timer_starts_with_the_defaults(programs, evidence):
    """threading.Timer does not inherit the ContextVar values of the code that starts it.

    A timer is a thread, and starts with the defaults of all variables.  Since 3.14 it inherits the
    values in free-threaded builds, and with -X thread_inherit_context=1 (gh-128555).  Pass
    copy_context().run as the function, and the real function as its argument.
    """
    assert evidence(seen=values(programs))["Timer"] == "default"


@claim("CONTEXT10")
@refuted(because="CPython's and PyPy's ThreadPoolExecutor runs tasks in their worker's context")
def test_an_executor_s_task_sees_the_submitter_s_values(programs, evidence):
    """A ThreadPoolExecutor runs a task with the ContextVar values of the code that submits it.

    The task sees the defaults.  Where threads inherit, it sees those of the submit() that happened
    to start its worker.  Submit copy_context().run, or use asyncio.to_thread().
    """
    empty = values(programs, option="thread_inherit_context=0")
    inheriting = values(programs, option="thread_inherit_context=1")
    inherited = "of the starter" if since("3.14.0") and not PYPY else "default"
    threads = empty["Thread"], inheriting["Thread"]
    control(threads == ("default", inherited), f"threads inherit with 1, since 3.14: {threads}")
    seen = empty["second task"], inheriting["second task"]
    control(seen in (threads, ("set later", "set later")), f"not the worker's values: {seen}")
    assert evidence(by_default=seen[0], inheriting=seen[1]) == ("set later", "set later")


@claim("CONTEXT11")
def test_copy_context_carries_values_into_a_thread(evidence):
    """Thread(target=copy_context().run, ...) carries values into a thread, and none back.

    The thread sees the values from the moment of copy_context(), not of start().
    """
    var, seen = contextvars.ContextVar("var", default="default"), []

    def change(*arguments):
        seen.append((var.get(), arguments))
        var.set("inner")

    var.set("outer")
    context = contextvars.copy_context()
    var.set("too late")
    thread = threading.Thread(target=context.run, args=(change, 1, 2))
    thread.start()
    joined(thread)
    assert evidence(in_the_thread=seen) == [("outer", (1, 2))]
    assert evidence(here=var.get(), in_the_copy=context[var]) == ("too late", "inner")


@claim("CONTEXT12")
def test_to_thread_carries_the_context(evidence):
    """asyncio.to_thread() runs a function with the caller's ContextVar values, in a copy."""
    var = contextvars.ContextVar("var", default="default")

    def change(value):
        seen, thread = var.get(), threading.get_ident()
        var.set(value)
        return seen, thread

    async def main():
        var.set("outer")
        answers = [await asyncio.to_thread(change, "inner") for _ in range(2)]
        return answers, var.get()

    answers, afterwards = asyncio.run(main())
    assert evidence(seen=[seen for seen, _ in answers]) == ["outer", "outer"]
    assert threading.get_ident() not in [thread for _, thread in answers]
    assert evidence(afterwards=afterwards) == "outer"


@claim("CONTEXT13")
def test_run_in_executor_leaves_the_context(evidence):
    """loop.run_in_executor() carries no ContextVar values: the function sees the worker's.

    You might expect it to do what asyncio.to_thread(), which is newer, does.  Pass
    copy_context().run.
    """
    var = contextvars.ContextVar("var", default="default")

    async def main(executor):
        loop, values = asyncio.get_running_loop(), []
        await loop.run_in_executor(executor, int)  # the worker starts before anything is set
        for number in (1, 2):
            var.set(f"outer {number}")
            values.append(await loop.run_in_executor(executor, var.get))
            copy = contextvars.copy_context()
            values.append(await loop.run_in_executor(executor, copy.run, var.get))
        return values

    with ThreadPoolExecutor(1) as executor:
        values = asyncio.run(main(executor))
    assert evidence(bare_and_with_run=values) == ["default", "outer 1", "default", "outer 2"]


@claim("CONTEXT14")
def test_each_asyncio_task_has_its_own_copy(evidence):
    """An asyncio task runs in a copy of its creator's context; an awaited coroutine does not.

    What a task sets stays in the task.  What a coroutine that is simply awaited sets, its caller
    sees.
    """
    var, seen = contextvars.ContextVar("var", default="default"), []

    async def change(value):
        seen.append(var.get())
        var.set(value)
        await asyncio.sleep(0)
        seen.append(var.get())

    async def main():
        var.set("main")
        tasks = [asyncio.create_task(change(name)) for name in ("a", "b")]
        var.set("too late")
        await asyncio.gather(*tasks)
        after_tasks = var.get()
        await change("c")
        return after_tasks, var.get()

    assert evidence(after_tasks_and_await=asyncio.run(main())) == ("too late", "c")
    assert evidence(seen=seen) == ["main", "main", "a", "b", "too late", "c"]
    assert var.get() == "default"
