"""The executable specification of Python concurrency; README.md here says where what goes."""

import os

#: The checkout's folder.  Text, since every child would have to import pathlib for a Path.
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120
