import hashlib
import time
from multiprocessing import Pool


def work(number):
    digest = b"%d" % number
    for _ in range(80_000):
        digest = hashlib.sha256(digest).digest()
    return digest


if __name__ == "__main__":
    with Pool(2) as pool:
        begin = time.process_time()
        list(pool.imap(work, range(4)))
        pool_time = time.process_time() - begin

    begin = time.process_time()
    list(map(work, range(4)))
    loop_time = time.process_time() - begin
    print("the pool takes", "more" if pool_time > loop_time else "less", "of my time than the loop")
