"""The command that advises: its input, its findings, what it leaves alone, and its forms."""

import ast
import json
import os
import subprocess
import sys
import textwrap

import pytest

from tests.advice.__main__ import FORMATS, main
from tests.advice.advice import advise, patterns
from tests.advice.systems import LINUX, MACOS, is_so_on
from tests.vocabulary.specs import ROOT
from tests.vocabulary.versions import Version

LOCAL_TARGET = """
    import multiprocessing

    def main():
        def work(): ...
        multiprocessing.Process(target=work).start()
"""


@pytest.fixture
def folder(tmp_path):
    """Return what fills a folder with files, by their paths, and returns it."""

    def filled(files):
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text if isinstance(text, bytes) else textwrap.dedent(text).encode())
        return tmp_path

    return filled


def found(root, before="3.13", after="3.14", **options):
    """Return the findings in short: path, line and claim."""
    findings = advise(root, before, after, **options).findings
    return [(one.path, one.line, one.claim) for one in findings]


# input


@pytest.mark.parametrize("text", ["3.13t", "py313t", "python3.13t", "3.13.5t"])
def test_a_version_can_be_written_in_several_ways(text):
    assert Version.named(text).name == "3.13t"


@pytest.mark.parametrize("text", ["", "3", "2.7", "3.9", "3.12t", "pypy311", "x", "3.13\n3.14"])
def test_what_is_no_version_is_refused(text):
    with pytest.raises(LookupError, match="no Python is called"):
        Version.named(text)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (["3.13", "3.99", "."], "no Python is called"),
        (["3.14", "3.13", "."], "no pattern is known"),
        (["3.13", "3.13", "."], "no pattern is known"),
        (["3.13", "3.14", "/no/such/folder"], "does not exist"),
    ],
)
def test_bad_input_is_one_clear_line_and_status_2(given, says, capsys):
    assert main(given) == 2
    out, err = capsys.readouterr()
    assert (out, len(err.splitlines())) == ("", 1)
    assert err.startswith("advise: ")
    assert says in err


def test_a_folder_without_python_is_bad_input(tmp_path, capsys):
    assert main(["3.13", "3.14", str(tmp_path)]) == 2
    assert "no Python file" in capsys.readouterr().err


def test_the_status_tells_whether_something_was_found(folder, capsys):
    root = folder({"bad.py": LOCAL_TARGET})
    assert main(["3.13", "3.14", str(root)]) == 1
    assert main(["3.13", "3.13t", str(root)]) == 0
    assert "That is no proof" in capsys.readouterr().out


def test_files_that_cannot_be_read_get_a_line_each_and_stop_nothing(folder):
    root = folder(
        {
            "bad.py": LOCAL_TARGET,
            "latin.py": "multiprocessing.Process = 'é'".encode("latin-1"),
            "two.py": "print 'multiprocessing.Process'",
            "nul.py": b"multiprocessing.Process\0",
            "deep.py": "multiprocessing.Process" + "+1" * 30_000,
            "deeper.py": "multiprocessing.Process" + "(" * 3_000,
            "empty.py": "",
            "huge.py": b"#" * 4_000_001,
        }
    )
    advice = advise(root, "3.13", "3.14")
    assert [one.path for one in advice.findings] == ["bad.py"]
    unread = {one.path: one.why for one in advice.unread}
    assert {"latin.py", "two.py", "nul.py", "deeper.py", "huge.py"} <= unread.keys()
    assert "empty.py" not in unread
    assert all("\n" not in why for why in unread.values())


def test_a_comment_may_name_the_encoding(folder):
    text = f"# coding: latin-1\n{textwrap.dedent(LOCAL_TARGET)}# é"
    assert found(folder({"bad.py": text.encode("latin-1")})) == [("bad.py", 7, "GIVE01")]


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("latin.py", b"'\xe9'", "nothing could be read"),
        ("two.py", "print 'multiprocessing.Process'", "nothing could be read"),
        ("README.md", "# multiprocessing", "no Python file is"),
    ],
)
def test_if_nothing_can_be_read_the_status_is_2(folder, name, text, says, capsys):
    assert main(["3.13", "3.14", str(folder({name: text}) / name)]) == 2
    assert says in capsys.readouterr().err


