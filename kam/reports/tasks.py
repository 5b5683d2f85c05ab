"""Background work of reports: load by id, one action, a short text."""

from kam.core.actions import JobProblem, progress, run_job
from kam.core.models import Job
from kam.lib import clock
from kam.reports import queries
from kam.reports.actions import account_import
from kam.reports.actions import energy as actions
from kam.reports.models import EnergyReport, ReportBatch
from kam.reports.queries.words import problem_text


def write_report(job_id: int) -> str:
    """Write the report that the job names."""

    def work(job: Job) -> dict[str, int]:
        report = EnergyReport.objects.select_related("account", "by").get(pk=job.args["report"])
        progress(job, 0, 1)
        report = actions.write(report=report, at=clock.now())
        if report.status == EnergyReport.Status.FAILED:
            raise JobProblem(problem_text(report.problem))
        return {"report": report.pk}

    return run_job(job_id, work)


def write_batch(job_id: int) -> str:
    """Write a report for every account of the batch's unit; one that fails does not stop the others."""

    def work(job: Job) -> dict[str, int]:
        batch = ReportBatch.objects.select_related("unit", "by", "job").get(pk=job.args["batch"])
        accounts = queries.accounts_with_readings(batch)
        problems: list[dict[str, str]] = []
        for number, account in enumerate(accounts):
            progress(job, number, len(accounts))
            report = actions.write_of_batch(batch=batch, account=account, at=clock.now())
            if report.status == EnergyReport.Status.FAILED:
                problems.append({"account_no": account.account_no, "code": report.problem})
        actions.note_problems(batch=batch, problems=problems)
        return {"written": len(accounts) - len(problems), "failed": len(problems)}

    return run_job(job_id, work)


def check_accounts(job_id: int) -> str:
    """Look at a long file of accounts."""
    return run_job(job_id, account_import.check_for_job)


def undo_accounts(job_id: int) -> str:
    """Take an import of accounts back."""
    return run_job(job_id, account_import.undo_for_job)


def import_accounts(job_id: int) -> str:
    """Take a file of accounts in."""
    return run_job(job_id, account_import.take_in_for_job)
