# SPDX-License-Identifier: GPL-2.0-or-later
"""The installer's network: a VLAN on LACP, as the switch wants it, and dead ports."""
import time

import pytest
from lacp import BOND, Switch, boot_line, cables
from machine import Machine, disk, iso

pytestmark = pytest.mark.long
HOST = "192.0.2.10"
DEAD = (18, 19, 20, 21)
KICKSTART = f"""rootpw --plaintext correct-horse
network --device=bond0 --bondslaves=enp0s16,enp0s17 --bondopts={BOND} --vlanid=30 \
--bootproto=static --ip={HOST} --netmask=24 --gateway=192.0.2.1 --nameserver=192.0.2.1
zerombr
clearpart --all
autopart
poweroff
"""


def dead_ports():
    """Cards with DHCP behind them, whose cables are not plugged in yet."""
    return [word for slot in DEAD for word in (
        "-netdev", f"user,id=dead{slot}",
        "-device", f"virtio-net-pci,id=port{slot},netdev=dead{slot},addr=0x{slot:x},"
                   f"mac=52:54:00:50:de:{slot:x}")]


def plug(host, slot, link):
    """Put a cable into a card, or pull it out; QEMU may only just have started."""
    for _ in range(100):
        try:
            assert "error" not in host.qmp("set_link", name=f"port{slot}", up=link)
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("QEMU does not listen")


@pytest.fixture(scope="module")
def wires():
    """The switch, and a machine with six ports in the live system."""
    with Switch() as switch, \
            Machine("network", disks=[(disk("network"), {})], cdrom=iso(), nic=False,
                    extra=cables("host") + dead_ports(),
                    kernel=boot_line("192.0.2.2") + " socle.ks=http://192.0.2.1/ks.cfg") as host:
        for slot in DEAD:
            plug(host, slot, False)
        switch.serve({"ks.cfg": KICKSTART, "vlan.cfg": KICKSTART.replace("=30", "=31")})
        host.expect("root@.*#", timeout=300)
        yield switch, host


def test_kickstart_comes_over_a_vlan_on_lacp(wires):
    """bond=, vlan= and ip= of the boot line are enough, with the bond's options."""
    _, host = wires
    bond, _ = host.shell("cat /proc/net/bonding/bond0")
    assert "802.3ad" in bond
    assert "LACP rate: fast" in bond
    # The switch has joined both ports; a bond makes up its own address.
    assert "Number of ports: 2" in bond
    plan, code = host.shell("socle-install --dry-run", timeout=120)
    assert code == 0, plan
    assert "xenbr0 on bond0.30" in plan
    assert "802.3ad of enp0s16," in plan


def test_network_of_the_plan_is_tried_and_taken_back(wires):
    _, host = wires
    before, _ = host.shell("ls /run/systemd/network")
    out, code = host.shell("socle-install --try-network", timeout=180)
    assert code == 1
    assert "link: enp0s16, enp0s17" in out
    assert "lacp: bond0: switch 52:54:00:50:5c:0" in out
    assert f"address: {HOST}/24" in out
    assert f"duplicate: nobody else has {HOST}/24" in out
    assert "gateway: 192.0.2.1 answers" in out
    assert "warning: network: dns: 192.0.2.1 does not answer" in out
    assert host.shell("ls /run/systemd/network")[0].split()[1:] == before.split()[1:]


def test_a_wrong_vlan_is_told(wires):
    _, host = wires
    out, code = host.shell("socle-install -k http://192.0.2.1/vlan.cfg --try-network",
                           timeout=240)
    assert code == 1
    assert "lacp: bond0: switch" in out
    assert "warning: network: gateway: 192.0.2.1 does not answer" in out


def test_a_port_is_asked_for_dhcp_when_it_gets_a_link(wires):
    """Four of six ports are dead; the network of one is there soon after its cable."""
    _, host = wires
    plug(host, DEAD[2], True)
    start = time.monotonic()
    out, code = host.shell("until ip -4 -br addr show enp0s20 | grep -q 10.0.2.15; "
                           "do sleep 0.2; done", timeout=60)
    assert code == 0, out
    print(f"address {time.monotonic() - start:.1f} s after the link")


def test_installed_host_has_the_network_that_was_tried(wires):
    switch, host = wires
    host.send("socle-install --yes\r")
    host.expect("Installed", timeout=300)
    host.wait_off()
    with Machine("network-installed", disks=[(disk_of(host), {})], nic=False, memory=3072,
                 cpu="qemu64,+svm,+npt,+nrip-save", extra=cables("host") + dead_ports()) as m:
        m.expect("login:", timeout=300)
        out, code = switch.shell(f"until ping -c 1 -w 2 {HOST}; do sleep 1; done", timeout=90)
        assert code == 0, out


def disk_of(host):
    return next(a for a in host.args if a.startswith("if=none,id=d0")).split("file=")[1].split(",")[0]
