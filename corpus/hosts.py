"""Hosts: whether an address stays on this machine, where nobody else reads what is sent to it."""

import ipaddress
import socket


def is_loopback(host: str) -> bool:
    """Whether a host, without port and brackets, is this machine by its loopback interface."""
    name = host.lower().removesuffix(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def is_this_machine(host: str) -> bool:
    """Whether a host is loopback or an IP address of this machine: what is sent there never leaves it."""
    if is_loopback(host):
        return True
    try:
        family = socket.AF_INET6 if ipaddress.ip_address(host).version == 6 else socket.AF_INET
        with socket.socket(family, socket.SOCK_DGRAM) as tried:
            tried.bind((host, 0))  # The system lets nobody bind an address of another machine.
    except (ValueError, OSError):
        return False
    return True
