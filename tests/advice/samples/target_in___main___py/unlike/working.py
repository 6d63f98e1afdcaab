import os


def work():
    os.write(1, b"ok")