def test_a_file_with_two_names_is_read_once(folder):
    root = folder({"bad.py": LOCAL_TARGET})
    (root / "link.py").symlink_to(root / "bad.py")
    assert found(root) == [("bad.py", 6, "GIVE01")]


def test_a_script_without_suffix_is_read_and_other_peoples_code_is_not(folder):
    text = textwrap.dedent(LOCAL_TARGET)
    root = folder(
        {
            "tool": f"#!/usr/bin/env python3\n{text}",
            "notes": text,
            "venv/lib/a.py": text,
            ".hidden/a.py": text,
            "node_modules/a.py": text,
        }
    )
    assert [path for path, _, _ in found(root)] == ["tool"]


def test_one_file_can_be_advised(folder):
    root = folder({"bad.py": LOCAL_TARGET})
    assert found(root / "bad.py") == [("bad.py", 6, "GIVE01")]


# which patterns


@pytest.mark.parametrize(
    ("before", "after", "since"),
    [
        ("3.13", "3.14", {"3.14"}),
        ("3.12", "3.14", {"3.13", "3.14"}),
        ("3.13", "3.13t", {"free-threaded"}),
        ("3.13", "3.14t", {"3.14", "free-threaded"}),
    ],
)
def test_an_upgrade_meets_the_patterns_of_the_releases_that_it_passes(before, after, since):
    found = patterns(Version.named(before), Version.named(after))
    assert {one.since for one in found} == since


# what is left alone


@pytest.mark.parametrize(
    "choice",
    [
        'multiprocessing.set_start_method("fork")',
        'if __name__ == "__main__":\n    multiprocessing.set_start_method("spawn")',
    ],
)
def test_a_module_that_chooses_its_start_method_is_left_alone(folder, choice):
    root = folder({"bad.py": f"{textwrap.dedent(LOCAL_TARGET)}\n{choice}\n"})
    assert found(root) == []


@pytest.mark.parametrize(
    "files",
    [
        {"main.py": "import bad, multiprocessing\nmultiprocessing.set_start_method('fork')"},
        {"conftest.py": "import multiprocessing\nmultiprocessing.set_start_method('fork')"},
    ],
)
def test_so_is_what_such_a_module_imports_or_is_above(folder, files):
    assert found(folder({"bad.py": LOCAL_TARGET, **files})) == []


def test_so_is_a_program_that_imports_such_a_module(folder):
    choice = "import multiprocessing\nmultiprocessing.set_start_method('fork')"
    root = folder(
        {"bad.py": f"import choice\n{textwrap.dedent(LOCAL_TARGET)}", "choice.py": choice}
    )
    assert found(root) == []


@pytest.mark.parametrize("start", ["multiprocessing.Process(target=work).start()", "launch(work)"])
def test_what_a_child_chooses_is_no_choice_of_its_parent(folder, start):
    root = folder(
        {
            "main.py": f"""
            import bad, multiprocessing
            from launcher import launch

            def work():
                multiprocessing.set_start_method("spawn", force=True)

            def begin():
                {start}
            """,
            "bad.py": LOCAL_TARGET,
        }
    )
    assert found(root) == [("bad.py", 6, "GIVE01")]


def test_a_value_that_a_name_gets_later_is_not_given(folder):
    text = """
    import multiprocessing

    def main(alone):
        if not alone:
            found = multiprocessing.Value("i")
            multiprocessing.Process(target=print, args=(found,)).start()
        else:
            class Value: ...
            found = Value()
    """
    assert found(folder({"main.py": text})) == []


