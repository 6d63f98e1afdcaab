"""Where pictures are: the default, until the program says otherwise."""

folder = "."


def load(name: str) -> None:
    """Take another folder."""
    global folder
    folder = name
