"""Results that are saved while a run goes on: where to, and how often."""

import os
import stat

import pytest
from _pytest.junitxml import LogXML

from tests.plugins import saving
from tests.report.junit import is_whole


@pytest.fixture
def saver(tmp_path, monkeypatch):
    """Return what saves results after each spec, and the file."""
    monkeypatch.setattr(saving, "LEAST", 0.0)
    monkeypatch.setattr(saving, "TIMES", 0)
    file = tmp_path / "results.xml"
    xml = LogXML(str(file), None)
    xml.pytest_sessionstart()
    return saving.Saving(xml), file


def test_a_link_to_a_file_stays_one(saver, tmp_path):
    saver, file = saver
    target = tmp_path / "target.xml"
    file.symlink_to(target)
    saver.pytest_runtest_logfinish()
    assert file.is_symlink()
    assert not is_whole(target)
    assert sorted(tmp_path.iterdir()) == [file, target]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="makes a named pipe")
def test_what_is_no_ordinary_file_is_left_to_the_end(saver):
    saver, file = saver
    os.mkfifo(file)
    saver.pytest_runtest_logfinish()
    assert stat.S_ISFIFO(file.stat().st_mode)


def test_the_next_save_comes_later_the_longer_one_takes(saver, monkeypatch):
    saver, file = saver
    monkeypatch.setattr(saving, "TIMES", 10**9)
    saver.pytest_runtest_logfinish()
    file.unlink()
    saver.pytest_runtest_logfinish()
    assert not file.exists()
