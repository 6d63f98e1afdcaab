import subprocess
import sys

program = [sys.executable, "-c", "input(); print('the program ends', flush=True)"]
subprocess.run(program, input="go\n", text=True)
print("my script goes on")
