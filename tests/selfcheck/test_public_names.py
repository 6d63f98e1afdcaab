"""Which claims exercise a public name: told from the modules and from the source of the specs."""

import re
import types

import pytest

from tests.report import names
from tests.report.names import MODULES, Name, claims_about, claims_on, index, names_of
from tests.selfcheck.audits import public_names
from tests.selfcheck.audits.public_names import LEFT_OUT
from tests.vocabulary.specs import specs_in

SPECS = '''\
"""Specs."""

KINDS = ["Semaphore"]


def helper(barrier):
    return barrier.wait()


@claim("B1")
@refuted(kind="local", because="local is another")
@cases(kind=KINDS)
def test_one(kind):
    """Mentions Event in a docstring."""
    helper(Barrier(2))


@claim("B2")
def test_two():
    event.is_set()


@claim("B3")
def test_three():
    """It is asyncio.sleep(0) or Event.set() that lets others run."""
    asyncio.Lock().locked()


@claim("B4")
def test_four():
    threading.Lock().locked()
'''


@pytest.fixture
def specs(tmp_path, monkeypatch):
    """Let a file of two specs be the only one there is."""
    path = tmp_path / "test_specs.py"
    path.write_text(SPECS)
    monkeypatch.setattr(names, "spec_files", lambda: [path])
    monkeypatch.setattr(names, "all_specs", lambda: list(specs_in(path, tmp_path)))
    cached = names.specs, names.said, names.everything
    for function in cached:
        function.cache_clear()
    yield
    for function in cached:
        function.cache_clear()


def test_a_spec_exercises_what_it_and_its_helpers_mention(specs):
    assert claims_on(Name("threading", "Barrier", "wait")) == ["B1"]
    assert claims_on(Name("threading", "", "Semaphore")) == ["B1"]  # by its cases
    assert claims_on(Name("threading", "", "local")) == []
    assert claims_on(Name("threading", "", "Event")) == []  # a docstring exercises nothing


def test_a_name_of_a_class_counts_only_beside_the_class_or_what_makes_its_objects(specs):
    assert claims_on(Name("threading", "Condition", "wait")) == []
    assert claims_on(Name("threading", "Event", "is_set")) == ["B2"]  # by "event"


def test_a_word_within_another_does_not_count(specs):
    assert claims_on(Name("threading", "Event", "set")) == []


def test_where_several_modules_have_a_name_the_claims_that_mention_its_module_count(specs):
    assert claims_on(Name("asyncio", "Lock", "locked")) == ["B3"]
    assert claims_on(Name("threading", "Lock", "locked")) == ["B4"]
    assert claims_on(Name("multiprocessing.dummy", "Lock", "locked")) == ["B3", "B4"]


def test_a_claim_is_about_what_it_speaks_of_though_its_code_does_without(specs):
    assert claims_on(Name("asyncio", "", "sleep")) == []
    assert claims_about(Name("asyncio", "", "sleep")) == ["B3"]
    assert claims_about(Name("asyncio", "Event", "set")) == ["B3"]
    assert claims_about(Name("threading", "Event", "set")) == []  # another module's


def test_the_index_has_the_names_that_known_claims_are_about_by_module(specs, monkeypatch):
    monkeypatch.setitem(MODULES, "no_such_module", ("",))
    found = index({"B1", "B3"})
    assert found["threading"]["Barrier.wait"] == ["B1"]
    assert found["asyncio"]["sleep"] == ["B3"]
    assert "Event.is_set" not in found["threading"]  # B2 is not known
    assert "no_such_module" not in found


def test_the_names_are_those_that_a_module_declares_and_has_and_those_of_its_classes():
    class Thing:
        def act(self):
            """Do something."""

        def _hide(self):
            """Do something else."""

    class Wrong(Exception):
        code = 1

    module = types.ModuleType("things")
    module.__all__ = ["CONSTANT", "Thing", "Wrong", "gone"]
    vars(module).update(CONSTANT=1, Thing=Thing, Wrong=Wrong, undeclared=len)
    found = [str(name) for name in names_of(module, ("",))]
    assert found == ["things.Thing", "things.Thing.act", "things.Wrong", "things.Wrong.code"]


def test_what_a_module_without_a_declaration_only_imports_does_not_count():
    module = types.ModuleType("things")
    vars(module).update(act=lambda: None, re=re, compile=re.compile)
    module.act.__module__ = "things"
    assert [str(name) for name in names_of(module, ("",))] == ["things.act"]


def test_what_is_left_out_has_a_reason_and_is_in_no_spec():
    assert [pattern for pattern, why in LEFT_OUT.items() if len(why) < 15] == []


def test_an_unknown_module_is_one_clear_line(capsys):
    with pytest.raises(SystemExit) as ended:
        public_names.main(["treading"])
    assert ended.value.code == 2
    assert "treading is not among threading, " in capsys.readouterr().err.splitlines()[-1]


def test_a_module_that_is_not_there_is_said_and_no_failure(capsys, monkeypatch):
    monkeypatch.setitem(MODULES, "no_such_module", ("",))
    assert public_names.main(["no_such_module"]) == 0
    assert "no_such_module: not on" in capsys.readouterr().out
