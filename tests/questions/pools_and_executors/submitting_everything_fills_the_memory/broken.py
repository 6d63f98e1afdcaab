from concurrent.futures import ThreadPoolExecutor

results = []
taken = most = 0


def lines():
    global taken, most
    for number in range(1000):
        taken += 1
        most = max(most, taken - len(results))
        yield f"line {number}"


with ThreadPoolExecutor(2) as executor:
    futures = [executor.submit(len, line) for line in lines()]
    for future in futures:
        results.append(future.result())
print("at most", most, "lines in memory")