@pytest.mark.parametrize(
    "files",
    [
        {
            "base.py": """
            import multiprocessing

            class Base(multiprocessing.Process):
                def run(self):
                    self.prepare()
            """,
            "main.py": """
            import threading
            from base import Base

            class Worker(Base):
                def prepare(self):
                    self.event = threading.Event()

            def main():
                Worker().start()
            """,
        },
        {
            "main.py": """
            import multiprocessing, threading

            class Mailbox:
                def __init__(self):
                    self.lock = None

                def open(self):
                    self.lock = threading.Lock()

            def work(mailbox):
                mailbox.open()

            def main():
                multiprocessing.Process(target=work, args=(Mailbox(),)).start()
            """
        },
    ],
)
def test_what_is_made_in_the_child_alone_is_not_given_to_it(folder, files):
    assert found(folder(files), maybe=True) == []


def test_a_file_among_tests_that_nothing_runs_is_not_certain(folder):
    text = "import asyncio\nasyncio.get_event_loop()\n"
    root = folder({"tests/data/sample.py": text, "tests/test_it.py": text})
    assert found(root) == [("tests/test_it.py", 2, "LOOP01")]


def test_a_name_of_a_module_that_is_not_imported_is_another_one(folder):
    root = folder({"main.py": "from lazy import get\nget('asyncio')\nasyncio.get_event_loop()\n"})
    assert found(root) == []


@pytest.mark.parametrize("setting", ["", "if sys.platform == 'win32':\n    "])
def test_a_loop_that_is_set_for_one_system_is_missing_on_the_others(folder, setting):
    root = folder(
        {
            "main.py": f"import asyncio, sys\n{setting}asyncio.set_event_loop(None)\n"
            "asyncio.get_event_loop()\n"
        }
    )
    assert bool(found(root)) is bool(setting)


@pytest.mark.parametrize("line", ["import nest_asyncio", "from qasync import QEventLoop"])
def test_a_package_may_make_a_loop_the_current_one(folder, line):
    assert found(folder({"main.py": f"import asyncio\n{line}\nasyncio.get_event_loop()\n"})) == []


def test_a_method_among_the_arguments_brings_its_object(folder):
    text = """
    import multiprocessing, threading

    def run(method): ...

    class Copier:
        def __init__(self):
            self.lock = threading.Lock()

        def copy(self): ...

        def begin(self):
            multiprocessing.Process(target=run, args=(self.copy,)).start()
    """
    assert found(folder({"main.py": text})) == [("main.py", 13, "GIVE08")]


@pytest.mark.parametrize(("word", "named"), [("unittest", True), ("unittest.mock", False)])
def test_what_a_test_hands_to_a_process_counts_unless_the_test_has_mocks(folder, word, named):
    program = """
        import multiprocessing

        def run(function):
            multiprocessing.Process(target=call, args=(function,)).start()

        def call(function):
            function()
    """
    test = f"""
        import {word}
        import program

        def test_run():
            program.run(lambda: None)
    """
    root = folder({"program.py": program, "test_program.py": test})
    assert found(root) == [("test_program.py", 6, "GIVE03")] * named


def test_a_loop_is_not_missed_where_one_may_be_running(folder):
    text = """
        import asyncio

        class Server:
            def later(self):
                asyncio.get_event_loop().call_soon(print)

            async def serve(self):
                self.later()

        def main():
            asyncio.set_event_loop(asyncio.new_event_loop())
            asyncio.get_event_loop().run_forever()
    """
    assert found(folder({"server.py": text})) == []


def test_a_choice_for_macos_or_of_an_example_leaves_nothing_alone(folder):
    choice = "import multiprocessing, bad\nmultiprocessing.set_start_method('fork')"
    for_macos = (
        "import multiprocessing, sys\n"
        "if sys.platform == 'darwin':\n"
        "    multiprocessing.set_start_method('fork')\n"
    )
    text = for_macos + textwrap.dedent(LOCAL_TARGET)
    root = folder({"bad.py": text, "examples/run.py": choice})
    assert {(path, claim) for path, _, claim in found(root)} == {
        ("bad.py", "GIVE01"),
        ("bad.py", "START01"),
    }


