"""Finding claims by what is on the screen: a traceback, a message, a name, or words of the trade.

The page has the same ranking in its script; a test holds the two together.  It is BM25 over words,
pairs and triples of words (https://en.wikipedia.org/wiki/Okapi_BM25), with what varies in messages
left out, times the share of what was typed that a claim has at all.  A word that no claim has is
taken for the one that it is with a slip: "deamon" for "daemon".
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import NamedTuple

#: What the words of a field count: a question and a sentence say what a claim is about.
WEIGHTS = {
    "question": 4,
    "sentence": 3,
    "name": 1,
    "explanation": 1,
    "messages": 1,
    "reports": 1,
    "assumption": 1,
    "names": 1,
}

#: What a match counts: of a word, of two words in order, and of three.
BY_LENGTH = (1.0, 0.8, 0.8)

#: What a word of the glossary counts beside one that was typed.
FROM_GLOSSARY = 0.6

#: Words that people type by habit, whatever they ask, and what such a word counts; so does the
#: version of Python, which is one word: "3.14".
HABIT, OF_HABIT = frozenset({"python", "multiprocess"}), 0.3

#: Subjects that few ask about, with what names them, and what their claims count if nothing does.
#: Errors of a name or a parameter that is gone name the private ones, too: they are such errors.
ASIDE = {
    "WASM": "wasm|webassembly|pyodide|emscripten|browser",
    "PRIVATE": r"private|\b_[a-z]|unexpected keyword|no attribute|no module named|cannot import",
    "DUMMY": "dummy",
    "INTERP": "interpreter",
}
OF_ASIDE = 0.5

#: BM25's: how soon repeating a word stops to count, and how much a long text is worth less.
SATURATION, BY_SIZE = 1.2, 0.5

#: A message of so many words says what it is.
LONG = 4

#: A shorter word is taken as it is typed: with another letter it is often another word.
SHORT = 5

#: What has its name in messages: modules, and the special methods that end an object.
_NAMED = re.compile(r"<(?:module '|function (?=\w+\.__))([\w.]+)[^<>]*>")

#: What varies in messages: places in files, addresses, pids, objects; and Ctrl-C, as it is shown.
_VARYING = re.compile(
    r"\^C|<(?:[^<>]|<[^<>]*>)*\s(?:[^<>]|<[^<>]*>)*>|\b0x[0-9a-f]+|\(pid=\d+\)|\bpid[= ]\d+|"
    r"\S*[/\\]\S+\.\w+(?::\d+)?:?|\[\d+\]|(?<=psm_)[0-9a-f]+"
)

#: The module of an exception: ``concurrent.futures.process.BrokenProcessPool: A process ...``.
_MODULE = re.compile(r"^(?:\w+\.)+(?=\w+(?::|(?:Error|Exception|Warning)$))", re.MULTILINE)

#: Lines of a traceback that say where something happened.
_ON_THE_WAY = re.compile(
    r"^\s*(?:Traceback \(most recent|File \".*|During handling of|The above exception|[~^]+$).*",
    re.MULTILINE,
)

_WORD = re.compile(r"[a-z_][a-z_0-9]*(?:'[a-z]+)?|[23]\.\d+|-?\d+|\+=", re.IGNORECASE)


def settings() -> dict[str, object]:
    """Return what the page's script must know to rank as this module does."""
    return {
        "weights": WEIGHTS,
        "byLength": BY_LENGTH,
        "fromGlossary": FROM_GLOSSARY,
        "habit": sorted(HABIT),
        "ofHabit": OF_HABIT,
        "aside": ASIDE,
        "ofAside": OF_ASIDE,
        "saturation": SATURATION,
        "bySize": BY_SIZE,
        "short": SHORT,
        "stop": sorted(STOP),
    }


