"""What is said: read the question, retrieve, prompt, generate, verify, answer."""
