"""How long the injected activity had decayed at the moment that the images' decay was corrected to.

Which moment that is: Series Time, unless it cannot be; then what the maker or the frames tell (QIBA FDG-PET
profile, vendor-neutral SUV code).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta, timezone

from app.dicom.read.nuclides import DAY_S, HOUR_S
from app.dicom.read.suv_facts import Injection, PetImage, SuvInputs
from app.domain.display_set import TranslatableText

#: more of them between injection and scan are implausible
HALF_LIVES = 6.0
#: fewer may span midnight where only the time of day of the injection is known
HALF_LIVES_OVER_MIDNIGHT = 4.0
#: with a longer half-life the day of the injection must be given
LONG_LIVED_S = 6 * HOUR_S
#: a dynamic scan may begin before its injection
LEAD_S = 600.0
#: moments reckoned from several images must agree
AGREEMENT_S = 5.0
#: share by which the dose may differ between two times of the injection
SAME_DOSE = 0.01

NO_SCAN_TIME = "No SUV: neither Series Time nor Acquisition Time tells when the scan began."
NO_INJECTION_TIME = "No SUV: the time of the injection is missing or cannot be read."
OFFSET_UNKNOWN = (
    "No SUV: the injection is given in UTC ({found}), and Timezone Offset From UTC is missing: "
    "the time between injection and scan is not known."
)
DAY_UNKNOWN = (
    "No SUV: only the time of day of the injection is given; with a half-life of {hours} h its day must be "
    "known."
)
BEFORE_INJECTION = (
    "No SUV: the scan time ({scan}) lies before the injection ({injected}), "
    "and nothing else tells to which moment the decay was corrected."
)
TOO_LONG = (
    "No SUV: {hours} h lie between injection ({injected}) and scan ({scan}), more than {limit} half-lives."
)
USED_GE = "Series Time does not fit: the decay was counted to the maker's scan time {moment} (GE, 0009,100D)."
USED_FRAMES = (
    "Series Time does not fit: the decay was counted to {moment}, reckoned from Frame Reference Time."
)
USED_ACQUISITION = "Series Time does not fit: the decay was counted to the first Acquisition Time {moment}."
OFFSET_ASSUMED = (
    "Timezone Offset From UTC is missing: the time of the injection ({found}) was taken for local time."
)
DATE_IGNORED = (
    "The date of the injection ({found}) does not fit the scan: its time of day {clock} on the day of the "
    "scan was used."
)
TIMES_DIFFER = "Two times of the injection are given, {clock} and {found}; only the latter fits the scan."
TIMES_CONFLICT = "No SUV: two times of the injection are given, {clock} and {found}; either could be right."


@dataclass(frozen=True, slots=True)
class Decay:
    """Seconds from injection to the moment of decay correction; 0 where the decay was corrected to the
    injection.

    `refused` says why there is no such time, `noted` what was made of the times.
    """

    seconds: float = 0.0
    injected_at: datetime | None = None
    reference_at: datetime | None = None
    refused: tuple[TranslatableText, ...] = ()
    noted: tuple[TranslatableText, ...] = ()


@dataclass(frozen=True, slots=True)
class _Reference:
    """A moment that the decay may have been corrected to."""

    at: datetime
    noted: tuple[TranslatableText, ...] = ()


@dataclass(frozen=True, slots=True)
class _Injected:
    """A reading of the injection's time: a moment, or a time of day."""

    moment: datetime | None = None
    clock: time | None = None
    noted: tuple[TranslatableText, ...] = ()

    def before(self, reference: datetime, half_life_s: float, lead_s: float) -> datetime:
        """The moment of the injection, for a time of day the one nearest before the reference."""
        if self.moment is not None:
            return self.moment
        assert self.clock is not None
        same_day = datetime.combine(reference.date(), self.clock)
        the_day_before = same_day - timedelta(days=1)
        over_midnight = (reference - the_day_before).total_seconds()
        late = (same_day - reference).total_seconds() > lead_s
        return (
            the_day_before if late and over_midnight <= HALF_LIVES_OVER_MIDNIGHT * half_life_s else same_day
        )


def decay_time(inputs: SuvInputs, injection: Injection, half_life_s: float) -> Decay:
    """The time that the dose decayed before the moment of decay correction, or why it is not known."""
    if inputs.decay_correction == "ADMIN":
        return Decay()
    references = _references(inputs, half_life_s)
    if not references:
        return Decay(refused=((NO_SCAN_TIME, {}),))
    readings = _readings(injection, inputs.utc_offset, half_life_s)
    if not readings:
        return Decay(refused=(_unknown(injection, half_life_s),))
    lead_s = LEAD_S if inputs.dynamic else 0.0
    for reading in readings:
        for reference in references:
            injected = reading.before(reference.at, half_life_s, lead_s)
            seconds = (reference.at - injected).total_seconds()
            if -lead_s <= seconds <= HALF_LIVES * half_life_s:
                noted = (*reference.noted, *reading.noted)
                return _checked(Decay(seconds, injected, reference.at, noted=noted), injection, half_life_s)
    injected = readings[0].before(references[0].at, half_life_s, lead_s)
    return Decay(refused=(_misfit(injected, references[0].at),))


