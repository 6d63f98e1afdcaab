"""What people paste and type finds the right claim or question among the best three."""

import pytest

from tests.report import answers
from tests.vocabulary.search import STOP, Document, Hit, Index, stem, words
from tests.vocabulary.specs import specs_by_id

#: What stands on screens, with the claims and questions that answer it.
PASTED = {
    "RuntimeError: An attempt has been made to start a new process before the current process has "
    "finished its bootstrapping phase.": "MAIN02 MAIN01 ASK28",
    "AttributeError: Can't get local object 'main.<locals>.f'": "PICKLE03 PIPE11 PEXEC14 ASK35",
    "AttributeError: Can't pickle local object 'main.<locals>.<lambda>'": "GIVE01 GIVE02 POOL19 "
    "PEXEC14 ASK34 ASK35 PICKLE03",
    "_pickle.PicklingError: Can't pickle <function <lambda> at 0x7f3c2d0>: attribute lookup "
    "<lambda> on __main__ failed": "PICKLE04 GIVE02 ASK34",
    "TypeError: cannot pickle '_thread.lock' object": "GIVE04 GIVE06 VALUE24 ASK36 LOCK13",
    "BrokenPipeError: [Errno 32] Broken pipe": "PIPE02 POPEN23 MANAGER03 SIGNAL25 PIPE13",
    "OSError: [Errno 24] Too many open files": "ASK49 DEPLOY15",
    "RuntimeError: can't start new thread": "LIMIT06 ASK50 DEPLOY18",
    "/usr/lib/python3.12/multiprocessing/popen_fork.py:66: DeprecationWarning: This process "
    "(pid=2333598) is multi-threaded, use of fork() may lead to deadlocks in the child.": "FORK01 "
    "FORK02 FORK03 ASK46",
    "resource_tracker: There appear to be 1 leaked shared_memory objects to clean up at shutdown": (
        "TRACKER05 TRACKER06 ASK52"
    ),
    "UserWarning: resource_tracker: There appear to be 6 leaked semaphore objects to clean up at "
    "shutdown": "TRACKER03 ASK52",
    "EOFError: Ran out of input": "ASK35 GIVE02",
    "AssertionError: daemonic processes are not allowed to have children": "POOL21 EXIT17",
    "RuntimeError: cannot schedule new futures after interpreter shutdown": "EXEC18 ASK18",
    "Fatal Python error: _enter_buffered_busy: could not acquire lock for <_io.BufferedWriter "
    "name='<stdout>'> at interpreter shutdown, possibly due to daemon threads": "DAEMON08",
    "RuntimeError: threads can only be started once": "THREAD01",
    "AttributeError: Can't get attribute 'sq' on <module '__main__' (built-in)>": "ASK30 MAIN03",
    "concurrent.futures.process.BrokenProcessPool: A process in the process pool was terminated "
    "abruptly while the future was running or pending.": "PEXEC01",
    "RuntimeError: Lock objects should only be shared between processes through inheritance": (
        "ASK24 LOCK14 MPQUEUE03 PICKLE10 MANAGER18"
    ),
    "ValueError: signal only works in main thread of the main interpreter": "SIGNAL15",
    "RuntimeError: context has already been set": "START11 START23 ASK31",
    "RuntimeError: A SemLock created in a fork context is being shared with a process in a spawn "
    "context.": "LOCK14 START13 START14 MPQUEUE22 GIVE09",
    "TypeError: greet() takes 1 positional argument but 5 were given": "ASK04 THREAD41",
    "ValueError: task_done() called too many times": "QUEUE10 MPQUEUE01",
    "RuntimeError: release unlocked lock": "LOCK03 LOCK06",
    "RuntimeError: dictionary changed size during iteration": "ITER10 CLASSIC22",
    "ValueError: generator already executing": "ITER08 ITER07",
    "ValueError: Pool not running": "POOL31 6.12 POOL32",
    "RuntimeError: cannot join thread before it is started": "THREAD02",
    "AssertionError: can only join a child process": "PROC17",
    "AttributeError: 'NoneType' object has no attribute 'join'": "THREAD46",
    "TypeError: 'AsyncResult' object is not iterable": "6.04",
    "EOFError: unexpected EOF": "SERVER04 SERVER05",
    'File "/usr/lib/python3.12/multiprocessing/queues.py", line 244, in _feed\n'
    "    obj = _ForkingPickler.dumps(obj)\n"
    "TypeError: cannot pickle 'sqlite3.Connection' object": "MPQUEUE05",
    "PytestUnhandledThreadExceptionWarning": "STDLIB44",
    "multiprocessing.pool.MaybeEncodingError: Error sending result: '<generator object f at "
    "0x7f>'. Reason: 'TypeError(\"cannot pickle 'generator' object\")'": "POOL16 POOL18 POOL19",
    "RuntimeError: There is no current event loop in thread 'Thread-1'.": "ASK45 LOOP03",
    "sqlite3.ProgrammingError: SQLite objects created in a thread can only be used in that same "
    "thread.": "ASK51 STDLIB01",
    "Process finished with exit code -9": "EXIT01 EXIT02 EXIT03 POPEN12",
    "Exception in thread Thread-1 (worker):": "ASK38 EXCEPT01 EXCEPT03",
    "objc[1234]: +[__NSCFConstantString initialize] may have been in progress in another thread "
    "when fork() was called.": "START02",
    "ValueError: need at most 63 handles, got a sequence of length 65": "EXEC22",
    "RuntimeWarning: The global interpreter lock (GIL) has been enabled to load module 'numpy', "
    "which has not declared that it can run safely without the GIL.": "GIL03 GIL02",
    "OSError: [Errno 12] Cannot allocate memory": "DEPLOY20",
    "TypeError: Lock.__init__() got an unexpected keyword argument 'loop'": "PRIVATE16",
    "AttributeError: module 'asyncio' has no attribute 'coroutine'": "PRIVATE17",
    "[python] <defunct>": "REAP01 8.12 DEPLOY32 WAIT07",
    "RuntimeError: Cannot re-initialize CUDA in forked subprocess. To use CUDA with "
    "multiprocessing, you must use the 'spawn' start method": "START02 START01 START04",
}

