import os
import signal
import time
from multiprocessing import Pool


def work(seconds):
    time.sleep(0.4)  # by then the parent waits in map()
    os.killpg(0, signal.SIGINT)  # now somebody presses Ctrl-C
    time.sleep(seconds)


def leave_ctrl_c_to_the_parent():
    signal.signal(signal.SIGINT, signal.SIG_IGN)


if __name__ == "__main__":
    pool = Pool(1, initializer=leave_ctrl_c_to_the_parent)
    try:
        pool.map(work, [3600])
    except KeyboardInterrupt:
        print("interrupted")
        pool.terminate()
    else:
        pool.close()
    pool.join()
