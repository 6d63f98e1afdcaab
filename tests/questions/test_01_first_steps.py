"""First steps: lists, return values, arguments, join(), daemons and timers."""

from tests.harness import claim, question


@claim("ASK01")
@question("My processes append to a global list. Why does it print an empty list []?")
def test_my_list_stays_empty_after_the_processes(broken, repaired):
    """A process appends to its own copy of a global list; the list of the parent stays empty.

    Processes share no memory (threads do): a global variable, a list or an attribute that a child
    changes is the child's own, and is gone when the child ends (7.03): a global variable is not
    updated by a Process, a Pool or a ProcessPoolExecutor.  That is no race condition, so no lock
    helps, and neither does passing the list in args: that passes a copy (GIVE10).

    Instead: let the work return its value, and take the return values from Pool.map() or from
    an executor.  A Queue or a Manager's list carries values between processes, too (MANAGER01).
    """
    assert broken() == ["[]"]
    assert repaired() == ["[0, 1, 4]"]


@claim("ASK02")
@question("How do I get the return value of a thread? join() returns None.")
def test_join_returns_none_instead_of_the_result(broken, repaired):
    """join() only waits and always returns None; the return value of the target is lost.

    A Thread or a Process calls its target and drops what it returns (3.05).  So nothing can recover
    the return value of a function that was passed to multiprocessing.Process.  An exception in the
    target does not come out of join() either.

    Instead: submit the function to an executor.  The Future that submit() returns keeps the return
    value, or the exception: result() waits, and then returns the one or raises the other
    (FUTURE07).  To obtain the results from a pool of threads, ask each Future, or take the
    executor's map().  A Pool's apply_async() and get() do the same (6.15).
    """
    assert broken() == ["None"]
    assert repaired() == ["3"]


@claim("ASK03")
@question("Why do my threads run one after another, and not at the same time?")
def test_my_threads_run_one_after_another(broken, repaired):
    """A join() in the loop that starts the threads waits for each one before the next starts.

    join() makes the main program wait until the thread has ended (3.02).  After start() the main
    program goes on at once, beside the thread; only join() makes it wait (3.01).

    Instead, and that is how to use threading in Python: start all threads in one loop, and join
    them in a second one (3.07).  Threads that wait (I/O-bound) then wait at the same time.  Threads
    that compute (CPU-bound) are no faster than a loop as long as there is a GIL: use processes for
    that (3.09).
    """
    assert broken() == ["['begins', 'ends', 'begins', 'ends']"]
    assert repaired() == ["['begins', 'begins', 'ends', 'ends']"]


@claim("ASK04")
@question("Thread(target=greet, args=('hello')): takes 1 positional argument but 5 were given?")
def test_takes_1_positional_argument_but_5_were_given(broken, repaired):
    """('hello') is only a string, so each of its five letters becomes an argument.

    args must be a sequence of arguments, and a string is a sequence of letters.  The comma makes
    the tuple, not the parentheses.  args=(1) is only a number: a TypeError, with "argument after *
    must be an iterable, not int".

    Instead: args=("hello",) with a comma, or a list, args=["hello"] (THREAD12).  A Process takes
    its args in the same way (4.01).
    """
    assert broken() == [
        "Exception in thread Thread-1 (greet):",
        "TypeError: greet() takes 1 positional argument but 5 were given",
    ]
    assert repaired() == ["hello"]


@claim("ASK05")
@question("Why does my function run before thread.start(), and in the main thread?")
def test_the_target_runs_before_start_is_called(broken, repaired):
    """target=work() calls work() at once, in the main thread; the thread gets what it returns.

    With the parentheses it is an ordinary call, and its return value None becomes the target.  A
    thread without a target starts, does nothing and ends (THREAD13), so there is no error, and all
    the work is done one after another in the main thread: it runs immediately, before start() is
    called.

    Instead: pass the function itself, target=work, and its arguments in args (4.01).  The thread
    calls it after start() (3.03).  submit(work()) of an executor is the same mistake.
    """
    assert broken() == ["work in MainThread", "before start()"]
    assert repaired() == ["before start()", "work in Thread-1 (work)"]


