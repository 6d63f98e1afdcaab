import subprocess
import sys

typed = """
from multiprocessing import get_context

def square(number):
    print(number * number)

process = get_context("spawn").Process(target=square, args=(3,))
process.start()
process.join()
"""
subprocess.run([sys.executable, "-c", typed])
