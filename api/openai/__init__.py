"""Dateline as any OpenAI client sees it: chat completions, responses, models.

What a client of a language model may set and a newsroom's answer has no use for (temperature, a system prompt) is
passed over; what would make the reply mean something else than it was asked for (several choices, JSON, tool calls,
pictures) is refused. Answers carry `url_citation` annotations, and the whole answer of design §4 under `dateline`.
"""
