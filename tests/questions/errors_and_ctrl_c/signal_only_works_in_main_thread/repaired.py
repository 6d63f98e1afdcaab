import signal
import threading


def serve():
    print("serving")


signal.signal(signal.SIGTERM, signal.SIG_IGN)
thread = threading.Thread(target=serve)
thread.start()
thread.join()
