"""`vocnlp keys` and `vocnlp serve`: what they print, what they refuse, and that they end whole."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from vocnlp.cli.main import main
from vocnlp.store.database import Database
from vocnlp.store.keys import Keys

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(list(arguments))
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    return run


def test_create_prints_the_key_alone(run: Run, url: str) -> None:
    code, out, err = run("keys", "create", "--name", "crm", "--database", url)
    assert (code, err) == (0, "")
    key = out.removesuffix("\n")
    assert key.startswith("voc_")
    assert len(key.split()) == 1
    found = Keys(Database(url)).find(key)
    assert found is not None
    assert (found.scopes, found.tenant, found.expires_at) == ({"read", "write"}, "default", None)


def test_list_shows_every_key_and_revoke_ends_one(run: Run, url: str) -> None:
    options = ("--scopes", "admin, read", "--tenant", "acme", "--days", "30", "--database", url)
    key = run("keys", "create", "--name", "ops", *options)[1].strip()
    found = Keys(Database(url)).find(key)
    assert found is not None
    _, out, _ = run("keys", "list", "--database", url)
    assert out.split("\t")[:4] == [found.id, "ops", "acme", "read,admin"]
    assert out.endswith("\tvalid\n")
    assert key not in out
    assert run("keys", "revoke", found.id, "--database", url)[0] == 0
    assert run("keys", "list", "--database", url)[1].endswith("\trevoked\n")
    assert Keys(Database(url)).find(key) is None


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("keys", "create", "--name", "x", "--scopes", "root"), "read, write, admin"),
        (("keys", "create", "--name", ""), "the name is ''"),
        (("keys", "revoke", "zz"), "vocnlp keys list"),
        (("serve", "--host", "0.0.0.0"), "vocnlp keys create --name"),  # noqa: S104
        (("serve", "--host", "::"), "vocnlp keys create --name"),
        (("serve", "--host", "voc.example.com"), "vocnlp keys create --name"),
        (("serve", "--model", "/no/such/model"), "/no/such/model"),
        (("serve", "--alerts", "/no/such/rules.yaml"), "/no/such/rules.yaml"),
    ],
)
def test_what_cannot_start_says_so_in_a_line(
    run: Run, url: str, arguments: tuple[str, ...], words: str
) -> None:
    code, out, err = run(*arguments, "--database", url)
    assert (code, out) == (2, "")
    assert words in err
    assert err.count("\n") == 1


def test_a_key_is_not_lost_when_the_model_cannot_be_loaded(run: Run, url: str) -> None:
    run("serve", "--model", "/no/such/model", "--database", url)
    assert run("keys", "list", "--database", url)[1] == ""


def test_a_port_in_use_is_told(run: Run, url: str, tiny_model_directory: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        model = str(tiny_model_directory)
        code, _, err = run("serve", "--port", port, "--model", model, "--database", url)
    assert code == 2
    assert f"cannot listen on 127.0.0.1, port {port}" in err


@pytest.mark.slow
def test_a_first_key_is_shown_once_and_opens_the_real_pipeline(serve: Callable[..., Any]) -> None:
    served = serve()
    assert [line.partition(":")[0] for line in served.lines] == ["first key, shown this once", "serving http"]
    key = served.lines[0].split()[-1]
    headers = {"Authorization": f"Bearer {key}"}
    with httpx.Client(base_url=served.address, headers=headers, timeout=20) as client:
        text = "The parcel came two weeks late, call me at +1 202 555 0143."
        (record,) = client.post("/v1/comments", json={"items": [{"id": "a", "text": text}]}).json()["items"]
        assert record["language"]["code"] == "en"
        assert "555" not in record["text"]
        assert client.get("/v1/comments/a").json() == record
        assert client.get("/readyz").status_code == 200
        shown = client.get("/v1/comments").headers
        assert "server" not in shown
    err = served.end(signal.SIGTERM)
    assert key not in err
    assert "Traceback" not in err
    again = serve()
    assert [line.split()[0] for line in again.lines] == ["serving"]
    with httpx.Client(base_url=again.address, headers=headers, timeout=20) as client:
        assert client.get("/v1/comments/a").json() == record
    again.end(signal.SIGINT)
    assert again.process.returncode == 130
