"""What is known: articles, revisions, lines, passages, embeddings, and the search over them."""
