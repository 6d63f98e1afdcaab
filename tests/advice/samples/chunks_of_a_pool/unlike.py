from itertools import islice

letters = iter("ok")
print("".join(islice(letters, 2)))
