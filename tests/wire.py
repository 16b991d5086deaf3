# SPDX-License-Identifier: GPL-2.0-or-later
"""
A wire without machines: a bridge in a network namespace, on which a server can be
started, and clients in namespaces of their own.  Nothing of it is seen outside.
"""
import contextlib
import ctypes
import http.client
import itertools
import os
import socket
import struct
import subprocess
import threading
import time

CLONE_NEWNET = 0x40000000
SERVER = "192.0.2.1"
numbers = itertools.count(1)


def ip(*words):
    subprocess.run(["ip", *words], check=True, capture_output=True, text=True)


def inside(namespace, function, *args):
    """The function's result, run in a network namespace; what it raises is raised."""
    result = []

    def run():
        fd = os.open(f"/run/netns/{namespace}", os.O_RDONLY | os.O_CLOEXEC)
        try:
            if ctypes.CDLL(None, use_errno=True).setns(fd, CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), "setns")
            result.append((function(*args), None))
        except BaseException as e:  # pylint: disable=broad-except
            result.append((None, e))
        finally:
            os.close(fd)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    value, error = result[0]
    if error:
        raise error
    return value


class Wire:
    """The bridge br0 with the server's address, in a namespace of the server."""

    def __init__(self):
        self.name = f"wire{os.getpid()}-{next(numbers)}"
        self.clients = []

    def __enter__(self):
        ip("netns", "add", self.name)
        self.ip("link", "set", "lo", "up")
        self.ip("link", "add", "br0", "type", "bridge", "forward_delay", "0")
        self.ip("addr", "add", f"{SERVER}/24", "dev", "br0")
        self.ip("link", "set", "br0", "up")
        return self

    def __exit__(self, *exc):
        for name in [*self.clients, self.name]:
            subprocess.run(["ip", "netns", "del", name], check=False)

    def ip(self, *words):
        ip("-n", self.name, *words)

    def client(self, mac, address=None):
        """A machine with that card, eth0, and perhaps an address already."""
        name = f"{self.name}c{len(self.clients)}"
        port = f"p{len(self.clients)}"
        ip("netns", "add", name)
        self.clients.append(name)
        self.ip("link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", name)
        self.ip("link", "set", port, "master", "br0", "up")
        ip("-n", name, "link", "set", "eth0", "address", mac, "up")
        if address:
            ip("-n", name, "addr", "add", f"{address}/24", "dev", "eth0")
        return Client(name, mac)

    def socket(self, kind, address, port):
        """A bound socket of the server's namespace."""
        def make():
            s = socket.socket(socket.AF_INET, kind)
            s.bind((address, port))
            if kind == socket.SOCK_STREAM:
                s.listen()
            return s
        return inside(self.name, make)

    def run(self, *command, **options):
        return subprocess.run(["ip", "netns", "exec", self.name, *command], text=True,
                              capture_output=True, check=False, timeout=60, **options)

    def start(self, *command, **options):
        return subprocess.Popen(["ip", "netns", "exec", self.name, *command], text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options)


class Client:
    def __init__(self, namespace, mac):
        self.namespace = namespace
        self.mac = bytes.fromhex(mac.replace(":", ""))

    def http(self, method, path, body=None, headers=None, port=80):
        """(status, headers, body)"""
        def ask():
            c = http.client.HTTPConnection(SERVER, port, timeout=30)
            c.request(method, path, body, headers or {})
            answer = c.getresponse()
            return answer.status, answer.headers, answer.read()
        return inside(self.namespace, ask)

    def raw(self, data, port=80):
        """What comes back for bytes that need not be HTTP."""
        def ask():
            with socket.create_connection((SERVER, port), timeout=10) as s:
                got = b""
                # Who refuses may hang up before all was said.
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    s.sendall(data)
                    s.shutdown(socket.SHUT_WR)
                with contextlib.suppress(ConnectionResetError):
                    while part := s.recv(65536):
                        got += part
                return got
        return inside(self.namespace, ask)

    def tftp(self, name):
        """A file by TFTP (RFC 1350), or None."""
        def ask():
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
                s.settimeout(10)
                s.sendto(b"\0\1" + name.encode() + b"\0octet\0", (SERVER, 69))
                data = b""
                while True:
                    packet, peer = s.recvfrom(2048)
                    if packet[:2] != b"\0\3":
                        return None
                    data += packet[4:]
                    s.sendto(b"\0\4" + packet[2:4], peer)
                    if len(packet) < 516:
                        return data
        return inside(self.namespace, ask)

    def dhcp(self, *args, **options):
        """The options of the first answer to a DISCOVER, with "file" and "address"; {} for none."""
        return (self.dhcp_all(*args, **options, most=1) or [{}])[0]

    def dhcp_all(self, arch=None, user_class=None, vendor=b"PXEClient", timeout=6, most=99):
        """The same of all answers that come in that time."""
        def ask():
            found, end = [], time.monotonic() + timeout
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
                s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
                s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"eth0")
                s.bind(("0.0.0.0", 68))
                s.sendto(self.discover(arch, user_class, vendor), ("255.255.255.255", 67))
                while len(found) < most and (left := end - time.monotonic()) > 0:
                    s.settimeout(left)
                    with contextlib.suppress(TimeoutError):
                        found.append(parse(s.recv(2048)))
            return found
        return inside(self.namespace, ask)

    def pxe(self, arch, address):
        """What the PXE server beside a DHCP server answers on its own port, as UEFI asks it."""
        def ask():
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
                s.settimeout(5)
                s.bind((address, 68))
                s.sendto(self.discover(arch, None, b"PXEClient", 3, address), (SERVER, 4011))
                return parse(s.recv(2048))
        return inside(self.namespace, ask)

    def discover(self, arch, user_class, vendor, kind=1, address="0.0.0.0"):
        packet = struct.pack("!BBBBIHH4s4s4s4s", 1, 1, 6, 0, 0x50c1e, 0, 0 if kind == 3 else 0x8000,
                             socket.inet_aton(address), *[bytes(4)] * 3)
        packet += self.mac + bytes(10 + 64 + 128) + bytes([99, 130, 83, 99])
        packet += bytes([53, 1, kind, 55, 6, 1, 3, 60, 66, 67, 210])
        if arch is not None:
            packet += struct.pack("!BBH", 93, 2, arch) + bytes([94, 3, 1, 2, 1])
            packet += bytes([97, 17, 0]) + bytes(range(16))
            vendor += b":Arch:%05d:UNDI:002001" % arch
            packet += bytes([60, len(vendor)]) + vendor
        if user_class:
            packet += bytes([77, len(user_class)]) + user_class
        return packet + b"\xff"


def parse(packet):
    found = {"address": socket.inet_ntoa(packet[16:20]),
             "server": socket.inet_ntoa(packet[20:24]),
             "file": packet[108:236].split(b"\0")[0].decode()}
    at = 240
    while packet[at] != 255:
        if packet[at]:
            found[packet[at]] = packet[at + 2:at + 2 + packet[at + 1]]
            at += 1 + packet[at + 1]
        at += 1
    if 67 in found:
        found["file"] = found[67].split(b"\0")[0].decode()
    return found
