"""Reading and changing settings.  An environment variable ``YINGSHU_<GROUP>_<FIELD>`` goes before what is
stored.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol, TypeVar

from psygnal import Signal
from pydantic import ValidationError

from app.domain.person import Actor, system_actor
from app.errors import BadInput
from app.people.rights import require
from app.settings.groups import SettingsGroup
from app.settings.vault import Vault
from app.storage.pins import SETTING

log = logging.getLogger(__name__)

M = TypeVar("M", bound=SettingsGroup)
_STATION = system_actor()


class SettingsRows(Protocol):
    """What is asked of the database (`app.storage.database.Database`)."""

    def read(self) -> AbstractContextManager[Any]: ...

    def write(self) -> AbstractContextManager[Any]: ...


class SettingsStore:
    """Settings of one station.  `changed` is emitted with the new model, on the thread of whoever announces
    it.
    """

    changed = Signal(object)

    def __init__(
        self,
        database: SettingsRows,
        *,
        environment: Mapping[str, str] | None = None,
        vault: Vault | None = None,
        groups: tuple[type[SettingsGroup], ...] = (),
    ) -> None:
        #: all groups, in the order of the dialog
        self.groups = groups
        self._db = database
        self._vault = vault
        self._environment = os.environ if environment is None else environment

    def get(self, model: type[M]) -> M:
        """A group's settings: environment, then stored, then default.

        A stored value that is no longer valid gives way to the default, with a line in the log; `BadInput`
        for a wrong value in the environment.
        """
        with self._db.read() as tx:
            stored = self._opened(model, tx.settings.get(model.name))
        values = _valid_part(model, stored)
        for field in self.overridden(model):
            values[field] = self._environment[variable(model, field)]
            _check_variable(model, field, values[field])
        return model(**values)

    def personal(self, actor: Actor, name: str) -> dict[str, Any]:
        """What a person keeps under a name; empty where that is nothing."""
        with self._db.read() as tx:
            return dict(tx.settings.get(_of_person(actor, name)))

    def set_personal(self, actor: Actor, name: str, document: Mapping[str, Any]) -> None:
        """Keep something for a person, with an audit row."""
        with self._db.write() as tx:
            theme, fields = _of_person(actor, name), sorted(document)
            tx.settings.set(theme, document)
            pins = ((SETTING, theme),)
            tx.audit.append(actor, "settings.change", name, "done", {"fields": fields}, pins=pins)

    def set(self, actor: Actor, *groups: SettingsGroup) -> None:
        """Store settings and tell of it."""
        self.write(actor, *groups)
        self.announce(*groups)

    def write(self, actor: Actor, *groups: SettingsGroup) -> None:
        """Store settings, all or none, with an audit row each.  What the environment overrides stays as it
        was stored.

        May run on any thread; `announce` tells of it afterwards.
        """
        for settings in groups:
            if settings.right is not None:
                require(actor, settings.right)
        with self._db.write() as tx:
            for settings in groups:
                self._write(tx, actor, settings)

    def announce(self, *groups: SettingsGroup) -> None:
        """Emit `changed` for settings that were stored."""
        for settings in groups:
            self.changed.emit(settings)

    def _write(self, tx: Any, actor: Actor, settings: SettingsGroup) -> None:
        before = self._opened(type(settings), tx.settings.get(settings.name))
        fixed = self.overridden(type(settings))
        after = {k: v for k, v in settings.model_dump(mode="json").items() if k not in fixed}
        after.update({k: before[k] for k in fixed if k in before})
        tx.settings.set(settings.name, self._sealed(type(settings), after))
        changed = sorted(k for k in after if after[k] != before.get(k))
        pins = ((SETTING, settings.name),)
        tx.audit.append(actor, "settings.change", settings.name, "done", {"fields": changed}, pins=pins)

    def seal_stored(self, *models: type[SettingsGroup]) -> None:
        """Seal secrets that an earlier version stored in plain text."""
        if self._vault is None:
            return
        for model in models:
            with self._db.read() as tx:
                stored = tx.settings.get(model.name)
            if any(
                stored.get(f) and self._vault.open(stored[f], f"{model.name}.{f}") == stored[f]
                for f in _secrets(model)
            ):
                with self._db.write() as tx:
                    tx.settings.set(
                        model.name, self._sealed(model, self._opened(model, tx.settings.get(model.name)))
                    )
                    pins = ((SETTING, model.name),)
                    tx.audit.append(_STATION, "settings.seal", model.name, "done", {}, pins=pins)

    def _opened(self, model: type[SettingsGroup], stored: Mapping[str, Any]) -> dict[str, Any]:
        values = dict(stored)
        for field in _secrets(model) if self._vault is not None else ():
            assert self._vault is not None
            value = self._vault.open(str(values.get(field, "")), f"{model.name}.{field}")
            if value is None:
                log.warning(
                    "stored setting %s.%s was sealed with another key and is left out", model.name, field
                )
                values.pop(field, None)
            elif field in values:
                values[field] = value
        return values

    def _sealed(self, model: type[SettingsGroup], values: Mapping[str, Any]) -> dict[str, Any]:
        if self._vault is None:
            return dict(values)
        hidden = {
            f: self._vault.seal(str(values[f]), f"{model.name}.{f}") for f in _secrets(model) if f in values
        }
        return {**values, **hidden}

    def overridden(self, model: type[SettingsGroup]) -> list[str]:
        """Fields that the environment decides; the dialog shows them greyed."""
        return [field for field in model.model_fields if variable(model, field) in self._environment]


def _of_person(actor: Actor, name: str) -> str:
    return f"{name}:{actor.person_id}"


def _secrets(model: type[SettingsGroup]) -> list[str]:
    """Fields marked as secret."""
    extras = ((name, field.json_schema_extra) for name, field in model.model_fields.items())
    return [name for name, extra in extras if isinstance(extra, dict) and extra.get("secret")]


def variable(model: type[SettingsGroup], field: str) -> str:
    """The environment variable of a field, e.g. ``YINGSHU_DIRECTORY_COUNTY_URL``."""
    return f"YINGSHU_{model.name}_{field}".upper()


def _valid_part(model: type[SettingsGroup], stored: Mapping[str, Any]) -> dict[str, Any]:
    values = {k: v for k, v in stored.items() if k in model.model_fields}
    try:
        model(**values)
    except ValidationError as error:
        for wrong in error.errors():
            field = str(wrong["loc"][0])
            log.warning(
                "stored setting %s.%s is not valid and is left out: %s", model.name, field, wrong["msg"]
            )
            values.pop(field, None)
    return values


def _check_variable(model: type[SettingsGroup], field: str, value: str) -> None:
    try:
        model(**{field: value})
    except ValidationError as error:
        raise BadInput(
            "The environment variable {name} has the value {found}: {reason}.",
            name=variable(model, field),
            found="***" if field in _secrets(model) else value,
            reason=error.errors()[0]["msg"],
        ) from error
