"""What several modules of this folder need."""

from sys import modules
from types import ModuleType

from ..facts import FORKS_BY_DEFAULT


def patch_queues(kind, **changes):
    """Replace methods of a class of queues by what the functions make of them."""
    from multiprocessing import queues

    classes = {
        "Queue": [queues.Queue, queues.JoinableQueue],
        "JoinableQueue": [queues.JoinableQueue],
        "SimpleQueue": [queues.SimpleQueue],
    }[kind]
    for name, change in changes.items():
        for one in classes:
            if name in vars(one):
                setattr(one, name, change(vars(one)[name]))


def instead(**methods):
    """Make changes that put other methods in the place of the old ones."""
    return {name: lambda old, new=new: new for name, new in methods.items()}


def in_a_client():
    """Tell whether this is neither the first process nor a Manager's."""
    from multiprocessing import current_process, parent_process

    served = getattr(current_process(), "_manager_server", None) is not None
    return parent_process() is not None and not served


def around_set(kind, change):
    """Change what the results of a kind are set to: ``(success, value)``."""
    from multiprocessing import pool

    cls = getattr(pool, kind)
    original = cls._set

    def _set(self, number, outcome):
        original(self, number, change(self, *outcome))

    cls._set = _set


def around_run(wrap):
    """Let ``wrap(process, run)`` stand in for run() in every child."""
    from multiprocessing import process

    run = process.BaseProcess.run
    process.BaseProcess.run = lambda self: wrap(self, lambda: run(self))


def prepare_without(*names, **changed):
    """Leave something out of the data with which a spawned or served child prepares itself."""
    from multiprocessing import spawn

    prepare = spawn.get_preparation_data

    def preparing(name):
        data = {k: v for k, v in prepare(name).items() if k not in names}
        return {**data, **changed}

    spawn.get_preparation_data = preparing


def in_the_child(action):
    """Do something in each child before its target runs."""

    def act_and_run(_child, run):
        action()
        run()

    around_run(act_and_run)


def inherit_the_other_way(first, get, put):
    """Let the default start method hand on to children what it does not, and the other way.

    Where it is fork, a forked child is given ``first(child)``, what a new program has.  Elsewhere
    a fork server's child is given ``get(child)`` of its parent.  ``put(child, value)`` gives it.
    """
    from multiprocessing import context

    kind = context.ForkProcess if FORKS_BY_DEFAULT else context.ForkServerProcess
    start = kind._Popen

    def carry(child):
        child._carried = None if FORKS_BY_DEFAULT else get(child)
        return start(child)

    def receive_and_run(child, run):
        if hasattr(child, "_carried"):
            put(child, first(child) if FORKS_BY_DEFAULT else child._carried)
        run()

    kind._Popen = staticmethod(carry)
    around_run(receive_and_run)


def target_module(child):
    """Return the module of the child's target; an empty one if it has none."""
    return modules.get(getattr(child._target, "__module__", None)) or ModuleType("none")


def fork_where(concerned):
    """Let Process.start() fork where ``concerned(process)`` is true, as it did before 3.14."""
    from multiprocessing import context

    start = context.Process._Popen

    def start_or_fork(process):
        return (context.ForkProcess._Popen if concerned(process) else start)(process)

    context.Process._Popen = staticmethod(start_or_fork)


def fail_where(concerned, error):
    """Let a child fail by the error, and not run its target, where ``concerned(process)``."""

    def run_or_fail(process, run):
        if concerned(process):
            raise error
        run()

    around_run(run_or_fail)


def main_has(*kinds):
    """Tell whether a global of the main module is of a type from one of these modules."""
    found = vars(modules["__main__"]).values()
    return any(type(value).__module__ in kinds for value in found)
