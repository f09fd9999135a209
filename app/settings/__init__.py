"""Settings in groups.  A dialog is made from the models' fields: title, bounds, unit.  Features bring their
groups.
"""

from app.settings.groups import Appearance, SettingsGroup, setting
from app.settings.store import SettingsStore

__all__ = ["Appearance", "SettingsGroup", "SettingsStore", "setting"]