def _checked(decay: Decay, injection: Injection, half_life_s: float) -> Decay:
    """Held against the time of day of the injection where that is given too and says something else."""
    scan, injected = decay.reference_at, decay.injected_at
    if injection.clock is None or scan is None or injected is None or half_life_s >= LONG_LIVED_S:
        return decay
    other = _Injected(clock=injection.clock).before(scan, half_life_s, 0.0)
    apart = (other - injected).total_seconds() % DAY_S
    apart = min(apart, DAY_S - apart)
    if math.log(2.0) * apart / half_life_s <= SAME_DOSE:
        return decay
    told = {"clock": f"{injection.clock:%H:%M:%S}", "found": f"{injected:%Y-%m-%d %H:%M:%S}"}
    if 0.0 <= (scan - other).total_seconds() <= HALF_LIVES * half_life_s:
        return replace(decay, refused=((TIMES_CONFLICT, told),))
    return replace(decay, noted=(*decay.noted, (TIMES_DIFFER, told)))


def _misfit(injected: datetime, scan: datetime) -> TranslatableText:
    told = {"injected": f"{injected:%Y-%m-%d %H:%M:%S}", "scan": f"{scan:%Y-%m-%d %H:%M:%S}"}
    if scan < injected:
        return BEFORE_INJECTION, told
    hours = (scan - injected).total_seconds() / HOUR_S
    return TOO_LONG, {**told, "hours": f"{hours:.1f}", "limit": f"{HALF_LIVES:g}"}


def _unknown(injection: Injection, half_life_s: float) -> TranslatableText:
    if injection.clock is not None:
        return DAY_UNKNOWN, {"hours": f"{half_life_s / HOUR_S:.1f}"}
    if injection.moment is not None:
        return OFFSET_UNKNOWN, {"found": injection.moment.isoformat(" ", "seconds")}
    return NO_INJECTION_TIME, {}


def _references(inputs: SuvInputs, half_life_s: float) -> list[_Reference]:
    """Moments that the decay may have been corrected to, the likeliest first; the one that is told.

    Series Time counts where no image was acquired before it: a series that was made later has a later one.
    """
    if inputs.decay_corrected_at is not None:
        return [_Reference(inputs.decay_corrected_at)]
    first = min((image.acquired_at for image in inputs.images if image.acquired_at), default=None)
    series = inputs.series_at
    found = [_Reference(series)] if series is not None and (first is None or series <= first) else []
    if inputs.ge_scan_at is not None:
        found.append(_told_of(USED_GE, inputs.ge_scan_at))
    reckoned = _reckoned(inputs.images, half_life_s)
    if reckoned is not None and first is not None and reckoned <= first + timedelta(seconds=1):
        found.append(_told_of(USED_FRAMES, reckoned))
    if first is not None and (series is None or series > first):
        found.append(_told_of(USED_ACQUISITION, first))
    return found


def _told_of(template: str, at: datetime) -> _Reference:
    return _Reference(at, ((template, {"moment": f"{at:%Y-%m-%d %H:%M:%S}"}),))


def _reckoned(images: tuple[PetImage, ...], half_life_s: float) -> datetime | None:
    """The moment that Frame Reference Time counts from, where all images that have one agree on it.

    Frame Reference Time is when the mean count rate occurred, which is before the middle of the frame; some
    scanners write something else, and then the images disagree.
    """
    decay = math.log(2.0) / half_life_s
    found = []
    for image in images:
        if (
            image.acquired_at
            and image.reference_s
            and image.duration_s
            and image.duration_s > 0 < image.reference_s
        ):
            during = decay * image.duration_s
            mean_s = math.log(during / -math.expm1(-during)) / decay
            found.append(image.acquired_at + timedelta(seconds=mean_s - image.reference_s))
    if not found or (max(found) - min(found)).total_seconds() > AGREEMENT_S:
        return None
    return min(found)


def _readings(injection: Injection, offset: timedelta | None, half_life_s: float) -> list[_Injected]:
    """What the time of the injection may mean, the likeliest first."""
    local, noted = _local(injection, offset)
    found = []
    if local is not None:
        found.append(_Injected(local, noted=noted))
    if half_life_s >= LONG_LIVED_S:
        return found
    if local is None and injection.clock is not None:
        return [_Injected(clock=injection.clock)]
    if local is not None:
        clock = injection.clock or local.time()
        told = {"found": f"{local:%Y-%m-%d}", "clock": f"{clock:%H:%M:%S}"}
        found.append(_Injected(clock=clock, noted=((DATE_IGNORED, told),)))
    return found


def _local(
    injection: Injection, offset: timedelta | None
) -> tuple[datetime | None, tuple[TranslatableText, ...]]:
    """The start date and time on the scanner's clock; None where it cannot be brought onto it."""
    moment = injection.moment
    if moment is None or moment.tzinfo is None:
        return moment, ()
    if offset is not None:
        return moment.astimezone(timezone(offset)).replace(tzinfo=None), ()
    if injection.clock is not None or not moment.utcoffset():
        return None, ()
    told = (OFFSET_ASSUMED, {"found": moment.isoformat(" ", "seconds")})
    return moment.replace(tzinfo=None), (told,)
