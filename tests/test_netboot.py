# SPDX-License-Identifier: GPL-2.0-or-later
"""Machines that are booted and installed over the network, each way that firmware knows."""
import hashlib
import json
import re
import subprocess
import time

import host
import pytest
import rack
from machine import WORK, disk, ssh_public_key
from rack import TREE

KICKSTART = """rootpw --plaintext correct-horse
sshkey --username=root "{key}"
network --bootproto=dhcp --hostname={name}
zerombr
clearpart --all
autopart
poweroff
"""


def lines(loader, path):
    """Of each entry of a menu: the kernel's arguments behind those that say where its system is."""
    text = path.read_text() if path else subprocess.run(
        ["iso/menu", loader, "quiet"], check=True, capture_output=True, text=True).stdout
    found = re.findall(r"(?<=\s)console=tty\S+ console=tty.*", text)
    return [re.sub(r"\s*@ARGS@", " @ARGS@", line.strip()) for line in found]


def test_all_menus_boot_by_the_same_arguments():
    disc = lines("isolinux", None)
    assert len(disc) == 4 and "socle.install" in disc[0]
    assert lines("grub", None) == disc
    net = [line for line in disc if "socle.check" not in line]
    for loader, name in (("pxelinux", "pxelinux.cfg"), ("grub-net", "grub.cfg"),
                         ("ipxe", "default.ipxe")):
        assert lines(loader, TREE / "menu" / name) == net, loader


def test_tree_tells_its_files():
    """Each with its size and SHA-256, none left out; and what a machine fetches is vouched for."""
    tree = json.loads((TREE / "tree.json").read_text())
    there = {str(p.relative_to(TREE)) for p in TREE.rglob("*") if p.is_file()}
    assert {f["name"] for f in tree["files"]} == there - {"tree.json"}
    for f in tree["files"]:
        data = (TREE / f["name"]).read_bytes()
        assert (f["size"], f["sha256"]) == (len(data), hashlib.sha256(data).hexdigest()), f["name"]
    assert set(tree["tftp"]) <= there
    sums = hashlib.sha256((TREE / "SHA256SUMS").read_bytes()).hexdigest()
    for name in tree["menus"].values():
        assert f"socle.sums={sums}" in (TREE / name).read_text()


def configure(*args):
    out = WORK / "configured"
    subprocess.run(["rm", "-rf", out], check=True)
    return out, subprocess.run([TREE / "configure", "--output", out, *args], capture_output=True,
                               text=True, check=False)


@pytest.mark.parametrize("args, says", [
    ([], "give the tree's URL"),
    (["ftp://192.0.2.1"], "give the tree's URL"),
    (["--entry", "format", "http://192.0.2.1"], "there is no entry format"),
    (["--mac", "../../etc", "http://192.0.2.1"], "is no MAC"),
    (["--serial", "a b", "http://192.0.2.1"], "is no serial number"),
    (["--args", "a;reboot", "http://192.0.2.1"], "cannot be in a boot line"),
    (["--hostname", "x", "http://192.0.2.1"], "there is no option --hostname"),
])
def test_configure_refuses(args, says):
    out, run = configure(*args)
    assert run.returncode == 1 and says in run.stderr and not out.exists(), run


def test_configure_fills_in_every_word():
    out, run = configure("--mac", "52:54:00:12:34:AB", "--args", "socle.ks=http://192.0.2.1/a.ks",
                         "http://192.0.2.1:8080/tree/")
    assert run.returncode == 0, run
    menus = {str(p.relative_to(out)): p.read_text() for p in out.rglob("*") if p.is_file()}
    assert set(menus) == {"pxelinux.cfg/01-52-54-00-12-34-ab", "grub/grub.cfg-01-52-54-00-12-34-ab",
                          "ipxe/01-52-54-00-12-34-ab.ipxe"}
    for name, text in menus.items():
        assert "@" not in re.sub(r'"\$@"', "", text), name
        assert "socle.install socle.ks=http://192.0.2.1/a.ks\n" in text, name
        assert "192.0.2.1:8080" in text and "/tree/socle/vmlinuz" in text, name


@pytest.fixture(scope="module")
def network():
    with rack.network():
        yield


# The number of each machine, by which its card is known.
WAYS = {"bios": 1, "uefi": 2, "ipxe": 3, "http": 4}
LOADERS = {"bios": "pxelinux", "uefi": "grub", "ipxe": "ipxe", "http": "ipxe"}


def kickstart(name, **change):
    text = KICKSTART.format(key=ssh_public_key(), name=name)
    for old, new in change.items():
        text = text.replace(old, new)
    return text


def from_disk(name, number, way, target):
    """The machine that has the network first, once it is installed."""
    return rack.machine(name, number, way, [(target, {})], memory=3072, cpu=host.XEN_CPU)


@pytest.mark.parametrize("way", ["bios", *(pytest.param(w, marks=pytest.mark.long)
                                           for w in ("uefi", "ipxe", "http"))])
def test_blank_machine_becomes_a_host(network, way):
    """Each way: installed by the kickstart of its card; then from its disk, the network first."""
    number, target = WAYS[way], disk(f"net-{way}")
    card = rack.mac(number).replace(":", "-")
    files = {f"{card}.ks": kickstart(f"{way}1"), "default.ks": kickstart("no-one")}
    tree = rack.plain_tree() if way == "bios" else TREE
    with rack.Serve(way, files, tree) as server:
        with rack.machine(f"net-{way}", number, way, [(target, {})]) as m:
            m.expect(r"Plan [0-9a-f]{16}", timeout=600)
            assert server.machine(number)["state"] == "installing"
            m.expect("Installed", timeout=600)
            m.wait_off()
        known = server.wait(number, "done", 10)
        assert known["serial"] == f"RACK-{number}" and known["percent"] == 100, known
        assert known["loader"] == LOADERS[way], known
        with from_disk(f"net-{way}-disk", number, way, target) as m:
            m.expect("Booting `Socle", timeout=300)
            # Whatever comes behind is the same for all, and takes minutes.
            if way != "bios":
                m.expect(f"{way}1 login:", timeout=600)
        assert server.machine(number)["state"] == "done"


