"""Whole files: taken, worked on, given back; without those who were erased."""

from __future__ import annotations

import io
import json
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import dbos  # noqa: F401  loading it, and the next, at the first job would take long
import orjson
import pandas as pd
import pytest
from fastapi import FastAPI
from sqlalchemy import update
from starlette.testclient import TestClient

import vocnlp.analysis.causes  # noqa: F401
from api.worker import Worker
from vocnlp.settings import Settings
from vocnlp.store.tables import jobs

CSV = b"id,comment,nps,customer_id\na,late again,2,p1\nb,so nice,10,p2\nc,,,p3\nd,late and nice,7,p1\n"
CSV_TYPE = {"content-type": "text/csv"}


@pytest.fixture
def settings(on_both: Settings) -> Settings:
    return on_both


@pytest.fixture
def tenant(request: pytest.FixtureRequest) -> str:
    return f"tenant {request.node.name}"


@pytest.fixture
def call(caller: Callable[..., TestClient], tenant: str) -> TestClient:
    return caller(tenant)


def send(call: TestClient, body: bytes = CSV, **query: Any) -> dict[str, Any]:
    response = call.post("/v1/jobs", params={"kind": "tags", "format": "csv"} | query, content=body)
    assert response.status_code == 202, response.text
    job: dict[str, Any] = response.json()
    assert response.headers["location"] == f"/v1/jobs/{job['id']}"
    return job


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.worker.POLL", 0.05)


def finished(call: TestClient, id: str) -> dict[str, Any]:
    """The job once it has ended."""
    end = time.monotonic() + 60
    while True:
        job: dict[str, Any] = call.get(f"/v1/jobs/{id}").json()
        if job["status"] in ("done", "failed", "cancelled"):
            return job
        assert time.monotonic() < end, job
        time.sleep(0.02)


def lines(call: TestClient, id: str) -> list[dict[str, Any]]:
    response = call.get(f"/v1/jobs/{id}/result")
    assert response.status_code == 200, response.text
    return [json.loads(line) for line in response.content.splitlines()]


def test_a_file_is_tagged_row_by_row(
    call: TestClient, settings: Settings, wait_for: Callable[[Callable[[], bool]], None]
) -> None:
    job = send(call)
    assert (job["status"], job["kind"], job["comments"]) == ("queued", "tags", 0)
    done = finished(call, job["id"])
    assert (done["status"], done["total"], done["comments"], done["failed"]) == ("done", 4, 4, 1), done
    records = lines(call, job["id"])
    assert [record["id"] for record in records] == ["a", "b", "c", "d"]
    assert [tag["aspect"] for tag in records[3]["aspects"]] == ["logistics", "attitude"]
    assert records[0]["scores"] == {"nps": 2}
    assert records[2]["error"]["code"] == "missing_text"
    assert [path.name for path in (settings.jobs / job["id"]).iterdir()] != []
    wait_for(lambda: not list((settings.jobs / job["id"]).glob("upload*")))


def test_results_come_in_the_format_that_is_wanted(call: TestClient) -> None:
    frame = pd.DataFrame({"comment": ["late", "nice"], "nps": [1, 9]})
    parquet = io.BytesIO()
    frame.to_parquet(parquet)
    jsonl = b'{"text": "late", "nps": 1}\n{"text": "nice", "nps": 9}\n'
    first = send(call, parquet.getvalue(), format="parquet", output="csv")
    second = send(call, jsonl, format="jsonl", output="parquet")
    assert finished(call, first["id"])["status"] == "done"
    assert finished(call, second["id"])["status"] == "done"
    response = call.get(f"/v1/jobs/{first['id']}/result")
    assert response.headers["content-type"].startswith("text/csv")
    table = pd.read_csv(io.BytesIO(response.content))
    same = pd.read_parquet(io.BytesIO(call.get(f"/v1/jobs/{second['id']}/result").content))
    assert list(table["sentiment"]) == list(same["sentiment"]) == ["neg", "pos"]


