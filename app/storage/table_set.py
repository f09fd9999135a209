"""Tables of one owner, and the revisions that build them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import MetaData

#: the owner of what all features share
STATION = "station"


@dataclass(frozen=True, slots=True)
class TableSet:
    """Tables that belong together, brought up to date by themselves.

    Each set has a line of Alembic revisions of its own: a feature that comes or changes touches no other's.
    Its revisions may use its own tables only; those of the station are there before them.

    Parameters
    ----------
    owner : name of the feature; lower-case letters
    metadata : the tables as queries see them
    revisions : folder of the revisions' modules
    head : the newest revision; a test holds it to the folder
    """

    owner: str
    metadata: MetaData
    revisions: Path
    head: str

    @property
    def version_table(self) -> str:
        """The table that says which revision the database has."""
        return "alembic_version" if self.owner == STATION else f"alembic_version_{self.owner}"
