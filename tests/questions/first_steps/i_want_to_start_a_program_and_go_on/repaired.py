import subprocess
import sys

program = [sys.executable, "-c", "input(); print('the program ends', flush=True)"]
process = subprocess.Popen(program, stdin=subprocess.PIPE, text=True)
print("my script goes on", flush=True)
process.communicate("go\n")
