"""Reports: work that goes on after the answer."""

from typing import Any

from flask import abort, current_app, url_for
from flask.views import MethodView

from flask_app.database import session
from flask_app.models import Report
from flask_app.openapi import Blueprint
from flask_app.schemas import MAX_ID, Error, ReportIn, ReportOut

blueprint = Blueprint("reports", __name__, description="Background work")


@blueprint.route("/reports")
class Reports(MethodView):
    """The collection."""

    @blueprint.arguments(ReportIn)
    @blueprint.response(202, ReportOut)
    def post(self, fields: dict[str, Any]) -> tuple[Report, int, dict[str, str]]:
        """Order a report"""
        report = Report(**fields)
        session().add(report)
        session().commit()
        current_app.extensions["reports"].wake()
        return report, 202, {"Location": url_for("reports.SingleReport", report_id=report.id)}


@blueprint.route(f"/reports/<int(max={MAX_ID}):report_id>")
class SingleReport(MethodView):
    """One report."""

    @blueprint.response(200, ReportOut)
    @blueprint.alt_response(404, schema=Error)
    def get(self, report_id: int) -> Report:
        """Read a report, or how far it is"""
        report = session().get(Report, report_id)
        if report is None:
            abort(404, f"There is no report {report_id}.")
        if report.state == "pending":
            # Whoever was making it may be gone.
            current_app.extensions["reports"].wake()
        return report
