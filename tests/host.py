# SPDX-License-Identifier: GPL-2.0-or-later
"""What every installed host must be able to show, whichever way it was installed."""
import json

from machine import GIB, Machine

# SVM and nested paging are emulated, so hardware-virtualized guests run too.
XEN_CPU = "qemu64,+svm,+npt,+nrip-save"
DOM0_LOGIN = r"[a-z0-9-]+ login:"


def wait_up(m):
    """Wait for dom0's login on the serial line, and for ssh."""
    m.expect(DOM0_LOGIN, timeout=600)
    m.wait_ssh(timeout=400)


def boot(name, disks, **more):
    """The machine that boots the installed disk."""
    return Machine(name, memory=3072, disks=disks, cpu=XEN_CPU, **more)


def check_host(m, hostname, swap=False, unused=()):
    """
    Xen, dom0, storage and network of a freshly installed host, over ssh; unused: its cards
    that it has no use for, and that have no address, whoever would have given one.
    """
    failed = m.ssh("systemctl --failed --no-legend --plain").strip()
    assert failed == "", f"failed units: {failed}\n" + m.ssh(
        "for u in $(systemctl --failed --no-legend --plain | cut -d' ' -f1); do"
        " journalctl -b --no-pager -n 20 -u $u; done")
    assert m.ssh("hostname").strip() == hostname
    host = json.loads(m.ssh("socle host show --json"))
    info = m.ssh("xl info")
    assert "xen_version            : 4.20" in info
    assert "dom0_mem=" in info
    bridge = json.loads(m.ssh("ip -j addr show xenbr0"))[0]
    assert any(a["family"] == "inet" for a in bridge["addr_info"]), bridge
    ports = json.loads(m.ssh("ip -j link show master xenbr0"))
    assert len(ports) == 1, ports
    cards = m.ssh("ls /sys/class/net").split()
    assert sorted(cards) == sorted(["lo", "xenbr0", ports[0]["ifname"], *unused]), cards
    addressed = {i["ifname"] for i in json.loads(m.ssh("ip -j addr")) if i["addr_info"]}
    assert addressed == {"lo", "xenbr0"}, addressed
    assert bridge["address"] == ports[0]["address"]
    pool = json.loads(m.ssh("lvs --reportformat json -o lv_name,lv_attr,lv_size --units b socle"))
    volumes = {v["lv_name"]: v for v in pool["report"][0]["lv"]}
    assert volumes["guests"]["lv_attr"][0] == "t" and volumes["guests"]["lv_attr"][4] == "a"
    assert m.ssh("findmnt -no FSTYPE /").strip() == "squashfs"
    assert m.ssh("findmnt -no FSTYPE /etc").strip() == "overlay"
    assert m.ssh("touch /usr/x 2>/dev/null || echo read-only").strip() == "read-only"
    assert (m.ssh("swapon --noheadings").strip() != "") == swap
    total_kib = int(m.ssh("awk '/^MemTotal/ { print $2 }' /proc/meminfo"))
    assert total_kib * 1024 < 1.8 * GIB, "dom0's memory is not bounded"
    return host
