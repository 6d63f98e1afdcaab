from concurrent.futures.process import _get_chunks  # <-

print("".join(letter for chunk in _get_chunks("ok", chunksize=2) for (letter,) in chunk))
