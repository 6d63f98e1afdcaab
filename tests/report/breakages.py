"""Breakages of real projects that the claims must predict: a sample, by id, with its reports.

A project assumed something, moved to another release, build or system, and lost it.  A claim that
@predicts the row states the assumption, or its opposite: it holds on the one side and not on the
other.
"""

from __future__ import annotations

from typing import NamedTuple


class Breakage(NamedTuple):
    """What broke: the cause, the assumption that died, where that was seen, and who reported it."""

    cause: str
    assumption: str
    #: The interpreters on one side of the change; all others are on the other.  Each text names
    #: builds and systems, then releases as ``since()`` and ``before()`` of the harness have them:
    #: "CPython since 3.13.6, 3.14.0", "free-threaded before 3.15.0", "Windows".  None: no change.
    seen: tuple[str, ...]
    reports: tuple[str, ...]


BREAKAGES = {
    "H11": Breakage(
        "A semaphore is a file in /dev/shm, which AWS Lambda, strict containers and snaps "
        "do not let a program write.",
        "A Lock, a Queue, a Pool or an executor can be made; Pipe and Process work.",
        (),
        (
            "nalepae/pandarallel#128",
            "DataDog/dd-trace-py#7251",
            "canonical/dotrun#12",
        ),
    ),
    "H19": Breakage(
        "In a frozen program sys.executable is the program: the fork server and the resource "
        "tracker start it again, and freeze_support() catches spawned children only.",
        "A frozen program that calls freeze_support() can start a process by default.",
        ("CPython Linux since 3.14.0",),
        (
            "pyinstaller/pyinstaller#9434",
            "patroni/patroni#1440",
            "marcelotduarte/cx_Freeze#264",
        ),
    ),
    "H20": Breakage(
        "The fork server keeps the credentials and the root of its start, and its socket is "
        "the old user's.",
        "A process can be started after os.setuid() or os.chroot().",
        ("CPython Linux since 3.14.0",),
        ("canonical/craft-parts#1672",),
    ),
    "H22": Breakage(
        "Shared memory reserves nothing: what is larger than the rest of /dev/shm (64 MiB in "
        "Docker) is made, and the first write is killed by SIGBUS.",
        "SharedMemory(create=True, size=n) says if there is no room for n bytes.",
        (),
        (
            "pangeo-data/pangeo-docker-images#258",
            "pytorch/pytorch#58386",
        ),
    ),
    "H32": Breakage(
        "spawn and forkserver import no __main__.py, so what python -m package, a folder or a "
        "zipapp (pex, shiv) defines there is missing in the child.",
        "A function of a __main__.py can be the target of a Process.",
        ("CPython since 3.14.0", "macOS", "Windows"),
        (
            "priv-kweihmann/multimetric#57",
            "pex-tool/pex#1236",
        ),
    ),
    "H41": Breakage(
        "A function typed at a prompt or in a notebook cannot be imported by a child that is "
        "not forked.",
        "A function of a main module without a file can be the target of a Process.",
        ("CPython since 3.14.0", "macOS", "Windows"),
        (
            "jupyter/notebook#6258",
            "python/cpython#132898",
        ),
    ),
    "H42": Breakage(
        "The parent's own copy of the writing end keeps a pipe open.",
        "A reader gets EOFError when the child that writes has closed its end.",
        (),
        ("Bogdanp/dramatiq#707",),
    ),
    "H43": Breakage(
        "A process that is killed by SIGKILL runs no exit handler, so its workers live on.",
        "The workers of a pool end with their parent.",
        (),
        (
            "blacklanternsecurity/bbot#3207",
            "truenas/middleware#5181",
        ),
    ),
    "H44": Breakage(
        "A fork server's child has the server for its parent.",
        "os.getppid() of a child is the pid of the process that called start().",
        ("CPython Linux since 3.14.0",),
        ("unslothai/unsloth#6784",),
    ),
    "H46": Breakage(
        "The cyclic collector writes to all objects, and so undoes what fork shares by "
        "copy-on-write.",
        "gc.freeze() before a fork keeps the memory shared.",
        ("PyPy",),
        (
            "livekit/agents#7117",
            "frappe/frappe#21474",
        ),
    ),
    "RC01": Breakage(
        "Under fork the target is never pickled; spawn/forkserver pickle the whole "
        "Process, so a local function/closure cannot be a target.",
        "Process(target=<local function>).start() works with the default start method.",
        ("CPython since 3.14.0", "macOS", "Windows"),
        (
            "python/cpython#126831",
            "motioneye-project/motioneye#3256",
            "facebookresearch/spdl#1565",
            "DessimozLab/HogProf#7",
        ),
    ),
    "RC02": Breakage(
        "Unless it is forked, a Process is pickled, and with it the object that its target "
        "is bound to, with the lock, epoll or server that it holds.",
        "A bound method of an object holding a threading.Lock (or epoll) can be a Process target.",
        ("CPython since 3.14.0", "macOS", "Windows"),
        (
            "giampaolo/pyftpdlib#656",
            "EnterpriseDB/barman#1184",
            "pydap/pydap#292",
            "mailpile/moggie#14",
        ),
    ),
    "RC03": Breakage(
        "Globals re-bound in the parent after import are copied by fork only; others re-"
        "import the module and see the import-time value.",
        "A child sees the value a module global has in the parent at start().",
        ("CPython since 3.14.0", "macOS", "Windows"),
        (
            "ungoogled-software/ungoogled-chromium#3866",
            "python/cpython#128145",
            "uforia/MatterBot#259",
            "dfm/emcee#335",
        ),
    ),
    "RC05": Breakage(
        "forkserver/spawn import __main__ again, so a script without the __name__ guard "
        "starts itself.",
        "A module that starts a Process at top level without a guard runs.",
        ("CPython since 3.14.0", "macOS", "Windows"),
        (
            "simon-r/dr14_t.meter#93",
            "lnfuzz/smite#84",
            "OpenEnergyPlatform/open-MaStR#767",
            "thuml/Time-Series-Library#9",
        ),
    ),
    "RC07": Breakage(
        "A fix that made forkserver preload __main__ forgot sys.argv (3.13.8 to 3.13.11, "
        "3.14.1 and 3.14.2).",
        "At the re-import of __main__ in a child, sys.argv is the parent's.",
        ("POSIX since 3.13.8, 3.14.1 before 3.13.12, 3.14.3",),
        (
            "python/cpython#143706",
            "python/cpython#143717",
        ),
    ),
    "RC08": Breakage(
        "3.12+ warns when fork runs in a process with more than one thread.",
        "os.fork() in a process with a second thread raises no warning.",
        ("CPython since 3.12.0",),
        (
            "joblib/loky#424",
            "silx-kit/silx#4101",
            "rasterio/rasterio#3600",
            "pytest-dev/pytest-xdist#1186",
        ),
    ),
    "RC10": Breakage(
        "3.12.0 to 3.12.2 set the finalizing flag before non-daemon threads were joined.",
        "A non-daemon thread can start a thread after the main thread has ended.",
        ("CPython since 3.12.0 before 3.12.3",),
        (
            "python/cpython#115533",
            "lossless1024/StreaMonitor#142",
            "official-stockfish/fishtest#1925",
            "official-stockfish/fishtest#1939",
        ),
    ),
    "RC11": Breakage(
        "The same check made a thread start inside an atexit handler fail.",
        "A thread can be started and joined in an atexit handler.",
        ("CPython since 3.12.0 before 3.12.3",),
        (
            "bloomberg/pystack#158",
            "open-telemetry/opentelemetry-python#4752",
            "eight04/deno_vm#11",
            "pytest-dev/execnet#271",
        ),
    ),
    "RC12": Breakage(
        "The same check for fork at shutdown.",
        "os.fork() in an atexit handler works.",
        ("CPython since 3.12.0 before 3.12.3",),
        (
            "python/cpython#104826",
            "python/cpython#117029",
            "python/cpython#113964",
        ),
    ),
    "RC14": Breakage(
        "A daemon thread frozen/killed inside a stdout write keeps the buffer's lock; "
        "CPython aborts after 1 s, PyPy has no such check.",
        "A program whose daemon thread is writing to stdout at exit ends with status 0.",
        ("PyPy",),
        (
            "python/cpython#129536",
            "dask/distributed#7617",
            "blacklanternsecurity/bbot#2989",
            "riotkit-org/riotkit-do#52",
        ),
    ),
    "RC15": Breakage(
        "GIL CPython ≥3.10 switches threads only at calls and loop ends, so a bare n += 1 "
        "is atomic by accident.",
        "Unlocked n += 1 from several threads loses nothing.",
        ("no-GIL", "PyPy"),
        (
            "pypy/pypy#5246",
            "python/cpython#125646",
            "rajfirke/provena#38",
            "python/cpython#134212",
        ),
    ),
    "RC15b": Breakage(
        "With a Python call between the read and the write the accident is gone.",
        "Unlocked n = f(n) loses nothing.",
        (),
        ("citusdata/citus#3381",),
    ),
    "RC16": Breakage(
        "A C extension without Py_mod_gil turns the GIL back on for the whole process.",
        "Importing an extension leaves sys._is_gil_enabled() unchanged and warns about nothing.",
        ("free-threaded",),
        (
            "mechmotum/cyipopt#324",
            "eerimoq/bitstruct#56",
            "MDAnalysis/distopia#192",
            "airspeed-velocity/asv#1515",
        ),
    ),
    "RC17": Breakage(
        "Most iterators have no lock on free-threaded builds (3.15t has one for range).",
        "A range or list iterator shared by threads delivers each item exactly once.",
        ("no-GIL",),
        (
            "python/cpython#120496",
            "python/cpython#131199",
            "python/cpython#151409",
        ),
    ),
    "RC17b": Breakage(
        "itertools.count was made thread-safe for 3.13t, so the idiom next(count()) survives.",
        "itertools.count() shared by threads never repeats a number.",
        (),
        (
            "python/cpython#119268",
            "python/cpython#120007",
        ),
    ),
    "RC18": Breakage(
        "A generator may run in one thread at a time, else ValueError; up to 3.14t the check "
        "itself is a race, and memory is corrupted.  3.15t checks atomically.",
        "Two threads consuming one generator get ValueError at worst.",
        ("no-GIL before 3.15.0",),
        (
            "python/cpython#120321",
            "python/cpython#135325",
            "googleapis/python-ndb#715",
            "projectfluent/python-fluent#221",
        ),
    ),
    "RC19": Breakage(
        "thread_inherit_context defaults to 1 on 3.14t, 0 on 3.14.",
        "A new thread starts with an empty contextvars context.",
        ("free-threaded since 3.14.0",),
        (
            "dask/dask#12224",
            "python/cpython#154549",
            "python/cpython#128209",
        ),
    ),
    "RC20": Breakage(
        "catch_warnings swaps process-global filters except where context_aware_warnings "
        "is on (default on 3.14t).",
        "catch_warnings in one thread swallows another thread's warnings.",
        ("free-threaded since 3.14.0",),
        (
            "pytest-dev/pytest#12356",
            "numpy/numpy#26503",
            "Quansight-Labs/pytest-run-parallel#83",
            "scikit-image/scikit-image#8190",
        ),
    ),
    "RC21": Breakage(
        "mp.Pool re-spawns a dead worker and forgets its task; ProcessPoolExecutor watches "
        "sentinels.",
        "If a worker is SIGKILLed, result.get() ends with an error.",
        (),
        (
            "python/cpython#96062",
            "uqfoundation/pathos#230",
            "mapillary/OpenSfM#190",
            "yumorishita/LiCSBAS2#164",
        ),
    ),
    "RC22": Breakage(
        "A child does not exit until its queue feeder has written everything to a ~64 KiB pipe.",
        "p.join() before q.get() is fine.",
        (),
        (
            "python/cpython#73983",
            "n8n-io/n8n#19084",
            "jonatanjacobsson/ifcpipeline#28",
            "log2timeline/plaso#399",
        ),
    ),
    "RC23": Breakage(
        "macOS has no sem_getvalue.",
        "multiprocessing.Queue.qsize() works.",
        ("macOS",),
        (
            "python/cpython#101094",
            "DeepRank/deeprank2#55",
            "Koed00/django-q#40",
            "keras-team/keras#3389",
        ),
    ),
    "RC24": Breakage(
        "Attaching registers a segment with the attaching process's own resource tracker, "
        "which unlinks it at exit; opt-out track=False exists from 3.13.",
        "A segment survives an unrelated process that attached, closed and exited; "
        "track=False is accepted.",
        ("CPython since 3.13.0",),
        (
            "python/cpython#82300",
            "tenstorrent/tt-inference-server#2802",
            "wool-labs/wool#337",
            "python/cpython#116849",
        ),
    ),
    "RC27": Breakage(
        "concurrent.futures.TimeoutError became the builtin in 3.11.",
        "except TimeoutError catches Future.result(timeout).",
        ("since 3.11.0",),
        (
            "iree-org/iree#19308",
            "mvanhorn/last30days-skill#93",
            "asottile/pyupgrade#819",
            "python/cpython#30197",
        ),
    ),
    "RC29": Breakage(
        "Default worker counts moved from os.cpu_count to os.process_cpu_count in 3.13.",
        "With affinity to 1 CPU the default Pool has 1 worker.",
        ("CPython since 3.13.0",),
        (
            "python/cpython#80235",
            "python/cpython#109595",
            "tile-ai/tilelang#368",
            "GreedyBear-Project/GreedyBear#1194",
        ),
    ),
    "RC32": Breakage(
        "exitcode of a killed child is -N on POSIX under every method (since 3.7); Windows "
        "differs.",
        "A SIGKILLed child has exitcode -9.",
        ("Windows",),
        (
            "python/cpython#74774",
            "python/cpython#76044",
            "ICRAR/daliuge#339",
        ),
    ),
    "RC35": Breakage(
        "threading.Lock is a factory function before 3.13.",
        "isinstance(x, threading.Lock) and Lock | None work.",
        ("CPython since 3.13.0",),
        (
            "python/cpython#114315",
            "lbliii/bengal#188",
            "python/cpython#94077",
        ),
    ),
    "RC37": Breakage(
        "The idle-worker semaphore counted finished tasks, so no replacement was spawned.",
        "ProcessPoolExecutor(1, max_tasks_per_child=2) finishes 6 queued tasks.",
        ("CPython since 3.13.15, 3.14.7, 3.15.0",),
        (
            "python/cpython#115634",
            "python/cpython#140900",
        ),
    ),
    "RC38": Breakage(
        "forkserver and Manager need an AF_UNIX path under TMPDIR.",
        "Process.start() and mp.Manager() work with a long TMPDIR.",
        ("CPython since 3.13.6, 3.14.0",),
        (
            "python/cpython#140734",
            "python/cpython#149527",
            "TobyBaril/EarlGrey#294",
            "NixOS/nixops#77",
        ),
    ),
    "RC39": Breakage(
        "Thread internals were rewritten in 3.13.",
        "Thread._tstate_lock, _is_stopped, threading._shutdown_locks exist.",
        ("CPython since 3.13.0",),
        (
            "gevent/gevent#2054",
            "gevent/gevent#2119",
            "fractal-analytics-platform/fractal-server#2717",
        ),
    ),
    "RC41": Breakage(
        "logging set up under __main__ is process memory.",
        "A child logs with the parent's level and handlers.",
        ("CPython since 3.14.0", "macOS", "Windows"),
        (
            "nextcloud/context_chat_backend#319",
            "blakeblackshear/frigate#18704",
            "MIT-PSFC/disruption-py#546",
            "jruere/multiprocessing-logging#44",
        ),
    ),
    "RC44": Breakage(
        "Only fork inherits raw descriptors.",
        "A child can write to an fd number opened by the parent.",
        ("CPython since 3.14.0", "macOS", "Windows"),
        (
            "omnilib/aiomultiprocess#40",
            "gentoo/portage#1136",
        ),
    ),
    "RC45": Breakage(
        "queue.Queue.shutdown/ShutDown are 3.13 API.",
        "Queue.shutdown() wakes a blocked get().",
        ("CPython since 3.13.0",),
        (
            "Samueli924/chaoxing#541",
            "cwi-dis/cwipc#256",
        ),
    ),
    "RC50": Breakage(
        "Two threads may reap one child: start() polls all children; the loser sets None "
        "(fork) or 255 (forkserver).",
        "After join() the exitcode is the child's.",
        (),
        (
            "python/cpython#130895",
            "python/cpython#148318",
            "python/cpython#131440",
        ),
    ),
    "RC51": Breakage(
        "ResourceTracker.__del__ waited for a process that is not the forked child's.",
        "A bare os.fork child of a process with shared memory exits without noise.",
        (
            "CPython since 3.12.10 before 3.13.0",
            "CPython since 3.13.3 before 3.13.10",
            "CPython since 3.14.0 before 3.14.1",
        ),
        (
            "python/cpython#140485",
            "python/cpython#146316",
        ),
    ),
    "RC53": Breakage(
        "WaitForMultipleObjects takes 64 handles: CPython needs one, and the pool two.",
        "ProcessPoolExecutor(max_workers=62) is accepted.",
        (),
        (
            "python/cpython#13132",
            "Nesvilab/FragPipe#347",
            "joblib/loky#390",
            "python/cpython#89240",
        ),
    ),
    "RC54": Breakage(
        "Objective-C refuses to be initialised after fork.",
        "A forked child may use system frameworks.",
        (),
        (
            "hypothesis/h#5895",
            "docker/docker-py#2532",
            "minrk/appnope#4",
            "python/cpython#75020",
        ),
    ),
    "RC55": Breakage(
        "Windows has no fork.",
        "os.fork / os.register_at_fork exist.",
        ("Windows", "WebAssembly"),
        (
            "mongodb/motor#199",
            "bmwant/hapless#7",
            "chaidiscovery/chai-lab#292",
            "mitogen-hq/mitogen#706",
        ),
    ),
    "RC56": Breakage(
        "Thread stack size depends on the libc (musl: 128 KiB, before 3.14.7 and 3.15.0).",
        "Recursion in a thread within the recursion limit does not crash.",
        ("POSIX before 3.11.0", "PyPy"),
        (
            "python/cpython#76488",
            "docker-library/python#211",
            "python/cpython#148260",
            "python/cpython#131338",
        ),
    ),
    "H01": Breakage(
        "asyncio.get_event_loop() no longer makes a loop for the main thread.",
        "asyncio.get_event_loop() gives a program its loop.",
        ("CPython since 3.14.0",),
        (
            "ClusterLabs/crmsh#2032",
            "Thriftpy/thriftpy2#329",
        ),
    ),
    "H02": Breakage(
        "asyncio's child watchers (by thread, by SIGCHLD, by pidfd) are gone.",
        "asyncio.set_child_watcher() and SafeChildWatcher are there.",
        ("CPython since 3.14.0",),
        (
            "neovim/pynvim#584",
            "beeware/rubicon-objc#497",
            "ikalchev/HAP-python#218",
        ),
    ),
    "H04": Breakage(
        "subprocess takes a child whose status somebody else has reaped, by waitpid(-1), in a "
        "SIGCHLD handler or by SIG_IGN, for a success.",
        "The returncode of a Popen is the child's exit code.",
        (),
        (
            "xonsh/xonsh#5380",
            "zopefoundation/zdaemon#32",
        ),
    ),
    "H05": Breakage(
        "A timeout kills the direct child; a grandchild that has inherited the pipe keeps "
        "communicate() waiting, also after a child that ended at once.",
        "kill() and then communicate() return when the child has ended.",
        (),
        (
            "tomerfiliba/plumbum#840",
            "greyhaven-ai/autocontext#940",
            "python/cpython#76116",
        ),
    ),
    "H06": Breakage(
        "os.forkpty() (pty.fork, so pexpect, ptyprocess) beside threads warns as os.fork() does.",
        "pty.fork() in a process with a second thread raises no warning.",
        ("CPython since 3.12.0",),
        ("nitrobass24/seedsync#13",),
    ),
    "H08": Breakage(
        "3.14 keeps a thread pool's initializer in a worker context, and hands its tasks to "
        "the threads in another shape.",
        "A ThreadPoolExecutor has _initializer, and _worker and _WorkItem take the old arguments.",
        ("CPython since 3.14.0",),
        ("NousResearch/hermes-agent#90256", "NousResearch/hermes-agent#112209"),
    ),
    "H09": Breakage(
        "concurrent.futures.thread registers an exit hook when it is first imported, which is "
        "refused once the main thread has ended.",
        "A thread that outlives the main thread can import concurrent.futures.thread.",
        (),
        ("boto/boto3#3221", "rucio/rucio#6548"),
    ),
    "H12": Breakage(
        "logging's private _acquireLock and _releaseLock went in 3.13.",
        "logging._acquireLock() exists.",
        ("CPython since 3.13.0",),
        ("conda/conda#14439", "borntyping/python-colorlog#134"),
    ),
    "H13": Breakage(
        "A manager's process is pickled as any other: the callables of its registry, its class and "
        "the initializer.",
        "A manager starts with register(callable=lambda: queue), as the documentation has it.",
        ("CPython since 3.14.0", "macOS", "Windows"),
        ("boto/s3transfer#320",),
    ),
    "H14": Breakage(
        "loop.getaddrinfo() takes a thread of the default executor, which to_thread() fills.",
        "Looking up a name does not depend on what to_thread() does.",
        (),
        (
            "python/cpython#112169",
            "mongodb/mongo-python-driver#2059",
        ),
    ),
    "H16": Breakage(
        "An extension module with single-phase initialisation cannot be imported in a "
        "sub-interpreter.",
        "Every extension module works in an InterpreterPoolExecutor.",
        (),
        ("apache/arrow#44511", "cython/cython#6445", "python/cpython#104621"),
    ),
    "H18": Breakage(
        "3.12.0 and 3.12.1 look into dictConfig's QueueHandler, and refuse a ready queue.",
        "dictConfig() configures a QueueHandler with a queue that is made already.",
        ("CPython since 3.12.0 before 3.12.2",),
        ("python/cpython#111615", "python/cpython#119819", "litestar-org/litestar#3185"),
    ),
    "H23": Breakage(
        "The cyclic collector runs finalisers in whichever thread allocates, also inside a "
        "with lock.",
        "A finaliser does not run while its own thread holds the lock that it wants.",
        (),
        (
            "psycopg/psycopg#1120",
            "Delgan/loguru#720",
            "wandb/wandb#11402",
            "wool-labs/wool#397",
        ),
    ),
    "H24": Breakage(
        "multiprocessing's authentication was HMAC-MD5 until 3.12, which FIPS builds of OpenSSL "
        "refuse.",
        "Two ends of a connection can authenticate each other by another digest than MD5.",
        ("CPython since 3.12.0",),
        ("instructlab/sdg#587",),
    ),
    "H25": Breakage(
        "Timeouts of locks follow the system clock where sem_clockwait is not used: "
        "multiprocessing's everywhere, threading's on PyPy.",
        "Setting the system clock does not change how long acquire(timeout=t) waits.",
        ("PyPy",),
        ("python/cpython#28662",),
    ),
    "H27": Breakage(
        "asyncio.run() has a SIGINT handler of its own from 3.11, which cancels the task.",
        "Ctrl-C interrupts what blocks in a coroutine.",
        ("since 3.11.0",),
        ("python/cpython#83803",),
    ),
    "H28": Breakage(
        "loop.set_default_executor() takes a ThreadPoolExecutor alone.",
        "A loop's default executor may be any executor.",
        ("since 3.11.0",),
        (
            "python/cpython#78256",
            "harvimt/quamash#102",
        ),
    ),
    "H29": Breakage(
        "3.13t makes classes immortal once a second thread has been started.",
        "A class that nothing refers to is collected.",
        ("free-threaded before 3.14.0",),
        ("python/cpython#124239", "django/django#21623", "numpy/numpy#26431"),
    ),
    "H34": Breakage(
        "asyncio's objects are no thread's but the loop's: what a thread or a signal handler "
        "sets does not wake it.",
        "Future.set_result() by a thread, Event.set() by a signal handler, wake the loop.",
        (),
        (
            "agronholm/apscheduler#437",
            "python/cpython#122938",
        ),
    ),
    "H38": Breakage(
        "A sqlite3 connection belongs to the thread that made it, whatever threadsafety says.",
        "A task of a thread pool can use a connection that was made outside.",
        (),
        ("peter-wangxu/persist-queue#175", "DataJunction/dj#253"),
    ),
    "H39": Breakage(
        "A worker that dies while the pool's thread writes into a full pipe leaves that thread, "
        "and so shutdown(), waiting for ever.",
        "A broken process pool can be shut down.",
        ("CPython before 3.11.5",),
        ("python/cpython#94777", "python/cpython#94784"),
    ),
    "H45": Breakage(
        "A proxy whose Manager has died refuses whoever has no connection yet, with a traceback "
        "that begins with an AttributeError of ForkAwareLocal.",
        "When its process is killed, the proxies of a Manager go on.",
        (),
        ("netease-youdao/QAnything#285",),
    ),
    "N01": Breakage(
        "A child is told the main module's __spec__, which programs run by exec() lack.",
        "A program without __spec__ can start a process.",
        ("CPython since 3.14.0", "macOS", "Windows"),
        (
            "python/cpython#87115",
            "vllm-project/vllm#7556",
        ),
    ),
    "N02": Breakage(
        "At its end a script loses __file__, by which children import it.",
        "A thread, or an atexit handler, can start a process after the end of the script.",
        ("CPython since 3.12.0 before 3.12.3", "CPython since 3.14.0", "macOS", "Windows"),
        ("python/cpython#132898",),
    ),
    "N03": Breakage(
        "The name of a decorated function means the wrapper, so what it wraps cannot be pickled.",
        "A decorator can run the function that it wraps in a Process.",
        ("CPython since 3.14.0", "macOS", "Windows"),
        (
            "pnpnpn/timeout-decorator#76",
            "pnpnpn/timeout-decorator#83",
        ),
    ),
    "N04": Breakage(
        "Un-pickling asks a new object for __setstate__ before it has attributes.",
        "An object whose __getattr__ forwards to an attribute can be sent to a process.",
        ("CPython since 3.14.0", "macOS", "Windows"),
        (
            "python/cpython#133015",
            "benoitc/gunicorn#2401",
        ),
    ),
    "N05": Breakage(
        "The fork server keeps the priority, group, session and affinity of its start.",
        "A child has the priority that os.nice() has set in the parent.",
        ("CPython since 3.14.0",),
        ("python/cpython#84559",),
    ),
    "N06": Breakage(
        "The fork server keeps the standard output of its start.",
        "A child prints to the file to which os.dup2() has redirected standard output.",
        ("CPython since 3.14.0",),
        ("spack/spack#51663",),
    ),
    "N07": Breakage(
        "The fork server and the resource tracker are children, and stay.",
        "Once all processes are joined, os.wait() raises ChildProcessError.",
        ("CPython since 3.14.0", "macOS"),
        (
            "saltstack/pytest-shell-utilities#56",
            "apache/airflow#69015",
        ),
    ),
    "N08": Breakage(
        "3.14 took pickling from itertools.",
        "itertools.count() and chain() can be pickled, and so sent to a process.",
        ("CPython since 3.14.0",),
        (
            "angr/angr#6175",
            "cubed-dev/cubed#874",
        ),
    ),
    "N09": Breakage(
        "Weak containers looped over the set or dict inside until 3.14.",
        "A loop over a WeakSet goes on while another thread adds to it.",
        ("CPython since 3.14.0",),
        (
            "python/cpython#89967",
            "python/cpython#123089",
            "tqdm/tqdm#481",
        ),
    ),
    "N10": Breakage(
        "Without a GIL the thread that made an object counts its references, when it runs.",
        "An object is freed as soon as nothing refers to it.",
        ("free-threaded", "PyPy"),
        ("python/cpython#157838",),
    ),
    "N11": Breakage(
        "unittest.mock.patch() replaces an attribute for all threads.",
        "Tests that run in threads can patch the same attribute.",
        (),
        ("gptme/gptme-contrib#1347",),
    ),
    "N12": Breakage(
        "Each module has a lock, and a package and its module are locked in two orders.",
        "Threads can import a package and its modules at the same time.",
        ("since 3.15.0",),
        (
            "python/cpython#83065",
            "dgunning/edgartools#1325",
            "huggingface/accelerate#4173",
        ),
    ),
    "N13": Breakage(
        "A signal handler runs in the middle of what the main thread does, also of a print().",
        "A signal handler can print.",
        (),
        (
            "celery/celery#9222",
            "benoitc/gunicorn#2667",
        ),
    ),
    "N14": Breakage(
        "What runs in C keeps the GIL unless it waits.",
        "While one thread searches by a regular expression, others run.",
        ("free-threaded", "PyPy"),
        (
            "sqlmapproject/sqlmap#3209",
            "NousResearch/hermes-agent#32098",
        ),
    ),
    "N15": Breakage(
        "The end of a forked child runs multiprocessing's exit handler, which ends daemons.",
        "A child of os.fork() can end by sys.exit().",
        (),
        (
            "benoitc/gunicorn#1391",
            "benoitc/gunicorn#1570",
        ),
    ),
    "N16": Breakage(
        "multiprocessing repairs its objects in its own children only.",
        "A child of os.fork() can put into a multiprocessing.Queue of its parent.",
        (),
        ("python/cpython#101320",),
    ),
    "N17": Breakage(
        "A signal handler runs in the main thread, in the middle of what holds the lock.",
        "A signal handler can take a lock, set an Event or put into a Queue.",
        (),
        (
            "python/cpython#126434",
            "django-q2/django-q2#346",
            "taskiq-python/taskiq#593",
        ),
    ),
    "N18": Breakage(
        "The timeout of get() is for the beginning of an item.",
        "get(timeout=...) returns in time, also if a writer was killed.",
        (),
        ("python/cpython#87971",),
    ),
    "N50": Breakage(
        "3.12 added taskName to the attributes of a LogRecord.",
        "What vars(record) has beyond the known attributes was given by extra=.",
        ("since 3.12.0",),
        ("nhairs/python-json-logger#3",),
    ),
    "N51": Breakage(
        "3.13 enters the lock of a logging.Handler by a with statement.",
        "A logging.Handler whose lock is None handles records.",
        ("CPython since 3.13.0",),
        (
            "census-instrumentation/opencensus-python#1249",
            "nolar/kopf#1132",
        ),
    ),
    "N52": Breakage(
        "Until 3.13 a _DummyThread stays in the list for ever.",
        "active_count() counts threads that are there.",
        ("CPython since 3.13.0",),
        ("python/cpython#114423",),
    ),
    "N53": Breakage(
        "At its end a child that was forked in a pool's thread joined this thread, which is "
        "itself.",
        "A process that a task of a thread pool starts ends with exit code 0.",
        ("CPython since 3.12.8, 3.13.1",),
        (
            "agronholm/apscheduler#823",
            "python/cpython#88110",
        ),
    ),
    "N20": Breakage(
        "Leaving async for by break does not close the generator: a new task, with another "
        "context, does so when it is freed.",
        "When an async for loop has been left, the generator's finally has run, in the same task.",
        (),
        (
            "python/cpython#118944",
            "getsentry/sentry-python#4925",
        ),
    ),
    "N21": Breakage(
        "An async generator refuses to be resumed while it waits on behalf of another task.",
        "Several tasks can iterate one async generator, as they can take from a queue.",
        (),
        ("omnilib/aioitertools#23",),
    ),
    "N22": Breakage(
        "A TaskGroup or timeout() cancels the task that has entered it, which is in the "
        "consumer's code while the generator yields.",
        "A yield inside a TaskGroup or asyncio.timeout() keeps their cancellation within the "
        "generator.",
        (),
        ("python-trio/trio#264",),
    ),
    "N40": Breakage(
        "start() drops the arguments of a Process, and the last reference takes the "
        "semaphore's name along.",
        "A Lock, Queue or Value to which only the arguments refer reaches the child.",
        ("CPython since 3.14.0", "macOS"),
        ("python/cpython#94765",),
    ),
    "N41": Breakage(
        "epoll refuses regular files and /dev/null, which standard input is under systemd, "
        "cron and docker without -i.",
        "A loop can read standard input, whatever it is.",
        (),
        (
            "vxgmichel/aioconsole#102",
            "qwj/python-proxy#122",
        ),
    ),
    "N42": Breakage(
        "O_NONBLOCK belongs to the open file, not to the descriptor: a pipe of the loop makes "
        "print() fail.",
        "connect_write_pipe() of a duplicate leaves standard output as it was.",
        (),
        ("nickstenning/honcho#168",),
    ),
    "N43": Breakage(
        "Children import the script as it is when they, or the fork server, start.",
        "A script may be edited or updated while it runs.",
        ("CPython since 3.14.0", "macOS", "Windows"),
        ("open-mmlab/mmdetection#2593",),
    ),
    "N44": Breakage(
        "On Linux priority and affinity belong to the thread.",
        "os.nice() and os.sched_setaffinity() change the process with all its threads.",
        (),
        ("ceph/ceph#30712",),
    ),
    "N45": Breakage(
        "PR_SET_PDEATHSIG counts the thread that started the child, not the process.",
        "A child that asks for a signal at its parent's death lives as long as the process.",
        (),
        (
            "seveas/python-prctl#14",
            "Tencent-Hunyuan/UniRL#276",
        ),
    ),
    "N30": Breakage(
        "3.12 keeps a view of what it could not send, where it had made a copy.",
        "A bytearray can be changed, or cleared, after StreamWriter.write().",
        ("CPython POSIX since 3.12.0",),
        (
            "PyFR/PyFR#457",
            "barakalon/mysql-mimic#78",
        ),
    ),
    "N31": Breakage(
        "Up to 3.11 wait_for() returns the result if it is cancelled as its future is done.",
        "wait_for() lets every cancellation through.",
        ("CPython since 3.12.0",),
        (
            "MagicStack/asyncpg#1086",
            "BerriAI/litellm#14370",
            "tobymao/saq#197",
        ),
    ),
    "N32": Breakage(
        "Up to 3.12 a TaskGroup that fails at its end leaves its task's cancelling() at 1.",
        "A timeout around a TaskGroup that has failed still raises TimeoutError.",
        ("CPython since 3.13.0",),
        ("python/cpython#116720",),
    ),
    "N33": Breakage(
        "Up to 3.15 a cancelled communicate() drops the output that it has read.",
        "A cancelled communicate() keeps what it had read for the next call.",
        ("CPython since 3.16.0",),
        ("python/cpython#139373",),
    ),
    "N34": Breakage(
        "3.11 runs asyncSetUp(), the test and asyncTearDown() by a Runner, each in a task.",
        "IsolatedAsyncioTestCase runs asyncSetUp() and the test in one task.",
        ("CPython before 3.11.0",),
        ("facebookincubator/later#15",),
    ),
    "N35": Breakage(
        "3.11 removed asyncio.coroutine.",
        "@asyncio.coroutine makes a generator function a coroutine function.",
        ("CPython before 3.11.0",),
        (
            "pexpect/pexpect#770",
            "etingof/pysnmp#434",
        ),
    ),
    "N36": Breakage(
        "3.12 removed asyncore and asynchat.",
        "asyncore and asynchat can be imported.",
        ("CPython since 3.12.0",),
        (
            "hazelcast/hazelcast-python-client#649",
            "seb-m/pyinotify#204",
        ),
    ),
    "N60": Breakage(
        "Up to 3.13 __main__ is cProfile's in a profiled script, up to 3.14.7 in its children.",
        "A script that python -m cProfile runs can use a Pool.",
        ("CPython since 3.14.8, 3.15.0",),
        (
            "python/cpython#132737",
            "python/cpython#140729",
            "joerick/pyinstrument#109",
        ),
    ),
    "N61": Breakage(
        "The fork server, and not fork, needs a Unix socket.",
        "A process can be started where no socket may be bound.",
        ("CPython Linux since 3.14.0",),
        (
            "openai/codex#24943",
            "zed-industries/zed#63315",
        ),
    ),
    "N62": Breakage(
        "send() takes no lock: large messages of two threads interleave, or Windows refuses them.",
        "Two threads can send() by one Connection at once.",
        ("Windows before 3.11.6, 3.12.1",),
        (
            "lanjelot/patator#18",
            "beer-garden/beer-garden#597",
            "dano/aioprocessing#45",
            "replicate/cog#1802",
        ),
    ),
    "N63": Breakage(
        "At exit no new thread runs: start() hangs before 3.12, and is an error since.",
        "A __del__ that runs at exit can start a thread.",
        (),
        ("python/cpython#87950",),
    ),
    "N64": Breakage(
        "3.13.0 to 3.13.3 mark threads that were not started as ended in a forked child.",
        "A Thread that was made before os.fork() can be started in the child.",
        ("POSIX since 3.13.0 before 3.13.4, 3.14.0",),
        ("python/cpython#134381",),
    ),
    "N65": Breakage(
        "3.12 and 3.13 count calls by way of C functions apart, up to a fixed number.",
        "After sys.setrecursionlimit(), and on a large stack, lru_cache can recurse deep.",
        ("CPython since 3.12.0 before 3.14.0", "PyPy", "macOS since 3.14.0 before 3.14.1"),
        (
            "python/cpython#112215",
            "python/cpython#127346",
            "DrDaveShaw/INCHEM-Py#20",
        ),
    ),
    "N66": Breakage(
        "Without a GIL 3.13 locks no list in heapq's functions.",
        "Threads can heappop() numbers from one heap without a lock.",
        ("no-GIL before 3.14.0", "PyPy"),
        ("python/cpython#116738",),
    ),
    "N67": Breakage(
        "3.14.8 and 3.15 ask as_completed() for the current task, which only a running loop has.",
        "as_completed() can be called where no loop runs.",
        ("CPython since 3.14.8, 3.15.0",),
        ("python/cpython#157856",),
    ),
    "N68": Breakage(
        "Refusals by several addresses become one OSError, on POSIX, where each names its address.",
        "except ConnectionRefusedError catches a refused open_connection().",
        ("Windows",),
        (
            "python-websockets/websockets#593",
            "clarketm/wait-for-it#25",
            "ArchipelagoMW/Archipelago#2525",
        ),
    ),
    "N69": Breakage(
        "Each address of a host has a socket of its own, which the system gives a port.",
        "start_server(port=0) listens on one port at all addresses.",
        (),
        (
            "python/cpython#89856",
            "python-websockets/websockets#780",
            "pgjones/hypercorn#160",
        ),
    ),
    "N70": Breakage(
        "A fork copies the state of a TLS connection, and parent and child count its records "
        "apart.",
        "A TLS connection that was opened before a fork can be used on both sides.",
        (),
        (
            "celery/celery#1564",
            "nautobot/nautobot#127",
            "minus34/gnaf-loader#61",
        ),
    ),
    "N71": Breakage(
        "gather() makes tasks of a loop before asyncio.run() makes its own, and is no coroutine.",
        "asyncio.run() runs what asyncio.gather() returns.",
        (),
        (
            "johannjhang/aioserial.py#13",
            "johannjhang/aioserial.py#22",
            "Martiusweb/asynctest#114",
        ),
    ),
    "N72": Breakage(
        "3.11.2 to 3.13.14 and 3.14.6 let wait() wait for the end of the child's pipes, too.",
        "await child.wait() returns when the child has ended.",
        ("CPython since 3.11.2 before 3.13.15, 3.14.7, 3.15.0", "PyPy"),
        (
            "python/cpython#119710",
            "agronholm/anyio#1174",
            "littlebearapps/untether#91",
        ),
    ),
    "N73": Breakage(
        "Since 3.12 writelines() keeps an empty last line as unsent, until 3.14.8 and 3.15.",
        "writelines() takes empty lines.",
        ("POSIX since 3.12.0 before 3.14.8, 3.15.0",),
        ("python/cpython#155888",),
    ),
    "N74": Breakage(
        "3.12 closes stdin in communicate() without input, too.",
        "communicate() without input leaves the child's stdin open.",
        ("CPython since 3.12.0",),
        (
            "python/cpython#83925",
            "ronf/asyncssh#578",
        ),
    ),
    "N75": Breakage(
        "3.12 lets serve_forever() wait for the connections; since 3.13.15 and 3.14.7 it ends "
        "them.",
        "A cancelled serve_forever() ends though a client stays connected.",
        ("CPython since 3.12.0 before 3.13.15, 3.14.7, 3.15.0",),
        (
            "python/cpython#123720",
            "python-websockets/websockets#1608",
        ),
    ),
    "N76": Breakage(
        "3.11.7 and 3.12.1 warn of a StreamWriter that is dropped without close().",
        "A StreamWriter can be dropped without close(), and no warning.",
        ("CPython before 3.11.7, 3.12.1",),
        (
            "python/cpython#106684",
            "python/cpython#109538",
        ),
    ),
    "N77": Breakage(
        "Up to 3.14.7 the exception of a plain function leaves a server's connection open.",
        "start_server() closes the connection when its function raises.",
        ("CPython since 3.14.8, 3.15.0",),
        (
            "python/cpython#155941",
            "python/cpython#155928",
        ),
    ),
    "N78": Breakage(
        "start_tls() leaves in the StreamReader what has come already, until 3.13.13 and 3.14.4.",
        "A server's start_tls() works when the client has begun with TLS already.",
        ("CPython since 3.13.13, 3.14.4, 3.15.0",),
        (
            "python/cpython#142352",
            "MagicStack/uvloop#707",
        ),
    ),
    "N79": Breakage(
        "In the loop's own thread 3.13.12 and 3.14.3 cancel the task in the Future's cancel().",
        "A task of run_coroutine_threadsafe() is cancelled when its Future's cancel() returns.",
        ("CPython since 3.13.12, 3.14.3",),
        ("python/cpython#105836",),
    ),
    "N80": Breakage(
        "The call graph of 3.14 keeps each task that has called wait() for a future.",
        "A task that has waited for a future that never comes is freed.",
        ("CPython since 3.14.0 before 3.14.7, 3.15.0",),
        (
            "python/cpython#152569",
            "pnbruckner/ha-life360#101",
        ),
    ),
    "N81": Breakage(
        "The call graph of 3.14 keeps each task that has called shield() for a future.",
        "A task that was cancelled in shield() is freed, though the future never comes.",
        ("CPython since 3.14.0 before 3.14.8, 3.15.0",),
        (
            "python/cpython#155143",
            "python/cpython#155854",
        ),
    ),
    "N82": Breakage(
        "3.14 gives the exception of a shielded future to the loop's handler at once.",
        "An exception of a shielded task that is caught is not in the log.",
        ("CPython since 3.14.0 before 3.14.9, 3.15.1",),
        (
            "python/cpython#156321",
            "waybarrios/vllm-mlx#643",
        ),
    ),
    "N83": Breakage(
        "A TaskGroup was told of an eager task's end before it knew the task that started it.",
        "When a task fails, a TaskGroup cancels all others, eager ones too.",
        ("CPython since 3.12.0 before 3.12.9, 3.13.2",),
        (
            "python/cpython#128550",
            "python/cpython#128588",
        ),
    ),
    "N84": Breakage(
        "3.13 warns of an asend(), athrow() or aclose() that nobody awaits.",
        "A forgotten await before generator.aclose() gives a RuntimeWarning.",
        ("CPython since 3.13.0",),
        (
            "python/cpython#89091",
            "python/cpython#117536",
        ),
    ),
    "N85": Breakage(
        "3.13 passes a notify() on if the task that was chosen is cancelled.",
        "A notify() of asyncio.Condition wakes a task that goes on.",
        ("CPython since 3.13.0",),
        ("python/cpython#112202",),
    ),
    "N86": Breakage(
        "3.14 makes a coroutine of any awaitable that asyncio.run() is given.",
        "asyncio.run() runs what await takes.",
        ("CPython since 3.14.0",),
        (
            "python/cpython#120284",
            "ronf/asyncssh#663",
        ),
    ),
    "N87": Breakage(
        "Before 3.15 a TaskGroup wraps the GeneratorExit that closes a generator around it.",
        "aclose() closes an async generator that stands inside a TaskGroup.",
        ("CPython since 3.15.0",),
        (
            "python/cpython#135736",
            "vercel-labs/ai-python#181",
            "django/new-features#117",
        ),
    ),
    "N88": Breakage(
        "shutdown(wait=False) drops what the executor needs to start a worker in the place of "
        "one that has served its tasks.",
        "An executor with max_tasks_per_child runs all that was submitted before "
        "shutdown(wait=False).",
        ("CPython since 3.14.7, 3.15.0",),
        (
            "python/cpython#119592",
            "python/cpython#132969",
            "python/cpython#152967",
        ),
    ),
    "N89": Breakage(
        "Starting the resource tracker unblocked SIGINT and SIGTERM, whoever had blocked them.",
        "A thread that makes a Pool has the same signals blocked afterwards as before.",
        ("CPython since 3.12.9, 3.13.2, 3.14.0",),
        (
            "python/cpython#127586",
            "python/cpython#110844",
        ),
    ),
    "N90": Breakage(
        "The start of a spawned process asked for the default start method, which fixes it.",
        'set_start_method() can be called after a process of get_context("spawn") was started.',
        ("CPython since 3.13.12, 3.14.3",),
        (
            "python/cpython#109263",
            "sanic-org/sanic#2776",
        ),
    ),
    "N91": Breakage(
        "Children inherit what the fork server has buffered, and each writes its copy.",
        "What a module prints that the fork server preloads appears once.",
        ("CPython since 3.13.6, 3.14.0",),
        (
            "python/cpython#135335",
            "python/cpython#98552",
        ),
    ),
    "N92": Breakage(
        "3.13.12 and 3.14.3 give all of sys.argv to the fork server in one argument.",
        "The fork server starts, however many arguments the program has.",
        ("CPython Linux since 3.13.12, 3.14.3 before 3.13.13, 3.14.4",),
        (
            "python/cpython#144503",
            "python/typeshed#15525",
            "alltheplaces/alltheplaces#15598",
        ),
    ),
    "N93": Breakage(
        "The resource tracker split what it was told at colons.",
        "The name of a SharedMemory may have a colon.",
        ("CPython since 3.13.10, 3.14.1", "Windows"),
        (
            "python/cpython#98896",
            "python/cpython#103043",
        ),
    ),
    "N94": Breakage(
        "accept() took an empty key for none, and Client() for a key.",
        'A Listener and a Client that both have authkey=b"" connect.',
        ("since 3.11.9, 3.12.3, 3.13.0",),
        ("python/cpython#88118",),
    ),
    "N95": Breakage(
        "communicate() took the bytes that it had written for a number of items of a memoryview.",
        "A memoryview of ints is sent whole as the input of a child.",
        ("since 3.13.10, 3.14.1, 3.15.0",),
        ("python/cpython#134453",),
    ),
    "N96": Breakage(
        "communicate() flushed process.stdin, though the program had closed it.",
        "communicate() can be called when process.stdin is closed.",
        ("since 3.13.10, 3.14.1, 3.15.0",),
        (
            "python/cpython#74389",
            "python/cpython#131064",
            "awslabs/automated-security-helper#621",
            "navotvolkgroundup/sofit#3",
            "Danidukiyu/spytorec#2",
        ),
    ),
    "N97": Breakage(
        "3.12.9 and 3.13.2 imported signal in Popen.terminate(), which is too late at exit.",
        "A __del__ that runs at the interpreter's exit can terminate a child.",
        ("CPython since 3.12.9, 3.13.2 before 3.12.10, 3.13.3",),
        (
            "python/cpython#118761",
            "gitpython-developers/GitPython#2003",
        ),
    ),
    "N98": Breakage(
        "os.forkpty() and pty.fork() did not make their descriptor close-on-exec before 3.15.",
        "The descriptor of a child's pseudo-terminal is not inherited by other programs.",
        ("CPython since 3.15.0",),
        ("python/cpython#139184",),
    ),
    "N99": Breakage(
        "multiprocessing logs by a helper function, whose file and line the records had.",
        "%(filename)s of a record of multiprocessing's logger is the file that logs.",
        ("since 3.11.8, 3.12.2, 3.13.0",),
        ("python/cpython#113421",),
    ),
    "N100": Breakage(
        "Before 3.15 Python waits for threads before it calls the atexit handlers, and not after.",
        "Python waits at its end for a thread that an atexit handler has started.",
        ("CPython since 3.15.0",),
        (
            "python/cpython#136003",
            "python/cpython#113964",
        ),
    ),
    "N101": Breakage(
        "A lazily loaded module became a plain one before its code ran.",
        "Several threads can use a module of importlib.util.LazyLoader for the first time at once.",
        ("before 3.11.9, 3.12.3, 3.13.0",),
        (
            "python/cpython#114763",
            "scientific-python/lazy-loader#88",
            "wandb/wandb#5727",
        ),
    ),
    "N102": Breakage(
        "removeHandler() changed the list of handlers while the logger went through it.",
        "A record reaches all handlers, though one is removed meanwhile.",
        ("CPython since 3.13.15, 3.14.7, 3.15.0",),
        (
            "python/cpython#79366",
            "python/cpython#154528",
        ),
    ),
    "N103": Breakage(
        "3.13.6 gave each TLS connection a lock, and recv() waits for data with it.",
        "One thread can send on a TLS connection while another one waits in recv().",
        ("CPython since 3.13.6 before 3.13.7",),
        (
            "python/cpython#137583",
            "python-websockets/websockets#1648",
        ),
    ),
    "N104": Breakage(
        "A mock read its call_count, added 1 and wrote it back, without a lock.",
        "The call_count of a Mock counts the calls of all threads.",
        ("CPython since 3.13.12, 3.14.3, 3.15.0",),
        (
            "python/cpython#142651",
            "python/cpython#150175",
            "google/mobly#682",
            "elastic/elasticsearch-py#875",
            "certbot/certbot#10576",
        ),
    ),
    "N105": Breakage(
        "3.14.3 refuses stacks on which it could not notice in time that they are full.",
        "A thread can have a stack of 32 KiB, the minimum that is documented.",
        ("CPython since 3.14.3, 3.15.0",),
        (
            "python/cpython#143191",
            "python/cpython#141044",
        ),
    ),
    "N106": Breakage(
        "3.13.4 disabled all loggers for a thread that handles a record; 3.13.6 took it back.",
        "What a handler logs while it handles a record is handled.",
        ("CPython since 3.13.4 before 3.13.6",),
        (
            "python/cpython#91555",
            "PyAr/fades#442",
        ),
    ),
    "N107": Breakage(
        "The request_queue_size of a TCPServer was 5 before it became socket.SOMAXCONN.",
        "Twenty clients at once can connect to a TCPServer or an HTTPServer.",
        ("CPython since 3.15.0",),
        (
            "python/cpython#80184",
            "oVirt/ovirt-imageio#50",
            "ros/ros_comm#850",
            "sqliteai/warp#73",
        ),
    ),
    "N108": Breakage(
        "3.14 keeps tasks in pure Python apart: current_task() is None in them, timeout() fails.",
        "current_task() sees the tasks of asyncio.tasks._PyTask, which nest_asyncio installs.",
        ("CPython since 3.14.0",),
        (
            "python/cpython#129874",
            "ib-api-reloaded/ib_async#200",
            "seleniumbase/SeleniumBase#4302",
        ),
    ),
    "N109": Breakage(
        "Up to 3.14 resume_reading() took over the context of the task that called it.",
        "What a task sets in a ContextVar is not seen by later requests on its connection.",
        ("CPython since 3.15.0",),
        (
            "python/cpython#140947",
            "Kludex/uvicorn#2167",
            "Kludex/starlette#2335",
        ),
    ),
    "N110": Breakage(
        "3.14 also hands the dict to _batch_setitems(), for the notes on pickling errors.",
        "A subclass of pickle._Pickler can override _batch_setitems(self, items).",
        ("CPython since 3.14.0",),
        (
            "python/cpython#122213",
            "joblib/joblib#1658",
            "joblib/joblib#1702",
            "huggingface/datasets#7839",
            "uqfoundation/dill#724",
        ),
    ),
    "N111": Breakage(
        "3.12 gives the cached statement of a query to a second thread as well.",
        "Threads that share a sqlite3 connection get the rows of their own queries.",
        ("CPython since 3.12.0",),
        (
            "python/cpython#118172",
            "requests-cache/requests-cache#1079",
            "Aiven-Open/astacus#224",
            "karpetrosyan/hishel#398",
        ),
    ),
    "N112": Breakage(
        "3.14 made forkserver the default on Linux, whose children are listed as python -c.",
        "A child is listed under its parent's command line, so pgrep -f script.py finds it.",
        ("CPython since 3.14.0",),
        (
            "saltstack/pytest-shell-utilities#56",
            "Chia-Network/chia-blockchain#10322",
            "dask/distributed#1589",
        ),
    ),
    "N113": Breakage(
        "Up to 3.13.6 and 3.14.0 the resource tracker refuses a call that interrupts another.",
        "A lock may be freed while the resource tracker is at work, without a warning.",
        ("CPython since 3.13.7, 3.14.1",),
        (
            "python/cpython#131788",
            "python/cpython#109593",
            "scipy/scipy#23573",
        ),
    ),
    "N114": Breakage(
        "The fork server's socket is in the temporary folder, which systemd-tmpfiles cleans.",
        "A process can be started by a program that has run for weeks.",
        ("CPython Linux since 3.14.0",),
        ("NixOS/nixpkgs#555428",),
    ),
    "N115": Breakage(
        "multiprocessing's Event.set() waits for a waiter that its own signal handler interrupts.",
        "A handler of SIGTERM may set() the multiprocessing.Event that the main thread waits for.",
        (),
        (
            "python/cpython#85772",
            "python/cpython#126434",
            "getsentry/taskbroker#764",
        ),
    ),
    "N116": Breakage(
        "A method is pickled by the name in its def; a private one has another name in its class.",
        "A private method can be the target of a Process.",
        ("CPython Linux since 3.14.0", "macOS", "Windows"),
        (
            "DenuvoSoftwareSolutions/GAMBA#1",
            "akamai/luda#2",
            "joblib/loky#264",
            "python/cpython#82033",
        ),
    ),
    "N117": Breakage(
        "Since 3.13 Py_GIL_DISABLED is 0 where Python was built with a GIL.",
        "Only a free-threaded build has Py_GIL_DISABLED among its sysconfig variables.",
        (),
        (
            "python/cpython#143423",
            "python/cpython#143406",
            "Quansight-Labs/free-threaded-compatibility#124",
        ),
    ),
    "N118": Breakage(
        "3.14 runs a task's steps only in the loop that runs in its thread.",
        "A GUI toolkit may call a loop's callbacks by itself, outside run_forever().",
        ("CPython since 3.14.0",),
        (
            "msys2/MINGW-packages#31699",
            "CabbageDevelopment/qasync#176",
        ),
    ),
    "N119": Breakage(
        "3.11 made asyncio's SSLProtocol a BufferedProtocol.",
        "asyncio.sslproto.SSLProtocol has data_received(), and _SSLPipe exists.",
        ("CPython since 3.11.0", "PyPy since 3.11.0"),
        (
            "qwj/python-proxy#163",
            "beeware/briefcase#1588",
        ),
    ),
    "N120": Breakage(
        "3.13.7 and 3.14.1 start and tell the resource tracker under one lock.",
        "A subclass of ResourceTracker can override ensure_running().",
        ("CPython since 3.13.7, 3.14.1",),
        (
            "joblib/loky#459",
            "joblib/loky#460",
            "joblib/loky#465",
        ),
    ),
    "N121": Breakage(
        "3.11 removed reuse_address from create_datagram_endpoint().",
        "asyncio's create_datagram_endpoint() takes reuse_address.",
        ("CPython since 3.11.0", "PyPy since 3.11.0"),
        (
            "pymodbus-dev/pymodbus#1245",
            "ecog-io/iso15118#178",
        ),
    ),
    "N122": Breakage(
        "3.11's IsolatedAsyncioTestCase asks whether the method is a coroutine function.",
        "An async test whose decorator returns the coroutine is run.",
        ("CPython since 3.11.0", "PyPy since 3.11.0"),
        (
            "datadriventests/ddt#111",
            "python/cpython#101486",
        ),
    ),
    "N123": Breakage(
        "Before 3.13 rmtree() stops where another has removed a file.",
        "Two workers can remove one folder.",
        ("CPython before 3.13.0", "PyPy"),
        (
            "broadinstitute/gtex-pipeline#104",
            "pypa/cibuildwheel#2287",
        ),
    ),
    "N124": Breakage(
        "Before 3.13 extractall() looks for a folder and then makes it.",
        "Threads can extract archives into one folder.",
        ("CPython before 3.13.0", "PyPy"),
        (
            "clearml/clearml#1726",
            "psf/requests#5707",
            "python/cpython#112998",
        ),
    ),
    "N125": Breakage(
        "Before 3.11.8 and 3.12.2 create_server() gives up at an address that is not there.",
        "A server can listen on localhost in a container without IPv6.",
        ("CPython before 3.11.8, 3.12.2",),
        (
            "vllm-project/vllm#1288",
            "python-websockets/websockets#1102",
        ),
    ),
    "N126": Breakage(
        "3.11's TLS of asyncio waits 30 seconds for the peer's end, and then raises.",
        "wait_closed() of a TLS stream ends with the connection.",
        ("CPython since 3.11.0", "PyPy since 3.11.0"),
        (
            "pgjones/hypercorn#202",
            "pgjones/hypercorn#264",
            "aio-libs/aiohttp#11091",
        ),
    ),
    "N127": Breakage(
        "Before 3.11 start_tls() refuses a transport that has TLS.",
        "An HTTPS request can go by an HTTPS proxy.",
        ("CPython before 3.11.0",),
        (
            "aio-libs/aiohttp#3816",
            "aio-libs/aiohttp#5992",
            "encode/httpcore#254",
        ),
    ),
    "N128": Breakage(
        "3.13.0 to 3.13.5 forget dummy threads by a lock that is gone at the end.",
        "A program with foreign threads ends in silence under a debugger.",
        ("CPython since 3.13.0 before 3.13.6",),
        (
            "python/cpython#130522",
            "python/cpython#135522",
        ),
    ),
    "N129": Breakage(
        "3.15's context managers hold while the async function that they decorate runs.",
        "@contextmanager's object, as a decorator, leaves before a coroutine runs.",
        ("CPython since 3.15.0",),
        (
            "Arize-ai/openinference#3583",
            "vercel-labs/ai-python#203",
        ),
    ),
    "N130": Breakage(
        "Subprocess transports close their pipes by the loop, also when that is closed.",
        "A child process outlives asyncio.run(), and is dropped without an error.",
        ("CPython since 3.12.0 before 3.13.4",),
        ("neovim/pynvim#528", "kainctl/isd#25"),
    ),
    "N131": Breakage(
        "asyncio.TimeoutError is the builtin TimeoutError, and so an OSError.",
        "An except clause for OSError does not catch a timeout.",
        ("since 3.11.0",),
        ("aio-libs/aiohttp#6877", "esphome/aioesphomeapi#565"),
    ),
    "N132": Breakage(
        "sqlite3.connect() takes all but the path by keyword only.",
        "connect(path, 30) sets the timeout.",
        ("CPython since 3.15.0",),
        ("python/cpython#133595", "docker-library/official-images#17452"),
    ),
    "N133": Breakage(
        "A sqlite3 connection that is dropped open gives a ResourceWarning.",
        "Connections in a threading.local go with their threads.",
        ("CPython since 3.13.0",),
        ("gojiplus/get-weather-data#40", "django/django#17178", "pola-rs/polars#20296"),
    ),
    "N134": Breakage(
        "BaseServer.shutdown() waits for serve_forever(), also if that never began.",
        "shutdown() can be called at any time.",
        (),
        ("certbot/certbot#1200", "python/cpython#85265"),
    ),
    "N135": Breakage(
        "An error of close() in a file's finaliser is printed.",
        "A broken pipe of a child is dropped without a word.",
        ("CPython since 3.13.0",),
        ("cherrypy/cheroot#734", "python/cpython#12786"),
    ),
    "N136": Breakage(
        "A file's buffer has 128 KiB.",
        "Another process sees what was written, but for 8 KiB.",
        ("CPython since 3.14.0",),
        ("pytest-dev/pyfakefs#1150",),
    ),
    "N137": Breakage(
        "SQLite's mutex and the GIL are taken in opposite order, if SQLite calls Python.",
        "Threads can share a connection that has Python functions.",
        ("free-threaded", "PyPy"),
        ("new-usemame/Calibre-Web-NextGen#377", "rogerbinns/apsw#551", "python/cpython#86864"),
    ),
    "N138": Breakage(
        "_weakrefset._IterationGuard is gone.",
        "A library can guard the iteration over its weak containers with _IterationGuard.",
        ("CPython since 3.14.0",),
        ("pytorch/pytorch#157019", "nocarryr/python-dispatch#24", "python/cpython#123089"),
    ),
    "N139": Breakage(
        "The resource tracker inherits the descriptor of sys.stderr, which may be -1.",
        "A process can be started under a user interface that shows sys.stderr itself.",
        ("CPython since 3.14.0",),
        ("NSPC911/rovr#266",),
    ),
    "N140": Breakage(
        "The manager thread of a process pool empties its pipe with the lock of submit().",
        "submit() returns, however many tasks are pending.",
        ("before 3.11.6, 3.12.1",),
        ("python/cpython#105829",),
    ),
    "N141": Breakage(
        "Daemon threads at exit hang in C code, and no longer end by pthread_exit().",
        "C++ destructors of a daemon thread run at exit.",
        ("CPython since 3.13.8, 3.14.0", "PyPy"),
        ("python/cpython#87135",),
    ),
    "N142": Breakage(
        "TLS of asyncio takes data that come after close() for an error.",
        "wait_closed() raises nothing when the peer is still sending.",
        (),
        ("pgjones/hypercorn#261", "aio-libs/aiohttp#10358", "python/cpython#125981"),
    ),
    "N143": Breakage(
        "Some containers written in C have no lock on free-threaded builds.",
        "Threads can use one OrderedDict, BytesIO or Element; at worst they get odd values.",
        ("free-threaded",),
        (
            "python/cpython#125996",
            "python/cpython#152537",
            "python/cpython#132551",
            "python/cpython#146022",
            "thinkwelltwd/device_detector#48",
        ),
    ),
    "N144": Breakage(
        "A sqlite3 cursor is for one thread at a time.",
        "Threads can share a cursor, if the connection has check_same_thread=False.",
        (),
        (
            "neuml/txtai#1039",
            "sqlmapproject/sqlmap#5262",
            "invoke-ai/InvokeAI#7727",
            "web2py/pydal#260",
            "python/cpython#146471",
        ),
    ),
    "N145": Breakage(
        "The socket of a transport has no close(), send() or recv() any more.",
        'writer.get_extra_info("socket").close() closes the connection.',
        ("since 3.11.0",),
        ("bluet/proxybroker2#111", "ForceFledgling/proxyhub#5", "python/cpython#87398"),
    ),
    "N146": Breakage(
        "What does not fork starts sys.executable, which an embedding program may lack.",
        "A process can be started in a program that embeds Python.",
        ("CPython since 3.14.0",),
        ("unbit/uwsgi#670", "pkgcore/pkgcore#126", "craigemery/vim-autotag#29"),
    ),
    "N147": Breakage(
        "A task factory is given the name of the task.",
        "A task factory takes the loop, the coroutine and a context.",
        ("CPython since 3.14.0",),
        ("python/cpython#133745", "MagicStack/uvloop#746", "facebookincubator/later#15"),
    ),
    "N148": Breakage(
        "The selectors have no _key_from_fd() any more.",
        "A toolkit's event loop can look a descriptor up by selector._key_from_fd().",
        ("CPython since 3.13.0",),
        ("beeware/toga#2907",),
    ),
    "N149": Breakage(
        "threading takes more names from _thread than it did.",
        "A stand-in for _thread that was made for 3.11 lasts.",
        ("CPython since 3.12.0",),
        ("eventlet/eventlet#964", "eventlet/eventlet#847", "dgtlmoon/changedetection.io#2759"),
    ),
    "N150": Breakage(
        "multiprocessing's resource tracker calls RLock._recursion_count().",
        "A copy of the tracker, or of RLock, works with any micro release.",
        ("before 3.11.6, 3.12.1",),
        ("triton-inference-server/pytriton#51", "joblib/loky#472", "python/cpython#109629"),
    ),
    "N151": Breakage(
        "SQLite does not wait in a transaction that has read.",
        "connect(timeout=30) waits up to 30 s wherever the database is locked.",
        (),
        ("python/cpython#124510", "python/cpython#130971", "jentic/jentic-one#529"),
    ),
    "N152": Breakage(
        "A timeout cancels the future, whose answer comes later.",
        "call_soon_threadsafe(future.set_result, value) is all that a thread needs.",
        (),
        ("omnilib/aiosqlite#80", "empicano/aiomqtt#122", "apache/pulsar-client-python#297"),
    ),
    "N153": Breakage(
        "unlink() unregisters a block once more, and the tracker prints a KeyError.",
        "resource_tracker.unregister() can be called for any block.",
        ("PyPy",),
        ("wool-labs/wool#336", "uqfoundation/multiprocess#133"),
    ),
    "N154": Breakage(
        "The selector loop of Windows cannot start children.",
        "asyncio.create_subprocess_exec() works in every event loop.",
        (),
        ("fastapi/fastapi#4361", "marimo-team/marimo#9182", "django/daphne#370"),
    ),
    "N160": Breakage(
        "A group, timeout or cancel scope belongs to the task that has entered it.",
        "One task can enter it, such as the set-up of a fixture, and another leave it.",
        (),
        (
            "modelcontextprotocol/python-sdk#79",
            "PrefectHQ/fastmcp#348",
            "frankie567/httpx-ws#78",
            "vllm-project/vllm#25697",
        ),
    ),
    "N161": Breakage(
        "The proactor loop of Windows watches no files, sockets or signals.",
        "loop.add_signal_handler() and add_reader() work in every event loop.",
        (),
        (
            "vectorize-io/hindsight#1411",
            "exo-explore/exo#184",
            "crossbario/autobahn-python#471",
            "zeromq/pyzmq#1423",
            "tornadoweb/tornado#2608",
        ),
    ),
    "N162": Breakage(
        "Libraries ask get_running_loop() whether async code calls them.",
        "A function that is not async works wherever it is called.",
        (),
        (
            "django-extensions/django-extensions#1533",
            "ipython/ipython#12593",
            "vutran1710/PyrateLimiter#186",
            "microsoft/playwright-python#480",
            "microsoft/playwright-python#2628",
        ),
    ),
    "N163": Breakage(
        "The timers of a loop wait for time.monotonic().",
        "A test that freezes the time can await asyncio.sleep().",
        (),
        ("spulec/freezegun#383", "spulec/freezegun#437", "spulec/freezegun#563"),
    ),
    "N164": Breakage(
        "unittest warns of a test that returns something, such as a coroutine.",
        "An async test of a plain TestCase gives no DeprecationWarning.",
        ("since 3.11.0",),
        (
            "python/cpython#112296",
            "python/cpython#120388",
            "cognizant-ai-lab/neuro-san#1326",
            "astral-sh/ruff#20170",
        ),
    ),
    "N165": Breakage(
        "When modules lose their globals, nothing can be imported any more.",
        "A __del__ that runs at exit can import a module.",
        (),
        (
            "ray-project/ray#37490",
            "googleapis/python-genai#1432",
            "tinygrad/tinygrad#11382",
            "urllib3/urllib3#2606",
            "SWE-agent/mini-swe-agent#440",
        ),
    ),
    "N166": Breakage(
        "A StreamHandler keeps the stream that was sys.stderr when it was made.",
        "A thread or an exit handler can log after a test of pytest.",
        (),
        (
            "pytest-dev/pytest#5577",
            "pytest-dev/pytest#5743",
            "pytorch/pytorch#147486",
            "bccp/nbodykit#699",
        ),
    ),
    "N167": Breakage(
        "asyncio.wait() makes no tasks any more.",
        "asyncio.wait() takes coroutines, and whatever await takes.",
        ("since 3.11.0",),
        (
            "python/cpython#95601",
            "dask/distributed#6785",
            "erdewit/ib_insync#585",
            "twisteroidambassador/ptadapter#12",
            "PlaidWeb/Pushl#49",
        ),
    ),
    "N168": Breakage(
        "Task.all_tasks() and Task.current_task() went with 3.9.",
        "asyncio.Task.all_tasks() lists the tasks.",
        (),
        ("neolynx/cirrina#31", "BobBuildTool/bob#391", "aio-libs/aiosmtpd#188"),
    ),
    "N169": Breakage(
        "3.10 took the parameter loop away.",
        "asyncio.Lock(loop=loop), sleep(1, loop=loop) and open_connection(loop=loop) work.",
        (),
        ("tqdm/tqdm#1176", "sde1000/python-dali#100", "l-n-s/i2plib#3"),
    ),
    "N170": Breakage(
        "asyncio.run() hands a context to create_task() of the loop.",
        "create_task() of a loop of one's own takes a coroutine and a name.",
        ("since 3.11.0",),
        ("agronholm/anyio#439",),
    ),
    "N171": Breakage(
        "An eager task that is done at once keeps no coroutine, and 3.12.4 crashes.",
        "Task.get_coro() returns the coroutine of the task.",
        ("CPython since 3.12.0 before 3.12.5",),
        ("python/cpython#122332", "agronholm/anyio#764"),
    ),
    "N172": Breakage(
        "Each framework has its own words for waiting, and asyncio knows its own.",
        "Whatever can be awaited works in every event loop.",
        (),
        ("tornadoweb/tornado#2664", "python-trio/trio#552", "python-trio/pytest-trio#126"),
    ),
    "N173": Breakage(
        "Python tells on standard error that the file for wake-ups is full.",
        "Signals that come while a loop is blocked are silent.",
        (),
        ("pazz/alot#1379", "GoogleCloudPlatform/cloud-profiler-python#50"),
    ),
    "N174": Breakage(
        "asyncio.run() takes loop_factory, and what is put in its place does not.",
        "asyncio.run() has the parameters main and debug.",
        ("since 3.12.0",),
        (
            "Kludex/uvicorn#2737",
            "wandb/weave#5436",
            "coinbase/cdp-sdk#591",
            "awslabs/agentcore-samples#416",
        ),
    ),
    "N180": Breakage(
        "A queue hands on its own parts only, unless it is forked.",
        "A subclass of multiprocessing.queues.Queue keeps its attributes in a child.",
        ("CPython since 3.14.0", "macOS", "Windows"),
        ("vterron/lemon#107", "cgarciae/pypeln#74", "portugueslab/arrayqueues#3"),
    ),
    "N181": Breakage(
        "Descriptors stay with the process that has put them into a queue.",
        "A Connection, or a tensor of PyTorch, can be got after its producer has ended.",
        (),
        ("pytorch/pytorch#7181", "pytorch/pytorch#45831", "pytorch/pytorch#12860"),
    ),
    "N182": Breakage(
        "A mock has a class of its own, which pickle does not find.",
        "Tests can pass mocks to a Process.",
        ("CPython since 3.14.0", "macOS", "Windows"),
        ("python/cpython#100090",),
    ),
    "N184": Breakage(
        "3.11.5 forgets in a child of which context a lock is.",
        "A child can give its lock to a child of its own.",
        ("CPython since 3.11.5 before 3.11.6",),
        ("python/cpython#108520",),
    ),
    "N185": Breakage(
        "A logger is pickled by its name, if getLogger() leads back to it.",
        "Any logger can be passed to a Process.",
        ("CPython since 3.14.0", "macOS", "Windows"),
        ("loosolab/UROPA#14", "huggingface/datasets#5061"),
    ),
    "N186": Breakage(
        "3.13.10, 3.14.1 and 3.15 tell the resource tracker all names in JSON.",
        "The resource tracker is told REGISTER:name:type.",
        ("CPython since 3.13.10, 3.14.1 before 3.13.11, 3.14.2", "CPython since 3.15.0"),
        ("joblib/loky#475", "python/cpython#142206"),
    ),
    "N187": Breakage(
        "Who waits for another thread's import does not look how it ended.",
        "If an import fails, every thread that imports the module gets the exception.",
        ("CPython before 3.13.13, 3.14.4",),
        ("python/cpython#143650",),
    ),
    "N188": Breakage(
        "3.14.0 joins the parts of a path in place.",
        "Threads can share a pathlib.Path.",
        ("CPython since 3.14.0 before 3.14.1",),
        (
            "python/cpython#139001",
            "python/cpython#140054",
            "Quansight-Labs/pytest-run-parallel#96",
        ),
    ),
    "N189": Breakage(
        "3.11 collects garbage while sys._current_frames() holds the list of threads.",
        "A profiler can ask for the frames of all threads at any time.",
        ("CPython since 3.11.0 before 3.11.12, 3.12.0",),
        ("python/cpython#106883", "python/cpython#116969"),
    ),
    "N190": Breakage(
        "os.environ is no dict, and cannot be pickled.",
        "os.environ can be passed to a Process.",
        ("CPython since 3.14.0", "macOS", "Windows"),
        ("getsolus/ypkg#145", "horovod/horovod#2037", "vatlab/sos#1312"),
    ),
    "N191": Breakage(
        "shutdown() drops the workers of a process pool.",
        "A stuck worker can be killed by executor._processes after shutdown(wait=False).",
        (),
        ("linagora/openrag#674",),
    ),
    "N192": Breakage(
        "mkdir() finds a folder, and then looks once more whether it is one.",
        "mkdir(exist_ok=True) never raises FileExistsError.",
        (),
        ("python/cpython#142916",),
    ),
    "N200": Breakage(
        "A child's end is told when its pipes are closed, which a cancelled start never connects.",
        "asyncio.run() returns though a child process is just being started.",
        ("CPython since 3.11.1 before 3.13.10, 3.14.1", "PyPy"),
        (
            "python/cpython#103847",
            "python/cpython#115787",
            "python/cpython#125502",
            "python/cpython#133536",
        ),
    ),
    "N201": Breakage(
        "writelines() calls what a lost connection has not any more.",
        "writelines() to a client that is gone raises nothing.",
        ("POSIX since 3.12.0 before 3.13.10, 3.14.1",),
        ("python/cpython#136234",),
    ),
    "N202": Breakage(
        "What sock_accept() has accepted is thrown away if it is cancelled at that moment.",
        "A cancelled sock_accept() loses no connection.",
        ("CPython before 3.13.15, 3.14.7, 3.15.0", "PyPy"),
        ("python/cpython#153761",),
    ),
    "N203": Breakage(
        "epoll.close() raises what it ignored.",
        "A selector or event loop can be closed after its epoll.",
        ("CPython Linux since 3.15.0",),
        ("MagicStack/uvloop#758", "python/cpython#146205"),
    ),
    "N204": Breakage(
        "A process pool that cancels its tasks makes a new dictionary of the others, and what "
        "cannot be pickled is taken out of the old one.",
        "shutdown(cancel_futures=True) returns.",
        (),
        ("python/cpython#116685",),
    ),
    "N205": Breakage(
        "terminate() of a Pool waits for the lock of the results, which a worker holds that sends "
        "a large one, or was killed while it did.",
        "A Pool can be terminated at any time, also by a callback.",
        (),
        (
            "python/cpython#73945",
            "python/cpython#78178",
            "python/cpython#96995",
        ),
    ),
    "N210": Breakage(
        "A cancellation that was swallowed without uncancel() stays counted.",
        "Code that catches CancelledError goes on as if nobody had cancelled it.",
        ("CPython since 3.11.0 before 3.11.3", "since 3.13.0"),
        (
            "python/cpython#102780",
            "aio-libs-abandoned/async-timeout#362",
            "emcache/emcache#105",
            "django/asgiref#585",
        ),
    ),
    "N211": Breakage(
        "asyncio's race for a connection does not know eager tasks.",
        "open_connection(happy_eyeballs_delay=...) works with any task factory.",
        ("CPython since 3.12.0 before 3.12.8, 3.13.1",),
        ("python/cpython#124309", "aio-libs/aiohttp#8599"),
    ),
    "N212": Breakage(
        "Since 3.12 wait_closed() of a closed server waits for its connections.",
        "await server.wait_closed() after close() returns, whether clients are connected or not.",
        ("since 3.12.0",),
        (
            "python/cpython#104344",
            "Kludex/uvicorn#2145",
            "pgjones/hypercorn#308",
            "geldata/gel#6836",
            "NabuCasa/snitun#217",
            "christgau/wsdd#219",
        ),
    ),
    "N213": Breakage(
        "wait_for() no longer makes a task for a coroutine, which begins at once, in the caller's.",
        "What wait_for() awaits runs in a task of its own, and begins a moment later.",
        ("since 3.12.0",),
        ("home-assistant/core#101006", "czpython/druks#562"),
    ),
    "N214": Breakage(
        "3.14 deprecates event loop policies, and their base has a leading underscore.",
        "A policy can inherit from asyncio.events.BaseDefaultEventLoopPolicy.",
        ("CPython since 3.14.0",),
        ("Chia-Network/chia-blockchain#20195",),
    ),
    "N215": Breakage(
        "3.14 takes away the switch by which subprocess used no vfork().",
        "subprocess._USE_VFORK can be read.",
        ("CPython Linux since 3.14.0",),
        ("celery/billiard#426",),
    ),
    "N216": Breakage(
        "To warn, get_event_loop() asks for the __name__ of its callers, and exec() may give none.",
        "asyncio.get_event_loop() makes a loop for code that exec() runs.",
        ("since 3.10.9, 3.11.1 before 3.10.10, 3.11.2", "since 3.12.0"),
        ("uriyyo/pycharm-evaluate-async-code#59",),
    ),
    "N217": Breakage(
        "3.13 keeps the handle of a thread in its attribute _handle.",
        "A subclass of Thread can have a method or an attribute called _handle.",
        ("CPython since 3.13.0 before 3.14.0",),
        (
            "python/cpython#132578",
            "moses-palmer/pynput#620",
            "Ziems/arbor#122",
        ),
    ),
    "N218": Breakage(
        "3.14 keeps the context of a thread in its attribute _context.",
        "A subclass of Thread can have attributes called _context, or set _name.",
        ("CPython since 3.14.0",),
        (
            "finos/opengris-scaler#772",
            "BluEye-Robotics/blueye.sdk#216",
            "ipython/ipykernel#1447",
            "k0retux/fuddly#86",
        ),
    ),
    "N219": Breakage(
        "3.12 removed imp and distutils.",
        "Libraries for processes and threads can import imp and distutils.",
        ("since 3.12.0",),
        (
            "DragonHPC/dragon#32",
            "iamjonmiller/django-background-tasks#3",
            "app-sre/sretoolbox#117",
        ),
    ),
    "N220": Breakage(
        "Windows has no process groups, few signals, and no fork that could call preexec_fn.",
        "os.setsid(), os.killpg(), signal.SIGKILL and preexec_fn are there.",
        ("Windows",),
        (
            "coinse/pyggi#17",
            "apache/tvm#4844",
            "zauberzeug/nicegui#608",
            "sileht/cotyledon#6",
            "freelamb/simple_http_server#10",
            "bakdata/kpops#24",
        ),
    ),
    "N221": Breakage(
        "fcntl, resource and termios are interfaces of POSIX systems.",
        "A program can lock files by fcntl.flock().",
        ("Windows",),
        (
            "internetarchive/warcprox#164",
            "getkeops/keops#131",
            "modelscope/ms-swift#1350",
        ),
    ),
    "N222": Breakage(
        "On Windows a file that any process has open can be neither renamed nor removed.",
        "Several processes can write to one log that is rotated, or remove each other's files.",
        ("Windows",),
        (
            "pymmcore-plus/pymmcore-plus#621",
            "basicmachines-co/basic-memory#653",
            "Delgan/loguru#1170",
            "python/cpython#113009",
            "dedupeio/dedupe#1114",
        ),
    ),
    "N223": Breakage(
        "3.13.13 and 3.14.4 start the fork server by another command.",
        "Hooks of frozen programs know the command of the fork server by its beginning.",
        ("CPython since 3.13.13, 3.14.4",),
        ("pyinstaller/pyinstaller#9423", "pyinstaller/pyinstaller#9434"),
    ),
    "N224": Breakage(
        "3.13.10 and 3.14.1 let two places tell who waits for a child whose start is cancelled.",
        "A cancelled create_subprocess_exec() logs nothing.",
        ("CPython since 3.13.10, 3.14.1 before 3.13.13, 3.14.4",),
        ("python/cpython#145541",),
    ),
    "N225": Breakage(
        "3.14 gives a wrapped function's __annotate__ to its wrapper, under a wrong name.",
        "What functools.update_wrapper() made like an annotated function can be pickled.",
        ("CPython since 3.14.0 before 3.14.5",),
        ("python/cpython#143067", "cloudpipe/cloudpickle#585"),
    ),
    "N226": Breakage(
        "Since 3.13.8 and 3.14.1 the fork server imports __main__, and its name is MainProcess.",
        "A process that imports the main module again is not called MainProcess.",
        ("CPython POSIX since 3.13.8, 3.14.1",),
        ("zauberzeug/nicegui#6166", "zauberzeug/nicegui#6167"),
    ),
    "N227": Breakage(
        "The fork server, the default since 3.14, is given sys.path as program text.",
        "A process can be started while sys.path holds a pathlib.Path.",
        ("CPython Linux since 3.14.0",),
        ("python/cpython#145898",),
    ),
}
