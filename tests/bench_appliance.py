#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Import and export of an appliance against what one would do by hand:
sha256sum, tar and qemu-img.

The disk is 4 GiB, a fourth of it the files of the build root's /usr as a file
system has them, the rest zeros; qemu-img made the VMDK.  Both sides read the
same file and write to the same file system in memory, so that neither waits for
a disk: ours would, since it ends when the data are on it, and theirs does not.
What the disk allows is compared apart, with dd of the same data.

Seconds are of the clock.  "-cpu" are those of the processors, which other work on
the machine changes least.
"""

import hashlib
import json
import os
import pathlib
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time

PROGRAM = str(pathlib.Path("build/c/release/bin/socle").absolute())
HOME = pathlib.Path("build/bench").absolute()
MIB, GIB = 1 << 20, 1 << 30
ROUNDS = int(os.environ.get("ROUNDS", "3"))
CORES = sorted(os.sched_getaffinity(0))[:2]
OVF = """<?xml version="1.0" encoding="UTF-8"?>
<Envelope xmlns="http://schemas.dmtf.org/ovf/envelope/1"
 xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1"
 xmlns:rasd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData">
<References><File ovf:id="f" ovf:href="disk.vmdk" ovf:size="{stored}"/></References>
<DiskSection><Info/><Disk ovf:diskId="d" ovf:fileRef="f" ovf:capacity="{size}"
 ovf:format="http://www.vmware.com/interfaces/specifications/vmdk.html#streamOptimized"/>