def test_records_that_were_tagged_before_are_passed_on(call: TestClient, tagger: Any) -> None:
    first = send(call)
    finished(call, first["id"])
    before = call.get(f"/v1/jobs/{first['id']}/result").content
    batches = len(tagger.batches)
    second = send(call, before, format="jsonl")
    assert finished(call, second["id"])["status"] == "done"
    assert call.get(f"/v1/jobs/{second['id']}/result").content == before
    assert len(tagger.batches) == batches


def survey() -> bytes:
    rows = ["id,comment,nps,region"]
    for n in range(300):
        region = "EU" if n % 2 else "US"
        rows.append(f"{n},nice,{10 - n % 3},{region}" if n % 3 else f"{n},late,{n % 7},{region}")
    return "\n".join(rows).encode()


def test_causes_are_found(call: TestClient) -> None:
    job = send(call, survey(), kind="causes", nps="nps", by="region")
    done = finished(call, job["id"])
    assert done["status"] == "done", done
    response = call.get(f"/v1/jobs/{job['id']}/result")
    found = orjson.loads(response.content)
    assert (found["metric"], found["n"]) == ("nps", 300)
    assert found["causes"][0]["aspect"] == "logistics"


@pytest.mark.slow
def test_a_report_is_made(call: TestClient) -> None:
    job = send(call, survey(), kind="report", nps="nps", by="region", locale="zh", title="Mai")
    done = finished(call, job["id"])
    assert done["status"] == "done", done
    response = call.get(f"/v1/jobs/{job['id']}/result")
    assert response.headers["content-type"].startswith("text/html")
    assert "<title>Mai" in response.text


@pytest.mark.parametrize(
    ("query", "body", "code", "words"),
    [
        ({"format": "csv"}, b"", "bad_file", "empty"),
        ({"format": "csv"}, b"a,b\n1,2\n", "bad_file", "text"),
        ({"format": "csv", "text": "c"}, CSV, "bad_file", "'c'"),
        ({"format": "parquet"}, b"PAR1 but no more", "bad_file", "Parquet"),
        ({"format": "jsonl"}, b"no json\n", "bad_file", "JSON"),
        ({"format": "xlsx"}, b"x", "invalid", "format"),
        ({}, CSV, "invalid", "name the format"),
        ({"format": "csv", "nonsense": "1"}, CSV, "invalid", "nonsense"),
        ({"format": "csv", "kind": "poem"}, CSV, "invalid", "kind"),
    ],
)
def test_what_cannot_be_worked_on_is_refused_at_once(
    call: TestClient, settings: Settings, *, query: dict[str, str], body: bytes, code: str, words: str
) -> None:
    response = call.post("/v1/jobs", params={"kind": "tags"} | query, content=body)
    assert (response.status_code, response.json()["code"]) == (422, code), response.text
    assert words in response.text
    assert str(settings.jobs) not in response.text
    assert call.get("/v1/jobs").json() == {"items": [], "next": None}
    assert not [path for path in settings.jobs.glob("*") if len(path.name) == 32]


def test_what_cannot_be_analysed_fails_with_its_reason(call: TestClient, settings: Settings) -> None:
    job = send(call, kind="causes", csat="stars")
    done = finished(call, job["id"])
    assert done["status"] == "failed"
    assert "stars" in done["error"]
    assert not (settings.jobs / job["id"]).exists()
    response = call.get(f"/v1/jobs/{job['id']}/result")
    assert (response.status_code, response.json()["code"]) == (409, "not_done")