#: What people asked, in their own words.
TYPED = {
    "two processes append to a global list; the parent prints []": "ASK01 7.03",
    "Pool(4).map is much slower than the plain for loop": "ASK12 CHOOSE05 CLASSIC31",
    "Ctrl-C in a Pool: prints tracebacks, hangs, must be killed from outside": "ASK39 POOL27",
    "without the if-guard processes are started without end": "ASK28 MAIN01 MAIN02",
    "Pool.imap with a lambda: PicklingError": "ASK34 POOL19",
    "subprocess.Popen(stdout=PIPE) + wait() hangs with much output": "ASK48 POPEN18",
    "two threads count one global: total is too small": "ASK21 ASK47 ATOM12",
    "daemon thread is stopped before it has finished": "ASK06 DAEMON05",
    "3.12 prints DeprecationWarning about fork in a multi-threaded process": "ASK46 FORK01 FORK02",
    "leaked semaphore objects to clean up at shutdown; harmful?": "ASK52 TRACKER03",
    "a Lock passed to pool.map: RuntimeError through inheritance": "ASK24 LOCK14",
    "queue.empty() is True although items were put; workers stop early": "MPQUEUE07 5.06 QUEUE08",
    "a global set in the main block is None in the child on Windows": "ASK08 MAIN11",
    "how many threads should max_workers be?": "ASK16 EXEC19",
    "when to call pool.close() and pool.join()?": "ASK15 6.12 6.13",
    "Thread(target=f, args=('hello')): takes 1 positional argument but 5 were given": "ASK04",
    "which thread gets a signal / KeyboardInterrupt?": "SIGNAL15",
    "what is join() for?": "3.02 3.01 ASK03",
    "ThreadPoolExecutor swallows exceptions": "ASK13 FUTURE26 EXEC04",
    "memory explodes when many tasks are submitted": "ASK17 CLASSIC29",
    "a worker is OOM-killed; Pool.map hangs for ever": "ASK27 POOL28",
    "Ctrl-C does not stop a program with pool/threads": "ASK40 ASK39",
    "is a 3 GB read-only global copied into each pool worker?": "ASK11 POOL38",
    "a method run in ProcessPoolExecutor does not change self": "ASK09 PEXEC16",
    "queue.join() blocks for ever": "ASK20 QUEUE10",
    "children become <defunct> zombies": "REAP01 8.12 DEPLOY32 WAIT07",
    "cpu_count() in a container gives the host's 64 cores": "CORES02 EXEC19 START22",
    "threading.Timer: repeat every n seconds / stop it": "ASK07 CLASSIC33",
    "is preexec_fn safe with threads?": "ASK53 POPEN45",
    "logging from several processes into one file": "STDLIB16 LOG04 GIVE07",
    "a thread that takes its own Lock again hangs": "LOCK02 CLASSIC04",
    "input() in a child: EOFError when reading a line": "ASK41 PROC16 INHERIT05",
    "threads do not run in parallel / no speed-up on several cores": "ASK42 2.05 2.04 3.09",
    "time.sleep() in a coroutine": "ASK43 LOOP50",
    "how do I kill a thread": "ASK25 CLASSIC23",
    "two locks in opposite order": "ASK22 CLASSIC01",
    "nogil counter race condition": "ASK47 ATOM12 ATOM13 GIL01",
    "is list.append thread-safe": "ATOM01 ATOM02 CLASSIC20",
    "how to return a value from a thread": "ASK02",
    "how do I get the result of a Process": "ASK01 ASK02 6.04",
    "what is the difference between a process and a thread?": "1.05 1.04 1.02 1.07 1.03 7.03",
    "when should I use threads and when processes?": "CHOOSE01 CHOOSE02 CHOOSE04 ASK42 2.05 3.09",
    "asyncio or threads?": "CHOOSE01 CHOOSE03 CHOOSE04 ASK42 CHOOSE02 CHOOSE06",
    "output of several threads is mixed up": "PRINT01 PRINT02 PRINT03 PRINT04",
    "KeyboardInterrupt does not stop multiprocessing pool": "ASK39 POOL27 ASK40",
    "global variable is not updated in another process": "ASK01 7.03 ASK08 INHERIT16",
    "can I use threading.Lock in asyncio?": "ASYNC08 LOOP50",
    "queue.get() hangs forever": "QUEUE08 5.04 5.05 5.06 MPQUEUE07 5.08",
    "resource_tracker: '/psm_1': [Errno 2] No such file or directory: '/psm_1'": "SHM13",
    "_pickle.UnpicklingError: pickle data was truncated": "ASK35 GIVE02 PIPE22",
    "does the GIL make my code thread-safe?": "ASK21 ATOM12 2.10 CLASSIC20 2.01",
    "what is the GIL?": "2.01 2.03 2.02",
    "what is a race condition?": "ASK21 ATOM12 CLASSIC20 ASYNC05 7.09 7.08",
    "what is a deadlock?": "CLASSIC01 ASK22 CLASSIC04 CLASSIC08",
    "what is a daemon thread?": "DAEMON01 DAEMON05 DAEMON02 ASK06",
    "what is a daemon process?": "EXIT14 EXIT15 EXIT17",
    "how do I share a list between processes?": "MANAGER01 ASK01 MANAGER12",
    "how do I share a dict between processes?": "MANAGER01",
    "how do I share a numpy array between processes?": "SHM01 SHM02 SHM16 SHM03 VALUE23 SHM10",
    "why does my script run twice?": "ASK32 MAIN01 ASK28 MAIN06 MAIN07",
    "print() in a child process does not appear": "PROC08 ASK32 POPEN48",
    "how do I limit the number of threads?": "ASK16 EXEC19 EXEC20 SEM01 TEXEC03 PEXEC11",
    "program does not exit because threads are still running": "DAEMON02 DAEMON04 TIMER05 DAEMON01",
    "difference between map and imap": "POOL04 POOL05 POOL13 POOL06 POOL14 POOL15",
    "apply_async returns nothing": "6.04 6.03",
    "nested pools: a Pool inside a Pool": "POOL21 EXIT17 PEXEC20",
    "is queue.Queue thread-safe?": "QUEUE05 QUEUE04 QUEUE03",
    "multiprocessing.Queue or queue.Queue?": "ASK19 5.11 MPQUEUE10 5.10",
    "fork or spawn: which start method should I choose?": "START01 START02 PEXEC23 FORK01 ASK46",
    "what breaks with 3.14's default start method?": "START01 PEXEC26 MAIN01 INHERIT16 ASK08",
    "run blocking code in asyncio": "ASK43 LOOP50 LOOP37 LOOP38 LOOP39 LOOP36",
    "asyncio tasks disappear": "TASK02",
    "contextvars in a thread": "CONTEXT07 TEXEC11 TEXEC12 THREAD19 CONTEXT10 1.16",
    "time.sleep blocks the event loop": "ASK43 LOOP50",
    "a timeout for a lock": "LOCK06 LOCK07",
    "limit concurrent requests with a semaphore": "ASK16 SEM01 ASYNC10 CLASSIC30",
    "producer and consumer": "QUEUE04 QUEUE05 CLASSIC15",
    "child processes stay after the parent was killed": "EXIT10 EXIT11 EXIT20 EXIT12",
    "exception in a child process is not raised in the parent": "PROC04 ASK38 PROC05",
    "how do I stop a process?": "EXIT03 PROC07 1.08 EXIT02",
    "is dict thread-safe without the GIL?": "ATOM08 ATOM10 ATOM13 ASK47 ATOM09 CLASSIC20",
    "is a += 1 atomic?": "ATOM12 ASK21 ASK47 ATOM16",
    "how many processes should a pool have?": "ASK16 POOL23 PEXEC10 POOL01 START22 CORES02 EXEC19",
    "why is multiprocessing slower": "ASK12 CHOOSE05",
    "gunicorn preload_app: threads do not run in the workers": "FORK25",
    "ThreadPoolExecutor hangs at exit": "EXEC18 TEXEC05 TEXEC06 TEXEC07 EXEC15 DAEMON02",
    "pass a large object to many tasks": "ASK11 POOL38",
    "how do I use a lock with the with statement": "LOCK10 7.11",
    "how to cancel a future": "FUTURE08 LOOP25",
    "how to pass arguments to a thread": "THREAD12 ASK04 THREAD41",
    "how many threads can I create": "LIMIT06 ASK50",
    "what is the difference between concurrency and parallelism": "2.05",
    "how to kill a process in python": "EXIT03 PROC07",
    "how to log from multiple processes": "INHERIT35 LOG03 STDLIB16",
    "how to wait for multiple threads": "3.02 3.01",
    "how to limit the number of concurrent tasks in asyncio": "ASYNC10 ASYNC44",
    "what is a daemon thread": "DAEMON05 ASK06",
    "how to share a counter between processes": "VALUE13 ASK10",
    "how to return a value from a Process": "1.02",
    "how to run multiple coroutines at the same time": "TASK30 TASK31 TASK05",
    "does time.sleep release the GIL": "1.13 4.07",
    "how to catch exceptions in a thread": "EXCEPT01 ASK38",
    "how to cancel an asyncio task": "TASK19",
    "how to shut down an executor without waiting": "EXEC15",
    "is a global counter thread safe": "ATOM12 ASK21",
    "how to make a singleton thread safe": "ONCE01",
    "how to call a coroutine from a thread": "LOOP22",
    "python process exit code -11": "EXIT03 EXIT01",
    "results of pool in order": "POOL04",
    "can two threads use the same sqlite connection": "ASK51 STDLIB01",
    "how to read from a subprocess without blocking": "POPEN22 ASK48",
    "how to wait for a process to finish": "PROC16 POPEN15",
    "how to get the exit code of a process": "EXIT01",
    "what does daemon=True do": "DAEMON05 ASK06",
    "how to interrupt a sleeping thread": "CLASSIC24",
    "how to lock a file": "STDLIB35",
    "why are my prints out of order": "PRINT01 6.09",
    "how to list all running threads": "THREAD15",
    "what is a context switch": "1.11",
    "how to stop an event loop": "LOOP16",
    "what is a condition variable": "COND06",
    "does subprocess.run block": "POPEN15 POPEN06",
    "how to catch CancelledError": "TASK22 TASK21",
    "what is a semaphore": "SEM01",
    "global variable not updated in process": "ASK08 ASK01 INHERIT16",
    "thread runs immediately before calling start": "ASK05",
    "python threads not running in parallel only one core used": "ASK42 2.05",
    "why is my multithreaded code slower than single threaded": "ASK42",
    "does python have a gil in 3.14": "2.02",
    "are python dicts thread safe": "ATOM02",
    "difference between Lock and RLock": "LOCK17",
    "difference between a Lock and an RLock": "LOCK17",
    "python lock deadlock program freezes acquire same lock twice": "LOCK02",
    "what is the use of join() in python threading": "3.02",
    "catch a thread's exception in the caller thread": "EXCEPT01 ASK38",
    "loop over queue until empty with several threads": "CLASSIC20 QUEUE17",
    "python concurrent.futures timeout doesn't kill the thread": "ASK26 FUTURE12",
    "fork vs spawn vs forkserver": "START01",
    "python 3.14 multiprocessing broke my code on linux, worked in 3.13": "START01 ASK28",
    "how to check if GIL is disabled": "SYS07 2.01",
    "executor.map vs submit": "EXEC01",
    "script runs over and over again multiprocessing windows": "ASK28 ASK32",
    "how to limit number of threads running at same time": "ASK16",
    "asyncio vs threading which one for many http requests": "CHOOSE01",
    "how to call async function from a thread": "LOOP22",
    "asyncio.exceptions.CancelledError how to handle": "TASK22",
    "ProcessPoolExecutor hangs forever no error": "TEXEC15",
    "global variable not updated in ProcessPoolExecutor": "ASK01",
    "read subprocess output line by line in real time": "POPEN21",
    "subprocess.TimeoutExpired but child still running shell=True": "POPEN33",
    "kill a subprocess and all its children": "POPEN36",
    "ctrl-c kills my subprocess too how to prevent": "POPEN37",
    "os.fork in multithreaded program what happens to the other threads": "FORK25",
    "python script does not exit after main finished": "DAEMON02",
    "atexit not called when using threads": "DAEMON02",
    "threading.local AttributeError: '_thread._local' object has no attribute 'conn'": "LOCAL01",
    "how to debug a deadlock in python print all thread stacks": "STDLIB46",
    "find out where python process is stuck hanging": "STDLIB46",
    "python program hangs at the end of multiprocessing join queue": "ASK23",
    "os.register_at_fork example lock": "FORK26",
    "difference between threading.local and contextvars": "LOCAL01",
    "thread local data in thread pool leaks between requests": "LOCAL04",
    "understanding the logic behind chunksize": "CLASSIC32",
    "threading pool similar to the multiprocessing Pool": "POOL36",
    "asyncio.gather vs TaskGroup": "TASK33 TASK30",
    "asyncio create_task garbage collected": "TASK02",
    "how to add a timeout to a function": "ASK26",
    "run function every x seconds in background": "ASK07",
    "how to run a function in the background": "3.03",
    "how to make a lock per key": "ONCE03",
    "read write lock": "CLASSIC14",
    "how to wait on multiple queues at once": "QUEUE05",
    "difference between terminate and kill": "EXIT03",
    "difference between Pool.close and Pool.terminate": "6.12",
    "difference between map and map_async": "POOL04",
    "difference between apply and apply_async": "6.05",
    "difference between a task and a coroutine": "TASK04",
    "difference between Pipe and Queue": "PIPE22",
    "difference between run and start in a thread": "3.03",
    "how do I pass a queue to a pool worker": "ASK19",
    "how to write to a csv from multiple processes": "ASK78",
    "how to stop all threads when one raises an exception": "FUTURE28",
    "starmap with kwargs": "ASK14",
    "only one core used with multiprocessing": "CORES01",
    "do I need to join threads": "3.02",
    "do I need to close a queue": "MPQUEUE08",
    "Pool hangs when I break out of imap_unordered": "POOL05",
    "pool.terminate() hangs": "ASK84",
    "discord heartbeat blocked for more than 10 seconds": "LOOP50",
    "pandas apply in parallel": "ASK77",
    "QThread": "ASK54",
    "program freezes when I call join": "ASK23",
    "multiprocessing with kwargs": "PROC20",
    "sub interpreters vs multiprocessing": "INTERP02",
    "asyncio with multiprocessing": "CHOOSE08",
    "run thread every minute": "ASK07",
    "multiprocessing default start method changed": "START01",
    "multiprocessing print not showing": "PROC08",
    "cannot import name 'interpreters' from 'concurrent'": "INTERP01",
    "pool worker initializer": "POOL24",
    "file lock between processes": "STDLIB35",
    "nested multiprocessing": "ASK65",
    "asyncio lock vs threading lock": "ASYNC08",
    "lifo queue": "QUEUE07",
    "queue vs deque": "QUEUE07",
    "is random thread safe": "ATOM23",
    "retry in pool": "POOL08",
    "asyncio run in thread": "LOOP07",
    "run flask in a thread": "ASK72",
    "uvicorn workers global variable": "ASK60",
    "executor submit vs map": "EXEC01",
    "subprocess environment variables": "POPEN58",
    "asyncio read file": "LOOP69",
    "run_in_executor with kwargs": "LOOP90",
    "Popen.wait never returns": "POPEN18",
    "run a subprocess in the background and continue": "ASK58",
    "read from multiple pipes at once": "PIPE01",
    "set cpu affinity of a process": "CORES01",
    "share socket between processes": "GIVE13",
    "how to communicate between two python scripts": "MANAGER46",
    "does asyncio use multiple cores": "CHOOSE03",
    "why is output printed twice after fork": "8.06",
    "what happens if the main thread ends before the other threads": "DAEMON02",
}


