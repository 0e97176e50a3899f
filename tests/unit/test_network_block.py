"""The suite cannot reach the network, and can reach loopback."""

import socket
import threading

import pytest
import requests
from pytest_socket import SocketConnectBlockedError


def test_another_host_cannot_be_reached() -> None:
    with pytest.raises(SocketConnectBlockedError):
        socket.create_connection(("192.0.2.1", 80), timeout=1)


def test_requests_cannot_leave_either() -> None:
    with pytest.raises(SocketConnectBlockedError):
        requests.get("http://192.0.2.1/", timeout=1)


def test_loopback_is_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=server.accept)
        thread.start()
        socket.create_connection(server.getsockname(), timeout=5).close()
        thread.join(5)
