from concurrent.futures import ThreadPoolExecutor
from itertools import islice

results = []
taken = most = 0


def lines():
    global taken, most
    for number in range(1000):
        taken += 1
        most = max(most, taken - len(results))
        yield f"line {number}"


with ThreadPoolExecutor(2) as executor:
    source = lines()
    while batch := list(islice(source, 10)):
        results.extend(executor.map(len, batch))
print("at most", most, "lines in memory")
