import io
import pickle


class Sorting(pickle._Pickler):
    def _batch_setitems(self, items, *more):
        super()._batch_setitems(sorted(items), *more)


Sorting(io.BytesIO()).dump({"b": 1, "a": 2})
print("ok")
