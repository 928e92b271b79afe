"""The engines that run an embedder's model."""
