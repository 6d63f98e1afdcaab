"""A small program that 3.14 breaks, once loudly and once without a word."""

import pictures
import settings

if __name__ == "__main__":
    settings.load("photos")
    pictures.start()
