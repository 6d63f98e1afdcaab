import os
import subprocess
import sys
import threading

lock = threading.Lock()
lock_is_taken = threading.Event()


def work():
    with lock:
        lock_is_taken.set()
        threading.Event().wait()


def prepare():
    with lock:
        os.setsid()


threading.Thread(target=work, daemon=True).start()
lock_is_taken.wait()
command = [sys.executable, "-c", "import os; print(os.getsid(0) == os.getpid())"]
subprocess.run(command, preexec_fn=prepare)
