# SPDX-License-Identifier: GPL-2.0-or-later
"""A switch that speaks LACP and has VLANs: the ISO's own kernel on a second machine.

The two machines are joined by two cables, UNIX datagram sockets, which neither has
to open first.  VLAN 30 of the switch is 192.0.2.1/24, and has a web server; nothing
but LACP and VLAN 30 comes through.
"""
import base64
import pathlib

from machine import WORK, Machine, iso

BOND = "mode=802.3ad,miimon=100,lacp_rate=fast"
CABLES = (0, 1)


def cable(side, number):
    """QEMU's arguments for one end of a cable: the card enp0s16 or enp0s17."""
    ends = [(WORK / f"cable-{number}-{end}").absolute() for end in ("switch", "host")]
    local, remote = ends if side == "switch" else reversed(ends)
    local.unlink(missing_ok=True)
    mac = f"52:54:00:50:{'5c' if side == 'switch' else 'c1'}:0{number}"
    return ["-netdev", f"dgram,id=cable{number},local.type=unix,local.path={local},"
                       f"remote.type=unix,remote.path={remote}",
            "-device", f"virtio-net-pci,netdev=cable{number},mac={mac},addr=0x{16 + number:x},"
            "speed=10000,duplex=full"]


def cables(side):
    return [word for number in CABLES for word in cable(side, number)]


def boot_line(address):
    """What dracut and systemd-network-generator make a VLAN on a bond of."""
    return (f"bond=bond0:enp0s16,enp0s17:{BOND} vlan=vlan30:bond0 "
            f"ip={address}::192.0.2.1:24::vlan30:none")


class Switch(Machine):
    """Serves files, {name: text}, at http://192.0.2.1/."""

    def __init__(self, name="switch"):
        super().__init__(name, cdrom=iso(), nic=False, extra=cables("switch"), memory=768,
                         kernel=boot_line("192.0.2.1").replace("::192.0.2.1:", ":::"))

    def write(self, path, text):
        data = base64.b64encode(text.encode()).decode()
        for i in range(0, len(data), 1024):
            self.shell(f"echo {data[i:i + 1024]} >> /run/text")
        self.shell(f"mkdir -p $(dirname {path}); base64 -d /run/text > {path}; rm /run/text")

    def serve(self, files):
        self.expect("root@.*#", timeout=300)
        for name, text in files.items():
            self.write(f"/srv/{name}", text)
        self.shell("(cd /srv; setsid python3 -m http.server 80 > /dev/null 2>&1 &)")

    def speak_ipv6(self):
        """2001:db8:30::1 in VLAN 30, with DHCPv6 that has 2001:db8:30::d6, and no router yet."""
        self.write("/run/systemd/network/70-vlan30.network.d/6.conf",
                   "[Network]\nLinkLocalAddressing=ipv6\nAddress=2001:db8:30::1/64\n")
        self.write("/srv/dhcp6.py", (pathlib.Path(__file__).parent / "dhcp6.py").read_text())
        self.shell("networkctl reload; until ip -6 addr show vlan30 | grep -q fe80; do sleep 1; done")
        self.shell("(setsid python3 /srv/dhcp6.py vlan30 2001:db8:30::d6 > /srv/dhcp6.log 2>&1 &)")

    def route_ipv6(self):
        """A router's advertisements of 2001:db8:30::/64."""
        self.write("/run/systemd/network/70-vlan30.network.d/ra.conf",
                   "[Network]\nIPv6SendRA=yes\n[IPv6Prefix]\nPrefix=2001:db8:30::/64\n")
        self.shell("networkctl reload")
