"""Dateline as a retriever of other frameworks, over HTTP.

These run in the program that asks, not in Dateline: nothing here imports the rest of it, and the standard library and
the framework are all that is needed (`pip install --no-deps dateline` beside it is enough).
"""
