# SPDX-License-Identifier: GPL-2.0-or-later
"""A rack: machines on a bridge, beside a server's address, in the test's own network namespace."""
import contextlib
import functools
import hashlib
import http.server
import json
import os
import pathlib
import shutil
import subprocess
import threading
import time
import urllib.request

import pexpect
from machine import BUILD, WORK, Machine

SOCLE = BUILD / "c/release/bin/socle"
# A later build makes another one, and leaves this one be.
TREE = pathlib.Path(os.path.realpath(BUILD / "pxe"))

ADDRESS = "192.0.2.1"
BRIDGE = "rack"

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


def ip(*args, check=True):
    return subprocess.run(["ip", *args], check=check, capture_output=not check, text=True)


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
    if ip("link", "show", name, check=False).returncode:
        ip("tuntap", "add", name, "mode", "tap")
        ip("link", "set", name, "master", BRIDGE, "up")
    return name


# The firmware of each way, and what QEMU is told of the card.  An e1000's iPXE has interrupts
# for the PXELINUX above it, as that of a virtio card has not.
ROMS = "/usr/share/qemu"
WAYS = {
    "bios": ("bios", f"e1000,romfile={ROMS}/pxe-e1000.rom"),
    "ipxe": ("bios", f"e1000,romfile={ROMS}/pxe-e1000.rom"),
    "uefi": ("uefi", "virtio-net-pci,romfile="),
    "http": ("uefi", "virtio-net-pci,romfile="),
}


def machine(name, number, way, disks, **more):
    """A machine of the rack that boots over the network first: by WAYS."""
    firmware, card = WAYS[way]
    extra = ["-netdev", f"tap,id=n0,ifname={tap(number)},script=no,downscript=no",
             "-device", f"{card},id=card0,netdev=n0,mac={mac(number)},bootindex=1",
             "-device", "virtio-rng-pci", "-smbios", f"type=1,serial=RACK-{number}"]
    if way == "http":
        for version in (4, 6):
            extra += ["-fw_cfg", f"name=opt/org.tianocore/IPv{version}PXESupport,string=n"]
    if firmware == "uefi":
        (WORK / f"{name}.vars.fd").unlink(missing_ok=True)
    return Machine(name, firmware=firmware, disks=disks, nic=False, extra=extra, **more)


# The only PXE for BIOS that is here is an iPXE.  It becomes any other one when it says no
# longer what it is, and asks again.
PLAIN_PXE = """#!ipxe
set user-class PXE
dhcp || reboot
chain tftp://${next-server}/${filename}
"""


def plain_tree():
    """The tree, but an iPXE that comes for its script is a plain PXE then."""
    tree = WORK / "tree-plain"
    shutil.rmtree(tree, ignore_errors=True)
    subprocess.run(["cp", "-al", TREE, tree], check=True)
    told = json.loads((tree / "tree.json").read_text())
    for f in told["files"]:
        if f["name"] == "boot.ipxe":
            f.update(size=len(PLAIN_PXE), sha256=hashlib.sha256(PLAIN_PXE.encode()).hexdigest())
    for name, text in (("boot.ipxe", PLAIN_PXE), ("tree.json", json.dumps(told))):
        (tree / name).unlink()
        (tree / name).write_text(text)
    return tree


class Static:
    """
    The tree on servers of one's own: dnsmasq, and an HTTP server that knows no ranges.
    loaders: {boot file of the manual: the one that is told instead}.
    """

    def __init__(self, name="static", loaders=None):
        self.loaders = loaders or {}
        self.once = {}  # path: what the first who asks gets
        self.tree = WORK / f"tree-{name}"
        self.log = WORK / f"dnsmasq-{name}.log"
        self.requests = []
        shutil.rmtree(self.tree, ignore_errors=True)
        subprocess.run(["cp", "-al", TREE, self.tree], check=True)

    def configure(self, *options):
        subprocess.run([self.tree / "configure", "--timeout", "1", *options, self.url], check=True,
                       stdout=subprocess.DEVNULL)

    def __enter__(self):
        server = self

        class Handler(http.server.SimpleHTTPRequestHandler):
            def log_request(self, code="-", size="-"):
                server.requests.append((time.monotonic(), self.client_address[0], self.path))

            def do_GET(self):
                text = server.once.pop(self.path, None)
                if text is None:
                    super().do_GET()
                    return
                self.send_response(200)
                self.end_headers()
                self.wfile.write(text.encode())

        handler = functools.partial(Handler, directory=self.tree)
        self.http = http.server.ThreadingHTTPServer((ADDRESS, 0), handler)
        self.url = f"http://{ADDRESS}:{self.http.server_address[1]}"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()
        conf = WORK / f"{self.tree.name}.conf"
        text = DNSMASQ.format(tree=self.tree.absolute(), url=self.url)
        for manual, told in self.loaders.items():
            text = text.replace(manual, told)
        conf.write_text(text)
        pathlib.Path(f"{self.tree}.leases").unlink(missing_ok=True)
        self.dnsmasq = subprocess.Popen(["dnsmasq", "--keep-in-foreground", "--log-facility=-",
                                         f"--conf-file={conf}"], stderr=open(self.log, "w"))
        return self

    def __exit__(self, *exc):
        self.dnsmasq.terminate()
        self.dnsmasq.wait()
        self.http.shutdown()
        self.http.server_close()


