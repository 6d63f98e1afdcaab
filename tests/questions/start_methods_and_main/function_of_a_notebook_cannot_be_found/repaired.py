import subprocess
import sys
from pathlib import Path

Path("squares.py").write_text("""
def square(number):
    print(number * number)
""")
typed = """
from multiprocessing import get_context
from squares import square

process = get_context("spawn").Process(target=square, args=(3,))
process.start()
process.join()
"""
subprocess.run([sys.executable, "-c", typed])
