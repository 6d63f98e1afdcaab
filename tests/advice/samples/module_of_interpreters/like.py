import _xxsubinterpreters as interpreters  # <-

one = interpreters.create()
interpreters.run_string(one, "print('ok', flush=True)")
interpreters.destroy(one)
