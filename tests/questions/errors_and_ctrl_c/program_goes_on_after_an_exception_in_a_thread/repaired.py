from concurrent.futures import ThreadPoolExecutor


def work():
    raise ValueError("no such customer")


with ThreadPoolExecutor() as pool:
    future = pool.submit(work)
    future.result()
    print("all work is done")
