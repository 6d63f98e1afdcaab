import os
import sys

reading, keyboard = os.pipe()
sys.stdin = open(reading)  # a console at which nobody types

print("Hello,", input())
print("the program goes on")
