"""Reports: work that goes on after the answer."""

from fastapi import APIRouter, BackgroundTasks, HTTPException, Request, Response

from fastapi_app.auth import AuthenticatedRoute
from fastapi_app.database import SessionDependency
from fastapi_app.errors import INVALID, NOT_FOUND, UNAVAILABLE
from fastapi_app.models import Report
from fastapi_app.schemas import ReportIn, ReportOut

router = APIRouter(tags=["reports"], responses=UNAVAILABLE | INVALID, route_class=AuthenticatedRoute)


@router.post("/reports", status_code=202, response_model=ReportOut)
async def order_report(
    fields: ReportIn, session: SessionDependency, tasks: BackgroundTasks, request: Request, response: Response
) -> Report:
    """Order a report"""
    report = Report(**fields.model_dump())
    session.add(report)
    await session.commit()
    tasks.add_task(request.state.reports.make_pending)
    response.headers["Location"] = router.url_path_for("read_report", report_id=report.id)
    return report


@router.get("/reports/{report_id:row_id}", response_model=ReportOut, responses=NOT_FOUND)
async def read_report(report_id: int, session: SessionDependency, tasks: BackgroundTasks, request: Request) -> Report:
    """Read a report, or how far it is"""
    report = await session.get(Report, report_id)
    if report is None:
        raise HTTPException(404, f"There is no report {report_id}.")
    if report.state == "pending":
        # Whoever was making it may be gone.
        tasks.add_task(request.state.reports.make_pending)
    return report
