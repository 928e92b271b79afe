"""How Dateline is reached: command line, HTTP, and the faces built on them."""
