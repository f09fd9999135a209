"""What the rules are told of an examination beside its report."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ExamFacts:
    """Each is None (or empty) where nothing is known of it.

    `contrast` is the agent that the images' header names, "" where none was given; `tracer` that of nuclear
    medicine; `laterality` "L" or "R" of the ordered limb; `communicated` the entry of the register of
    critical results; `machine_unconfirmed` and `machine_confirmed` name detections of a model that no person
    has, or one has confirmed.
    """

    history: str = ""
    contrast: str | None = None
    tracer: str = ""
    laterality: str = ""
    communicated: str = ""
    machine_unconfirmed: str = ""
    machine_confirmed: str = ""


NO_FACTS = ExamFacts()
