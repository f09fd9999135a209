"""Form `yingshu-report-2`: what is signed now.

Its content names the number of the report document's schema, and it lists the members of each number.
**Members that a domain type gains are added here, as the members of the schema's next number**
(docs/decisions/signed-form.md); those of earlier numbers stay, for reports were signed with them.
"""

from __future__ import annotations

from collections.abc import Mapping

from app.domain.signed_forms import form_1
from app.domain.signed_forms.form import Members, SignedForm

_SCHEMA_2: Members = {**form_1.MEMBERS, "window": {**form_1.MEMBERS["window"], "function": ""}}

_IN_SERIES = {"study_uid": "", "series_uid": "", "frame_of_reference_uid": "", "kind": ""}

_SCHEMA_3: Members = {
    **{name: members for name, members in _SCHEMA_2.items() if name != "anchor"},
    "measurement": {**_SCHEMA_2["measurement"], "anchor": "anchor/kind"},
    "key image": {**_SCHEMA_2["key image"], "anchor": "anchor/kind"},
    "anchor/frame": {**_IN_SERIES, "sop_uid": "", "sop_class_uid": "", "frame": "", "number": ""},
    "anchor/plane": {
        **_IN_SERIES,
        "origin_mm": "",
        "right": "",
        "down": "",
        "further": "",
        "nearest": "anchor/kind",
    },
    "anchor/grid": {**_IN_SERIES, "axis": "", "index": ""},
}

_SCHEMA_6: Members = {
    **_SCHEMA_3,
    "report": {**_SCHEMA_3["report"], "parent": "parent"},
    "parent": {
        "relation": "",
        "report_id": "",
        "version": "",
        "set_id": "",
        "digest_sha256": "",
        "reviewed_at": "",
        "reason": "",
    },
}

#: by number of the report document's schema; those of schema 1 were signed in form 1.  Schemas 4 and 5
#: have other kinds of shapes and no other members.
MEMBERS: Mapping[int, Members] = {2: _SCHEMA_2, 3: _SCHEMA_3, 4: _SCHEMA_3, 5: _SCHEMA_3, 6: _SCHEMA_6}

FORM_2 = SignedForm("yingshu-report-2", MEMBERS)
