"""What several modules of this folder need."""


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
