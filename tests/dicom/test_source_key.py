"""Results of volumes that come from one object have UIDs of their own."""

from __future__ import annotations

import pytest

from app.dicom.write.derived_series import derived_series_uid, source_key
from app.dicom.write.segmentation_object import segmentation_series_uid
from app.domain.coding import Code
from app.domain.provenance import Algorithm

METHOD = Algorithm("labels", "Labels", "1.0", Code("123110", "DCM", "Artificial Intelligence"))


@pytest.mark.parametrize(
    ("uids", "frames", "key"),
    [
        (["1.3", "1.2", ""], (), ["1.2", "1.3"]),
        (["1.2", "1.2", "1.2"], (1, 2, 3), ["1.2"] * 3),
        (["1.2", "", "1.2"], (2, 0, 1), ["1.2"] * 2),
        (["1.2", "1.2"], (3, 4), ["1.2", "1.2", "1.2 3", "1.2 4"]),
        (["1.3", "1.2"], (1, 2), ["1.2", "1.3", "1.2 2", "1.3 1"]),
    ],
)
def test_frames_name_a_source_where_its_object_does_not(
    uids: list[str], frames: tuple[int, ...], key: list[str]
) -> None:
    """Results of whole objects keep the UIDs that they always had."""
    assert source_key(uids, frames) == key


def test_two_volumes_of_one_object_have_results_of_their_own() -> None:
    halves = [(1, 2, 3), (4, 5, 6)]
    images = {derived_series_uid(["1.2"] * 3, METHOD, frames) for frames in halves}
    labels = {segmentation_series_uid(["1.2"] * 3, METHOD.key(), frames) for frames in halves}
    assert (len(images), len(labels)) == (2, 2)
    assert derived_series_uid(["1.2"] * 3, METHOD, halves[0]) == derived_series_uid(["1.2"] * 3, METHOD)
