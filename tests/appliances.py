# SPDX-License-Identifier: GPL-2.0-or-later
"""The appliances of templates/ as tests want them: copies of their disks, seeds, pages."""
import contextlib
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from xml.sax.saxutils import quoteattr

import pytest

from machine import BUILD, WORK, Machine, free_port

# DSP0243, 9.5 and its example: what a host tells a guest of the properties.
ENVIRONMENT = """<?xml version="1.0" encoding="UTF-8"?>
<Environment xmlns="http://schemas.dmtf.org/ovf/environment/1"
             xmlns:oe="http://schemas.dmtf.org/ovf/environment/1" oe:id="guest">
<PlatformSection><Kind>test</Kind></PlatformSection>
<PropertySection>
{properties}
</PropertySection>
</Environment>
"""


def image(template, name, size=None):
    """A copy of an appliance's disk, which a test may write to and make larger."""
    source = BUILD / f"template-disk-{template}/disk.img"
    if not source.exists():
        pytest.skip(f"{template} is not built: make templates TEMPLATE={template}")
    path = WORK / f"{name}.img"
    WORK.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    subprocess.run(["cp", "--sparse=always", source, path], check=True)
    if size:
        with open(path, "r+b") as f:
            f.truncate(size)
    return path


def seed(name, files):
    """An ISO of {file name: text}."""
    tree = WORK / f"{name}.seed"
    shutil.rmtree(tree, ignore_errors=True)
    tree.mkdir(parents=True)
    for file, text in files.items():
        (tree / file).write_text(text)
    path = WORK / f"{name}.iso"
    subprocess.run(["xorriso", "-as", "mkisofs", "-quiet", "-V", "cidata", "-J", "-R",
                    "-o", path, tree], check=True)
    return path


def environment(properties):
    """The OVF environment document of {key: value}."""
    lines = [f"<Property oe:key={quoteattr(k)} oe:value={quoteattr(v)}/>"
             for k, v in properties.items()]
    return ENVIRONMENT.format(properties="\n".join(lines))


class Guest(Machine):
    """A machine with an appliance's disk, a seed, and its ports 22 and 80 on loopback."""

    def __init__(self, name, disk, seed_iso=None, **more):
        self.page_port = free_port()
        extra = []
        if seed_iso:
            extra += ["-drive", f"if=none,id=seed,media=cdrom,readonly=on,format=raw,"
                                f"file={seed_iso}", "-device", "ide-cd,drive=seed,bus=ide.3"]
        super().__init__(name, disks=[(disk, {})], nic=False, extra=extra, **more)
        nic = self.args.index("-nic")
        self.args[nic:nic + 2] = [
            "-netdev", f"user,id=n0,hostfwd=tcp:127.0.0.1:{self.ssh_port}-:22,"
                       f"hostfwd=tcp:127.0.0.1:{self.page_port}-:80",
            "-device", "virtio-net-pci,netdev=n0"]

    def page(self, path="/", timeout=120, headers=()):
        """What the guest's web server answers: (status, text)."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.page_port}{path}",
                                         headers=dict(headers))
        end = time.monotonic() + timeout
        while True:
            with contextlib.suppress(OSError):
                try:
                    with urllib.request.urlopen(request, timeout=10) as answer:
                        return answer.status, answer.read().decode()
                except urllib.error.HTTPError as e:
                    return e.code, e.read().decode()
            assert time.monotonic() < end, f"{self.name}: no answer within {timeout} s"
            time.sleep(1)
