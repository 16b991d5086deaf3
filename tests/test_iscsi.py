# SPDX-License-Identifier: GPL-2.0-or-later
"""
A machine without disks whose network card's iPXE has one over iSCSI: the installer finds
it by the table that iPXE leaves (iBFT), and the host boots from it, over the same card.
"""
import contextlib
import functools
import http.server
import os
import pathlib
import struct
import subprocess
import threading
import time

import host
import pytest
from machine import BUILD, Machine, WebServer, disk, free_port, iso, live_cmdline, ssh_public_key

TARGET = "iqn.2026-11.test.socle:disk"
NAME = "iqn.2026-11.test.socle:host"

KICKSTART = """rootpw --lock
sshkey --username=root "{key}"
network --bootproto=ibft --hostname=iscsi1
zerombr
clearpart --all
autopart
poweroff
"""

# 10.0.2.2 is the loopback of who runs QEMU.
SCRIPT = """#!ipxe
set initiator-iqn {name}
{what}
"""


class Target:
    """A real target, tgtd, on a port of loopback, with a sparse file as its LUN 1."""

    def __init__(self, path):
        self.path, self.port = path, free_port()
        self.control = str(self.port % 30000)   # of its socket, one beside those of others
        self.root = f"iscsi:10.0.2.2::{self.port}:1:{TARGET}"

    def admin(self, *words):
        subprocess.run(["tgtadm", "-C", self.control, "--lld", "iscsi", *words], check=True,
                       capture_output=True)

    def __enter__(self):
        pathlib.Path("/run/tgtd").mkdir(exist_ok=True)
        self.daemon = subprocess.Popen(
            ["tgtd", "-f", "-C", self.control, "--iscsi", f"portal=127.0.0.1:{self.port}"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(100):
            with contextlib.suppress(subprocess.CalledProcessError):
                self.admin("--op", "new", "--mode", "target", "--tid", "1", "-T", TARGET)
                break
            time.sleep(0.1)
        self.admin("--op", "new", "--mode", "logicalunit", "--tid", "1", "--lun", "1",
                   "-b", os.path.abspath(self.path))
        self.admin("--op", "bind", "--mode", "target", "--tid", "1", "-I", "ALL")
        return self

    def __exit__(self, *exc):
        self.daemon.terminate()
        self.daemon.wait()


class Files(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@contextlib.contextmanager
def build_served():
    """build/ by HTTP, for iPXE."""
    handler = functools.partial(Files, directory=BUILD)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://10.0.2.2:{server.server_address[1]}"
        server.shutdown()


def machine(name, what, cdrom=None, **more):
    """One card, which starts the machine by a script for iPXE."""
    script = f"tests/{name}.ipxe"
    (BUILD / script).write_text(SCRIPT.format(name=NAME, what=what))
    m = Machine(name, nic=False, cdrom=cdrom, **more)
    m.args += ["-netdev", f"user,id=n0,hostfwd=tcp:127.0.0.1:{m.ssh_port}-:22,"
                          f"tftp={BUILD.absolute()},bootfile={script}",
               "-device", "virtio-net-pci,netdev=n0,mac=52:54:00:50:c1:e0,bootindex=0"]
    return m


def hooked(name, target, web, arguments):
    """The live system on such a machine, iPXE's disk beside it."""
    return machine(name, f"sanhook --drive 0x80 {target.root}\n"
                         f"kernel {web}/linux/vmlinuz {live_cmdline()} console=ttyS0,115200 "
                         f"{arguments} initrd=initrd.img\n"
                         f"initrd {web}/initrd/initrd.img\nboot", cdrom=iso())


def table(address=bytes(10) + b"\xff\xff" + bytes((192, 0, 2, 7)), checksum=True):
    """An iBFT (version 1.03) as a card's firmware leaves it: static, with CHAP."""
    texts = [NAME.encode(), TARGET.encode(), b"user", b"secret words"]
    at, places = 48 + 18 + 74 + 102 + 54, []
    for text in texts:
        places.append(struct.pack("<HH", len(text), at))
        at += len(text) + 1
    name, target, user, secret = places
    body = struct.pack("<BBHBBHHHHHH", 1, 1, 18, 0, 0, 0, 66, 140, 242, 0, 0)
    body += struct.pack("<BBHBB64s", 2, 1, 74, 0, 3, b"") + name
    body += struct.pack("<BBHBB16sBB64sH6sHHH", 3, 1, 102, 0, 3, address, 25, 1, b"", 0,
                        bytes.fromhex("52540050c1e0"), 8, 0, 0)
    body += struct.pack("<BBHBB16sH8sBB", 4, 1, 54, 0, 3, address, 3260, b"\0\2", 1, 0) + \
        target + user + secret + bytes(8)
    body += b"".join(text + b"\0" for text in texts)
    head = bytearray(struct.pack("<4sIBB38s", b"iBFT", 48 + len(body), 1, 0, b"FIRMWARE"))
    head[9] = -sum(head + body) % 256 if checksum else 0
    return bytes(head) + body


def found(folder, memory):
    """What the initramfs finds in a machine's first MiB; None: no table."""
    (folder / "memory").write_bytes(memory.ljust(1 << 20, b"\0"))
    run = subprocess.run(["sh", "dom0-rootfs/overlay/usr/libexec/socle/ibft-memory",
                          folder / "ibft", folder / "memory"], capture_output=True, check=False)
    assert run.stderr == b""
    return None if run.returncode else {
        str(path.relative_to(folder / "ibft")): path.read_text().rstrip("\n")
        for path in (folder / "ibft").glob("*/*")}


def test_table_is_found_in_memory(tmp_path):
    """Under Xen Linux does not find it; the words are those of Linux without Xen."""
    # A signature alone is none, nor is a table of which a byte is wrong.
    assert found(tmp_path, bytes(0x9c000) + b"iBFT") is None
    assert found(tmp_path, bytes(0x9c000) + table(checksum=False)) is None
    assert found(tmp_path, bytes(0x1000) + table()) is None
    assert found(tmp_path, bytes(0x9c000) + b"iBFT" + bytes(12) + table()) == {
        "initiator/index": "0", "ethernet0/index": "0", "target0/index": "0",
        "initiator/flags": "3", "initiator/initiator-name": NAME,
        "ethernet0/flags": "3", "ethernet0/ip-addr": "192.0.2.7", "ethernet0/prefix-len": "25",
        "ethernet0/origin": "1", "ethernet0/vlan": "0", "ethernet0/mac": "52:54:00:50:c1:e0",
        "target0/flags": "3", "target0/ip-addr": "192.0.2.7", "target0/port": "3260",
        "target0/lun": "02000000", "target0/chap-type": "1", "target0/nic-assoc": "0",
        "target0/target-name": TARGET, "target0/chap-name": "user",
        "target0/chap-secret": "secret words"}


@pytest.mark.long
def test_host_on_a_disk_of_the_firmware():
    with Target(disk("iscsi")) as target:
        with WebServer({"/ks.cfg": KICKSTART.format(key=ssh_public_key())}) as answers, \
                build_served() as web, \
                hooked("iscsi-install", target, web,
                       f"socle.install inst.ks={answers.url('/ks.cfg')}") as m:
            m.expect(r"Plan [0-9a-f]{16}", timeout=600)
            m.expect("Installed", timeout=900)
            m.wait_off(timeout=180)
        for turn in ("reboot", "poweroff"):
            with machine(f"iscsi-{turn}", f"sanboot {target.root}", memory=3072,
                         cpu=host.XEN_CPU) as m:
                host.wait_up(m)
                host.check_host(m, "iscsi1")
                check_session(m)
                m.ssh("date > /root/written; sync" if turn == "reboot" else "cat /root/written")
                m.ssh(f"systemctl --no-block {turn}", check=False)
                m.wait_off(timeout=240)
            assert "I/O error" not in m.log.read_text(errors="replace")


def check_session(m):
    """One session, that of the firmware, which iscsid minds and nobody gives up soon."""
    assert m.ssh("cat /sys/class/iscsi_session/*/targetname").split() == [TARGET]
    assert m.ssh("cat /sys/class/iscsi_session/*/initiatorname").split() == [NAME]
    assert m.ssh("systemctl is-active iscsid", check=False).strip() == "active"
    assert int(m.ssh("cat /sys/class/iscsi_session/*/recovery_tmo")) >= 3600
    # What was mounted was given back: nothing was to be mended.
    assert "recovering journal" not in m.ssh("cat /run/initramfs/fsck-state.log")
