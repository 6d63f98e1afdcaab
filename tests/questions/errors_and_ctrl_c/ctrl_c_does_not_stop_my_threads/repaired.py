import signal
import threading

stop = threading.Event()


def work():
    while not stop.wait(60):
        pass


thread = threading.Thread(target=work)
thread.start()
try:
    signal.raise_signal(signal.SIGINT)  # Ctrl-C
    thread.join()
except KeyboardInterrupt:
    stop.set()
    thread.join()
    print("stopped")
