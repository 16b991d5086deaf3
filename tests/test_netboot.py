# SPDX-License-Identifier: GPL-2.0-or-later
"""Machines that are booted and installed over the network, each way that firmware knows."""
import hashlib
import json
import re
import subprocess

import host
import pytest
import rack
from machine import BUILD, WORK, disk, ssh_public_key

KICKSTART = """rootpw --plaintext correct-horse
sshkey --username=root "{key}"
network --bootproto=dhcp --hostname={name}
zerombr
clearpart --all
autopart
poweroff
"""
TREE = BUILD / "pxe"


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


@pytest.mark.parametrize("number, way", list(enumerate(["bios", "uefi", "ipxe", "http"], 1)))
def test_static_tree(network, number, way):
    """On servers of one's own: installed by the kickstart of its port, then booted from its disk."""
    target = disk(f"net-{way}")
    with rack.Static(way) as server:
        (server.tree / f"{way}.ks").write_text(KICKSTART.format(key=ssh_public_key(), name=way))
        server.configure()
        server.configure("--mac", rack.mac(number), "--args", f"socle.ks={server.url}/{way}.ks")
        with rack.machine(f"net-{way}", number, way, [(target, {})]) as m:
            m.expect(r"Plan [0-9a-f]{16}", timeout=600)
            m.expect("Installed", timeout=600)
            m.wait_off()
        server.configure("--mac", rack.mac(number), "--entry", "local")
        with rack.machine(f"net-{way}-disk", number, way, [(target, {})], memory=3072,
                          cpu=host.XEN_CPU) as m:
            m.expect(f"{way} login:", timeout=600)
