"""Settings in groups.  A dialog is made from the models' fields: title, bounds, unit.  Features bring their
groups.
"""

from app.settings.groups import AccountSettings, Appearance, SettingsGroup, setting
from app.settings.store import SettingsStore

__all__ = ["AccountSettings", "Appearance", "SettingsGroup", "SettingsStore", "setting"]