class TestInputs:
    @pytest.fixture
    def settings(self, settings: Settings, tmp_path: Any, tenant: str) -> Settings:
        for name in (tenant, "others"):
            (tmp_path / "in" / name).mkdir(parents=True, exist_ok=True)
            (tmp_path / "in" / name / "may.csv").write_bytes(CSV)
        (tmp_path / "in" / tenant / "link.csv").symlink_to(tmp_path / "in" / "others" / "may.csv")
        return settings.model_copy(update={"inputs": tmp_path / "in"})

    def test_a_file_of_the_tenant_is_worked_on(self, call: TestClient) -> None:
        response = call.post("/v1/jobs", params={"kind": "tags", "file": "may.csv"})
        assert response.status_code == 202, response.text
        job = finished(call, response.json()["id"])
        assert (job["status"], job["comments"]) == ("done", 4)
        assert [record["id"] for record in lines(call, job["id"])] == ["a", "b", "c", "d"]

    @pytest.mark.parametrize(
        "file", ["../others/may.csv", "/etc/passwd.csv", "no.csv", "link.csv", "..", "may.csv/x.csv", "a.txt"]
    )
    def test_no_other_file_is(self, call: TestClient, settings: Settings, file: str) -> None:
        response = call.post("/v1/jobs", params={"kind": "tags", "file": file})
        assert (response.status_code, response.json()["code"]) == (422, "invalid"), response.text
        assert str(settings.inputs) not in response.text


def test_without_a_folder_of_inputs_there_are_no_files(call: TestClient) -> None:
    response = call.post("/v1/jobs", params={"kind": "tags", "file": "may.csv"})
    assert "VOCNLP_INPUTS" in response.json()["detail"]


class TestSizeLimit:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings.model_copy(update={"max_upload_bytes": 1000, "max_body_bytes": 100})

    def test_files_may_be_larger_than_other_bodies_but_not_endless(
        self, call: TestClient, settings: Settings
    ) -> None:
        send(call, CSV + b"e,nice,,\n" * 10)
        response = call.post("/v1/jobs?kind=tags", content=CSV * 100, headers=CSV_TYPE)
        assert (response.status_code, response.json()["code"]) == (413, "body_too_large")
        assert len([path for path in settings.jobs.glob("*") if len(path.name) == 32]) == 1


def test_repeating_a_request_starts_nothing_twice(call: TestClient, settings: Settings) -> None:
    headers = {"Idempotency-Key": "monday", **CSV_TYPE}
    first, again = (call.post("/v1/jobs?kind=tags", content=CSV, headers=headers).json() for _ in range(2))
    assert first["id"] == again["id"]
    assert len([path for path in settings.jobs.glob("*") if len(path.name) == 32]) == 1
    response = call.post("/v1/jobs?kind=tags", content=CSV + b"e,late,,\n", headers=headers)
    assert (response.status_code, response.json()["code"]) == (409, "idempotency_key_reused")
    finished(call, first["id"])
    assert len(lines(call, first["id"])) == 4


def test_jobs_are_listed_latest_first_in_pages(call: TestClient) -> None:
    ids = [send(call)["id"] for _ in range(3)]
    page = call.get("/v1/jobs", params={"limit": 2}).json()
    rest = call.get("/v1/jobs", params={"limit": 2, "cursor": page["next"]}).json()
    assert [job["id"] for job in page["items"] + rest["items"]] == ids[::-1]
    assert rest["next"] is None


def test_a_job_can_be_cancelled_and_forgotten(call: TestClient, tagger: Any, settings: Settings) -> None:
    tagger.gate.clear()
    job = send(call)
    assert tagger.entered.wait(10)
    cancelled = call.post(f"/v1/jobs/{job['id']}/cancel").json()
    assert cancelled["status"] == "cancelled"
    assert not (settings.jobs / job["id"]).exists()
    tagger.gate.set()
    after = send(call)
    assert finished(call, after["id"])["status"] == "done"
    assert call.get(f"/v1/jobs/{job['id']}").json()["status"] == "cancelled"
    assert not (settings.jobs / job["id"]).exists()
    assert call.post(f"/v1/jobs/{after['id']}/cancel").status_code == 409
    for id in (job["id"], after["id"]):
        assert call.delete(f"/v1/jobs/{id}").status_code == 204
        assert call.get(f"/v1/jobs/{id}").status_code == 404
        assert not (settings.jobs / id).exists()


