"""What the headers of a series say: from the database, where it was kept at import."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.dicom.read.display_sets import display_sets
from app.dicom.read.facts_document import FORM, ObjectDocuments, unpack_facts, unpack_source
from app.dicom.read.facts_index import index_documents
from app.dicom.read.object_facts import ObjectFacts
from app.dicom.read.source_header import SourceHeader, joined
from app.domain.display_set import SeriesDisplaySets
from app.domain.study import Instance, Series
from app.errors import Unavailable
from app.ports import Objects
from app.processes.pool import Pool
from app.storage.database import Database
from app.storage.repositories.facts import StoredFacts

GONE = "The object cannot be read."


@dataclass(frozen=True, slots=True)
class SeriesFacts:
    """Documents of the objects of a series, in the order of `instances`; None for what cannot be read."""

    series: Series
    instances: tuple[Instance, ...]
    documents: tuple[ObjectDocuments | None, ...]

    def display_sets(self) -> SeriesDisplaySets:
        """All that the series holds."""
        facts = [
            _gone(one) if document is None else unpack_facts(document.facts)
            for one, document in zip(self.instances, self.documents, strict=True)
        ]
        series = self.series
        return display_sets(
            facts, study_uid=series.study_uid, series_uid=series.series_uid, body_part=series.body_part
        )

    def source(self) -> SourceHeader:
        """What objects made from the series take from it; images in the order of the instances."""
        return joined([unpack_source(one.source) for one in self.documents if one is not None])

    @property
    def is_whole(self) -> bool:
        """Every object could be read."""
        return None not in self.documents

    def first_source(self) -> SourceHeader | None:
        """The same with the image of the first object only: what it says holds for the series."""
        first = next((one for one in self.documents if one is not None), None)
        return None if first is None else unpack_source(first.source)


def _gone(one: Instance) -> ObjectFacts:
    return ObjectFacts(one.sop_uid, one.sop_class_uid, "", refusal=(GONE, {}))


def series_facts(
    database: Database, series: Series, instances: Sequence[Instance], objects: Objects, parsers: Pool
) -> SeriesFacts:
    """From the database; what an earlier version imported is read from its objects once, and then kept."""
    with database.read() as tx:
        stored = tx.facts.of_series(series.series_uid)
    known: dict[str, ObjectDocuments] = {
        uid: ObjectDocuments(one.form, one.facts, one.source)
        for uid, one in stored.items()
        if one.form == FORM
    }
    missing = [one for one in instances if one.sop_uid not in known]
    if missing:
        about = f"{series.modality} {series.number}" if series.number is not None else series.modality or "?"
        read = index_documents(missing, objects, parsers=parsers, about=about)
        found: dict[str, ObjectDocuments] = {
            one.sop_uid: document for one, document in zip(missing, read, strict=True) if document is not None
        }
        known |= found
        _keep(database, found)
    return SeriesFacts(series, tuple(instances), tuple(known.get(one.sop_uid) for one in instances))


def _keep(database: Database, found: dict[str, ObjectDocuments]) -> None:
    """Another writer or a full disk costs nothing but the next reading."""
    try:
        with database.write() as tx:
            tx.facts.keep(StoredFacts(uid, one.form, one.facts, one.source) for uid, one in found.items())
    except Unavailable:
        pass
