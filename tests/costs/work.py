"""The work that workers do.  All of them import this module, so it imports nothing at its top."""

#: Bytes that ``c_code`` hashes at a time: hashlib releases the GIL for more than 2047 of them
#: (https://docs.python.org/3/library/hashlib.html, "Note: For better multithreading performance").
CHUNK = 1 << 20


def serve(receive, send, function):
    """Call the function with each tuple that arrives, and send its result, until None arrives."""
    while (arguments := receive()) is not None:
        send(function(*arguments))


def pure_python(pieces, steps):
    """Compute in pure Python, ``steps`` steps for each piece; return the results."""
    results = []
    for _ in range(pieces):
        number = 1
        for _ in range(steps):
            # No constant above 256: 3.13t counts the references to one, and two threads that share
            # it take twice as long as one that does all their work (3.13.5).
            number = (number * 31 + 7) & 0xFF
        results.append(number)
    return results


def sleep(pieces, steps):
    """Sleep a tenth of a millisecond times ``steps`` for each piece; return the steps of each."""
    import time

    for _ in range(pieces):
        time.sleep(steps / 10_000)
    return [steps] * pieces


def c_code(pieces, steps):
    """Hash ``steps`` chunks for each piece, in C and without the GIL; return the digests."""
    import hashlib

    chunk = bytes(CHUNK)
    results = []
    for _ in range(pieces):
        digest = hashlib.sha256()
        for _ in range(steps):
            digest.update(chunk)
        results.append(digest.hexdigest())
    return results


def count(lock, array, times):
    """Add 1 to the first number of the array ``times`` times, each time under the lock."""
    numbers = memoryview(array).cast("B").cast("Q")
    for _ in range(times):
        with lock:
            numbers[0] += 1
    return times


def count_unguarded(array, times):
    """Do what ``count`` does, but without a lock."""
    numbers = memoryview(array).cast("B").cast("Q")
    for _ in range(times):
        numbers[0] += 1
    return times


def double(number):
    """Return twice the number: a task so small that only its transport costs anything."""
    return 2 * number
