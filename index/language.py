"""The language of a text, when its source does not say: BCP 47, or None when it cannot be told."""

from __future__ import annotations

from functools import lru_cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

_SHORTEST = 40  # letters; a few names are too little
_READ = 800  # characters looked at; more hardly changes an answer and costs time
SURE = 0.7  # of the calibrated probability: close relatives (Bokmål and Danish, Mandarin and Wu) share it


def language_of(text: str) -> str | None:
    """The language most of `text` is in, as a primary subtag such as `en` or `uk`; None when short or unsure."""
    sample = text[:_READ]
    if sum(map(str.isalpha, sample)) < _SHORTEST:
        return None
    language, share = language_and_share(sample)
    return language if share >= SURE else None


def language_and_share(text: str) -> tuple[str, float]:
    """The likeliest language of a text however short, and its calibrated probability, 0 … 1."""
    language, probability = _identifier().classify(text)
    return str(language), float(probability)


@lru_cache(maxsize=1)
def _identifier() -> LanguageIdentifier:
    # Loaded at first use: it takes about a second, which a run that is told every language need not pay.
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
