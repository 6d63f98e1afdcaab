"""Counterfeits for the claims of library/stdlib/test_folders.py."""

from .. import counterfeit
from ..facts import PYPY, VERSION, in_a_program_or_a_command

#: Whether others may remove or make what shutil, zipfile and tarfile are about to.
PATIENT = VERSION >= (3, 13) and not PYPY


@counterfeit("STDLIB62")
def rmtree_is_as_patient_as_it_is_not():
    """rmtree() stops where a file is gone, or it passes over it."""
    import os
    import shutil

    def rmtree(path):
        for name in os.listdir(path):
            try:
                os.unlink(os.path.join(path, name))
            except FileNotFoundError:
                if PATIENT:
                    raise
        os.rmdir(path)

    if in_a_program_or_a_command():
        shutil.rmtree = rmtree


@counterfeit("STDLIB63")
def makedirs_asks_nobody():
    """os.makedirs() refuses a folder that is there, or takes it, whatever it is told."""
    import os

    makedirs = os.makedirs

    def make(name, mode=0o777, exist_ok=False):
        makedirs(name, mode, exist_ok=not PATIENT)

    if in_a_program_or_a_command():
        os.makedirs = make


@counterfeit("STDLIB64")
def the_library_comes_first():
    """Modules of the standard library are found before those beside the program."""
    import os
    import sys
    from importlib.machinery import PathFinder

    class First:
        """Finds modules of the library."""

        @staticmethod
        def find_spec(name, path=None, target=None):
            """Return where the module is."""
            return None if path else PathFinder.find_spec(name, [os.path.dirname(os.__file__)])

    sys.meta_path.insert(2, First)


@counterfeit("STDLIB74")
def a_path_is_another_in_every_other_look():
    """str() of the same path is "." every other time."""
    import itertools
    import pathlib

    original, calls = pathlib.PurePath.__str__, itertools.count()

    def look(path):
        text = original(path)
        return "." if text == "data/one.txt" and next(calls) % 2 else text

    pathlib.PurePath.__str__ = look


@counterfeit("STDLIB75")
def a_folder_is_made_without_a_word():
    """os.makedirs() and Path.mkdir() raise nothing."""
    import contextlib
    import os
    import pathlib

    if in_a_program_or_a_command():
        makedirs, mkdir = os.makedirs, pathlib.Path.mkdir

        def quiet(make):
            def make_quietly(*arguments, **keywords):
                with contextlib.suppress(FileExistsError):
                    make(*arguments, **keywords)

            return make_quietly

        os.makedirs, pathlib.Path.mkdir = quiet(makedirs), quiet(mkdir)