@contextlib.contextmanager
def addresses():
    """A DHCP server of the network that gives addresses, and knows nothing of booting."""
    inside = ["ip", "netns", "exec", "addresses"]
    log = WORK / "dnsmasq-addresses.log"
    ip("netns", "add", "addresses")
    try:
        ip("link", "add", "addresses", "type", "veth", "peer", "name", "eth0", "netns", "addresses")
        ip("link", "set", "addresses", "master", BRIDGE, "up")
        ip("-n", "addresses", "addr", "add", "192.0.2.254/24", "dev", "eth0")
        ip("-n", "addresses", "link", "set", "eth0", "up")
        dnsmasq = subprocess.Popen(
            [*inside, "dnsmasq", "--keep-in-foreground", "--port=0", "--user=root", "--interface=eth0",
             "--bind-interfaces", "--dhcp-range=192.0.2.200,192.0.2.250", "--log-dhcp",
             "--dhcp-leasefile=/dev/null", "--pid-file=", "--log-facility=-"], stderr=open(log, "w"))
        try:
            yield log
        finally:
            dnsmasq.terminate()
            dnsmasq.wait()
    finally:
        ip("netns", "del", "addresses")


class Serve:
    """socle netboot serve, with {name: kickstart} as its folder."""

    def __init__(self, name, kickstarts, tree=TREE, how=("--range", "192.0.2.100,192.0.2.199")):
        self.how = how
        self.folder = WORK / f"netboot-{name}"
        self.log = WORK / f"netboot-{name}.log"
        self.url = f"http://{ADDRESS}"
        self.tree = tree
        shutil.rmtree(self.folder, ignore_errors=True)
        (self.folder / "ks").mkdir(parents=True)
        for file, text in kickstarts.items():
            (self.folder / "ks" / file).write_text(text)

    def __enter__(self):
        self.process = subprocess.Popen(
            [SOCLE, "netboot", "serve", "--interface", BRIDGE, *self.how, "--tree", self.tree,
             "--kickstarts", self.folder / "ks", "--plain", "--state", self.folder / "state"],
            stdout=open(self.log, "w"), stderr=subprocess.STDOUT)
        end = time.monotonic() + 30
        while "serving on" not in self.log.read_text():
            assert self.process.poll() is None and time.monotonic() < end, self.log.read_text()
            time.sleep(0.1)
        return self

    def __exit__(self, *exc):
        self.process.terminate()
        assert self.process.wait(30) == 0, self.log.read_text()

    def machine(self, number):
        """What the server knows of a machine, {} if it has not seen it."""
        with urllib.request.urlopen(f"{self.url}/api/machines", timeout=20) as f:
            known = json.load(f)
        known = known if isinstance(known, list) else known["machines"]
        return next((m for m in known if m["mac"].replace("-", ":") == mac(number)), {})

    def wait(self, number, state, timeout=600):
        """Until a machine is in a state; what is known of it then."""
        end = time.monotonic() + timeout
        while (known := self.machine(number)).get("state") != state:
            assert time.monotonic() < end, f"{known}\n{self.log.read_text()[-3000:]}"
            time.sleep(0.5)
        return known

    def cpu(self):
        """Seconds of processor time, of the server and its children; not of dnsmasq below them."""
        pids = [self.process.pid]
        for p in pathlib.Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                words = p.read_text().rsplit(")", 1)[1].split()
                if int(words[1]) == self.process.pid:
                    pids.append(int(p.parent.name))
        ticks = 0
        for pid in pids:
            words = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            ticks += int(words[11]) + int(words[12])
        return ticks / os.sysconf("SC_CLK_TCK")


def sent(number):
    """Bytes that a machine was sent since its cable was laid."""
    shown = json.loads(ip("-j", "-s", "link", "show", tap(number), check=False).stdout)
    return shown[0]["stats64"]["tx"]["bytes"]


def drain(m, seconds=0.5):
    """Read a machine's serial line for a while: nobody's is full, and stops it.  Whether it runs."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        try:
            m.qemu.read_nonblocking(65536, left)
        except pexpect.TIMEOUT:
            break
        except (pexpect.EOF, OSError, ValueError):
            return False
    return True


@contextlib.contextmanager
def read_on(*machines):
    """Drain these meanwhile."""
    over = threading.Event()

    def read():
        running = list(machines)
        while running and not over.is_set():
            running = [m for m in running if drain(m, 0.2)]

    thread = threading.Thread(target=read)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
