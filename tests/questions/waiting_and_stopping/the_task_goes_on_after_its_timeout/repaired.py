import time
from multiprocessing import Process

if __name__ == "__main__":
    process = Process(target=time.sleep, args=(60,))
    process.start()
    process.join(timeout=0.1)
    if process.is_alive():
        print("too slow")
        process.terminate()
        process.join()
    print("go on")
