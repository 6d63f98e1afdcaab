import multiprocessing

with multiprocessing.pool.ThreadPool(2) as pool:
    print(pool.map(abs, [-1, -2]))