#: Messages with and without the type of the exception, and the claims that have them as they are.
SURE = {
    "AssertionError: can only join a child process": {"PROC17", "FORK36"},
    "can only join a child process": {"PROC17", "FORK36"},
    "a deadlock": set(),
    "Exception ignored in: <function Pool.__del__ at 0x7f2>\nOSError: [WinError 6] The handle is "
    "invalid": set(),
}


@pytest.fixture(scope="module")
def index():
    return answers.index()


def missed(index, asked):
    """Return what was asked in vain, with what was found instead."""
    found = {text: [hit.id for hit in index.search(text, most=3)] for text in asked}
    return {text: ids for text, ids in found.items() if not {*ids} & {*asked[text].split()}}


@pytest.mark.parametrize(("asked", "least"), [(PASTED, 0.9), (TYPED, 0.85)])
def test_what_people_paste_and_type_is_found_among_the_best_three(asked, least, index):
    known = {id for ids in asked.values() for id in ids.split()}
    assert sorted(known - specs_by_id().keys()) == []
    vain = missed(index, asked)
    assert len(vain) <= (1 - least) * len(asked), vain


@pytest.mark.parametrize("text", SURE)
def test_claims_that_have_the_very_message_are_sure(text, index):
    assert set(index.sure(text)) == SURE[text]


