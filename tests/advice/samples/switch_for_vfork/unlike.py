import subprocess
import sys

print("ok" if subprocess.call([sys.executable, "-c", ""]) == 0 else "no")
