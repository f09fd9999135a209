"""How the worklist words what it shows of a study: heads, cells, tooltips, tones."""

from __future__ import annotations

from datetime import UTC, datetime

from app.archive.study_acts import DeleteReason
from app.domain.report import ReportState
from app.domain.study import FlowState, FlowStep, StudyRow
from app.domain.worklist import Narrowing, Stage, Urgency, WorklistColumn
from app.i18n import tr
from app.session.patient_text import age_text, short_sex_text
from widgets.elements import ChipTone
from widgets.flow_steps import flow_states, step_name
from widgets.shell.banner import exam_text

#: the longest text of a cell; names and descriptions come from files and may have any length
_LONGEST = 300


def column_title(column: WorklistColumn) -> str:
    """The head of a column, and its name where columns are chosen."""
    return {
        WorklistColumn.PATIENT: tr("Patient"),
        WorklistColumn.SEX_AGE: tr("Sex, age"),
        WorklistColumn.PATIENT_ID: tr("Patient ID"),
        WorklistColumn.ACCESSION: tr("Accession"),
        WorklistColumn.EXAM: tr("Examination"),
        WorklistColumn.MODALITY: tr("Modality"),
        WorklistColumn.BODY_PART: tr("Body part"),
        WorklistColumn.TIME: tr("Time"),
        WorklistColumn.URGENCY: tr("Urgency"),
        WorklistColumn.IMAGES: tr("Images"),
        WorklistColumn.PRIORS: tr("Priors"),
        WorklistColumn.REFERRING: tr("Referring"),
        WorklistColumn.READER: tr("Read by"),
        WorklistColumn.FLOW: tr("Flow"),
        WorklistColumn.STATE: tr("State"),
    }[column]


def column_tip(column: WorklistColumn) -> str:
    """What a head's word leaves open."""
    return {
        WorklistColumn.PRIORS: tr("Other studies of the patient"),
        WorklistColumn.FLOW: " · ".join(step_name(step) for step in FlowStep),
        WorklistColumn.READER: tr("Who is to read the study, or began its report"),
    }.get(column, "")


def stage_title(stage: Stage) -> str:
    """A stage's word on its chip."""
    return {
        Stage.ALL: tr("All"),
        Stage.TO_READ: tr("To read"),
        Stage.TO_REVIEW: tr("To review"),
        Stage.DONE: tr("Finished"),
        Stage.DELETED: tr("Deleted"),
    }[stage]


def narrowing_title(narrowing: Narrowing) -> str:
    """The word on the chip."""
    return {
        Narrowing.TODAY: tr("Today"),
        Narrowing.MINE: tr("Mine"),
        Narrowing.URGENT: tr("Urgent"),
        Narrowing.OVERDUE: tr("Overdue"),
    }[narrowing]


def urgency_title(urgency: Urgency) -> str:
    """A degree of urgency in words."""
    return {Urgency.ROUTINE: tr("Routine"), Urgency.URGENT: tr("Urgent"), Urgency.STAT: tr("Emergency")}[
        urgency
    ]


def urgency_chip(row: StudyRow) -> tuple[str, ChipTone]:
    """(word, tone) of a study's urgency; none for a routine one in time, so that the others stand out."""
    words = [urgency_title(row.urgency)] if row.urgency is not Urgency.ROUTINE else []
    if row.is_overdue:
        words.append(tr("Overdue"))
    presses = row.urgency is Urgency.STAT and row.report_state != ReportState.FINAL
    return " · ".join(words), "danger" if row.is_overdue or presses else "neutral"


def reason_title(kind: DeleteReason) -> str:
    """Why a study is deleted."""
    return {
        DeleteReason.DUPLICATE: tr("It is here twice"),
        DeleteReason.WRONG_PATIENT: tr("It is of another patient"),
        DeleteReason.TEST: tr("It is a test"),
        DeleteReason.OTHER: tr("Other reason"),
    }[kind]


