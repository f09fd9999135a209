"""What the worklist sorts and filters by, beside what it lists; deletion and correction of identity."""

from __future__ import annotations

from datetime import datetime

from alembic import op
from sqlalchemy import Connection, Row, text

from app.domain.study import Patient, Study, StudyUid
from app.storage.search_text import name_key, search_text

revision = "0006"
down_revision = "0005"

_COLUMNS = (
    "name_key TEXT DEFAULT '' NOT NULL",
    "report_state TEXT DEFAULT '' NOT NULL",
    "urgency INTEGER DEFAULT 0 NOT NULL",
    "reader_id TEXT DEFAULT '' NOT NULL",
    "reader_name TEXT DEFAULT '' NOT NULL",
    "deleted_at TEXT",
    "deleted_by TEXT DEFAULT '' NOT NULL",
    "delete_reason TEXT DEFAULT '' NOT NULL",
    "file_patient_id TEXT",
    "file_patient_issuer TEXT",
)
_BATCH = 2000
_REPORTS = """
UPDATE study SET report_state = newest.state, reader_id = newest.author_id, reader_name = newest.author_name
FROM (
    SELECT study_uid, state, max(saved_at) AS saved_at,
        coalesce(json_extract(document, '$.content.author_id'), json_extract(document, '$.author_id'), '')
            AS author_id,
        coalesce(json_extract(document, '$.content.author_name'), json_extract(document, '$.author_name'), '')
            AS author_name
    FROM report WHERE state <> 'superseded' AND json_valid(document) GROUP BY study_uid
) AS newest WHERE newest.study_uid = study.study_uid
"""


def upgrade() -> None:
    """Add the columns, fill them from what is there, and index what the list walks through."""
    for column in _COLUMNS:
        op.execute(f"ALTER TABLE study ADD COLUMN {column}")
    op.execute("DROP INDEX ix_study_browse")
    connection = op.get_bind()
    _fill(connection)
    connection.execute(text(_REPORTS))
    op.execute(
        "CREATE INDEX ix_study_worklist ON study (started_at, imported_at, report_state, urgency, reader_id,"
        " deleted_at, modalities, search_text)"
    )


def _fill(connection: Connection) -> None:
    uids = list(connection.scalars(text("SELECT study_uid FROM study")))
    one = text("SELECT * FROM study WHERE study_uid = :uid")
    put = text("UPDATE study SET search_text = :searched, name_key = :key WHERE study_uid = :uid")
    for start in range(0, len(uids), _BATCH):
        filled = []
        for uid in uids[start : start + _BATCH]:
            study = _study(connection.execute(one, {"uid": uid}).one())
            filled.append({"uid": uid, "searched": search_text(study), "key": name_key(study)})
        connection.execute(put, filled)


def _study(row: Row[tuple[object, ...]]) -> Study:
    return Study(
        StudyUid(row.study_uid),
        Patient(row.patient_id, row.patient_name),
        study_id=row.study_id,
        accession_number=row.accession_number,
        description=row.description,
        started_at=datetime.fromisoformat(row.started_at) if row.started_at else None,
        modalities=tuple(m for m in row.modalities.split(",") if m),
        body_part=row.body_part,
        institution=row.institution,
        referring_physician=row.referring_physician,
    )