@pytest.mark.parametrize(
    ("condition", "on_linux", "on_macos"),
    [
        ("sys.platform == 'darwin' and sys.version_info >= (3, 8)", False, None),
        ("sys.platform != 'win32'", True, True),
        ("not sys.platform.startswith('win')", True, True),
        ("sys.platform in ('linux', 'darwin')", True, True),
        ("'win' in sys.platform", False, True),
        ("platform.system().lower() != 'Linux'", False, True),
        ("os.name == 'nt' or debug", None, None),
        ("os.name != 'nt' or debug", True, True),
        ("IS_MACOS or utils.on_windows()", False, True),
        ("startswith('win')", None, None),
        ("not_windows", None, None),
        ("window", None, None),
    ],
)
def test_a_condition_on_the_system_is_understood(condition, on_linux, on_macos):
    test = ast.parse(condition, mode="eval").body
    assert [is_so_on(system, test) for system in (LINUX, MACOS)] == [on_linux, on_macos]


def test_a_function_that_is_wrapped_under_its_own_name_is_read(folder):
    program = """
        import functools, multiprocessing

        def begin(target):
            target = functools.partial(target, 1)
            target()
            multiprocessing.Process(target=target).start()
    """
    assert found(folder({"good.py": program})) == []


def test_what_a_loop_around_the_start_waits_for_keeps_a_queue(folder):
    program = """
        import multiprocessing, time

        def serve(work):
            queue = multiprocessing.Queue()
            while True:
                time.sleep(1)
                multiprocessing.Process(target=work, args=(queue,)).start()
    """
    assert found(folder({"good.py": program})) == []


def test_a_method_that_is_a_coroutine_in_all_classes_is_perhaps_refused_by_wait(folder):
    program = """
        import asyncio

        class One:
            async def stop(self): ...

        async def main(some):
            await asyncio.wait([one.stop() for one in some])
    """
    root = folder({"program.py": program})
    assert found(root, "3.10", "3.11") == []
    assert found(root, "3.10", "3.11", maybe=True) == [("program.py", 8, "TASK36")]


def test_a_choice_in_the_else_of_windows_is_one_for_linux(folder):
    choice = """
        import multiprocessing, sys
        if sys.platform == "win32":
            multiprocessing.set_start_method("spawn")
        else:
            multiprocessing.set_start_method("fork")
    """
    assert found(folder({"good.py": textwrap.dedent(choice) + textwrap.dedent(LOCAL_TARGET)})) == []


@pytest.mark.parametrize(
    "start",
    [
        'multiprocessing.get_context("fork").Process(target=work).start()',
        "threading.Thread(target=work).start()",
        "multiprocessing.pool.ThreadPool(initializer=work)",
        "multiprocessing.dummy.Process(target=work).start()",
        "ProcessPoolExecutor(mp_context=multiprocessing.get_context('fork'), initializer=work)",
        # On every release a task is pickled.
        "multiprocessing.Pool().map(work, [])",
    ],
)
def test_what_does_not_depend_on_the_default_method_is_no_finding(folder, start):
    text = f"""
        import multiprocessing.dummy, multiprocessing.pool, threading
        from concurrent.futures import ProcessPoolExecutor

        def main():
            def work(*args): ...
            {start}
    """
    assert found(folder({"good.py": text})) == []


# findings across functions and files


def test_a_target_that_is_a_parameter_is_named_where_callers_give_it(folder):
    text = """
        from multiprocessing import Process

        def run(target, **rest):
            Process(target=target, **rest).start()

        def main():
            run(lambda: None)
    """
    assert found(folder({"bad.py": text})) == [("bad.py", 8, "GIVE01")]


def test_a_decorator_or_maker_that_returns_a_local_function_is_seen(folder):
    text = """
        from multiprocessing import Process

        def make():
            def work(): ...
            return work

        def main():
            Process(target=make()).start()
    """
    assert found(folder({"bad.py": text})) == [("bad.py", 9, "GIVE01")]


def test_a_global_that_the_child_sets_itself_is_its_own(folder):
    text = """
        from multiprocessing import Pool

        state = None

        def begin(value):
            global state
            state = value

        def work(item):
            return state

        def main():
            begin(1)
            with Pool(initializer=begin, initargs=(1,)) as pool:
                pool.map(work, [1])
    """
    assert found(folder({"good.py": text})) == []