@pytest.mark.parametrize("term", answers.GLOSSARY)
def test_every_term_of_the_glossary_finds_something(term, index):
    assert index.search(term)
    assert not STOP.issuperset(words(term))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("a deamon thread", "a daemon thread"),
        ("multipocessing poool", "multiprocessing pool"),
        ("interupt a coroutinne", "interrupt a coroutine"),
    ],
)
def test_a_word_with_one_slip_is_the_word_that_was_meant(typed, meant, index):
    assert index.search(typed) == index.search(meant)


@pytest.mark.parametrize("text", ["gevent", "lokc", "defunct", "xyzzyx"])
def test_a_word_that_may_be_another_is_taken_as_it_is(text):
    documents = [Document("A1", {"sentence": "An event is set, a lock is free, one is defunkt."})]
    assert Index(documents, {"defunct": "zombie"}).search(text) == []


def test_only_the_exceptions_of_a_whole_traceback_are_searched(index):
    message = "RuntimeError: threads can only be started once\n"
    way = 'Traceback (most recent call last):\n  File "/home/me/lock.py", line 3, in <module>\n'
    assert index.search(way + message) == index.search(message)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("process", "processes"),
        ("hang", "hanging"),
        ("stop", "stopped"),
        ("copy", "copies"),
        ("freeze", "freezes"),
        ("lock", "locked"),
    ],
)
def test_forms_of_a_word_are_one(one, other):
    assert stem(one) == stem(other)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("pkg.Error: <function f at 0x7fffdeadbeef> (pid=12) /tmp/x.py:3: no", "error no"),
        ("^CException in: <module 'b' from '/c/d.py'>, <module 'e' (x)>", "exception in b e"),
        ("<function Pool.__del__ at 0x7f>, <function Pool.f at 0x7f>", "pool del"),
        ("n += 1 in Python 3.11", "n += 1 in python 3.11"),
    ],
)
def test_what_varies_is_left_out(text, kept):
    assert words(text) == kept.split()


