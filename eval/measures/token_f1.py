"""F1 over the words that the answer shares with the expected one, after SQuAD's normalisation.

Definition: the harmonic mean of precision and recall over the bags of words; the best over answer and aliases. A
refusal or an error scores 0.
Source: Rajpurkar et al., SQuAD: 100,000+ Questions for Machine Comprehension of Text, EMNLP 2016.
Not eligible: unanswerable questions, which refusal grades.

Graded is the short answer (`short` on the wire) where the system gives one, else the whole text.
"""

from __future__ import annotations

from collections import Counter

from eval.case import Case
from eval.measures.base import Group, Measure, each
from eval.text import squad


def token_f1(predicted: str, expected: str) -> float:
    """F1 of two texts, 0…1. Where either has no words, 1 when both have none, else 0 (as in SQuAD 2.0)."""
    ours, theirs = squad(predicted).split(), squad(expected).split()
    if not ours or not theirs:
        return float(ours == theirs)
    shared = sum((Counter(ours) & Counter(theirs)).values())
    return 2 * shared / (len(ours) + len(theirs))


def score(case: Case) -> float | None:
    """See the module's text."""
    if not case.question.answerable or not case.question.answers:
        return None
    return max((token_f1(case.short, answer) for answer in case.question.answers), default=0.0) if case.text else 0.0


TOKEN_F1 = Measure(name="f1", title="Words shared with the expected answer", group=Group.ANSWERS, scores=each(score))
