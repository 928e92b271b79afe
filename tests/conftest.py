"""What all tests share."""

import os

from hypothesis import settings

# No test fails for being slow on a busy machine; in CI every run tries the same examples as the one before.
settings.register_profile("dateline", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("dateline")
