# SPDX-License-Identifier: GPL-2.0-or-later
"""Layouts: a pair of disks, guests that stay, sectors of 4 KiB, more than 2 TiB."""
import json

import host
import pytest
from machine import GIB, Machine, WebServer, disk, iso, ssh_public_key

KICKSTART = """rootpw --lock
sshkey --username=root "{key}"
network --bootproto=dhcp --hostname={name}
{more}
"""
LIVE = "mkdir -p /run/stay; printf '#!/bin/sh\\n' > /run/stay/systemctl; chmod +x /run/stay/*"


def kickstart(name, more):
    return KICKSTART.format(key=ssh_public_key(), name=name, more=more)


def rows(m, command, kind):
    """The rows of a report of LVM, on the serial shell."""
    out, code = m.shell(f"{command} --reportformat json 2>/dev/null")
    assert code == 0, out
    return json.loads(out[out.index("{"):out.rindex("}") + 1])["report"][0][kind]


PAIR = [("FIRST", 16 * GIB), ("SECOND", 17 * GIB)]


@pytest.fixture(scope="module")
def pair():
    """Two disks of different sizes with one Socle on both, said by two selectors."""
    disks = [(disk(f"pair-{name.lower()}", size), {"serial": name}) for name, size in PAIR]
    text = kickstart("pair", "disk --serial=FIRST\ndisk --serial=SECOND\nmirror\nzerombr\n"
                             "clearpart --all\nautopart\npoweroff\n")
    with WebServer({"/ks.cfg": text}) as web, \
            Machine("install-pair", disks=disks,
                    kernel=f"socle.install socle.ks={web.url('/ks.cfg')}",
                    cdrom=iso()) as m:
        m.expect(r"Plan [0-9a-f]{16}", timeout=240)
        m.expect("Installed", timeout=600)
        m.wait_off()
    return disks


def check_alone(name, disks, **more):
    """A host of which one disk is gone: it boots, knows, and has nothing that failed."""
    with host.boot(name, disks, **more) as m:
        host.wait_up(m)
        host.check_host(m, "pair")
        assert m.ssh("cat /proc/mdstat").count("[2/1]") == 4, m.ssh("cat /proc/mdstat")
        assert "/dev/md" in m.ssh("ls /boot/a/vmlinuz && findmnt -no SOURCE -t vfat /boot")
        assert m.ssh("systemctl is-active mdmonitor.service").strip() == "active"
        m.ssh("systemctl --no-block poweroff", check=False)
        m.wait_off(timeout=180)


def test_second_disk_alone(pair):
    check_alone("pair-second-alone", pair[1:])