</DiskSection>
<VirtualSystem ovf:id="bench"><Info/><VirtualHardwareSection><Info/>
<Item><rasd:ElementName>cpu</rasd:ElementName><rasd:InstanceID>1</rasd:InstanceID>
<rasd:ResourceType>3</rasd:ResourceType><rasd:VirtualQuantity>1</rasd:VirtualQuantity></Item>
<Item><rasd:AllocationUnits>byte * 2^20</rasd:AllocationUnits>
<rasd:ElementName>memory</rasd:ElementName><rasd:InstanceID>2</rasd:InstanceID>
<rasd:ResourceType>4</rasd:ResourceType><rasd:VirtualQuantity>512</rasd:VirtualQuantity></Item>
<Item><rasd:ElementName>ide</rasd:ElementName><rasd:InstanceID>3</rasd:InstanceID>
<rasd:ResourceType>5</rasd:ResourceType></Item>
<Item><rasd:AddressOnParent>0</rasd:AddressOnParent><rasd:ElementName>disk</rasd:ElementName>
<rasd:HostResource>ovf:/disk/d</rasd:HostResource><rasd:InstanceID>4</rasd:InstanceID>
<rasd:Parent>3</rasd:Parent><rasd:ResourceType>17</rasd:ResourceType></Item>
</VirtualHardwareSection></VirtualSystem></Envelope>
"""


def run(argv, cwd=None, cores=None):
    """Seconds of the clock and of processors; cores: those it may run on."""
    def confine():
        os.sched_setaffinity(0, cores or CORES)
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(argv, cwd=cwd, preexec_fn=confine, stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, check=False)
    seconds = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise SystemExit(f"{argv} ended with {done.returncode}: {done.stderr.decode()[-500:]}")
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def shell(script, cwd, cores=None):
    return run(["bash", "-euo", "pipefail", "-c", script], cwd, cores)


def fill(path, size, most):
    """A disk of the files below /usr, each from a block of 4 KiB on, and zeros after them."""
    with open(path, "wb") as disk:
        for folder, folders, names in os.walk("/usr"):
            folders.sort()
            for name in sorted(names):
                file = os.path.join(folder, name)
                if disk.tell() >= most:
                    break
                if os.path.islink(file) or not os.path.isfile(file):
                    continue
                with open(file, "rb") as source:
                    shutil.copyfileobj(source, disk, MIB)
                disk.seek(-disk.tell() % 4096, os.SEEK_CUR)
        disk.truncate(min(size, max(most, disk.tell())))
        disk.truncate(size)


def sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def prepare():
    """disk.raw, disk.vmdk and bench.ova, once."""
    HOME.mkdir(parents=True, exist_ok=True)
    if (HOME / "bench.ova").exists():
        return
    print("making the disk and its package", flush=True)
    fill(HOME / "disk.raw", 4 * GIB, 4 * GIB)
    shell("qemu-img convert -f raw -O vmdk -o subformat=streamOptimized disk.raw disk.vmdk", HOME)
    ovf = OVF.format(stored=(HOME / "disk.vmdk").stat().st_size, size=4 * GIB)
    (HOME / "bench.ovf").write_text(ovf)
    (HOME / "bench.mf").write_text("".join(f"SHA256({n})= {sha256(HOME / n)}\n"
                                           for n in ("bench.ovf", "disk.vmdk")))
    shell("tar --format=ustar -cf new.ova bench.ovf bench.mf disk.vmdk && mv new.ova bench.ova",
          HOME)


THEIR_IMPORT = (f"tar -xf {HOME}/bench.ova && sha256sum --quiet -c bench.mf"
                " && qemu-img convert -f vmdk -O raw disk.vmdk out.raw")
THEIR_EXPORT = (f"qemu-img convert -f raw -O vmdk -o subformat=streamOptimized {HOME}/disk.raw"
                " disk.vmdk && sha256sum --tag disk.vmdk > bench.mf && tar -cf out.ova bench.mf"
                " disk.vmdk")


OUR_IMPORT = f"{PROGRAM} appliance import --storage . {HOME}/bench.ova"
OUR_EXPORT = f"{PROGRAM} appliance export --model {HOME}/model.json {HOME}/disk.raw out.ova"


def timed(script, where=None, cores=None, check=None):
    """One run in a folder of its own, in memory unless where is given."""
    with tempfile.TemporaryDirectory(dir=where) as folder:
        seconds = shell(script, folder, cores)
        if check:
            shell(check, folder)
        return seconds


def both(bench, ours, theirs, where=None, cores=None):
    """The medians of both sides, in turn, as two comparisons."""
    times = [(timed(ours, where, cores), timed(theirs, where, cores)) for _ in range(ROUNDS)]
    for what, name in enumerate((bench, f"{bench}-cpu")):
        report(name, *(statistics.median(t[side][what] for t in times) for side in (0, 1)), "s")


def report(bench, ours, theirs, unit):
    print(json.dumps({"bench": bench, "ours": round(ours, 3), "theirs": round(theirs, 3),
                      "unit": unit, "ratio": round(ours / theirs, 3)}), flush=True)


def peaks(pid, seen):
    """The most memory of a process and its children, so far, in KiB by process."""
    try:
        with open(f"/proc/{pid}/status", encoding="ascii") as status:
            for line in status:
                if line.startswith("VmHWM:"):
                    seen[pid] = int(line.split()[1])
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as children:
            for child in children.read().split():
                peaks(child, seen)
    except OSError:
        pass  # it has ended


def memory(argv, cwd):
    """MiB of all the processes of a command, each at its highest."""
    seen, over = {}, threading.Event()
    with subprocess.Popen(argv, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                          preexec_fn=lambda: os.sched_setaffinity(0, CORES)) as process:
        def watch():
            while not over.wait(0.005):
                peaks(process.pid, seen)
        watcher = threading.Thread(target=watch)
        watcher.start()
        code = process.wait()
        over.set()
        watcher.join()
    if code:
        raise SystemExit(f"{argv} ended with {code}")
    return sum(seen.values()) / 1024


def sizes():
    """CPU seconds of a conversion by the size of the disk, an eighth of which is data."""
    times = {}
    for gib in (1, 4, 16):
        with tempfile.TemporaryDirectory(dir=HOME) as folder:
            fill(f"{folder}/data", gib * GIB, gib * GIB // 8)
            shell(f"{PROGRAM} appliance convert --to vmdk data disk.vmdk && rm data", folder)
            times[gib] = statistics.median(
                timed(f"{PROGRAM} appliance convert {folder}/disk.vmdk out.raw")[1]
                for _ in range(ROUNDS))
            with tempfile.TemporaryDirectory() as out:
                most = memory([PROGRAM, "appliance", "convert", f"{folder}/disk.vmdk", "o.raw"], out)
            print(f"{gib:2} GiB: {times[gib]:.2f} s of processors, {most:.0f} MiB", flush=True)
    return times


def main():
    prepare()
    shell(f"{PROGRAM} appliance inspect --json bench.ova | jq .model > model.json", HOME)
    shell("cat bench.ova disk.raw > /dev/null", HOME)  # into the page cache
    timed(OUR_IMPORT, check=f"cmp bench/disk0.raw {HOME}/disk.raw")
    timed(OUR_EXPORT, check="tar -xf out.ova && disk=$(tar -tf out.ova | grep vmdk) &&"
                            f" qemu-img compare -f vmdk -F raw $disk {HOME}/disk.raw")
    both("appliance-import", OUR_IMPORT, THEIR_IMPORT)
    both("appliance-export", OUR_EXPORT, THEIR_EXPORT)
    both("appliance-import-1-core", OUR_IMPORT, THEIR_IMPORT, cores=CORES[:1])
    with tempfile.TemporaryDirectory() as out:
        most = memory([PROGRAM, "appliance", "import", "--storage", ".", f"{HOME}/bench.ova"], out)
        report("appliance-import-memory", most, 64, "MiB")
        most = memory([PROGRAM, "appliance", "export", "--model", f"{HOME}/model.json",
                       f"{HOME}/disk.raw", "out.ova"], out)
        report("appliance-export-memory", most, 64, "MiB")
    by_size = sizes()
    report("appliance-import-16-gib-by-4", by_size[16] / by_size[4], 4, "times")
    data = (HOME / "disk.raw").stat().st_blocks * 512 // MIB
    both("appliance-import-to-disk", OUR_IMPORT,
         f"dd if={HOME}/disk.raw of=out.raw bs=1M count={data} conv=fsync", where=HOME)


if __name__ == "__main__":
    sys.exit(main())
