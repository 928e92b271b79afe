"""How Dateline is reached: command line, HTTP, and the faces built on them."""

import os

# Read by numpy when it is loaded, so it is set before: BLAS's other threads wait by spinning, and an answer then
# costs twice the processor. What was set otherwise stays.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
