"""Pictures show every measurement, in any scheme, to everybody, and nothing that a file smuggles in."""

import dataclasses
import random
import re
import xml.etree.ElementTree as ET

import pytest

from tests.harness.report.drawing import DARK, LIGHT
from tests.harness.report.matrix import Column, Interpreter, Measurement, Results
from tests.harness.report.pictures import LAYOUT, pictures

TWELVE = {
    "3.10": "CPython 3.10.12",
    "3.11": "CPython 3.11.9",
    "3.12": "CPython 3.12.3",
    "3.13": "CPython 3.13.5",
    "3.13t": "CPython 3.13.5 free-threaded",
    "3.14": "CPython 3.14.0",
    "3.14t": "CPython 3.14.0 free-threaded",
    "3.15": "CPython 3.15.0b2",
    "3.15t": "CPython 3.15.0b2 free-threaded",
    "PyPy 3.10": "PyPy 7.3.19 (Python 3.10.16)",
    "PyPy 3.11": "PyPy 7.3.20 (Python 3.11.13)",
    "3.13 macOS": "CPython 3.13.5",
}
WORKS = ("pure Python computing", "sleeping", "C code without the GIL")
WAYS = ("threads", "ThreadPoolExecutor", "processes", "ProcessPoolExecutor", "sub-interpreters")
STARTS = {
    "kept thread (ThreadPoolExecutor)": 3e-5,
    "thread": 7e-5,
    "sub-interpreter": 0.012,
    "process (fork)": 0.0017,
    "process (forkserver)": 0.006,
    "process (spawn)": 0.05,
    "fresh interpreter (subprocess)": 0.03,
}
CHANNELS = {
    "queue.SimpleQueue": 1e-5,
    "queue.Queue": 2.1e-5,
    "interpreters.Queue": 4e-5,
    "shared memory": 3.2e-5,
    "Pipe": 4.5e-5,
    "mp.SimpleQueue": 5e-5,
    "mp.Queue": 8e-5,
    "Manager().Queue": 3e-4,
}
PAYLOADS = {"10 B": 10, "10 kB": 10_000, "1 MB": 1_000_000}
METHODS = {
    "Pool.map": ("1", "16", "default (24)"),
    "Pool.imap": ("16", "default (1)"),
    "Pool.apply_async": ("none",),
    "ProcessPoolExecutor.map": ("16", "default (1)"),
    "ThreadPoolExecutor.submit": ("none",),
}
LOCKS = ("threading.Lock", "threading.RLock", "threading.Semaphore", "mp.Lock", "mp.RLock")


def measured(names):
    """Return made-up measurements of these interpreters, in the shape of real ones."""
    noise = random.Random(5)
    titles = {title: name for title, name in TWELVE.items() if title in names}
    columns = tuple(
        Column(
            title.lower().replace(" ", "-"),
            title,
            Interpreter(name, "off" if "free" in name else "on", "Linux"),
            {"usable cores": "2"},
        )
        for title, name in titles.items()
    )
    found = []
    for column in columns:

        def cost(topic, question, per, seconds, size=0, speedup=None, column=column, **axes):
            seconds *= noise.uniform(0.8, 1.3)
            spread = [seconds * (1 + noise.uniform(0, 0.2) * n) for n in (-1, -0.4, 0, 0.8, 4)]
            stats = dict(zip(("min", "q1", "median", "q3", "max"), sorted(spread), strict=True))
            found.append(
                Measurement(column.id, question, topic, axes, per, size, stats, 10, speedup or {})
            )

        new = "3.14" in column.title or "3.15" in column.title
        for way, seconds in STARTS.items():
            if new or way != "sub-interpreter":
                cost(
                    "start-up", "What does it cost to start one worker?", "start", seconds, way=way
                )
        for topic, question, per in (
            ("round-trip", "How long does a message of {} take, by channel?", "round trip"),
            ("throughput", "What does each of many messages of {} cost, by channel?", "message"),
        ):
            for channel, seconds in CHANNELS.items():
                for payload, size in PAYLOADS.items():
                    if new or channel != "interpreters.Queue":
                        asked = question.format(payload)
                        took = seconds + size * seconds * 3e-6
                        cost(topic, asked, per, took, size, channel=channel, payload=payload)
        for method, sizes in METHODS.items():
            for size in sizes:
                asked = "What does a pool of two add to each tiny task, by method?"
                took = 1e-4 if size != "16" else 1e-5
                cost("pool-dispatch", asked, "task", took, method=method, chunksize=size)
        for lock in LOCKS:
            two = "processes" if lock.startswith("mp") else "threads"
            for contention, seconds in (("uncontended", 4e-8), (f"wanted by two {two}", 2e-7)):
                asked = f"What does it cost to add 1 under a lock, {contention}?"
                per = "acquire and release"
                cost("locks", asked, per, seconds, lock=lock, contention=contention)
        for work in WORKS:
            for way in WAYS[: 5 if new else 4]:
                for workers in (1, 2, 4):
                    free = "rocess" in way or way == "sub-interpreters"
                    free = free or column.interpreter.gil == "off" or work != WORKS[0]
                    gain = workers if work == "sleeping" else min(workers, 2) if free else 1
                    gain *= noise.uniform(0.9, 0.99)
                    ratio = {"median": gain, "low": gain * 0.97, "high": gain * 1.02}
                    cost(
                        "scaling",
                        f"How much faster do workers get through {work}?",
                        "run",
                        0.05,
                        speedup={**ratio, "error rate": 0.01, "rounds": 12},
                        work=work,
                        way=way,
                        workers=workers,
                    )
    return Results(columns, (), {}, tuple(found), ())
