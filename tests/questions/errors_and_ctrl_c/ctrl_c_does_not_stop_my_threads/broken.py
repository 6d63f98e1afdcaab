import signal
import threading
import time


def work():
    while True:
        time.sleep(60)


thread = threading.Thread(target=work)
thread.start()
signal.raise_signal(signal.SIGINT)  # Ctrl-C
thread.join()
