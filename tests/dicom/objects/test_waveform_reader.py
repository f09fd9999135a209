"""Waveforms, against pydicom's own arrays."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pydicom
import pytest

from app.dicom.read.objects.waveform import read_waveform
from app.errors import BadInput
from app.processes.pool import Pool
from tests.dicom.objects.made_objects import base, coded, item
from tests.support.real_data import real_data


def ecg(path: Path, *, interpretation: str = "SS", frequency: str | None = "500") -> Path:
    """Two leads of 5 samples; the last of the second was not recorded."""
    ds = base("1.2.840.10008.5.1.4.1.1.9.1.1", "1.2.3.8", "ECG")
    leads = [
        item(
            ChannelSourceSequence=[coded(f"2:{n}", "MDC", f"Lead {n}")],
            ChannelSensitivity="2.5", ChannelSensitivityCorrectionFactor="1", ChannelBaseline=str(10 * n),
            ChannelSensitivityUnitsSequence=[coded("uV", "UCUM", "microvolt")], WaveformBitsStored=16,
        )
        for n in (1, 2)
    ]  # fmt: skip
    stored = np.array([[0, 1], [2, 3], [-4, 5], [6, 7], [8, -32768]], "<i2")
    group = item(
        MultiplexGroupLabel="RHYTHM", NumberOfWaveformChannels=2, NumberOfWaveformSamples=5,
        ChannelDefinitionSequence=leads, WaveformBitsAllocated=16,
        WaveformSampleInterpretation=interpretation,
    )  # fmt: skip
    group.add_new(0x5400100A, "OW", np.array([-32768], "<i2").tobytes())
    group.add_new(0x54001010, "OW", stored.tobytes())
    if frequency is not None:
        group.SamplingFrequency = frequency
    ds.WaveformSequence = [group]
    ds.WaveformAnnotationSequence = [item(UnformattedTextValue="窦性心律")]
    ds.save_as(path, enforce_file_format=True)
    return path


def test_physical_values_of_each_lead(parsers: Pool, tmp_path: Path) -> None:
    """Sensitivity and baseline are applied; what was not recorded is no number."""
    found = parsers.call(read_waveform, ecg(tmp_path / "ecg.dcm"), "ecg", about="ecg")
    (group,) = found.groups
    one, two = group.channels
    assert found.notes == ("窦性心律",)
    assert (group.label, group.frequency_hz, group.duration_s) == ("RHYTHM", 500.0, 0.01)
    assert (one.name, one.unit, one.values.tolist()) == ("Lead 1", "uV", [10.0, 15.0, 0.0, 25.0, 30.0])
    assert two.values[:4].tolist() == [22.5, 27.5, 32.5, 37.5]
    assert np.isnan(two.values[4])


def test_what_cannot_be_drawn_is_refused_by_reason(tmp_path: Path) -> None:
    """Without a frequency there is no time; sound in mu-law is not read."""
    with pytest.raises(BadInput, match="how often"):
        read_waveform(ecg(tmp_path / "a.dcm", frequency=None), "ecg")
    with pytest.raises(BadInput, match="MB"):
        read_waveform(ecg(tmp_path / "b.dcm", interpretation="MB"), "ecg")


@pytest.mark.real_data
@pytest.mark.parametrize("name", ["pydicom/waveform_ecg.dcm", "dicomParser/wave_dfl"])
def test_real_waveforms_as_pydicom_reads_them(name: str) -> None:
    """Every sample of every channel of every group."""
    path = real_data("dicom_kinds") / name
    found, ds = read_waveform(path, name), pydicom.dcmread(path)
    assert len(found.groups) == len(ds.WaveformSequence)
    for n, group in enumerate(found.groups):
        truth = ds.waveform_array(n)
        mine = np.stack([channel.values for channel in group.channels], axis=1)
        assert mine.shape == truth.shape
        assert np.allclose(mine, truth, rtol=1e-5, equal_nan=True)
        assert group.frequency_hz == float(ds.WaveformSequence[n].SamplingFrequency)
