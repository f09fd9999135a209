"""Giving reports out: the printed page, and the files of every form."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from app.domain.letterhead import Letterhead
from app.domain.person import Actor
from app.domain.report import Report, ReportState
from app.errors import Cancelled, Refused
from app.exporters import ReportContent, ReportExporters
from app.jobs import Progress, never_cancelled, no_progress
from app.jobs.runner import Cancelling
from app.people.rights import EXPORT, READ, require
from app.reporting.canonical import printed_digest
from app.reporting.file_names import export_stem
from app.reporting.report_header import sources_of
from app.reporting.settings import ReportSettings
from app.reporting.stored_reports import StoredReports, require_unchanged, state_title
from app.storage.files import require_absent, told_for, written_together


@dataclass(frozen=True, slots=True)
class ExportedReport:
    """Files of one report by the ids of their exporters, as far as it has anything for them."""

    files: Mapping[str, Path]

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files."""
        return tuple(self.files.values())


class ReportOutput:
    """Makes the page and the files of a report that holds; any other is refused."""

    def __init__(self, stored: StoredReports, exporters: ReportExporters) -> None:
        self._stored = stored
        self._exporters = exporters

    def pdf(self, actor: Actor, report: Report) -> bytes:
        """The printed report; a draft carries a watermark, and one whose signatures do not fit is not
        printed.
        """
        require(actor, READ)
        self._stored.verify(report)
        return self._printed(report, self._pictures(report))

    def warm(self) -> None:
        """Load what makes pages, so that the first one comes at once."""
        importlib.import_module("app.reporting.printed_report")

    def _printed(self, report: Report, pictures: Mapping[str, bytes]) -> bytes:
        from app.reporting.printed_report import write_pdf  # ReportLab: only where a page is made

        return write_pdf(report, pictures, self._letterhead(), language=report.language)

    def export(
        self,
        actor: Actor,
        report_id: str,
        out: Path,
        *,
        overwrite: bool = False,
        progress: Progress = no_progress,
        cancelled: Cancelling = never_cancelled,
    ) -> ExportedReport:
        """Write every form of the report into a folder, named by study, day and version.

        Only a final report goes out. `FilesThere` before anything is made where files of these names are
        there, unless they may be overwritten.
        """
        require(actor, EXPORT)
        report = self._stored.get(report_id)
        if report.state is not ReportState.FINAL:
            raise Refused(
                "The report is {state}; only a reviewed report is given out.", state=state_title(report)
            )
        self._stored.verify(report)
        wanted = [one for one in self._exporters if one.applies(report)]
        stem = export_stem(report)
        written = ExportedReport({one.exporter_id: out / one.file_name(stem) for one in wanted})
        if not overwrite:
            require_absent(out, [path.name for path in written.paths])
        content = self._content(actor, report)
        with written_together(out, overwrite=overwrite) as stage:
            for done, one in enumerate(wanted, 1):
                progress(0.4 + 0.6 * (done - 1) / len(wanted))
                with told_for(out):
                    one.write(stage / written.files[one.exporter_id].name, content)
            if cancelled():
                raise Cancelled
            with self._stored.db.write() as tx:
                # before the files get their names: nothing goes out without its row
                require_unchanged(tx, report)
                tx.audit.append(actor, "report.export", report_id, "done", {"digest": printed_digest(report)})
        progress(1.0)
        return written

    def _content(self, actor: Actor, report: Report) -> ReportContent:
        pictures = self._pictures(report)
        return ReportContent(
            report=report,
            pictures=pictures,
            sources=sources_of(self._stored.archive, actor, report),
            letterhead=self._letterhead(),
            pdf=self._printed(report, pictures),
        )

    def _pictures(self, report: Report) -> dict[str, bytes]:
        """The pictures that the report names by their checksum, and no others: they are part of what was
        signed.
        """
        return {key.key_id: self._stored.folder.objects.read(key.picture_sha256) for key in report.key_images}

    def _letterhead(self) -> Letterhead:
        hospital = self._stored.settings.get(ReportSettings)
        return Letterhead(
            hospital=hospital.hospital_name, department=hospital.department, footer=hospital.footer
        )
