import signal
import threading


def serve():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    print("serving")


thread = threading.Thread(target=serve)
thread.start()
thread.join()
