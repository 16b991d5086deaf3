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
        self.daemon.kill()     # asked to end, it waits for sessions that nobody will end
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
