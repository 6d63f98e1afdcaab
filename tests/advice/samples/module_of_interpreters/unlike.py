try:
    import _xxsubinterpreters as interpreters
except ImportError:
    interpreters = None

print("ok" if interpreters is None or interpreters.create() else "")
