import subprocess

print("ok" if subprocess._USE_VFORK else "no")  # <-