def everything(settings: Settings) -> bytes:
    """All bytes of all files of jobs."""
    return b"".join(path.read_bytes() for path in settings.jobs.rglob("*") if path.is_file())


def test_an_erased_customer_leaves_the_files(call: TestClient, settings: Settings) -> None:
    csv = CSV.replace(b"late again", b"late by-p1-alone")
    job, other = send(call, csv), send(call, b"comment,customer_id\nnice,p2\n")
    for sent in (job, other):
        finished(call, sent["id"])
    assert b"by-p1-alone" in everything(settings)
    receipt = call.delete("/v1/customers/p1").json()
    assert receipt["jobs"] == 1
    assert finished(call, job["id"])["comments"] == 2
    assert [record["id"] for record in lines(call, job["id"])] == ["b", "c"]
    assert b"by-p1-alone" not in everything(settings)
    assert [record["id"] for record in lines(call, other["id"])] == ["1"]
    assert call.delete("/v1/customers/p1").json()["jobs"] == 0


def test_a_customer_erased_while_the_job_is_under_way_is_left_out(
    call: TestClient, tagger: Any, settings: Settings
) -> None:
    tagger.gate.clear()
    job = send(call, CSV.replace(b"customer_id", b"member"), customer="member")
    assert tagger.entered.wait(10)
    assert call.delete("/v1/customers/p1").json()["jobs"] == 1
    tagger.gate.set()
    assert finished(call, job["id"])["comments"] == 2
    assert [record["id"] for record in lines(call, job["id"])] == ["b", "c"]


def test_a_file_from_which_everybody_is_erased_is_empty(call: TestClient) -> None:
    job = send(call, b"comment,customer_id\nlate,p1\n", output="csv")
    finished(call, job["id"])
    call.delete("/v1/customers/p1")
    done = finished(call, job["id"])
    assert (done["status"], done["comments"]) == ("done", 0)
    assert b"late" not in call.get(f"/v1/jobs/{job['id']}/result").content


def test_a_result_of_another_tenant_is_none(
    caller: Callable[..., TestClient],
    tenant: str,
) -> None:
    theirs, ours = caller(f"{tenant} theirs"), caller(f"{tenant} ours")
    job = send(theirs)["id"]
    finished(theirs, job)
    for method, path in (
        ("GET", f"/v1/jobs/{job}"),
        ("GET", f"/v1/jobs/{job}/result"),
        ("POST", f"/v1/jobs/{job}/cancel"),
        ("DELETE", f"/v1/jobs/{job}"),
    ):
        assert ours.request(method, path).status_code == 404
    assert ours.get("/v1/jobs").json()["items"] == []
    assert ours.delete("/v1/customers/p1").json()["jobs"] == 0
    assert len(lines(theirs, job)) == 4


class TestWithoutWorker:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings.model_copy(update={"worker": False})

    def test_jobs_wait_for_one(self, call: TestClient) -> None:
        job = send(call)
        assert call.get(f"/v1/jobs/{job['id']}").json()["status"] == "queued"
        assert "vocnlp_jobs_unfinished " in call.get("/metrics").text


@pytest.mark.parametrize("age", [0, 2])
def test_old_jobs_and_what_belongs_to_none_are_removed(
    call: TestClient, app: FastAPI, settings: Settings, age: int
) -> None:
    job = send(call)["id"]
    finished(call, job)
    lost = settings.jobs / ("0" * 32)
    lost.mkdir()
    service = app.state.service
    days_ago = time.time() - age * 86400 - 1
    os.utime(lost, (days_ago, days_ago))
    with service.database.writing() as connection:
        past = datetime.fromtimestamp(days_ago, UTC)
        connection.execute(update(jobs).where(jobs.c.id == job).values(finished_at=past))
    Worker(
        service.jobs, settings.jobs, service.database, service.batcher, service.vocabularies, days=1
    )._tidy()
    assert lost.exists() == (settings.jobs / job).exists() == (age == 0)
    assert call.get(f"/v1/jobs/{job}").status_code == (200 if age == 0 else 404)
