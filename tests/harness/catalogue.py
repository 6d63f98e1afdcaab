"""The claims of the notes: which there are, and what executing them showed.

TRUE: as the notes say.  REFINED: true only as the spec words it.  FALSE: the spec states it as
the notes do, and it is refuted everywhere.  ANSWERED: an open question of theirs; the spec states
the answer.  Where a true claim stops being so on some interpreter, the spec itself says so.
"""

NOTES = {
    "TRUE": """
        1.01 1.02 1.03 1.04 1.06 1.07 1.08 1.09 1.10 1.11 1.12 1.13 1.14 1.15 1.16 2.01
        2.02 2.03 2.05 2.07 2.10 3.01 3.02 3.03 3.04 3.05 3.06 3.07 3.09 3.10 3.11 4.01
        4.02 4.03 4.04 4.05 4.06 4.07 4.08 5.01 5.02 5.03 5.05 5.06 5.07 5.08 5.09 5.10
        6.01 6.03 6.04 6.05 6.06 6.10 6.11 6.13 6.14 6.16 6.18 7.01 7.02 7.03 7.04 7.05
        7.07 7.08 7.09 7.10 7.12 7.13 7.14 8.01 8.02 8.03 8.04 8.07 8.08 8.12 9.01
    """.split(),
    "REFINED": """
        1.05 2.04 2.06 3.08 5.04 6.02 6.07 6.09 8.05 8.06
    """.split(),
    "FALSE": """
        2.08 2.09 2.11 7.06
    """.split(),
    "ANSWERED": """
        4.09 5.11 5.12 6.12 6.15 6.17 7.11 8.09 8.10 8.11
    """.split(),
}

#: Claims of the notes that no spec decides, with the reason.
NOT_TESTED = {
    "6.08": "an artefact: where one line appears among the others is timing and buffering, and "
    "nobody promises it",
}

#: The verdict of the notes' claims, by id.
VERDICT_OF_THE_NOTES = {id: word for word, ids in NOTES.items() for id in ids}
