"""The tables as queries see them.  `migrations/` builds them; a test holds the two together."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Float, ForeignKey, Index, Integer, LargeBinary, MetaData, Table, Text

from app.storage.column_types import Day, Json, LocalMoment, Moment

metadata = MetaData()


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False, server_default="")


study = Table(
    "study", metadata,
    Column("study_uid", Text, primary_key=True),
    _text("patient_id"), _text("patient_issuer"), _text("patient_name"), Column("birth_date", Day), _text("sex"), _text("patient_age"),
    _text("study_id"), _text("accession_number"), _text("description"), Column("started_at", LocalMoment),
    _text("modalities"), _text("body_part"), _text("institution"), _text("referring_physician"),
    Column("n_series", Integer, nullable=False, server_default="0"),
    Column("n_instances", Integer, nullable=False, server_default="0"),
    Column("size_bytes", Integer, nullable=False, server_default="0"),
    Column("imported_at", Moment, nullable=False),
    _text("search_text"),
)  # fmt: skip
# the browser walks the first index and never touches the table for a row that does not match
Index("ix_study_browse", study.c.started_at, study.c.search_text)
Index("ix_study_patient", study.c.patient_id, study.c.patient_issuer)

series = Table(
    "series", metadata,
    Column("series_uid", Text, primary_key=True),
    Column("study_uid", Text, ForeignKey("study.study_uid"), nullable=False),
    _text("modality"), Column("number", Integer), _text("description"), _text("body_part"), _text("protocol"), _text("manufacturer"),
    _text("frame_of_reference_uid"), Column("slice_thickness_mm", Float),
    Column("n_instances", Integer, nullable=False, server_default="0"),
    Column("size_bytes", Integer, nullable=False, server_default="0"),
    Column("derived", Boolean, nullable=False, server_default="0"),
    Column("thumbnail_sha256", Text),
)  # fmt: skip
Index("ix_series_study", series.c.study_uid, series.c.modality)

instance = Table(
    "instance", metadata,
    Column("sop_uid", Text, primary_key=True),
    Column("series_uid", Text, ForeignKey("series.series_uid"), nullable=False),
    Column("study_uid", Text, nullable=False),
    _text("sop_class_uid"), _text("transfer_syntax_uid"),
    Column("sha256", Text, nullable=False), Column("size_bytes", Integer, nullable=False),
    Column("number", Integer), Column("frames", Integer, nullable=False, server_default="1"),
    Column("rows", Integer), Column("columns", Integer), Column("position_mm", Json), Column("orientation", Json),
)  # fmt: skip
Index("ix_instance_series", instance.c.series_uid)
Index("ix_instance_sha256", instance.c.sha256)

flow = Table(
    "flow", metadata,
    Column("study_uid", Text, ForeignKey("study.study_uid"), primary_key=True),
    Column("step", Text, primary_key=True),
    Column("state", Text, nullable=False), _text("person"), Column("at", Moment),
)  # fmt: skip

notice = Table(
    "notice", metadata,
    Column("notice_id", Integer, primary_key=True),
    Column("import_id", Text, nullable=False), Column("at", Moment, nullable=False),
    _text("reason"), _text("template"), Column("params", Json, nullable=False), _text("path"),
)  # fmt: skip
Index("ix_notice_import", notice.c.import_id)

person = Table(
    "person", metadata,
    Column("person_id", Text, primary_key=True),
    Column("login", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False), Column("roles", Json, nullable=False), Column("active", Boolean, nullable=False),
    Column("secret_hash", Text, nullable=False),
    Column("signing_public", LargeBinary), Column("signing_private", LargeBinary),
)  # fmt: skip

login_failure = Table(
    "login_failure", metadata,
    Column("login", Text, primary_key=True),
    Column("failures", Integer, nullable=False), Column("last_at", Moment, nullable=False),
)  # fmt: skip

annotation_layer = Table(
    "annotation_layer", metadata,
    Column("layer_id", Integer, primary_key=True),
    Column("study_uid", Text, nullable=False), Column("saved_at", Moment, nullable=False), _text("author"),
    Column("measurements", Text, nullable=False), Column("key_images", Text, nullable=False),
)  # fmt: skip
Index("ix_annotation_layer_study", annotation_layer.c.study_uid, annotation_layer.c.layer_id)

report = Table(
    "report", metadata,
    Column("report_id", Text, primary_key=True),
    Column("study_uid", Text, nullable=False), Column("state", Text, nullable=False),
    Column("version", Integer, nullable=False), Column("revision", Integer, nullable=False),
    Column("saved_at", Moment, nullable=False), Column("document", Text, nullable=False),
)  # fmt: skip
Index("ix_report_study", report.c.study_uid, report.c.state)

report_draft = Table(
    "report_draft", metadata,
    Column("report_id", Text, primary_key=True), Column("revision", Integer, primary_key=True),
    Column("saved_at", Moment, nullable=False), Column("document", Text, nullable=False),
)  # fmt: skip

report_frozen = Table(
    "report_frozen", metadata,
    Column("report_id", Text, primary_key=True), Column("version", Integer, primary_key=True), Column("state", Text, primary_key=True),
    Column("frozen_at", Moment, nullable=False), Column("document", Text, nullable=False), Column("signatures", Text, nullable=False),
)  # fmt: skip

result = Table(
    "result", metadata,
    Column("result_id", Text, primary_key=True),
    Column("study_uid", Text, nullable=False), Column("source_series_uid", Text, nullable=False),
    Column("series_uid", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False), Column("review", Text, nullable=False), Column("made_at", Moment, nullable=False),
    Column("document", Text, nullable=False),
)  # fmt: skip
Index("ix_result_study", result.c.study_uid)

#: objects that rows other than `instance` name: pictures of key images, objects of results
object_use = Table(
    "object_use", metadata,
    Column("sha256", Text, primary_key=True), Column("owner", Text, primary_key=True),
)  # fmt: skip

outbox = Table(
    "outbox", metadata,
    Column("position", Integer, primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    Column("study_uid", Text, nullable=False), Column("kind", Text, nullable=False), Column("document", Json, nullable=False),
    Column("queued_at", Moment, nullable=False),
    Column("tries", Integer, nullable=False, server_default="0"), _text("last_error"), Column("last_try_at", Moment),
    Column("given_up", Boolean, nullable=False, server_default="0"),
    _text("identifier"), _text("state"), Column("sent_at", Moment),
)  # fmt: skip

directory_link = Table(
    "directory_link", metadata,
    Column("identifier", Text, primary_key=True),
    Column("study_uid", Text, nullable=False), Column("record_version", Integer, nullable=False), _text("state"),
    Column("linked_at", Moment, nullable=False),
)  # fmt: skip
Index("ix_directory_link_study", directory_link.c.study_uid)

audit = Table(
    "audit", metadata,
    Column("seq", Integer, primary_key=True),
    Column("at", Text, nullable=False),
    Column("person_id", Text, nullable=False), Column("person_name", Text, nullable=False), Column("roles", Text, nullable=False),
    Column("station", Text, nullable=False),
    Column("action", Text, nullable=False), Column("subject", Text, nullable=False), Column("outcome", Text, nullable=False),
    Column("details", Text, nullable=False),
    Column("prev_hash", Text, nullable=False), Column("hash", Text, nullable=False),
)  # fmt: skip

setting = Table(
    "setting", metadata,
    Column("theme", Text, primary_key=True), Column("document", Json, nullable=False), Column("changed_at", Moment, nullable=False),
)  # fmt: skip
