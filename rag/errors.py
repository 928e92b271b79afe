"""Errors of what is said.

RagError
├── BadSettings         an unknown setting, or a value that cannot be
├── BadQuestion         an empty question, or one that is too long
├── RerankerMissing     the reranker that was named cannot be had, or is none
├── WeightsDamaged      the weights of a model that ships are not the ones that did
└── ModelError          the language model cannot answer (extractive answers need none)
    ├── ModelMissing    the model's file is not here, or is not the one that was pinned
    │   └── FetchFailed it could not be fetched: no pip, no network, no space, other bytes
    ├── ModelDown       nothing answers at the endpoint, or the embedded model does not start
    ├── ModelSlow       no answer within DATELINE_MODEL_TIMEOUT_S
    ├── ModelRefused    the endpoint said no: key, name, quota, or a prompt that is too long
    └── ModelNonsense   an answer arrived that cannot be read
"""


class RagError(Exception):
    """Root of the family. The message is one sentence for a person and says what to do next."""


class BadSettings(RagError):
    """An unknown setting, or a value that cannot be."""


class BadQuestion(RagError):
    """An empty question, or one that is too long."""


class RerankerMissing(RagError):
    """The reranker that was named cannot be had, or is none."""


class WeightsDamaged(RagError):
    """The weights of a model that ships are not the ones that did."""


class ModelError(RagError):
    """The language model cannot answer."""


class ModelMissing(ModelError):
    """The model's file is not here, or is not the one that was pinned."""


class FetchFailed(ModelMissing):
    """The model's file could not be fetched."""


class ModelDown(ModelError):
    """Nothing answers at the endpoint, or the embedded model does not start."""


class ModelSlow(ModelError):
    """No answer within the time allowed."""


class ModelRefused(ModelError):
    """The endpoint said no: key, name, quota, or a prompt that is too long."""


class ModelNonsense(ModelError):
    """An answer arrived that cannot be read."""
