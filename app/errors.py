"""Errors that a person is shown.

A `UserError` carries an English template and its parameters, so that it is worded in the language in use at
the moment it is shown (`app.notifications.explain`). The template names the thing, the limit and the value
found. Everything else that is raised is a defect: logged, shown as a crash, drafts safe.
"""

from __future__ import annotations

from typing import Any, ClassVar


class UserError(Exception):
    """A refusal or failure with words for the person in front of the screen.

    Parameters
    ----------
    template : str
        English text with ``{name}`` fields; the key of its translation.
    hint : str
        English text: what to do next; a translation key as well.
    **params
        Values of the fields of both texts.  No patient data: the text is logged too.
    """

    #: exit status of the command line for this kind of error (see docs/command-line.md)
    exit_code: ClassVar[int] = 2

    def __init__(self, template: str, *, hint: str = "", **params: Any) -> None:
        super().__init__(template.format(**params) if params else template)
        self.template = template
        self.hint = hint
        self.params = params

    def __reduce__(self) -> tuple[Any, ...]:
        return (_rebuild, (type(self), self.template, self.hint, self.params))


def _rebuild(kind: type[UserError], template: str, hint: str, params: dict[str, Any]) -> UserError:
    return kind(template, hint=hint, **params)


class BadInput(UserError):
    """The thing given cannot be used: not DICOM, truncated, contradictory."""

    exit_code = 3


class LimitExceeded(BadInput):
    """A declared or measured size is over the limit that protects the station."""


class NotFound(UserError):
    """What was asked for is not here."""

    exit_code = 4


class Refused(UserError):
    """A rule says no: the model's guard, a missing right, a report that is not complete."""

    exit_code = 5


class FilesThere(Refused):
    """Files of the names that are to be written are there already."""


class NotAllowed(Refused):
    """The person lacks the right."""

    exit_code = 6


class Unavailable(UserError):
    """Something that is needed does not answer: disk full, database locked, directory down, worker dead."""

    exit_code = 7


class NotConfigured(Unavailable):
    """Nobody has set this up yet; there is nothing that could answer."""


class NotYet(Unavailable):
    """What was asked for cannot be done now, and may be done later unchanged: a record that waits for its
    review.
    """


class Cancelled(Exception):
    """The person stopped the work.  Not an error: nothing is shown but the state."""
