"""What is wanted of a job: by a caller, and as it is kept."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.bodies import Name
from vocnlp.store.jobs import Job, Kind

__all__ = ["Every", "Format", "JobOptions", "Plan", "about_stored", "plan_of"]

Format = Literal["csv", "tsv", "jsonl", "parquet"]
Every = Literal["day", "week", "month"]
EXTENSIONS: dict[Kind, str] = {"causes": "json", "report": "html", "topics": "json", "trends": "json"}


class JobOptions(BaseModel):
    """What is wanted of a file. text, id, nps, csat, ces, by, time, customer: names of columns."""

    model_config = ConfigDict(extra="forbid")

    kind: Kind
    file: Name | None = Field(None, description="In the tenant's folder of VOCNLP_INPUTS, instead of a body.")
    format: Format | None = Field(
        None, description="Of the file; by default told by its name or Content-Type."
    )
    text: Name | None = None
    id: Name | None = None
    output: Literal["jsonl", "csv", "tsv", "parquet", "xlsx"] = Field("jsonl", description="Of `kind=tags`.")
    nps: Name | None = None
    csat: Name | None = None
    ces: Name | None = None
    by: list[Name] = Field([], max_length=10)
    time: Name | None = Field(None, description="Needed for `kind=trends`.")
    customer: Name | None = Field(None, description="By default `customer_id`, where there is one.")
    every: Every = Field("week", description="Of `kind=trends`.")
    timezone: Name | None = Field(None, description="Of `kind=trends`; an IANA name.")
    locale: Literal["en", "zh"] = "en"
    title: Name | None = None


class Span(BaseModel):
    """Stored comments of a time, from `since` up to but not at `until`."""

    since: datetime | None = None
    until: datetime | None = None


class Plan(JobOptions):
    """What a job does. metric: the score, where no column is named; stored: about them instead of a file."""

    metric: Name | None = None
    stored: Span | None = None

    @property
    def extension(self) -> str:
        """Of the result."""
        return EXTENSIONS.get(self.kind, self.output)

    @property
    def score(self) -> str | None:
        """Name of the score that is analysed."""
        return next((name for name in ("nps", "csat", "ces") if getattr(self, name)), self.metric)


def about_stored(kind: Kind, *, since: datetime | None, until: datetime | None, **options: Any) -> Plan:
    """A plan about the stored comments of a time."""
    return Plan(kind=kind, stored=Span(since=since, until=until), **options)


def plan_of(job: Job) -> Plan:
    """The plan of a job."""
    return Plan.model_validate(job.options)
