"""What the system tests share. A test file ends in `support.main()`."""

import unittest

from support import net


def main() -> None:
    """Runs the tests of the calling file in a network of their own."""
    net.isolate()
    unittest.main(verbosity=2, warnings="ignore")
