"""Counterfeits for the claims of library/os/test_posix_spawn.py."""

import os

from .. import counterfeit

HAS_SPAWN = hasattr(os, "posix_spawn")


@counterfeit("SPAWN01", where=HAS_SPAWN)
def posix_spawn_passes_its_own_environment_on():
    """posix_spawn() ignores the environment it is given."""
    spawn = os.posix_spawn

    def posix_spawn(path, argv, env, **kwargs):
        return spawn(path, argv, os.environ, **kwargs)

    os.posix_spawn = posix_spawn


@counterfeit("SPAWN01", where=HAS_SPAWN)
def posix_spawn_adds_to_its_own_environment():
    """posix_spawn() gives the environment of its own as well."""
    spawn = os.posix_spawn

    def posix_spawn(path, argv, env, **kwargs):
        return spawn(path, argv, {**os.environ, **env}, **kwargs)

    os.posix_spawn = posix_spawn


@counterfeit("SPAWN01", "SPAWN05", where=HAS_SPAWN)
def posix_spawn_closes_nothing():
    """posix_spawn() opens and duplicates descriptors, but closes none."""
    spawn = os.posix_spawn
    closing = (os.POSIX_SPAWN_CLOSE, getattr(os, "POSIX_SPAWN_CLOSEFROM", os.POSIX_SPAWN_CLOSE))

    def posix_spawn(*args, file_actions=(), **kwargs):
        kept = [action for action in file_actions if action[0] not in closing]
        return spawn(*args, file_actions=kept, **kwargs)

    os.posix_spawn = posix_spawn


@counterfeit("SPAWN02", where=HAS_SPAWN)
def posix_spawn_of_a_missing_program_gives_a_pid():
    """A missing program shows only by the exit code 127."""
    spawn = os.posix_spawn

    def posix_spawn(path, *args, **kwargs):
        try:
            return spawn(path, *args, **kwargs)
        except FileNotFoundError:
            return spawn("/bin/sh", ["sh", "-c", "exit 127"], {})

    os.posix_spawn = posix_spawn


@counterfeit("SPAWN03", where=HAS_SPAWN)
def posix_spawn_looks_on_the_path():
    """posix_spawn() is posix_spawnp()."""
    os.posix_spawn = os.posix_spawnp


@counterfeit("SPAWN04", where=HAS_SPAWN)
def posix_spawn_blocks_no_signals():
    """posix_spawn() ignores the signal mask it is given."""
    spawn = os.posix_spawn
    os.posix_spawn = lambda *args, setsigmask=None, **kwargs: spawn(*args, **kwargs)
