import subprocess

done = subprocess.run("echo hello", shell=True, capture_output=True, text=True, check=True)
print("output:", done.stdout.strip())
