"""The tables as queries see them.  `migrations/` builds them; a test holds the two together."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Float, ForeignKey, Index, Integer, LargeBinary, MetaData, Table, Text

from app.storage.column_types import CalendarDate, DeviceDateTime, Json, UtcDateTime, text_column

metadata = MetaData()


study = Table(
    "study",
    metadata,
    Column("study_uid", Text, primary_key=True),
    text_column("patient_id"),
    text_column("patient_issuer"),
    text_column("patient_name"),
    Column("birth_date", CalendarDate),
    text_column("sex"),
    text_column("patient_age"),
    text_column("study_id"),
    text_column("accession_number"),
    text_column("description"),
    Column("started_at", DeviceDateTime),
    text_column("modalities"),
    text_column("body_part"),
    text_column("institution"),
    text_column("referring_physician"),
    Column("n_series", Integer, nullable=False, server_default="0"),
    Column("n_instances", Integer, nullable=False, server_default="0"),
    Column("size_bytes", Integer, nullable=False, server_default="0"),
    Column("imported_at", UtcDateTime, nullable=False),
    text_column("search_text"),
    # the codec that a person chose for the texts; empty where it is guessed
    text_column("charset"),
    # the UID in the files where the archive has another key, see `repositories.uids`; empty where it is the
    # key
    text_column("dicom_uid"),
    # what the name is sorted by
    text_column("name_key"),
    # state of the report that no other has superseded; empty where there is none
    text_column("report_state"),
    # `app.domain.worklist.Urgency`
    Column("urgency", Integer, nullable=False, server_default="0"),
    # who is to read the study: given by a person, else who began its report
    text_column("reader_id"),
    text_column("reader_name"),
    # since when the study is out of the lists, by whom, and why
    Column("deleted_at", UtcDateTime),
    text_column("deleted_by"),
    text_column("delete_reason"),
    # Patient ID and issuer in the files where a person has corrected them; NULL where nobody has
    Column("file_patient_id", Text),
    Column("file_patient_issuer", Text),
)
# the worklist walks this index and never touches the table for a row that does not match
Index(
    "ix_study_worklist",
    study.c.started_at,
    study.c.imported_at,
    study.c.report_state,
    study.c.urgency,
    study.c.reader_id,
    study.c.deleted_at,
    study.c.modalities,
    study.c.search_text,
)
Index("ix_study_patient", study.c.patient_id, study.c.patient_issuer)
Index("ix_study_dicom_uid", study.c.dicom_uid)

#: bytes of texts beyond ASCII, so that another character set can be chosen; series_uid is empty for the
#: study's own
raw_text = Table(
    "raw_text", metadata,
    Column("study_uid", Text, ForeignKey("study.study_uid"), primary_key=True),
    Column("series_uid", Text, primary_key=True), Column("name", Text, primary_key=True),
    Column("raw", LargeBinary, nullable=False), Column("declared", Json, nullable=False),
)  # fmt: skip

series = Table(
    "series",
    metadata,
    Column("series_uid", Text, primary_key=True),
    Column("study_uid", Text, ForeignKey("study.study_uid"), nullable=False),
    text_column("modality"),
    Column("number", Integer),
    text_column("description"),
    text_column("body_part"),
    text_column("protocol"),
    text_column("manufacturer"),
    text_column("frame_of_reference_uid"),
    Column("slice_thickness_mm", Float),
    Column("n_instances", Integer, nullable=False, server_default="0"),
    Column("size_bytes", Integer, nullable=False, server_default="0"),
    Column("derived", Boolean, nullable=False, server_default="0"),
    Column("thumbnail_sha256", Text),
    text_column("dicom_uid"),
)
Index("ix_series_dicom_uid", series.c.dicom_uid)
Index("ix_series_study", series.c.study_uid, series.c.modality)

instance = Table(
    "instance",
    metadata,
    Column("sop_uid", Text, primary_key=True),
    Column("series_uid", Text, ForeignKey("series.series_uid"), nullable=False),
    Column("study_uid", Text, nullable=False),
    text_column("sop_class_uid"),
    text_column("transfer_syntax_uid"),
    Column("sha256", Text, nullable=False),
    Column("size_bytes", Integer, nullable=False),
    Column("number", Integer),
    Column("frames", Integer, nullable=False, server_default="1"),
    Column("rows", Integer),
    Column("columns", Integer),
    Column("position_mm", Json),
    Column("orientation", Json),
    text_column("dicom_uid"),
)
Index("ix_instance_dicom_uid", instance.c.dicom_uid)
Index("ix_instance_series", instance.c.series_uid)
Index("ix_instance_sha256", instance.c.sha256)

#: what the header of an object says; `form` is the number of the documents' form
object_facts = Table(
    "object_facts", metadata,
    Column("sop_uid", Text, ForeignKey("instance.sop_uid"), primary_key=True),
    Column("form", Integer, nullable=False),
    Column("facts", LargeBinary, nullable=False), Column("source", LargeBinary, nullable=False),
)  # fmt: skip

flow = Table(
    "flow", metadata,
    Column("study_uid", Text, ForeignKey("study.study_uid"), primary_key=True),
    Column("step", Text, primary_key=True),
    Column("state", Text, nullable=False), text_column("person"), Column("at", UtcDateTime),
)  # fmt: skip

notice = Table(
    "notice", metadata,
    Column("notice_id", Integer, primary_key=True),
    Column("import_id", Text, nullable=False), Column("at", UtcDateTime, nullable=False),
    text_column("reason"), text_column("template"),
    Column("params", Json, nullable=False), text_column("path"),
)  # fmt: skip
Index("ix_notice_import", notice.c.import_id)

person = Table(
    "person",
    metadata,
    Column("person_id", Text, primary_key=True),
    Column("login", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("roles", Json, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("secret_hash", Text, nullable=False),
    Column("signing_public", LargeBinary),
    Column("signing_private", LargeBinary),
    Column("password_given", Boolean, nullable=False, server_default="0"),
)

#: whose signing key a public key is (`app.people.authority`); `der` is an X.509 certificate
certificate = Table(
    "certificate",
    metadata,
    Column("fingerprint", Text, primary_key=True),
    Column("person_id", Text, nullable=False),
    Column("issued_at", UtcDateTime, nullable=False),
    Column("der", LargeBinary, nullable=False),
    Column("revoked_at", UtcDateTime),
)
Index("ix_certificate_person", certificate.c.person_id)

login_failure = Table(
    "login_failure", metadata,
    Column("login", Text, primary_key=True),
    Column("failures", Integer, nullable=False), Column("last_at", UtcDateTime, nullable=False),
)  # fmt: skip

annotation_layer = Table(
    "annotation_layer", metadata,
    Column("layer_id", Integer, primary_key=True),
    Column("study_uid", Text, nullable=False), Column("saved_at", UtcDateTime, nullable=False),
    text_column("author"),
    Column("measurements", Text, nullable=False), Column("key_images", Text, nullable=False),
)  # fmt: skip
Index("ix_annotation_layer_study", annotation_layer.c.study_uid, annotation_layer.c.layer_id)

report = Table(
    "report", metadata,
    Column("report_id", Text, primary_key=True),
    Column("study_uid", Text, nullable=False), Column("state", Text, nullable=False),
    Column("version", Integer, nullable=False), Column("revision", Integer, nullable=False),
    Column("saved_at", UtcDateTime, nullable=False), Column("document", Text, nullable=False),
)  # fmt: skip
Index("ix_report_study", report.c.study_uid, report.c.state)

report_draft = Table(
    "report_draft", metadata,
    Column("report_id", Text, primary_key=True), Column("revision", Integer, primary_key=True),
    Column("saved_at", UtcDateTime, nullable=False), Column("document", Text, nullable=False),
)  # fmt: skip

report_frozen = Table(
    "report_frozen",
    metadata,
    Column("report_id", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("state", Text, primary_key=True),
    Column("frozen_at", UtcDateTime, nullable=False),
    Column("document", Text, nullable=False),
    Column("signatures", Text, nullable=False),
)

#: the bytes that signatures cover; without bytes where those of an earlier version could not be rebuilt
signed_content = Table(
    "signed_content",
    metadata,
    Column("digest_sha256", Text, primary_key=True),
    Column("report_id", Text, nullable=False),
    Column("form", Text, nullable=False),
    Column("content", LargeBinary),
    text_column("not_rebuilt"),
)

result = Table(
    "result",
    metadata,
    Column("result_id", Text, primary_key=True),
    Column("study_uid", Text, nullable=False),
    Column("source_series_uid", Text, nullable=False),
    Column("series_uid", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("review", Text, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("document", Text, nullable=False),
)
Index("ix_result_study", result.c.study_uid)

#: objects that rows other than `instance` name: pictures of key images, objects of results
object_use = Table(
    "object_use", metadata,
    Column("sha256", Text, primary_key=True), Column("owner", Text, primary_key=True),
)  # fmt: skip

audit = Table(
    "audit",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("at", Text, nullable=False),
    Column("person_id", Text, nullable=False),
    Column("person_name", Text, nullable=False),
    Column("roles", Text, nullable=False),
    Column("station", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("details", Text, nullable=False),
    Column("prev_hash", Text, nullable=False),
    Column("hash", Text, nullable=False),
    # HMAC with a key that is not in the database (`app.storage.audit_head`); empty in those of earlier
    # versions
    text_column("seal"),
)
Index("ix_audit_subject", audit.c.subject, audit.c.seq)

setting = Table(
    "setting",
    metadata,
    Column("theme", Text, primary_key=True),
    Column("document", Json, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
)