def test_a_version_counts_little():
    documents = [Document(id, {"sentence": it}) for id, it in [("A1", "3.11 is."), ("A2", "Lock.")]]
    assert [hit.id for hit in Index(documents, {}).search("a lock in Python 3.11")] == ["A2", "A1"]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("why does it hang", "THREAD01"),
        ("_hang() hangs", "PRIVATE01"),
        ("TypeError: hangs() got an unexpected keyword argument", "PRIVATE01"),
    ],
)
def test_what_few_ask_about_comes_first_only_if_it_is_named(text, first):
    documents = [Document(id, {"sentence": "It hangs."}) for id in ("PRIVATE01", "THREAD01")]
    assert Index(documents, {}).search(text)[0].id == first


def test_a_hit_shows_its_line():
    document = Document("A1", {"sentence": "It is so.", "explanation": "One. But queues hang."})
    [hit] = Index([document], {}).search("a queue hangs")
    assert hit.line == "But queues hang."


def test_a_hit_does_not_show_what_somebody_assumed_in_vain():
    document = Document("A1", {"reports": "Queues block.", "assumption": "No queue hangs."})
    [hit] = Index([document], {}).search("a queue hangs")
    assert hit.line == "Queues block."


def said(text, *hits):
    lines = answers.shown(text, [Hit(id, score, "") for id, score in hits], 99, lambda _: ())
    return " ".join(" ".join(lines).split())


def test_the_second_answer_says_what_to_do_instead():
    text = said("x", ("LOCK01", 9), ("ASK02", 8), ("ASK13", 7))
    assert "Instead: submit the function to an executor." in text
    assert "Instead: keep the Future" not in text


@pytest.mark.parametrize(("score", "poor"), [(1, True), (99, False)])
def test_poor_answers_are_called_so_beside_the_chapters_of_questions(score, poor):
    assert ("None of them fits well." in said("x", ("LOCK01", score))) is poor
    assert ("first steps, what processes share" in said("x", ("LOCK01", score))) is poor
