"""Counterfeits for the claims of library/multiprocessing/test_what_a_child_inherits.py."""

import os

from .. import counterfeit
from ..facts import FORK, VERSION
from .shared import prepare_without

#: The claims on the default start method that say what a child of it has, or takes.
_ON_THE_DEFAULT = """
    MX40 MX41 MX42 MX43 MX44 MX45 MX46 MX47 MX48 MX49 MX50 MX51 MX52 MX53 MX54 MX55 MX56 MX57 MX58
    MX59 MX60 MX61 MX62 MX63 MX64 MX65 MX66 MX68 MX69 MX70 MX71 MX72 MX80 MP19 MX82 MX83 MX85 MX86
    MX96 MX11 MX09 MX10 MP20 CX15 CX16 CX17 CX18 CX19 CX01 CX03 N8.08 CX24 CX25
""".split()


@counterfeit(*_ON_THE_DEFAULT, where=FORK)
def the_default_start_method_is_the_other_one():
    """The default start method is forkserver up to 3.13, and fork from 3.14."""
    from multiprocessing import context

    other = "forkserver" if VERSION < (3, 14) else "fork"
    context._default_context._default_context = context._concrete_contexts[other]


@counterfeit(*"MX06 MX24 MX08 MX03 MX04 MX05 CV09 MX77 MP17 X07 MX95 MX97".split(), where=FORK)
def fork_starts_a_new_program():
    """Processes of the fork context are spawned."""
    from multiprocessing import context

    context.ForkProcess._Popen = context.SpawnProcess._Popen


@counterfeit(*"MX01 MX78 CX08 CX33 CX31 X06 CX32 X05 CX34 CX20".split(), where=FORK)
def there_is_no_fork_server():
    """Processes of the forkserver context are spawned."""
    from multiprocessing import context

    context.ForkServerProcess._Popen = context.SpawnProcess._Popen


@counterfeit("MX02", where=FORK)
def a_child_starts_in_the_first_directory():
    """The working directory of spawned and served children is that of the program's start."""
    prepare_without("orig_dir", dir="/")


@counterfeit("MX07", where=FORK)
def a_child_has_its_own_path():
    """sys.path is not passed on."""
    prepare_without("sys_path")


@counterfeit("MX79", "CX13", "MP21", where=FORK)
def a_child_has_no_arguments():
    """sys.argv is empty in spawned and served children."""
    prepare_without(sys_argv=[])


@counterfeit("MX30", where=FORK)
def every_process_has_a_key_of_its_own():
    """The authentication key is not passed on."""
    from multiprocessing import process

    def make_key():
        process.current_process().authkey = os.urandom(32)

    _in_the_child(make_key)


def _in_the_child(action):
    """Do something in each child before its target runs."""
    from multiprocessing import process

    run = process.BaseProcess.run

    def run_after(self):
        action()
        run(self)

    process.BaseProcess.run = run_after


@counterfeit("MX74", where=FORK)
def a_child_has_a_process_group_of_its_own():
    """Each child leads a process group."""
    _in_the_child(lambda: os.setpgid(0, 0))


@counterfeit("MX75", where=FORK)
def a_child_has_a_thread_more():
    """Each child has a thread beside its main thread."""
    import threading

    def start():
        threading.Thread(target=threading.Event().wait, daemon=True).start()

    _in_the_child(start)


@counterfeit("MX22", where=FORK)
def children_draw_the_same_numbers():
    """The random module is seeded alike in all children."""
    import random

    _in_the_child(lambda: random.seed(1))


@counterfeit("MX73", "MX50", where=FORK)
def a_seed_is_ignored():
    """random.Random(seed) is seeded by the system."""
    import random

    class Unseeded(random.Random):
        def seed(self, *_seed):
            super().seed()

    random.Random = Unseeded
