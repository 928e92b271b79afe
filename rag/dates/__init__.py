"""Dates as English writes them, found in running text and resolved to spans of time.

One grammar serves the question's time (`rag.when`), relative dates in article lines and the date check of sentences.
Everything is positive: a number, a capitalised word or "May" is a date only where the words around it say so, since a
wrongly read date hides the right articles while an unread one costs little. Absolute dates are parsed by dateparser
(imported on first use, cached by their text, always given a full date, so that its guesses about missing parts never
apply); calendar arithmetic is proleptic Gregorian in UTC, weeks run Monday to Sunday (ISO 8601), seasons are the
meteorological ones of the northern hemisphere.
"""
