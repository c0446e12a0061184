"""Background work that survives its process.

A report is accepted by a row in the database, in the transaction that the 202 stands for. Making it is then a matter of
finding the row, and any process of any pod may do that:

- A stopping process (SIGTERM) finishes what it has begun: the interpreter does not exit before a ThreadPoolExecutor is
  done. Gunicorn gives it the graceful timeout.
- A process that is killed, by the end of the grace period or by the kernel, leaves a claim that runs out after
  `claim_seconds`. The next report that somebody orders or asks for makes another process look for such rows.

So each report is made at least once. One whose claim ran out too early is made twice, which does no harm: making it
writes the same row.
"""

import logging
import time
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, or_, select, update

from flask_app.database import Sessions
from flask_app.models import Item, Report

logger = logging.getLogger(__name__)


class ReportQueue:
    """Makes reports, one at a time, in a thread of this process."""

    def __init__(self, sessions: Sessions, claim_seconds: int) -> None:
        self._sessions = sessions
        self._claim = timedelta(seconds=claim_seconds)
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="reports")

    def wake(self) -> None:
        """Make all reports that nobody is making, in the background."""
        self._executor.submit(self._make_pending).add_done_callback(_log_failure)

    def _make_pending(self) -> None:
        while report := self._claim_next():
            time.sleep(report.seconds)
            self._make(report)

    def _claim_next(self) -> Report | None:
        now = datetime.now(UTC)
        free = or_(Report.claimed_until.is_(None), Report.claimed_until < now)
        oldest = select(Report.id).where(Report.items.is_(None), free).order_by(Report.id).limit(1)
        # What another process is just claiming is locked: take the next one instead of waiting.
        unlocked = oldest.with_for_update(skip_locked=True).scalar_subquery()
        claim = update(Report).where(Report.id == unlocked).values(claimed_until=now + self._claim)
        with self._sessions.open() as session, session.begin():
            return session.scalar(claim.returning(Report))

    def _make(self, report: Report) -> None:
        summary = select(func.count(), func.coalesce(func.sum(Item.price * Item.quantity), 0)).select_from(Item)
        with self._sessions.open() as session, session.begin():
            items, value = session.execute(summary).one()
            session.execute(update(Report).where(Report.id == report.id).values(items=items, value=value))


def _log_failure(work: Future[None]) -> None:
    if error := work.exception():
        logger.error("reports: %s; what is pending stays in the queue", error)
