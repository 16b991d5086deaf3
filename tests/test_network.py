# SPDX-License-Identifier: GPL-2.0-or-later
"""The installer's network, and the host's: a VLAN on LACP, as the switch wants it, and IPv6."""
import re

import pytest
from lacp import BOND, Switch, boot_line, cables
from machine import Machine, card, disk, iso, plug

pytestmark = pytest.mark.long
HOST = "192.0.2.10"
DEAD = (18, 19, 20, 21)
BONDED = f"--device=bond0 --bondslaves=enp0s16,enp0s17 --bondopts={BOND} --vlanid=30"
KICKSTART = f"""rootpw --plaintext correct-horse
network {BONDED} --bootproto=static --ip={HOST} --netmask=24 \
--gateway=192.0.2.1 --nameserver=192.0.2.1
zerombr
clearpart --all
autopart
poweroff
"""


def dead_ports():
    """Cards whose cables are not plugged in yet."""
    return [word for slot in DEAD for word in card(slot)]


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


def files(host):
    return re.findall(r"/run/systemd/network/[\w.-]+", host.shell("ls -d /run/systemd/network/*")[0])


def test_network_of_the_plan_is_tried_and_taken_back(wires):
    _, host = wires
    before = files(host)
    out, code = host.shell("socle-install --try-network", timeout=180)
    assert code == 1
    assert "link: enp0s16, enp0s17" in out
    assert re.search("lacp: bond0: switch [0-9a-f:]{17}, 2 ports together", out), out
    assert f"address: {HOST}/24" in out
    assert f"duplicate: nobody else has {HOST}/24" in out
    assert "gateway: 192.0.2.1 answers" in out
    assert "warning: network: dns: 192.0.2.1 does not answer" in out
    assert before and files(host) == before


def test_a_wrong_vlan_is_told(wires):
    _, host = wires
    out, code = host.shell("socle-install -k http://192.0.2.1/vlan.cfg --try-network",
                           timeout=240)
    assert code == 1
    assert "lacp: bond0: switch" in out
    assert "warning: network: gateway: 192.0.2.1 does not answer" in out


@pytest.mark.parametrize("way, address, gateway", [
    ("dhcp", "2001:db8:30::d6/128", None),
    ("2001:db8:30::10/64 --ipv6gateway=2001:db8:30::1", "2001:db8:30::10/64", "2001:db8:30::1"),
    ("auto", "2001:db8:30:0:5054:ff:fe50:c100/64", "fe80::"),
], ids=["dhcp", "static", "auto"])
def test_ipv6_is_tried(wires, way, address, gateway):
    """Without IPv4: by DHCPv6 alone, as given, and by a router."""
    switch, host = wires
    {"dhcp": switch.speak_ipv6, "auto": switch.route_ipv6}.get(way, lambda: None)()
    for line in (f"network {BONDED} --noipv4 --ipv6={way}", "rootpw --plaintext x", "autopart"):
        host.shell(f"echo '{line}' >> /run/six.ks")
    out, _ = host.shell("socle-install -k /run/six.ks --try-network; rm /run/six.ks", timeout=180)
    assert f"address: {address}" in out, out
    assert (f"gateway: {gateway}" if gateway else "gateway: there is none") in out, out
    assert "does not answer" not in out, out


def test_installed_host_has_the_network_that_was_tried(wires):
    """And nothing else, though DHCP is behind each of its other ports."""
    switch, host = wires
    host.send("socle-install --yes\r")
    host.expect("Installed", timeout=300)
    host.wait_off()
    with Machine("network-installed", disks=[(disk_of(host), {})], nic=False, memory=3072,
                 cpu="qemu64,+svm,+npt,+nrip-save", extra=cables("host") + dead_ports()) as m:
        m.expect("login:", timeout=900)
        # Its own processor is emulated, and has all services to start.
        out, code = switch.shell(f"until ping -c 1 -w 2 {HOST}; do sleep 1; done", timeout=240)
        assert code == 0, out
        m.send("root\r")
        m.expect("assword:")
        m.send("correct-horse\r")
        m.expect("#")
        bond, _ = m.shell("cat /proc/net/bonding/bond0")
        assert "802.3ad" in bond and "Number of ports: 2" in bond, bond
        # Through a pipe, where ip colours nothing.
        out, _ = m.shell("(ip -4 -br addr; ip -6 -br addr; ip route) | cat")
        addresses = {line.split()[0] for line in out.splitlines() if re.search(r" \S+/\d", line)}
        assert addresses <= {"lo", "xenbr0"}, out
        assert f"{HOST}/24" in out and "default via 192.0.2.1 dev xenbr0" in out, out
        assert out.count("default via") == 1, out


def disk_of(host):
    return next(a for a in host.args if a.startswith("if=none,id=d0")).split("file=")[1].split(",")[0]
