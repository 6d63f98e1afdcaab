"""The claims that must have a spec: those of the notes, and those beyond them.

Of the notes' claims it also says what executing them showed.  TRUE: as the notes say.  REFINED:
true only as the spec words it.  FALSE: the spec states it as the notes do, and it is refuted
everywhere.  ANSWERED: an open question of theirs; the spec states the answer.  Where a true claim
stops being so on some interpreter, the spec itself says so.
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

#: The claims beyond the notes that the catalogue knows, by subject.  Specs may add more; the ids of
#: some subjects run through others, because an id once given is never changed.
LIBRARY = {
    "threading": """
        TH01 TH02 TH03 TH04 TH05 TH06 TH07 TH08 TH09 TH10 TH11 TH12 TH13 TH14 TH15 TH16 TH17
        TH18 TH19 TH20 TH21 TH22 TH23 TH24 TH25 TH26 TH27 TH28 TH29 TH30 TH31 TH32 TH33 TH34
        TH35 TH36 TH38 TH39 TH40 TH41 TH42 TH43 TH44 TH45 TH46 TH47 TH48 TH49 TH50 TH51 TH52
        TH53 TH55 TH56 TH57 TH58 X12 X13 X14 X17 X38 Z01 Z02 Z05 Z11 Z12 Z18 Z19
    """.split(),
    "queue": """
        AT19 QU01 QU02 QU03 QU04 QU05 QU06 QU07 QU08 QU09 QU10 QU11 QU12 QU13 QU14 QU15 QU16
        QU19 QU20 X15
    """.split(),
    "processes": """
        DU01 MP01 MP02 MP03 MP04 MP05 MP06 MP07 MP08 MP09 MP10 MP11 MP12 MP13 MP14 MP15 MP16
        MP23 MP24 MP26 MP27 MX20 MX25 MX34 MX35 X28 X39 Z08 Z09 Z10 Z15 Z16 Z24
    """.split(),
    "start methods": """
        CV09 CX01 CX02 CX03 CX05 CX06 CX07 CX08 CX09 CX10 CX11 MP17 MP18 MP19 MP20 MP21 MP25
        MX01 MX02 MX03 MX04 MX05 MX06 MX07 MX08 MX09 MX10 MX11 MX12 MX17 MX22 MX23 MX24 MX26
        MX30 MX31 N4.04 N8.08 X05 X06 X07 Z03 Z04
    """.split(),
    "multiprocessing's queues": """
        MQ01 MQ02 MQ03 MQ04 MQ05 MQ06 MQ07 MQ08 MQ09 MQ10 MQ11 MQ12 MQ13 MQ14 MX21
    """.split(),
    "connections": """
        PI01 PI02 PI03 PI04 PI05 PI06 PI07 PI08 PI09 PI10 PI11 PI12
    """.split(),
    "shared values": """
        SV01 SV02 SV03 SV04 SV05 SV06 SV07 SV08 X20
    """.split(),
    "managers": """
        MG01 MG02 MG03 MG04 MG05 MG06 MG07 MG08 MG10 MG11 MG12 MG13 MX16 MX29 X01 X10 X26 X27
    """.split(),
    "shared memory": """
        MX13 RT01 RT02 RT03 SM01 SM02 SM03 SM04 SM05 SM06 SM07 SM08 SM09 SM10 SM11 SM12 SM13
        X04 X21 X22 X24 X25 Z22
    """.split(),
    "multiprocessing's locks": """
        SY01 SY02 SY03 SY04 SY05 SY06 SY07 SY08 SY09 SY10 SY11 SY12 X11 Z14
    """.split(),
    "pools": """
        MX15 MX18 MX27 MX28 MX33 PO01 PO02 PO03 PO04 PO05 PO06 PO07 PO08 PO09 PO10 PO11 PO12
        PO13 PO14 PO15 PO16 PO17 PO18 PO19 PO20 PO21 PO22 PO24 PO25 X08 X16
    """.split(),
    "concurrent.futures": """
        CF01 CF02 CF03 CF04 CF05 CF06 CF07 CF08 CF09 CF10 CF11 CF12 CF13 CF14 CF15 CF16 CF17
        CF18 CF19 CF20 CF21 CF22 CF23 CF24 CF25 CF26 CF27 CF28 CF29 CF30 CF31 CF32 CF33 CF34
        CF35 CF37 CF38 CF39 CF41 CF42 MX19 X02 X03 X09 X23 X35 X36 Z20
    """.split(),
    "concurrent.interpreters": """
        CF36 IN01 IN02 IN03 IN04 IN05 IN06 IN07 IN08 IN09 IN10 IN11 IN12 IN13 IN14 IN15 IN16
        IN17 IN18 X18 X19 X40
    """.split(),
    "os": """
        FK01 FK02 FK03 FK04 FK05 FK06 FK07 FK08 FK09 FK10 FK11 FK12 FK13 FK14 FK15 FK16 FK17
        FK18 FK19 FK20 FK21 FK22 FK24 FK25 FK26 FK27 FK28 FK29 Z06 Z07 Z13
    """.split(),
    "contextvars": """
        CV01 CV02 CV03 CV04 CV05 CV06 CV07 CV08 CV10 CV11 CV12
    """.split(),
    "atomicity": """
        AT01 AT02 AT03 AT04 AT05 AT06 AT07 AT08 AT09 AT10 AT11 AT12 AT13 AT15 AT16 AT17 AT18
        AT21 AT22 AT24 AT25 AT26 AT27 X31 X33 Z17
    """.split(),
    "pickling": """
        MX14 N2.06 N2.07 PK01 PK02 PK03 PK04 Z23
    """.split(),
}

#: Claims that no spec decides, with the reason.
NOT_TESTED = {
    "6.08": "an artefact: where one line appears among the others is timing and buffering, and "
    "nobody promises it",
}

#: The verdict of the notes' claims, by id.
VERDICT_OF_THE_NOTES = {id: word for word, ids in NOTES.items() for id in ids}
