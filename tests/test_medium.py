# SPDX-License-Identifier: GPL-2.0-or-later
"""The other entries of the boot menu; the live system's network, and that of a plan tried there."""
import json
import re

import pytest
from machine import Machine, card, disk, iso, plug

# Beside the card that has a link from the start.
DEAD = (18, 19, 20, 21, 22)


def test_check_this_medium():
    with Machine("medium-check", cdrom=iso()) as m:
        m.menu(3)
        m.send("\r")
        m.expect(r"This medium is good: \d+ files match", timeout=300)


KICKSTART = ("zerombr", "clearpart --all", "autopart", "rootpw --plaintext correct-horse",
             "network --bootproto=dhcp --hostname=again", "poweroff")
INTERRUPT = ("for i in $(seq 600); do grep -q /run/socle/target /proc/mounts && break;"
             " sleep 0.1; done; kill -INT $(cat /run/pid); wait $(cat /run/pid)")


@pytest.fixture(scope="module")
def rescue():
    """A machine in the medium's rescue shell, with an empty disk and six ports."""
    with Machine("medium-rescue", disks=[(disk("rescue"), {})], cdrom=iso(), vga=True,
                 extra=[word for slot in DEAD for word in card(slot)]) as m:
        for slot in DEAD:
            plug(m, slot, False)
        m.menu(2)
        m.send("\r")
        m.expect("root@.*#", timeout=300)
        yield m


def test_install_without_a_kickstart(rescue):
    """Where nobody can be asked, the installer tells how to give it one."""
    out, code = rescue.shell("socle-install < /dev/null")
    assert code == 1
    assert "socle.ks=" in out
    assert rescue.shell("lsblk -dno NAME /dev/sr0")[1] == 0
    rescue.screenshot()


def networkd_says(m):
    """What systemd-networkd wrote in this boot, by which process and when: (pid, seconds, text)."""
    out, _ = m.shell("journalctl -b -u systemd-networkd -o json"
                     " --output-fields=_PID,MESSAGE | grep -e Gained -e 'DHCPv4 address'")
    lines = [json.loads(found) for found in re.findall(r"{.*}", out)]
    return [(x.get("_PID"), int(x["__MONOTONIC_TIMESTAMP"]) / 1e6, x["MESSAGE"]) for x in lines]


def link_to_address(said, name):
    """Seconds from a card's carrier to its lease, for each run of systemd-networkd."""
    took, carrier = [], {}
    for pid, at, text in said:
        if text == f"{name}: Gained carrier":
            carrier[pid] = at
        elif text.startswith(f"{name}: DHCPv4 address") and pid in carrier:
            took.append(at - carrier.pop(pid))
    return took


def name_of(m, mac):
    return re.search(r"/net/(\w+)/address", m.shell(f"grep -l {mac} /sys/class/net/*/address")[0])[1]


def test_no_dead_port_is_waited_for(rescue):
    """
    Of six ports one has a link: its lease is there soon after that, by the guest's own clock.
    The first run of systemd-networkd counts, in the initramfs: the second finds a link.
    """
    first = name_of(rescue, "52:54:00:50:c1:e0")
    took = link_to_address(networkd_says(rescue), first)
    plug(rescue, DEAD[3], True)
    _, code = rescue.shell(f"until ip -4 -br addr show enp0s{DEAD[3]} | grep -q 10.0.3.15;"
                           " do sleep 0.2; done", timeout=60)
    assert code == 0
    later = link_to_address(networkd_says(rescue), f"enp0s{DEAD[3]}")
    print(f"from link to lease: {took[0]:.2f} s at the start, {later[0]:.2f} s when plugged in later")
    assert took[0] < 10 and later[0] < 10
    plug(rescue, DEAD[3], False)


def try_network(m, line):
    m.shell("(echo autopart; echo rootpw --plaintext x) > /run/try.ks")
    m.shell(f"echo 'network {line}' >> /run/try.ks")
    return m.shell("socle-install -k /run/try.ks --try-network", timeout=180)


@pytest.mark.long
def test_network_of_a_plan_is_tried(rescue):
    """Unattended installs do so, too: DHCP, routers' IPv6 addresses, a port without a cable."""
    name = name_of(rescue, "52:54:00:50:c1:e0")
    out, _ = try_network(rescue, f"--device={name} --bootproto=dhcp --mtu=1400")
    assert f"link: {name}" in out and "address: 10.0.2.15/24" in out, out
    assert "gateway: 10.0.2.2 answers" in out, out
    out, _ = try_network(rescue, f"--device={name} --noipv4 --ipv6=auto")
    assert "address: fec0::5054:ff:fe50:c1e0/64" in out and "gateway: fe80::2" in out, out
    out, code = try_network(rescue, f"--device=enp0s{DEAD[0]} --bootproto=dhcp")
    assert code == 1 and f"warning: network: link: no link on enp0s{DEAD[0]}" in out, out
    _, code = rescue.shell(f"until ip -4 -br addr show {name} | grep -q 10.0.2.15; do sleep 1; done;"
                           " ! ip link show xenbr0 2> /dev/null", timeout=120)
    assert code == 0


def test_interrupted_install_can_begin_again(rescue):
    """Whoever stops an install finds nothing mounted or active, and the next one succeeds."""
    for line in KICKSTART:
        rescue.shell(f"echo '{line}' >> /run/ks.cfg")
    rescue.shell("socle-install -y -k /run/ks.cfg > /run/out 2>&1 & echo $! > /run/pid")
    _, code = rescue.shell(INTERRUPT, timeout=300)
    out, _ = rescue.shell("cat /run/out")
    assert code == 1 and "interrupted" in out, out
    assert "It can be installed again" in out
    assert rescue.shell("grep -e /run/socle -e sysroot /proc/mounts")[1] == 1
    assert rescue.shell("lvs --noheadings -o lv_active socle | grep active")[1] == 1
    rescue.send("socle-install -y -k /run/ks.cfg\r")
    rescue.expect("Installed. Plan", timeout=600)
    rescue.wait_off()
