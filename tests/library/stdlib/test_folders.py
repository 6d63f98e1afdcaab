"""Folders that several threads or processes fill and remove, and files that hide modules.

Source: https://docs.python.org/3/library/shutil.html
"""

import io
import os
import pathlib
import shutil
import tarfile
import warnings
import zipfile

from tests.harness import PYPY, before, cases, claim, control, outcome, predicts, refuted, since


def remove_what_another_removes():
    """Return what rmtree() raises if all files go as it begins with the first, and what is left."""
    os.mkdir("folder")
    paths = [os.path.join("folder", name) for name in "abc"]
    for path in paths:
        open(path, "w").close()
    unlink = os.unlink

    def unlink_late(*arguments, **keywords):
        os.unlink = unlink
        for path in paths:
            unlink(path)
        return unlink(*arguments, **keywords)

    os.unlink = unlink_late
    error = outcome(shutil.rmtree, "folder")
    return type(error).__name__, os.path.exists("folder")


@claim("STDLIB62")
@predicts("N123")
@refuted(
    where=before("3.13.0") or PYPY,
    because="3.13 passes over what is gone already (bpo-37260)",
    by="AssertionError: assert ('FileNotFoundError', True)",
)
def test_rmtree_goes_on_if_another_has_removed_a_file(programs, evidence):
    """shutil.rmtree() goes on if another thread or process removes files of the same folder.

    Before 3.13 it stops with FileNotFoundError, and leaves the rest: two workers that clean up one
    folder disturb each other (a race condition).  The folder itself must be there in any case.
    Instead: rmtree(path, ignore_errors=True), or let one of them clean up.
    """
    found = programs.call(remove_what_another_removes)
    assert evidence(raised_and_left=found) == ("NoneType", False)


def zip_archive():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("folder/file", b"text")
    return zipfile.ZipFile(file)


def tar_archive():
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        member = tarfile.TarInfo("folder/file")
        member.size = 4
        archive.addfile(member, io.BytesIO(b"text"))
    file.seek(0)
    return tarfile.open(fileobj=file)


def extract_beside_another(archive):
    """Return what extractall() raises if another makes its folder just before it does."""
    makedirs = os.makedirs

    def makedirs_late(name, *arguments, **keywords):
        os.makedirs = makedirs
        makedirs(name)
        return makedirs(name, *arguments, **keywords)

    os.makedirs = makedirs_late
    with warnings.catch_warnings(), globals()[archive]() as opened:
        warnings.simplefilter("ignore")  # 3.12 and 3.13 want a filter
        error = outcome(opened.extractall, "to")
    return type(error).__name__, str(error), os.makedirs is makedirs


@claim("STDLIB63")
@predicts("N124")
@cases(archive=("zip_archive", "tar_archive"))
@refuted(
    where=before("3.13.0") or PYPY,
    because="3.13 takes a folder that is there by now for its own (gh-67837)",
    by="AssertionError: assert 'FileExistsError' == 'NoneType'",
)
def test_two_may_extract_archives_into_one_folder(archive, programs, evidence):
    """Two threads or processes can extract a zip or tar archive to the same place.

    Before 3.13 extractall() looks whether a folder is there, and then makes it: if another makes it
    in between (a race condition), "FileExistsError: [Errno 17] File exists: ...".  Instead: extract
    to a temporary folder of your own, and os.replace() it, or hold a lock.
    """
    raised, text, made = programs.call(extract_beside_another, archive)
    control(made, "the folder is made")
    evidence(raised=f"{raised}: {text}")
    assert raised == "NoneType"


SHADOWED = """\
import traceback

with open("{module}.py", "w") as file:
    file.write("# my notes about it\\n")
try:
    import {module}
    {module}.{name}
except AttributeError as error:
    print(traceback.format_exception_only(type(error), error)[-1])
"""


@claim("STDLIB64")
@cases(
    module={"queue.py": ("queue", "Queue"), "multiprocessing.py": ("multiprocessing", "Process")}
)
def test_a_file_of_yours_hides_the_module_of_its_name(module, programs, evidence):
    """A file queue.py or multiprocessing.py beside your program is imported in the library's place.

    "AttributeError: module 'queue' has no attribute 'Queue'"; if the file imports its own name,
    "partially initialized module 'threading' has no attribute 'Thread' (most likely due to a
    circular import)", or "cannot import name 'Process' from partially initialized module".  Since
    3.13 the message says "consider renaming".  Instead: give your file another name, and remove its
    __pycache__.  (Python 2's module Queue is queue now: "No module named 'Queue'".)
    """
    name, attribute = module
    program = programs.run(SHADOWED.format(module=name, name=attribute))
    raised = evidence(raised=program.lines)[0]
    assert raised.startswith(f"AttributeError: module '{name}' has no attribute '{attribute}'")


@claim("STDLIB74")
@predicts("N188")
@refuted(
    where=since("3.14.0") and before("3.14.1") and not PYPY,
    because="3.14.0 empties the list of a path's parts to put the joined path in (gh-139001)",
)
def test_threads_see_the_same_path(background, evidence):
    """Threads can share a pathlib.Path: whoever uses it sees the same path.

    A Path joins its parts when it is first used.  In 3.14.0 alone another thread may find them
    taken away, and see "." as the path, for ever: files that exist are missing, is_file() is False,
    or something is written to the working directory.  It is a race condition, above all of
    free-threaded builds.  Instead: 3.14.1, or str(path) before the threads start.
    """
    path, seen = pathlib.PurePosixPath("data", "one.txt"), []

    class Parts(list):
        def clear(self):
            super().clear()
            seen.append(background(str, path).result())

    if hasattr(path, "_raw_paths"):
        path._raw_paths = Parts(path._raw_paths)  # noqa: SLF001
    seen.append(str(path))
    seen.append(background(str, path).result())
    assert set(evidence(seen=seen)) == {"data/one.txt"}


def make_what_another_removes(make):
    """Return what making a folder raises if another removes it while it is found to be there."""
    os.mkdir("folder")
    mkdir, removed = os.mkdir, []

    def mkdir_late(*arguments, **keywords):
        os.mkdir = mkdir
        try:
            mkdir(*arguments, **keywords)
        except FileExistsError:
            removed.append(os.rmdir("folder"))
            raise

    os.mkdir = mkdir_late
    if hasattr(pathlib, "_normal_accessor"):  # up to 3.10
        pathlib._normal_accessor.mkdir = mkdir_late  # noqa: SLF001
    error = outcome(make)
    control(removed, f"the folder is removed in between: {error!r}")
    control(error is None or isinstance(error, FileExistsError), f"raised: {error!r}")
    return type(error).__name__


def by_path():
    return make_what_another_removes(lambda: pathlib.Path("folder").mkdir(exist_ok=True))


def by_makedirs():
    return make_what_another_removes(lambda: os.makedirs("folder", exist_ok=True))


@claim("STDLIB75")
@cases(make={"Path.mkdir": by_path, "os.makedirs": by_makedirs})
@predicts("N192")
@refuted(because="CPython and PyPy look whether the folder is there, and then raise (gh-142916)")
def test_a_folder_may_be_there_or_not(make, programs, evidence):
    """Path.mkdir(exist_ok=True) and os.makedirs(exist_ok=True) never raise FileExistsError.

    If another thread or process removes the folder just when it has been found to exist, they do:
    a race condition of workers that make and clean up the same folder.  Instead: try once more, or
    give each worker a folder of its own, by tempfile.mkdtemp().
    """
    assert evidence(raised=programs.call(make)) == "NoneType"
