"""The API from Python: store comments, join a score, find the unhappy ones, have a file tagged.

python client.py ADDRESS KEY        needs: pip install httpx
"""

import sys
import time

import httpx


def ask(client: httpx.Client, method: str, path: str, **options) -> httpx.Response:
    """The answer; an overloaded service is asked again when it says so."""
    for _ in range(10):
        response = client.request(method, path, **options)
        if response.status_code not in (429, 503):
            return response.raise_for_status()
        time.sleep(int(response.headers.get("retry-after", "1")))
    raise TimeoutError("the service stays busy")


address, key = sys.argv[1:]
headers = {"Authorization": f"Bearer {key}"}
with httpx.Client(base_url=address, headers=headers, timeout=60) as client:
    items = [
        {"id": "py-1", "text": "The parcel came two weeks late.", "customer_id": "anna"},
        {"id": "py-2", "text": "安装师傅很专业，谢谢！", "customer_id": "wei", "scores": {"nps": 10}},
    ]
    # the key makes it safe to send the same again after a broken connection
    stored = ask(client, "POST", "/v1/comments", json={"items": items}, headers={"Idempotency-Key": "day-1"})
    for record in stored.json()["items"]:
        print(record["id"], record["language"]["code"], record["sentiment"]["label"])

    ask(client, "POST", "/v1/scores", json={"items": [{"customer_id": "anna", "scores": {"nps": 2}}]})
    found = ask(client, "GET", "/v1/comments", params={"band": "nps:detractor"}).json()["items"]
    print("detractors:", *(record["id"] for record in found))

    rows = "id,comment\n1,Nobody answers the phone\n2,很好用\n".encode()
    job = ask(client, "POST", "/v1/jobs", params={"kind": "tags", "format": "csv"}, content=rows).json()
    while job["status"] in ("queued", "running"):
        time.sleep(0.2)
        job = ask(client, "GET", f"/v1/jobs/{job['id']}").json()
    result = ask(client, "GET", f"/v1/jobs/{job['id']}/result").text
    print("tagged:", len(result.splitlines()), "rows")
