import os
import queue
import sys
import threading

reading, keyboard = os.pipe()
sys.stdin = open(reading)  # a console at which nobody types

lines = queue.Queue()


def read():
    for line in sys.stdin:
        lines.put(line.strip())


threading.Thread(target=read, daemon=True).start()
try:
    print("Hello,", lines.get(timeout=0.2))
except queue.Empty:
    print("the program goes on")
os.write(keyboard, b"Ada\n")  # now somebody types
print("Hello,", lines.get())
