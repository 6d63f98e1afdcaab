from concurrent.futures import ThreadPoolExecutor


def add(a, b):
    return a + b


with ThreadPoolExecutor() as executor:
    future = executor.submit(add, 1, 2)
    result = future.result()
print(result)