@pytest.mark.long
def test_tree_on_servers_of_ones_own(network):
    """As docs/netboot.md has it: by a serial number; the HTTP server knows no ranges."""
    target = disk("net-static")
    with rack.Static("own") as own:
        (own.tree / "own.ks").write_text(kickstart("own1"))
        own.configure("--entry", "local")
        own.configure("--serial", "RACK-5", "--args", f"socle.ks={own.url}/own.ks")
        with rack.machine("net-own", 5, "uefi", [(target, {})]) as m:
            m.expect("Installed", timeout=900)
            m.wait_off()
        (own.tree / "grub/grub.cfg-serial-RACK-5").unlink()
        with from_disk("net-own-disk", 5, "uefi", target) as m:
            m.expect("own1 login:", timeout=600)


def lose_network(m, number):
    """Pull the cable while the image is on its way, and put it in again."""
    half = 75000000 + (TREE / "socle/system.squashfs").stat().st_size // 2
    end = time.monotonic() + 600
    while rack.sent(number) < half:
        assert rack.drain(m) and time.monotonic() < end
    m.qmp("set_link", name="card0", up=False)
    rack.drain(m, 20)
    m.qmp("set_link", name="card0", up=True)


def kernels_fetch(*machines):
    """Firmware and loader did their part on each: its kernel runs, and fetches the rest."""
    end = time.monotonic() + 900
    for m in machines:
        said = f"Socle: fetching the system from http://{rack.ADDRESS}"
        while said not in m.log.read_text(errors="replace"):
            assert all([rack.drain(other) for other in machines]) and time.monotonic() < end, m.log


@pytest.mark.long
def test_beside_a_dhcp_server(network):
    """One that gives only addresses; --proxy gives the rest, to each firmware."""
    with rack.addresses() as log, rack.Serve("proxy", {"default.ks": kickstart("p1")},
                                             how=("--proxy",)) as server, \
            rack.machine("net-proxy-uefi", 31, "uefi", []) as u, \
            rack.machine("net-proxy-bios", 32, "ipxe", []) as b:
        kernels_fetch(u, b)
        assert server.machine(31)["loader"] == "grub", server.machine(31)
        assert server.machine(32)["loader"] == "ipxe", server.machine(32)
        for number in (31, 32):
            known = server.machine(number)
            assert known["state"] == "booting" and known["ip"].startswith("192.0.2.2"), known
            assert f"DHCPACK(eth0) {known['ip']} {rack.mac(number)}" in log.read_text()


@pytest.mark.long
def test_ipxe_of_the_tree_is_loaded_by_tftp(network):
    """As the boot file of plain PXE: undionly.kpxe of a BIOS, ipxe.efi of a UEFI."""
    with rack.Static("chain", {"lpxelinux.0": "undionly.kpxe", "grub.efi": "ipxe.efi"}) as own:
        own.configure()
        own.once["/boot.ipxe"] = rack.PLAIN_PXE
        # The first script makes a plain PXE of the card's iPXE, the next one is for the loader.
        with rack.machine("net-undionly", 33, "bios", []) as b:
            kernels_fetch(b)
        with rack.machine("net-ipxe-efi", 34, "uefi", []) as u:
            kernels_fetch(u)
        log = own.log.read_text()
        for loader in ("undionly.kpxe", "ipxe.efi"):
            assert re.search(rf"sent .*/{loader} to 192", log), loader


@pytest.mark.long
def test_three_at_once(network):
    """One is installed; one loses the network in the middle, and is, too; one fails, and why."""
    good, lost, bad = 11, 12, 13
    files = {f"RACK-{good}.ks": kickstart("good1"), f"RACK-{lost}.ks": kickstart("lost1"),
             f"RACK-{bad}.ks": kickstart("bad1", poweroff="disk --serial=NOT-THERE\npoweroff")}
    targets = {n: disk(f"net-three-{n}") for n in (good, lost, bad)}
    with rack.Serve("three", files) as server, \
            rack.machine("net-good", good, "ipxe", [(targets[good], {})]) as g, \
            rack.machine("net-lost", lost, "ipxe", [(targets[lost], {})]) as m, \
            rack.machine("net-bad", bad, "ipxe", [(targets[bad], {})]) as b, rack.read_on(g, b):
        lose_network(m, lost)
        m.expect("Installed", timeout=1200)
        m.wait_off()
        assert "trying again" in m.log.read_text(errors="replace")
        known = server.wait(bad, "failed")
        assert "no disk of this machine" in known["error"] and known["wrote"] is False, known
        server.wait(good, "done")
        server.wait(lost, "done", 10)
        table = subprocess.run([rack.SOCLE, "netboot", "list", "--state", server.folder / "state"],
                               check=True, capture_output=True, text=True).stdout
        assert re.search(rf"RACK-{bad} .*failed", table) and "no disk of this" in table, table
    for number, name in ((good, "good1"), (lost, "lost1")):
        with from_disk(f"net-{name}", number, "ipxe", targets[number]) as m:
            m.expect("Booting `Socle", timeout=300)
