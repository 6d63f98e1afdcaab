"""Errors and Ctrl-C: who notices an exception, what an interrupt stops, and what goes on."""

from tests.harness import DEFAULT_START_METHOD, PYPY, claim, needs_posix, question


@claim("ASK38")
@question(
    "Exception in thread Thread-1 (work): ... but my program goes on, and its exit code is 0. Why?"
)
def test_program_goes_on_after_an_exception_in_a_thread(broken, repaired):
    """An exception ends only its own thread; join() does not raise it, and nobody else learns.

    The traceback is printed by threading.excepthook, and that is all: the exit code stays 0, so a
    shell script, a service manager or CI takes the run for a success.  A Process is alike: its
    exitcode is 1, and the parent goes on.

    Instead: submit() the work to a ThreadPoolExecutor and ask for future.result(), which raises the
    exception in the main thread.  After a Process look at its exitcode (EXCEPT01, FUTURE26,
    PROC04).
    """
    assert broken() == [
        "Exception in thread Thread-1 (work):",
        "ValueError: no such customer",
        "all work is done",
    ]
    assert repaired() == ["ValueError: no such customer", "exit code 1"]


@claim("ASK39")
@question("I press Ctrl-C, KeyboardInterrupt is printed many times, and my Pool hangs. Why?")
@needs_posix
def test_ctrl_c_makes_my_pool_hang(broken, repaired):
    """Ctrl-C goes to all processes at once: the worker dies with its task, and join() waits for it.

    The terminal sends SIGINT, the keyboard interrupt, to the parent and to each worker of
    multiprocessing's Pool.  KeyboardInterrupt is not an Exception, so the worker does not send it
    as the result of the task but ends, with a traceback of its own; another worker takes its place,
    and the task is lost.  close() lets the pool finish what is pending, and that task never is: a
    deadlock.  The parent does catch its KeyboardInterrupt; what hangs is the join() of the
    multiprocessing Pool after it.

    Instead: let the workers ignore SIGINT, by an initializer, and terminate() the pool in the
    parent (POOL27, EXIT05).
    """
    process = {"fork": "Fork", "spawn": "Spawn", "forkserver": "ForkServer"}[DEFAULT_START_METHOD]
    assert sorted(broken()) == [
        "KeyboardInterrupt",
        f"Process {process}PoolWorker-1:",
        "hangs at: pool.join()",
        "interrupted",
    ]
    assert repaired() == ["interrupted"]


@claim("ASK73")
@question("I press Ctrl-C, see KeyboardInterrupt, and my program with threads goes on. Why?")
def test_ctrl_c_does_not_stop_my_threads(broken, repaired):
    """Ctrl-C interrupts only the main thread; the others run on, and the program waits for them.

    It looks as if Ctrl-C is ignored when threads are active, and a keyboard interrupt does not exit
    the program.  KeyboardInterrupt ends the main thread, and then Python waits for all threads that
    are not daemons (DAEMON02), so Ctrl-C does not stop a program with threads in endless loops.

    Instead: catch KeyboardInterrupt around join(), set an Event that the threads ask in their
    loops, and join() again (ASK25).  Daemon threads are cut off wherever they are (DAEMON05).
    """
    assert broken() == ["KeyboardInterrupt", "hangs at: its end"]
    assert repaired() == ["stopped"]


@claim("ASK40")
@question("Why does Ctrl-C not stop my ThreadPoolExecutor before all tasks are done?")
@needs_posix
def test_ctrl_c_does_not_stop_my_executor(broken, repaired):
    """KeyboardInterrupt leaves the with block, and the end of that waits for all pending tasks.

    Only the main thread is interrupted: Ctrl-C does not stop your threads.  The ThreadPoolExecutor
    seems to hang, and the program never exits.  Then __exit__() calls shutdown(wait=True), which
    lets the workers do everything that was submitted; so does the end of the program.

    Instead: catch KeyboardInterrupt inside of the block, cancel the pending tasks by
    shutdown(wait=False, cancel_futures=True), and tell the running ones by an Event: nobody can
    kill a thread (TEXEC16, EXEC16, EXEC17).
    """
    done = [f"task {number} is done" for number in range(3)]
    assert broken() == [*done, "KeyboardInterrupt", "exit code -2"]
    assert repaired() == ["task 0 has stopped"]


@claim("ASK41")
@question("Why does input() in a Process raise EOFError: EOF when reading a line?")
def test_input_in_a_process_raises_eoferror(broken, repaired):
    """multiprocessing gives each child an empty sys.stdin, so input() is at its end immediately.

    Otherwise parent and children would take each other's lines from one keyboard.

    Instead: call input() in the parent, and pass the answer in args, or through a Queue if the
    child asks later (PROC07).
    """
    error = "EOFError" if PYPY else "EOFError: EOF when reading a line"
    assert broken() == ["Process Process-1:", error]
    assert repaired() == ["Hello, Ada"]


@claim("ASK83")
@question("How do I read console input with a timeout, non-blocking? input() stops my program.")
def test_input_blocks_my_program(broken, repaired):
    """input() waits until somebody types a line, without a timeout; let a thread wait in its place.

    select() takes sys.stdin on Linux and macOS only, and does not see a line that Python has read
    ahead.

    Instead: a daemon thread that reads the keyboard (stdin) and puts the lines into a queue.Queue.
    The main loop calls get(timeout=...), or get_nowait(), and goes on if queue.Empty is raised
    (QUEUE08).  Let the thread read sys.stdin, not call input(): with that the program may hang or
    abort at its end, if the thread still waits (DAEMON11).  In asyncio: await
    asyncio.to_thread(sys.stdin.readline) (LOOP69).
    """
    assert broken() == ['hangs at: print("Hello,", input())']
    assert repaired() == ["the program goes on", "Hello, Ada"]


@claim("ASK72")
@question("ValueError: signal only works in main thread of the main interpreter. What can I do?")
def test_signal_only_works_in_main_thread(broken, repaired):
    """Only the main thread may call signal.signal(), as only there Python runs signal handlers.

    A server, a scheduler or asyncio code that is started in a thread (by a test, a GUI, Streamlit)
    fails so when it installs its handlers (SIGNAL15), and so does who runs Flask in a thread with
    its reloader, or sets a timeout by signal.alarm() there.

    Instead: install the handlers in the main thread, before the thread is started, and let the
    handler tell the thread, by an Event.  Many servers have an option not to install any.
    """
    error = "ValueError: signal only works in main thread of the main interpreter"
    if PYPY:
        error = (
            "ValueError: signal only works in main thread or with __pypy__.thread.enable_signals()"
        )
    assert broken() == ["Exception in thread Thread-1 (serve):", error]
    assert repaired() == ["serving"]
