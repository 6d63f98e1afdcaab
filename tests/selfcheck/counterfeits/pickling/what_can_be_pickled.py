"""Counterfeits for the claims of library/pickling/test_what_can_be_pickled.py."""

from .. import counterfeit


@counterfeit(*"PK02 PK04 PK05 PK06 PK07 PK08 PK17 PK18 MX14".split())
def what_cannot_be_pickled_is_a_value_error():
    """pickle.dumps() raises ValueError for whatever it refuses."""
    import pickle

    dumps = pickle.dumps

    def refuse(*args, **keywords):
        try:
            return dumps(*args, **keywords)
        except (pickle.PicklingError, TypeError, AttributeError, RuntimeError) as error:
            raise ValueError(str(error)) from None

    pickle.dumps = refuse


@counterfeit(*"PK01 PK09 PK10 PK11 PK12 PK13 PK14 PK15 PK16 PK19 PK20".split())
def nothing_comes_back():
    """pickle.loads() returns None."""
    import pickle

    pickle.loads = lambda *args, **keywords: None


@counterfeit("PK03")
def an_old_protocol_is_written():
    """pickle.dumps() writes protocol 2 unless told otherwise."""
    import pickle

    dumps = pickle.dumps
    pickle.dumps = lambda value, protocol=None, **more: dumps(value, protocol or 2, **more)


@counterfeit("PK09")
def large_numbers_come_back_as_floats():
    """What is larger than a machine word comes back as a float."""
    import pickle

    loads = pickle.loads

    def lossy(*args, **keywords):
        value = loads(*args, **keywords)
        if type(value) is list:
            return [float(one) if type(one) is int and one > 2**64 else one for one in value]
        return value

    pickle.loads = lossy


@counterfeit("PK15", "PK16")
def reducers_are_ignored():
    """copyreg.pickle() and ForkingPickler.register() register nothing."""
    import copyreg
    from multiprocessing.reduction import ForkingPickler

    copyreg.pickle = lambda kind, function, constructor=None: None
    copyreg.dispatch_table.setdefault(complex, None)
    ForkingPickler.register = classmethod(lambda cls, kind, function: None)


@counterfeit("PK17", "MX14")
def everything_can_be_pickled():
    """What pickle refuses is pickled as None."""
    import pickle

    dumps = pickle.dumps

    def accept(value, *args, **keywords):
        try:
            return dumps(value, *args, **keywords)
        except (pickle.PicklingError, TypeError, AttributeError, RuntimeError):
            return dumps(None)

    pickle.dumps = accept