@cache
def stem(word: str) -> str:
    """Return the word without its ending: ``processes`` and ``process`` are the same."""
    word = word.strip("_'").removesuffix("'s")
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes")):
        word = word[:-2]
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > 3:
        word = word[:-1]
    if len(word) > 4 and word.endswith("ie"):
        return word[:-2] + "y"
    for ending in ("ing", "ed"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)]
            if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "ls":
                word = word[:-1]
            break
    return word[:-1] if len(word) > 3 and word.endswith("e") else word


#: Left out altogether, so that "a Lock and an RLock" has the pairs of "Lock and RLock".
ARTICLES = frozenset({"a", "an", "the"})

#: Words that say nothing, as stems.
STOP = frozenset(
    stem(word)
    for word in (
        "a an and any are as at be been between but by can could did difference do does example "
        "explained for from had happens has have how i if in into is it its just me meaning "
        "multiple my of on or our please should so that the their them then there these they "
        "this those to too us use used using versus vs want was we what when where which while "
        "who why will with would you your"
    ).split()
)


def words(text: str) -> list[str]:
    """Return the stems of a text's words, in order, without articles and what varies."""
    text = _VARYING.sub(" ", _NAMED.sub(r" \1 ", _MODULE.sub("", text))).lower()
    return [stem(word) for word in _WORD.findall(text) if word not in ARTICLES]


@cache
def near(word: str) -> frozenset[str]:
    """Return the word, and what it is without one letter.

    Two words that have any of it in common differ by one letter, or by two that are swapped.
    """
    return frozenset([word, *(word[:at] + word[at + 1 :] for at in range(len(word)))])


class Hit(NamedTuple):
    """A claim that was found: how well it fits, and its line that fits best."""

    id: str
    score: float
    line: str


@dataclass(frozen=True)
class Document:
    """What is searched of a claim: texts by the names of WEIGHTS."""

    id: str
    fields: Mapping[str, str]


