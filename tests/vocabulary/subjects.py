"""The subjects of claims: what the letters of an id stand for.

An id is its subject and a number: ``LOCK07``.  The claims of the notes have the notes' own numbers
instead: ``7.03``.
"""

SUBJECTS = {
    "THREAD": "threads: starting, joining, names and idents",
    "DAEMON": "daemon threads, and threads at the interpreter's exit",
    "EXCEPT": "exceptions in threads",
    "LIMIT": "limits of threads and of waiting: stack sizes, timeouts, numbers",
    "LOCAL": "threading.local",
    "TIMER": "threading.Timer",
    "TRACE": "tracing and profiling threads",
    "WARN": "warnings filters and threads",
    "SYS": "what sys says about threads, and the switch interval",
    "PRINT": "printing and writing from several threads",
    "ITER": "iterators that threads share",
    "ATOM": "what is atomic: containers and updates",
    "ONCE": "doing something exactly once: caches, lazy attributes, imports",
    "FINAL": "finalisers, and the threads that they run in",
    "GIL": "the GIL of a build",
    "LOCK": "Lock and RLock: of threading, of multiprocessing, of a manager",
    "SEM": "Semaphore and BoundedSemaphore of all three",
    "EVENT": "Event of all three",
    "COND": "Condition of all three",
    "BARRIER": "Barrier of all three",
    "SYNC": "all of them between processes",
    "QUEUE": "the queue module",
    "MPQUEUE": "multiprocessing's queues",
    "PIPE": "pipes and connections",
    "LISTEN": "listeners and clients",
    "PROC": "multiprocessing.Process, its attributes and its life",
    "EXIT": "how processes end: exit codes, parents that end first",
    "REAP": "joining, reaping and killing processes",
    "START": "start methods and contexts",
    "SERVER": "the fork server",
    "MAIN": "the main module, and its guard, in children",
    "INHERIT": "what a child inherits from its parent",
    "GIVE": "what can be given to a child",
    "PICKLE": "what can be pickled",
    "TRACKER": "the resource tracker",
    "SHM": "shared memory and shareable lists",
    "VALUE": "shared values, arrays and ctypes",
    "POOL": "multiprocessing.Pool and ThreadPool",
    "MANAGER": "managers: the server, its proxies, shared containers",
    "DUMMY": "multiprocessing.dummy",
    "LOG": "multiprocessing's logging",
    "FUTURE": "futures: results, waiting, as_completed",
    "EXEC": "executors: map, shutdown, numbers of workers",
    "TEXEC": "ThreadPoolExecutor",
    "PEXEC": "ProcessPoolExecutor, also when it breaks",
    "INTERP": "interpreters within one process",
    "FORK": "os.fork, beside threads too",
    "SPAWN": "os.posix_spawn",
    "WAIT": "os.wait and its relatives",
    "CORES": "counting cores",
    "SIGNAL": "signals: handlers, threads, children",
    "ATEXIT": "exit handlers",
    "CONTEXT": "context variables",
    "WASM": "WebAssembly: Python in a browser, without threads and processes",
}


def subject_of(id: str) -> str:
    """Return the part of an id that says its subject: ``LOCK`` of LOCK07, ``7`` of 7.03."""
    return id.partition(".")[0] if id[:1].isdigit() else id.rstrip("0123456789")