@claim("ASK70")
@question("RuntimeError: threads can only be started once. How do I run my thread again?")
def test_a_thread_cannot_be_started_again(broken, repaired):
    """A Thread object is one run of its target: it cannot be restarted, even after it has ended.

    A Process is alike: it says "cannot start a process twice" (THREAD01, PROC11).

    Instead: make a new Thread for each run.  For many runs use an executor: it keeps its threads,
    and submit() runs a function in one of them.
    """
    assert broken() == ["working", "RuntimeError: threads can only be started once", "exit code 1"]
    assert repaired() == ["working", "working"]


@claim("ASK06")
@question("Why does my daemon thread stop before it has finished? It prints nothing.")
def test_my_daemon_thread_never_finishes_its_work(broken, repaired):
    """A program does not wait for its daemon threads: its end cuts them off, wherever they are.

    No exception is raised in a daemon thread that is cut off, and not even its finally blocks run,
    so a file may be left half-written (DAEMON05).  For threads that are no daemons the program
    waits (DAEMON02).  In IDLE or at a prompt the program has not ended yet, so the threads work
    there.  A daemon process is terminated at the end of the program (EXIT14).

    Instead: join() the thread before the program ends, or leave daemon=True out.  A thread that
    runs forever needs an Event that tells it to stop (ASK25).
    """
    assert broken() == ["the end"]
    assert repaired() == ["saved", "the end"]


@claim("ASK07")
@question("How do I call a function every n seconds? threading.Timer runs it only once.")
def test_my_timer_ticks_only_once(broken, repaired):
    """A Timer calls its function once, and then its thread has ended; it does not repeat.

    threading has no timer that repeats (TIMER02), and a Timer, like every thread, cannot be started
    a second time: that raises RuntimeError (THREAD01).

    Instead, to run a function every few seconds, or every minute, in the background, or to schedule
    a periodic task: a thread with a loop that waits for an Event.  wait(seconds) returns False when
    the time is up, so the loop goes on, and True as soon as another thread calls set(): that stops
    the loop at once, where time.sleep(seconds) would sleep on (EVENT01).
    """
    assert broken() == ["tick 1"]
    assert repaired() == ["tick 1", "tick 2", "tick 3"]


@claim("ASK55")
@question("I start threads in a loop with a lambda. Why do all of them get the last value?")
def test_all_threads_of_a_loop_get_the_last_value(broken, repaired):
    """A lambda looks the loop's variable up when it runs, and by then it has its last value.

    The variable belongs to the function, or module, around the loop, and all lambdas share it
    (a closure binds late).  A thread that starts early may see another value: a race condition.
    Tasks of an executor, submit(lambda: cook(dish)), and callbacks are like that.

    Instead: pass the value: args=(dish,), executor.submit(cook, dish), functools.partial(cook,
    dish).
    """
    assert broken() == ["['tea', 'tea', 'tea']"]
    assert repaired() == ["['rice', 'soup', 'tea']"]


@claim("ASK58")
@question("How do I start a program and not wait for it? subprocess.run() blocks my script.")
def test_i_want_to_start_a_program_and_go_on(broken, repaired):
    """subprocess.run() returns when the program has ended; Popen() returns when it has started.

    So do call(), check_call() and check_output(), and os.system(): all of them wait.

    Instead: Popen() runs a subprocess in the background, and your script continues.  Keep what it
    returns.  poll() tells whether the program has ended, and wait() or communicate() waits for it
    later: somebody must, or it stays a zombie (POPEN07).  To wait for all of several subprocesses,
    start them all, and then wait() for each.  For a program that is to live on after yours add
    start_new_session=True, and give it no pipe of yours.
    """
    assert broken() == ["the program ends", "my script goes on"]
    assert repaired() == ["my script goes on", "the program ends"]


@claim("ASK75")
@question("os.system() gives me 0 and not the output. os.system or subprocess: which should I use?")
def test_the_output_of_a_program_is_only_0(broken, repaired):
    """os.system() returns the exit status; what the command prints goes to the screen, not to you.

    It runs the command by a shell, and waits.  The difference between subprocess.Popen,
    subprocess.run() and os.system(): run() waits, too, and can return the output; Popen() does not
    wait (ASK58).

    Instead: subprocess.run(["program", "argument"], capture_output=True, text=True, check=True),
    and its stdout, which is the output as a string.  A list needs no shell, so no name with a space
    or a ";" breaks it.
    """
    assert broken() == ["hello", "output: 0"]
    assert repaired() == ["output: hello"]