def reason_text(stored: str) -> str:
    """The kind of reason and the words that were kept with a deletion."""
    kind, _, words = stored.partition("\n")
    title = reason_title(DeleteReason(kind)) if kind in set(DeleteReason) else kind
    return " · ".join(x for x in (title, words) if x)


def state_chip(row: StudyRow) -> tuple[str, ChipTone]:
    """(word, tone) of where the report is."""
    if row.deleted_at is not None:
        return tr("Deleted"), "danger"
    writer = next((line.person for line in row.flow if line.step == "report"), "")
    states: dict[str, tuple[str, ChipTone]] = {
        "": (tr("To read"), "neutral"),
        ReportState.DRAFT: (" · ".join(x for x in (tr("Being written"), writer) if x), "accent"),
        ReportState.SIGNED: (tr("To review"), "accent"),
        ReportState.RETURNED: (tr("Returned"), "amber"),
        ReportState.FINAL: (tr("Approved"), "done"),
        ReportState.SUPERSEDED: (tr("Corrected"), "done"),
    }
    return states.get(row.report_state, (row.report_state, "neutral"))


def clock_text(at: datetime | None) -> str:
    """Day and clock time; today the clock alone."""
    if at is None:
        return "–"
    now = datetime.now(at.tzinfo) if at.tzinfo else datetime.now(UTC).astimezone().replace(tzinfo=None)
    days = (now.date() - at.date()).days
    if days == 0:
        return f"{at:%H:%M}"
    return tr("yesterday {time}", time=f"{at:%H:%M}") if days == 1 else f"{at:%Y-%m-%d %H:%M}"


def cell_text(row: StudyRow, column: WorklistColumn) -> str:
    """What a cell says."""
    return _whole(row, column)[:_LONGEST]


def _whole(row: StudyRow, column: WorklistColumn) -> str:
    study = row.study
    match column:
        case WorklistColumn.PATIENT:
            return study.patient.display_name or tr("Name not given")
        case WorklistColumn.SEX_AGE:
            return " ".join(x for x in (short_sex_text(study.patient.sex), age_text(study.age)) if x)
        case WorklistColumn.PATIENT_ID:
            return study.patient.patient_id or "–"
        case WorklistColumn.ACCESSION:
            return study.accession_number or "–"
        case WorklistColumn.EXAM:
            return exam_text(study)
        case WorklistColumn.MODALITY:
            return " ".join(study.pictured)
        case WorklistColumn.BODY_PART:
            return study.body_part or "–"
        case WorklistColumn.TIME:
            return clock_text(study.started_at)
        case WorklistColumn.URGENCY:
            return urgency_chip(row)[0] or urgency_title(row.urgency)
        case WorklistColumn.IMAGES:
            return f"{study.n_instances:,}"
        case WorklistColumn.PRIORS:
            return str(row.n_priors) if row.n_priors else "–"
        case WorklistColumn.REFERRING:
            return " ".join(study.referring_physician.replace("^", " ").replace("=", " ").split()) or "–"
        case WorklistColumn.READER:
            return row.reader_name or "–"
        case WorklistColumn.FLOW:
            return ""
        case WorklistColumn.STATE:
            return state_chip(row)[0]


def cell_tip(row: StudyRow, column: WorklistColumn) -> str:
    """What a cell says in full."""
    if column is WorklistColumn.FLOW:
        words = {FlowState.DONE: tr("done"), FlowState.ACTIVE: tr("in work"), FlowState.OPEN: tr("open")}
        return "\n".join(
            f"{step_name(step)}: {words[state]}" for step, state in flow_states(row.flow).items()
        )
    if column is WorklistColumn.TIME and row.study.started_at:
        return f"{row.study.started_at:%Y-%m-%d %H:%M:%S}"
    if column is WorklistColumn.STATE and row.deleted_at is not None:
        when = f"{row.deleted_at.astimezone():%Y-%m-%d %H:%M}"
        return tr(
            "Deleted by {person}, {when}: {reason}",
            person=row.deleted_by,
            when=when,
            reason=reason_text(row.delete_reason),
        )
    return cell_text(row, column)
