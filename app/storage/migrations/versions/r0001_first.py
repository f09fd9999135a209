"""Every table of the first version, with the guards of the audit record and of signed reports."""

from __future__ import annotations

from alembic import op

revision = "0001"
down_revision = None

# Written out and never generated from `tables.py`: a revision says what it did when it was made.
_TABLES = """
CREATE TABLE annotation_layer (
    layer_id INTEGER NOT NULL,
    study_uid TEXT NOT NULL,
    saved_at TEXT NOT NULL,
    author TEXT DEFAULT '' NOT NULL,
    measurements TEXT NOT NULL,
    key_images TEXT NOT NULL,
    PRIMARY KEY (layer_id)
);
CREATE INDEX ix_annotation_layer_study ON annotation_layer (study_uid, layer_id);
CREATE TABLE audit (
    seq INTEGER NOT NULL,
    at TEXT NOT NULL,
    person_id TEXT NOT NULL,
    person_name TEXT NOT NULL,
    roles TEXT NOT NULL,
    station TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    outcome TEXT NOT NULL,
    details TEXT NOT NULL,
    prev_hash TEXT NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (seq)
);
CREATE TABLE directory_link (
    identifier TEXT NOT NULL,
    study_uid TEXT NOT NULL,
    record_version INTEGER NOT NULL,
    state TEXT DEFAULT '' NOT NULL,
    linked_at TEXT NOT NULL,
    PRIMARY KEY (identifier)
);
CREATE INDEX ix_directory_link_study ON directory_link (study_uid);
CREATE TABLE login_failure (
    login TEXT NOT NULL,
    failures INTEGER NOT NULL,
    last_at TEXT NOT NULL,
    PRIMARY KEY (login)
);
CREATE TABLE notice (
    notice_id INTEGER NOT NULL,
    import_id TEXT NOT NULL,
    at TEXT NOT NULL,
    reason TEXT DEFAULT '' NOT NULL,
    template TEXT DEFAULT '' NOT NULL,
    params TEXT NOT NULL,
    path TEXT DEFAULT '' NOT NULL,
    PRIMARY KEY (notice_id)
);
CREATE INDEX ix_notice_import ON notice (import_id);
CREATE TABLE object_use (
    sha256 TEXT NOT NULL,
    owner TEXT NOT NULL,
    PRIMARY KEY (sha256, owner)
);
CREATE TABLE outbox (
    position INTEGER NOT NULL,
    "key" TEXT NOT NULL,
    study_uid TEXT NOT NULL,
    kind TEXT NOT NULL,
    document TEXT NOT NULL,
    queued_at TEXT NOT NULL,
    tries INTEGER DEFAULT '0' NOT NULL,
    last_error TEXT DEFAULT '' NOT NULL,
    last_try_at TEXT,
    given_up BOOLEAN DEFAULT '0' NOT NULL,
    identifier TEXT DEFAULT '' NOT NULL,
    state TEXT DEFAULT '' NOT NULL,
    sent_at TEXT,
    PRIMARY KEY (position),
    UNIQUE ("key")
);
CREATE TABLE person (
    person_id TEXT NOT NULL,
    login TEXT NOT NULL,
    name TEXT NOT NULL,
    roles TEXT NOT NULL,
    active BOOLEAN NOT NULL,
    secret_hash TEXT NOT NULL,
    signing_public BLOB,
    signing_private BLOB,
    PRIMARY KEY (person_id),
    UNIQUE (login)
);
CREATE TABLE report (
    report_id TEXT NOT NULL,
    study_uid TEXT NOT NULL,
    state TEXT NOT NULL,
    version INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    saved_at TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (report_id)
);
CREATE INDEX ix_report_study ON report (study_uid, state);
CREATE TABLE report_draft (
    report_id TEXT NOT NULL,
    revision INTEGER NOT NULL,
    saved_at TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (report_id, revision)
);
CREATE TABLE report_frozen (
    report_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    state TEXT NOT NULL,
    frozen_at TEXT NOT NULL,
    document TEXT NOT NULL,
    signatures TEXT NOT NULL,
    PRIMARY KEY (report_id, version, state)
);
CREATE TABLE result (
    result_id TEXT NOT NULL,
    study_uid TEXT NOT NULL,
    source_series_uid TEXT NOT NULL,
    series_uid TEXT NOT NULL,
    kind TEXT NOT NULL,
    review TEXT NOT NULL,
    made_at TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (result_id),
    UNIQUE (series_uid)
);
CREATE INDEX ix_result_study ON result (study_uid);
CREATE TABLE setting (
    theme TEXT NOT NULL,
    document TEXT NOT NULL,
    changed_at TEXT NOT NULL,
    PRIMARY KEY (theme)
);
CREATE TABLE study (
    study_uid TEXT NOT NULL,
    patient_id TEXT DEFAULT '' NOT NULL,
    patient_issuer TEXT DEFAULT '' NOT NULL,
    patient_name TEXT DEFAULT '' NOT NULL,
    birth_date TEXT,
    sex TEXT DEFAULT '' NOT NULL,
    patient_age TEXT DEFAULT '' NOT NULL,
    study_id TEXT DEFAULT '' NOT NULL,
    accession_number TEXT DEFAULT '' NOT NULL,
    description TEXT DEFAULT '' NOT NULL,
    started_at TEXT,
    modalities TEXT DEFAULT '' NOT NULL,
    body_part TEXT DEFAULT '' NOT NULL,
    institution TEXT DEFAULT '' NOT NULL,
    referring_physician TEXT DEFAULT '' NOT NULL,
    n_series INTEGER DEFAULT '0' NOT NULL,
    n_instances INTEGER DEFAULT '0' NOT NULL,
    size_bytes INTEGER DEFAULT '0' NOT NULL,
    imported_at TEXT NOT NULL,
    search_text TEXT DEFAULT '' NOT NULL,
    PRIMARY KEY (study_uid)
);
CREATE INDEX ix_study_browse ON study (started_at, search_text);
CREATE INDEX ix_study_patient ON study (patient_id, patient_issuer);
CREATE TABLE flow (
    study_uid TEXT NOT NULL,
    step TEXT NOT NULL,
    state TEXT NOT NULL,
    person TEXT DEFAULT '' NOT NULL,
    at TEXT,
    PRIMARY KEY (study_uid, step),
    FOREIGN KEY(study_uid) REFERENCES study (study_uid)
);
CREATE TABLE series (
    series_uid TEXT NOT NULL,
    study_uid TEXT NOT NULL,
    modality TEXT DEFAULT '' NOT NULL,
    number INTEGER,
    description TEXT DEFAULT '' NOT NULL,
    body_part TEXT DEFAULT '' NOT NULL,
    protocol TEXT DEFAULT '' NOT NULL,
    manufacturer TEXT DEFAULT '' NOT NULL,
    frame_of_reference_uid TEXT DEFAULT '' NOT NULL,
    slice_thickness_mm FLOAT,
    n_instances INTEGER DEFAULT '0' NOT NULL,
    size_bytes INTEGER DEFAULT '0' NOT NULL,
    derived BOOLEAN DEFAULT '0' NOT NULL,
    thumbnail_sha256 TEXT,
    PRIMARY KEY (series_uid),
    FOREIGN KEY(study_uid) REFERENCES study (study_uid)
);
CREATE INDEX ix_series_study ON series (study_uid, modality);
CREATE TABLE instance (
    sop_uid TEXT NOT NULL,
    series_uid TEXT NOT NULL,
    study_uid TEXT NOT NULL,
    sop_class_uid TEXT DEFAULT '' NOT NULL,
    transfer_syntax_uid TEXT DEFAULT '' NOT NULL,
    sha256 TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    number INTEGER,
    frames INTEGER DEFAULT '1' NOT NULL,
    rows INTEGER,
    columns INTEGER,
    position_mm TEXT,
    orientation TEXT,
    PRIMARY KEY (sop_uid),
    FOREIGN KEY(series_uid) REFERENCES series (series_uid)
);
CREATE INDEX ix_instance_series ON instance (series_uid);
CREATE INDEX ix_instance_sha256 ON instance (sha256);
"""

_GUARDS = """
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit record is append-only'); END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit record is append-only'); END;
CREATE TRIGGER report_frozen_no_update BEFORE UPDATE ON report_frozen
BEGIN SELECT RAISE(ABORT, 'a signed report is never changed'); END;
CREATE TRIGGER report_frozen_no_delete BEFORE DELETE ON report_frozen
BEGIN SELECT RAISE(ABORT, 'a signed report is never removed'); END;
"""


def upgrade() -> None:
    """Create everything."""
    for statement in _TABLES.split(";\n"):
        if statement.strip():
            op.execute(statement)
    for guard in _GUARDS.split("END;\n"):
        if guard.strip():
            op.execute(guard + "END")
