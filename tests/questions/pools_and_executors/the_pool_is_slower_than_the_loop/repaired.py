import hashlib
import time
from multiprocessing import Pool


def work(number):
    return hashlib.pbkdf2_hmac("sha256", b"password", b"%d" % number, 80_000)


if __name__ == "__main__":
    with Pool(2) as pool:
        begin = time.process_time()
        list(pool.imap(work, range(4)))
        pool_time = time.process_time() - begin

    begin = time.process_time()
    list(map(work, range(4)))
    loop_time = time.process_time() - begin
    print("the pool takes", "more" if pool_time > loop_time else "less", "of my time than the loop")