class Index:
    """Documents, ready to be searched."""

    def __init__(self, documents: Sequence[Document], glossary: Mapping[str, str]) -> None:
        self._documents = documents
        self._glossary = {tuple(words(term)): words(more) for term, more in glossary.items()}
        self._flat: list[list[str]] = []  # of each document, its fields as stems between spaces
        self._counts: list[list[dict[str, float]]] = []
        self._sizes: list[float] = []
        self._spread: list[Counter[str]] = [Counter(), Counter(), Counter()]
        for document in documents:
            counts: list[dict[str, float]] = [defaultdict(float) for _ in range(3)]
            self._flat.append([])
            for name, text in document.fields.items():
                stems = words(text)
                self._flat[-1].append(f" {' '.join(stems)} ")
                for length, group in enumerate(_grams(stems)):
                    for gram in group:
                        counts[length][gram] += WEIGHTS[name]
            self._counts.append(counts)
            self._sizes.append(sum(counts[0].values()))
            for length in range(3):
                self._spread[length].update(counts[length].keys())
        self._average = sum(self._sizes) / max(len(documents), 1)
        self._known = STOP.union(self._spread[0], *self._glossary)

    def search(self, text: str, most: int = 5) -> list[Hit]:
        """Return the claims that fit a text best, the best first."""
        wanted = self._wanted(text)
        aside = tuple(name for name, said in ASIDE.items() if not re.search(said, text.lower()))
        found = [
            (score * share * (OF_ASIDE if one.id.startswith(aside) else 1), one)
            for one, score, share in self._scored(wanted)
        ]
        found.sort(key=lambda pair: (-pair[0], pair[1].id))
        return [Hit(one.id, score, self._line(one, wanted)) for score, one in found[:most]]

    def scores(self, text: str) -> dict[str, float]:
        """Return the scores of the claims that have a word of a text, whatever else they lack."""
        return {one.id: score for one, score, _ in self._scored(self._wanted(text))}

    def _scored(
        self, wanted: Sequence[Mapping[str, float]]
    ) -> Iterator[tuple[Document, float, float]]:
        """Yield the documents that have any of it, with their scores and the share they have."""
        typed = {word: self._rarity(0, word) for word, weight in wanted[0].items() if weight == 1}
        whole = sum(typed.values())
        for document, counts, size in zip(self._documents, self._counts, self._sizes, strict=True):
            score = 0.0
            for length, grams in enumerate(wanted):
                for gram, weight in grams.items():
                    if often := counts[length].get(gram, 0):
                        rare = self._rarity(length, gram)
                        norm = SATURATION * (1 - BY_SIZE + BY_SIZE * size / self._average)
                        score += weight * rare * often * (SATURATION + 1) / (often + norm)
            if score:
                has = sum(rare for word, rare in typed.items() if word in counts[0])
                yield document, score, has / whole if typed else 1.0

    def sure(self, text: str, most: int = 3) -> list[str]:
        """Return the claims that have all of a message in order, if it is long and they are few.

        They may have it without the type of the exception, unless those are many.
        """
        for stems in (words(text.partition(": ")[2]), words(text)):
            wanted, pairs = f" {' '.join(stems)} ", zip(self._documents, self._flat, strict=True)
            found = [one.id for one, flat in pairs if any(wanted in field for field in flat)]
            if len(stems) >= LONG and 0 < len(found) <= most:
                return found
        return []

    def _line(self, document: Document, wanted: Sequence[Mapping[str, float]]) -> str:
        """Return the sentence of a document, or the message in it, that fits best."""
        best, fits = "", 0.0
        for name, text in document.fields.items():
            if name in ("sentence", "name", "question", "names", "assumption"):
                continue
            flat = text if name == "messages" else " ".join(text.split())
            for line in re.split(r"(?<=[.:?])\s+(?=[A-Z])|\n", flat):
                score = 0.0  # summed in one order, so that lines that fit as well are equal
                for length, group in enumerate(map(set, _grams(words(line)))):
                    for gram, weight in wanted[length].items():
                        if gram in group:
                            score += weight * self._rarity(length, gram)
                if score > fits:
                    best, fits = line.strip(), score
        return best

    def _rarity(self, length: int, gram: str) -> float:
        spread = self._spread[length].get(gram, 0)
        weight = OF_HABIT if gram in HABIT or "." in gram else 1
        return weight * math.log(1 + (len(self._documents) - spread + 0.5) / (spread + 0.5))

    def _spelled(self, word: str) -> str:
        """Return the commonest word like this one, from its first letter on, if no claim has it."""
        if word in self._known or len(word) < SHORT:
            return word
        like = [
            one
            for one in self._spread[0]
            if one[:1] == word[:1] and abs(len(one) - len(word)) <= 1 and near(one) & near(word)
        ]
        return max(like, key=lambda one: (self._spread[0][one], one), default=word)

    def _wanted(self, text: str) -> list[dict[str, float]]:
        """Return what to look for, with what it counts: words, pairs and triples."""
        lines = [line for line in _ON_THE_WAY.sub("", text).splitlines() if line.strip()]
        wanted: list[dict[str, float]] = [{}, {}, {}]
        for line in lines:
            typed = [self._spelled(word) for word in words(line)]
            for length, group in enumerate(_grams(typed)):
                for gram in group:
                    wanted[length][gram] = BY_LENGTH[length]
            for term, more in self._glossary.items():
                if any(tuple(typed[n : n + len(term)]) == term for n in range(len(typed))):
                    for word in more:
                        wanted[0].setdefault(word, FROM_GLOSSARY)
        return wanted


def _grams(stems: Sequence[str]) -> tuple[Iterable[str], Iterable[str], Iterable[str]]:
    """Return words that say something, pairs, and triples of which one word says something."""
    pairs, triples = pairwise(stems), zip(stems, stems[1:], stems[2:], strict=False)
    return (
        [word for word in stems if word not in STOP],
        [" ".join(two) for two in pairs if not STOP.issuperset(two)],
        [" ".join(three) for three in triples if not STOP.issuperset(three)],
    )
