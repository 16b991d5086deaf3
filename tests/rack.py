# SPDX-License-Identifier: GPL-2.0-or-later
"""A rack: machines on a bridge, beside a server's address, in the test's own network namespace."""
import contextlib
import functools
import http.server
import os
import pathlib
import shutil
import subprocess
import threading
import time

from machine import BUILD, WORK, Machine

ADDRESS = "192.0.2.1"
BRIDGE = "rack"
IPXE = pathlib.Path("/usr/lib/ipxe")

# How dnsmasq of an existing network boots the tree; docs/netboot.md shows the same.
DNSMASQ = """interface=rack
bind-interfaces
port=0
user=root
dhcp-range=192.0.2.100,192.0.2.199,1h
dhcp-leasefile={tree}.leases
log-dhcp
enable-tftp
tftp-root={tree}
dhcp-userclass=set:ipxe,iPXE
dhcp-match=set:bios,option:client-arch,0
dhcp-match=set:uefi,option:client-arch,7
dhcp-match=set:uefi,option:client-arch,9
dhcp-match=set:http,option:client-arch,16
dhcp-boot=tag:ipxe,{url}/boot.ipxe
dhcp-boot=tag:!ipxe,tag:bios,lpxelinux.0
dhcp-boot=tag:!ipxe,tag:uefi,grub.efi
dhcp-boot=tag:!ipxe,tag:http,{url}/snponly.efi
dhcp-option-force=tag:!ipxe,tag:http,60,HTTPClient
"""


def ip(*args):
    subprocess.run(["ip", *args], check=True)


def mac(number):
    return f"52:54:00:50:aa:{number:02x}"


@contextlib.contextmanager
def network():
    """The bridge, with the server's address on it."""
    ip("link", "add", BRIDGE, "type", "bridge")
    try:
        ip("addr", "add", f"{ADDRESS}/24", "dev", BRIDGE)
        ip("link", "set", BRIDGE, "up")
        yield
    finally:
        ip("link", "del", BRIDGE)


def tap(number):
    """The cable of a machine: an end for QEMU, the other one on the bridge."""
    name = f"rack{number}"
    if not pathlib.Path("/sys/class/net", name).exists():
        ip("tuntap", "add", name, "mode", "tap")
        ip("link", "set", name, "master", BRIDGE, "up")
    return name


# What the firmware, or what takes its place, boots first.
WAYS = {
    # QEMU's own PXE is an iPXE.  One that does not say so is any other PXE.
    "bios": ("bios", ["-kernel", str(IPXE / "ipxe.lkrn")]),
    "ipxe": ("bios", []),
    "uefi": ("uefi", []),
    "http": ("uefi", ["-fw_cfg", "name=opt/org.tianocore/IPv4PXESupport,string=n"]),
}
PLAIN_PXE = """#!ipxe
set user-class PXE
dhcp || reboot
chain tftp://${next-server}/${filename}
"""


def machine(name, number, way, disks, **more):
    """A machine of the rack that boots over the network first: by WAYS."""
    firmware, extra = WAYS[way]
    rom = "" if way != "ipxe" else "/usr/lib/ipxe/qemu/efi-virtio.rom"
    extra = extra + ["-netdev", f"tap,id=n0,ifname={tap(number)},script=no,downscript=no",
                     "-device", f"virtio-net-pci,id=card0,netdev=n0,mac={mac(number)},"
                                f"bootindex=1,romfile={rom}",
                     "-device", "virtio-rng-pci",
                     "-smbios", f"type=1,serial=RACK-{number}"]
    if way == "bios":
        script = WORK / "plain-pxe.ipxe"
        script.write_text(PLAIN_PXE)
        extra += ["-initrd", str(script)]
    if firmware == "uefi":
        (WORK / f"{name}.vars.fd").unlink(missing_ok=True)
    return Machine(name, firmware=firmware, disks=disks, nic=False, extra=extra, **more)


class Static:
    """The tree on servers of one's own: dnsmasq, and an HTTP server that knows no ranges."""

    def __init__(self, name="static"):
        self.tree = WORK / f"tree-{name}"
        self.log = WORK / f"dnsmasq-{name}.log"
        self.requests = []
        shutil.rmtree(self.tree, ignore_errors=True)
        subprocess.run(["cp", "-al", os.path.realpath(BUILD / "pxe"), self.tree], check=True)

    def configure(self, *options):
        subprocess.run([self.tree / "configure", "--timeout", "1", *options, self.url], check=True,
                       stdout=subprocess.DEVNULL)

    def __enter__(self):
        server = self

        class Handler(http.server.SimpleHTTPRequestHandler):
            def log_request(self, code="-", size="-"):
                server.requests.append((time.monotonic(), self.client_address[0], self.path))

        handler = functools.partial(Handler, directory=self.tree)
        self.http = http.server.ThreadingHTTPServer((ADDRESS, 0), handler)
        self.url = f"http://{ADDRESS}:{self.http.server_address[1]}"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()
        conf = WORK / f"{self.tree.name}.conf"
        conf.write_text(DNSMASQ.format(tree=self.tree.absolute(), url=self.url))
        pathlib.Path(f"{self.tree}.leases").unlink(missing_ok=True)
        self.dnsmasq = subprocess.Popen(["dnsmasq", "--keep-in-foreground", "--log-facility=-",
                                         f"--conf-file={conf}"], stderr=open(self.log, "w"))
        return self

    def __exit__(self, *exc):
        self.dnsmasq.terminate()
        self.dnsmasq.wait()
        self.http.shutdown()
        self.http.server_close()
