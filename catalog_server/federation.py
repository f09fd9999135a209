"""Harvest: a parent reads its children's change feeds, page by page, each with its checkpoint (DB13/T 4.4).

A page is taken over whole or not at all; a child that is cut off, killed or sends a page twice costs time,
never a record.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import httpx
import sqlalchemy as sa
from pydantic import ValidationError

from catalog_client.schema.document import Document, first
from catalog_client.schema.elements import Element
from catalog_client.schema.oid import is_oid
from catalog_client.schema.problem import Problem
from catalog_client.schema.wire import Capabilities, ChangeEnd, ChangeRow, Tier
from catalog_server.addresses import AddressNotAdmitted
from catalog_server.domain.areas import is_lower, within
from catalog_server.domain.classification import classification
from catalog_server.domain.conformance import check
from catalog_server.domain.identity import check_identity
from catalog_server.domain.origins import Place, misfit, place_of
from catalog_server.domain.states import PUBLIC_LEVEL
from catalog_server.fetching import TIMEOUT_S, BadFeed, Fetcher
from catalog_server.service.node import Node
from catalog_server.store import audit, children, harvested
from catalog_server.store.database import as_utc, utc_now
from catalog_server.store.tables import harvest_log, harvest_state

log = logging.getLogger(__name__)


class _NewEpoch(Exception):
    def __init__(self, epoch: str) -> None:
        super().__init__(epoch)
        self.epoch = epoch


@dataclass(frozen=True, slots=True)
class HarvestReport:
    """What one round at one child did; `error` is empty where it was read to its end."""

    url: str
    source: str = ""
    put: int = 0
    withdrawn: int = 0
    skipped: int = 0
    refused: int = 0
    error: str = ""


class Harvester:
    """Reads the children of a node, in a thread of its own, every `harvest_interval_s` seconds."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._stop = threading.Event()
        self._once = threading.Lock()
        self._fetcher = Fetcher(node.config.children)
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin, where there are nodes below or may be some day."""
        if (self._node.config.children or self._node.config.tier is not Tier.COUNTY) and self._thread is None:
            self._thread = threading.Thread(
                target=self._run, name=f"harvest-{self._node.config.area_code}", daemon=True
            )
            self._thread.start()

    def stop(self) -> None:
        """End after the page in hand."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=TIMEOUT_S + 5)
        self._fetcher.close()

    def harvest_all(self) -> list[HarvestReport]:
        """One round at all children."""
        with self._once:
            urls = self._urls()
            self._forget_others(urls)
            return [self.harvest(url) for url in urls if not self._stop.is_set()]

    def _urls(self) -> list[str]:
        with self._node.database.read() as connection:
            announced = children.admitted(connection)
        return list(dict.fromkeys([*(url.rstrip("/") for url in self._node.config.children), *announced]))

    def _forget_others(self, urls: Sequence[str]) -> None:
        """How fresh the copy of an address is that is no child's any more: nobody wants to know."""
        gone = harvest_state.c.url.not_in(urls)
        with self._node.database.read() as connection:
            if connection.execute(sa.select(harvest_state.c.url).where(gone).limit(1)).first() is None:
                return
        with self._node.database.write() as connection:
            connection.execute(sa.delete(harvest_state).where(gone))

    def harvest(self, url: str) -> HarvestReport:
        """One round at one child: everything from the checkpoint on."""
        url = url.rstrip("/")
        report = HarvestReport(url)
        try:
            capabilities = self._describe(url)
            self._expect(url, capabilities)
            report = self._pages(url, capabilities)
            self._note(report, capabilities.area_code)
        except (
            httpx.HTTPError,
            httpx.InvalidURL,
            AddressNotAdmitted,
            BadFeed,
            ValueError,
            ArithmeticError,
        ) as error:
            words = f"{type(error).__name__}: {error}"[:300]
            report = HarvestReport(url, report.source, error=words)
            log.warning("harvest of %s failed: %s", url, words)
            self._note(report, "")
        return report

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self.harvest_all()
            except sa.exc.DBAPIError:
                # a full disk or a locked file passes; the next round begins at the same checkpoint
                log.exception("the harvest could not be stored")
            self._stop.wait(self._node.config.harvest_interval_s)

    def _describe(self, url: str) -> Capabilities:
        status, content = self._fetcher.fetch(f"{url}/v1/capabilities", {})
        if status != 200:
            raise BadFeed(f"self-description answered {status}")
        try:
            return Capabilities.model_validate_json(content)
        except ValidationError as error:
            raise BadFeed("the self-description is not that of a directory node") from error

    def _expect(self, url: str, found: Capabilities) -> None:
        """Whether the node that answers is one that this node may read, and the one that announced itself."""
        own, place = self._node.config, Place(found.tier, found.area_code)
        if found.node_id == self._node.node_id:
            raise BadFeed("a node cannot be its own child")
        if not within(found.area_code, own.area_code):
            raise BadFeed(f"area {found.area_code[:12]!r} is not below {own.area_code}")
        if not is_lower(found.tier, own.tier):
            raise BadFeed(f"tier {found.tier} is not below {own.tier}")
        if place_of(found.node_id) != place:
            raise BadFeed("its name does not fit its tier and area")
        with self._node.database.read() as connection:
            told = children.admitted(connection).get(url)
            known = set() if told is not None else self._elsewhere(connection, url)
        if told is not None and (told["node_id"], told["area_code"]) != (found.node_id, found.area_code):
            raise BadFeed("another node answers than the one that announced itself")
        if found.node_id in known:
            raise BadFeed("it answers as the node that is read at another address")

    def _elsewhere(self, connection: sa.Connection, url: str) -> set[str]:
        """Nodes that are read at other addresses."""
        rounds = connection.execute(sa.select(harvest_state.c.url, harvest_state.c.source)).all()
        known = [(row.url, row.source) for row in rounds if row.source]
        known += [(at, row["node_id"]) for at, row in children.admitted(connection).items()]
        return {node_id for at, node_id in known if at != url}

    def _pages(self, url: str, child: Capabilities) -> HarvestReport:
        put = withdrawn = skipped = refused = epochs = 0
        while not self._stop.is_set():
            try:
                end, done = self._page(url, child)
            except _NewEpoch as new:
                epochs += 1
                if epochs > 1:
                    raise BadFeed("the epoch changes while it is read") from new
                with self._node.database.write() as connection:
                    harvested.restart(connection, child.node_id, new.epoch)
                continue
            put, withdrawn = put + done.put, withdrawn + done.withdrawn
            skipped, refused = skipped + done.skipped, refused + len(done.refused)
            if end.next >= end.high_water:
                break
        return HarvestReport(url, child.node_id, put, withdrawn, skipped, refused)

    def _page(self, url: str, child: Capabilities) -> tuple[ChangeEnd, harvested.Applied]:
        with self._node.database.read() as connection:
            epoch, after, _ = harvested.position(connection, child.node_id)
        status, content = self._fetcher.fetch(
            f"{url}/v1/changes",
            {"epoch": epoch, "after": after, "limit": self._node.config.harvest_page_rows},
        )
        if status == 409:
            raise _NewEpoch(_epoch_of(content))
        if status != 200:
            raise BadFeed(f"the change feed answered {status}")
        rows, end = parse_page(content.decode("utf-8", "replace"))
        if end.node_id != child.node_id or (epoch and end.epoch != epoch):
            raise BadFeed("the page belongs to another node or epoch")
        if end.next < after or (end.next == after and end.high_water > after):
            raise BadFeed("the page does not go on")
        if end.high_water < after:
            raise BadFeed(
                "its change log is shorter than what was read: after a restore it needs `new-epoch` "
                "(docs/directory.md)"
            )
        with self._node.database.write() as connection:
            if harvested.position(connection, child.node_id)[:2] != (epoch, after):
                raise BadFeed("another round was quicker")
            reasons = self._misfits(connection, rows, url, child)
            own = [row for row, reason in zip(rows, reasons, strict=True) if not reason]
            done = harvested.apply_page(connection, self._node.node_id, own, end, self._examine)
            # a child speaks for itself and those below: it neither changes nor withdraws what is another's
            done.refused += [(row.oid, why) for row, why in zip(rows, reasons, strict=True) if why]
            for oid, reason in done.refused:
                audit.append(connection, "", "harvest.refuse", oid, reason, {"source": child.node_id})
        return end, done

    def _misfits(
        self, connection: sa.Connection, rows: Sequence[ChangeRow], url: str, child: Capabilities
    ) -> list[str]:
        """Why the child may not speak of each of the rows; "" where it may."""
        elsewhere = self._elsewhere(connection, url) - {child.node_id}
        foreign = {row.origin_node for row in rows} - {child.node_id}
        taken = {origin for origin in foreign if harvested.comes_by(connection, origin, elsewhere)}
        place = Place(child.tier, child.area_code)
        return [misfit(row, child.node_id, place, elsewhere | taken) for row in rows]

    def _examine(self, row: ChangeRow) -> str:
        """Why a child's document is not taken over; the child is not trusted with privacy or with form."""
        document = row.document or {}
        if not is_oid(row.oid):
            return "identifier"
        try:
            Document.model_validate(document)
            as_utc(row.published_at)
        except (
            ValueError,
            OverflowError,
        ):  # the second: a moment that lies before the year 1 or after 9999 in UTC
            return "form"
        if check_identity(document, self._node.rules):
            return "identity"
        if check(document, self._node.rules, classification()):
            return "conformance"
        return (
            ""
            if int(first(document, Element.SECURITY_CLASSIFICATION, "5")) <= PUBLIC_LEVEL
            else "security-level"
        )

    def _note(self, report: HarvestReport, area_code: str) -> None:
        """What the portal shows of freshness; a line in the log when something happened."""
        now = utc_now()
        with self._node.database.write() as connection:
            known = (
                connection.execute(sa.select(harvest_state).where(harvest_state.c.url == report.url))
                .mappings()
                .first()
            )
            checked = now if not report.error else (known["checked_at"] if known is not None else "")
            source = report.source or (known["source"] if known is not None else "")
            told = children.admitted(connection).get(report.url)
            place = area_code or next(
                (row["area_code"] for row in (known, told) if row is not None and row["area_code"]), ""
            )
            changed = known is None or known["error"] != report.error
            connection.execute(sa.delete(harvest_state).where(harvest_state.c.url == report.url))
            row = {
                "url": report.url,
                "source": source,
                "area_code": place,
                "checked_at": checked,
                "error": report.error,
            }
            connection.execute(sa.insert(harvest_state).values(**row))
            if changed or report.put or report.withdrawn or report.refused:
                counts = {
                    "applied": report.put,
                    "withdrawn": report.withdrawn,
                    "skipped": report.skipped,
                    "refused": report.refused,
                }
                connection.execute(
                    sa.insert(harvest_log).values(
                        source=source or report.url, at=now, error=report.error, **counts
                    )
                )


def parse_page(text: str) -> tuple[Sequence[ChangeRow], ChangeEnd]:
    """Rows and last line of a page; a page without its last line was cut off and is none."""
    lines = [line for line in text.split("\n") if line]
    if not lines:
        raise BadFeed("the page is empty")
    try:
        rows = [ChangeRow.model_validate_json(line) for line in lines[:-1]]
        end = ChangeEnd.model_validate_json(lines[-1])
    except ValidationError as error:
        raise BadFeed("the page was cut off or is no change feed") from error
    if any(row.op == "put" and row.document is None for row in rows):
        raise BadFeed("a change has no document")
    if any(later.seq <= earlier.seq for earlier, later in pairwise(rows)):
        raise BadFeed("the changes are out of order")
    return rows, end


def _epoch_of(content: bytes) -> str:
    try:
        epoch = Problem.model_validate_json(content).epoch
    except ValidationError as error:
        raise BadFeed("the change feed answered 409 without an epoch") from error
    if not epoch:
        raise BadFeed("the change feed answered 409 without an epoch")
    return epoch