def test_a_global_that_is_assigned_again_has_not_changed(folder):
    text = """
        import multiprocessing

        name = "a"

        def work():
            return name

        def main():
            global name
            name = "a"
            multiprocessing.Process(target=work).start()
    """
    assert found(folder({"good.py": text})) == []


def test_a_missing_name_in_an_annotation_is_not_certain(folder):
    text = "import asyncio\n\ndef watch(child: asyncio.AbstractChildWatcher): ...\n"
    root = folder({"main.py": text})
    assert (found(root), len(found(root, maybe=True))) == ([], 1)


def test_what_is_not_certain_is_shown_on_demand_only(folder):
    text = """
        from multiprocessing import Process

        class Server:
            def work(self): ...
            def start(self):
                Process(target=self.work).start()
    """
    root = folder({"server.py": text})
    assert found(root) == []
    assert found(root, maybe=True) == [("server.py", 7, "GIVE04")]


def test_a_use_that_is_ready_for_a_missing_name_is_not_certain(folder):
    text = """
        import asyncio, sys

        try:
            asyncio.set_child_watcher(None)
        except AttributeError:
            pass
        if sys.version_info < (3, 14):
            asyncio.get_child_watcher()
    """
    assert found(folder({"ready.py": text})) == []


def test_our_own_source_concerns_no_claim_but_those_that_it_examines():
    for part in ("harness", "plugins", "report", "vocabulary", "advice/looking"):
        assert found(ROOT / "tests" / part) == []


# forms


@pytest.fixture
def shown(folder, capsys):
    """Return what the command prints of a project, in a form."""
    root = folder({"pkg/bad ü.py": LOCAL_TARGET, "two.py": "print 'multiprocessing.Process'"})

    def printed(form):
        assert main(["3.13", "3.14", str(root), "--format", form]) == 1
        return capsys.readouterr().out

    return printed


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_every_form_names_claim_line_what_to_do_and_what_was_not_seen(shown, form):
    text = shown(form).replace("%C3%BC", "ü").replace("%20", " ").replace("\\", "")
    for word in ("GIVE01", "pkg/bad ü.py", "'work'", "top level", "local to a function"):
        assert word in text
    if form != "sarif":
        assert "no proof" in text
        assert "sitecustomize.py" in text


def test_json_has_all_that_is_found_and_unread(shown):
    found = json.loads(shown("json"))
    assert [(one["line"], one["claim"], one["certain"]) for one in found["findings"]] == [
        (6, "GIVE01", True)
    ]
    assert [one["path"] for one in found["unread"]] == ["two.py"]


def test_sarif_is_what_code_scanning_reads(shown):
    log = json.loads(shown("sarif"))
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in ("warning", "note")
        (location,) = result["locations"]
        place = location["physicalLocation"]
        assert place["region"]["startLine"] >= 1
        assert place["artifactLocation"]["uri"] == "pkg/bad%20%C3%BC.py"


def test_annotations_are_one_line_each_and_escaped(shown):
    lines = shown("github").splitlines()
    assert [line.partition(" ")[0] for line in lines] == ["::warning", "::notice"]
    assert "file=pkg/bad ü.py,line=6,title=GIVE01 (3.13 to 3.14)::" in lines[0]


def test_results_do_not_depend_on_the_hash_seed(folder):
    root = folder({"bad.py": LOCAL_TARGET, "worse.py": LOCAL_TARGET})
    said = {
        subprocess.run(
            [sys.executable, "-m", "tests.advice", "3.13", "3.14", str(root)],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            timeout=60,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(said) == 1
    assert "worse.py:6" in said.pop()


def test_nothing_is_imported_or_run(folder):
    text = f"{textwrap.dedent(LOCAL_TARGET)}\nraise SystemExit('this was run')\n"
    assert len(found(folder({"bad.py": text}))) == 1
    assert "bad" not in sys.modules


def test_the_advisor_has_no_way_to_import_or_run_what_it_reads():
    for path in sorted((ROOT / "tests" / "advice").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
        names = {getattr(node.func, "id", getattr(node.func, "attr", "")) for node in calls}
        assert not names & {"exec", "eval", "__import__", "import_module"}, path
