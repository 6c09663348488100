"""A webhook's address cannot be used against the own network, whatever it is called."""

from __future__ import annotations

import socket
import threading
import time
from typing import Any

import pytest

from vocnlp.alerts.targets import RefusedTargetError, check_url, networks, post
from vocnlp.errors import InputError


def pretend(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    """Every name resolves to these."""

    def resolve(host: str, port: int, **options: Any) -> list[Any]:
        return [(0, 0, 0, "", (address, port)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)


def send(url: str, allowed: str = "") -> int:
    return post(url, b"{}", {}, allowed=networks(allowed), seconds=1)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1%eth0",
        "fc00::1",
        "ff02::1",
        "::ffff:10.0.0.1",
        "::ffff:127.0.0.1",
        "2002:7f00:1::",
        "2002:a00:1::",
        "64:ff9b::7f00:1",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    ],
)
def test_private_addresses_are_refused_under_any_name(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    pretend(monkeypatch, "93.184.216.34", address)  # one private address among public ones is enough
    with pytest.raises(RefusedTargetError, match="VOCNLP_WEBHOOK_ALLOW"):
        send("https://innocent.example")


@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "0x7f.1", "017700000001", "localhost", "[::1]"])
def test_spellings_of_this_machine_are_refused(host: str) -> None:
    with pytest.raises((RefusedTargetError, OSError)):
        send(f"https://{host}:9/")


def test_public_targets_need_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(monkeypatch, "93.184.216.34")
    with pytest.raises(RefusedTargetError, match="https"):
        send("http://hooks.example.com")


def test_the_checked_address_is_the_one_that_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that changes its meaning after the check gains nothing."""
    pretend(monkeypatch, "93.184.216.34", "93.184.216.35")
    called: list[Any] = []

    def connect(address: Any, **options: Any) -> Any:
        called.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(ConnectionRefusedError):
        send("https://hooks.example.com")
    assert called == [("93.184.216.34", 443)]


def test_allowed_networks_are_reached_in_the_clear(receiver: Any) -> None:
    assert send(receiver.url, "10.0.0.0/8, 127.0.0.0/8") == 204
    headers, body = receiver.got[0]
    assert body == b"{}"
    assert headers["host"].startswith("127.0.0.1:")
    with pytest.raises(RefusedTargetError):
        send(receiver.url, "10.0.0.0/8")


def test_redirects_are_not_followed(receiver: Any) -> None:
    receiver.answers = [302]
    assert send(receiver.url, "127.0.0.1") == 302
    assert len(receiver.got) == 1


def test_a_server_that_drips_is_cut_off() -> None:
    """It sends a byte now and then, so that no limit of the socket is ever reached."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def drip() -> None:
            connection, _ = listener.accept()
            with connection:
                try:
                    for byte in b"HTTP/1.1 200 OK" * 40:
                        connection.send(bytes([byte]))
                        time.sleep(0.05)
                except OSError:
                    pass

        thread = threading.Thread(target=drip)
        thread.start()
        begun = time.monotonic()
        with pytest.raises(TimeoutError, match="within 1 s"):
            send(f"http://127.0.0.1:{listener.getsockname()[1]}", "127.0.0.1")
        assert time.monotonic() - begun < 5
        thread.join()


@pytest.mark.parametrize("allowed", ["10.0.0.0/99", "hooks.internal", "10.1.2.3/8"])
def test_wrong_networks_are_refused(allowed: str) -> None:
    with pytest.raises(InputError, match=r"use e\.g\."):
        networks(allowed)


@pytest.mark.parametrize(
    "url", ["", "hooks.example.com", "file:///etc/passwd", "https://", "https://x/\r\nA: b"]
)
def test_other_urls_are_refused(url: str) -> None:
    with pytest.raises(ValueError, match="URL"):
        check_url(url)
