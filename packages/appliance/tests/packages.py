#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Packages for the tests of imports, in the working folder: disk.raw in each of them."""
import bz2
import gzip
import hashlib
import io
import os
import random
import subprocess
import tarfile
import zipfile

MIB = 1 << 20
random.seed(7)
disk = bytearray(16 * MIB)
for at in range(0, 16 * MIB, 2 * MIB):
    disk[at:at + 700000] = random.randbytes(350000) * 2
open("disk.raw", "wb").write(disk)


def convert(to, name, *options):
    subprocess.run(["qemu-img", "convert", "-O", to, *options, "disk.raw", name], check=True)
    return open(name, "rb").read()


OVF = """<?xml version="1.0"?>
<Envelope xmlns="http://schemas.dmtf.org/ovf/envelope/1"
 xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1"
 xmlns:rasd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData">
<References><File ovf:id="f" ovf:href="%s"%s/></References>
<DiskSection><Info/><Disk ovf:diskId="d" ovf:fileRef="f" ovf:capacity="16777216"/></DiskSection>
<VirtualSystem ovf:id="vm"><Info/><Name>vm</Name>%s<VirtualHardwareSection><Info/>
<Item><rasd:ElementName>c</rasd:ElementName><rasd:InstanceID>3</rasd:InstanceID>
<rasd:ResourceType>6</rasd:ResourceType></Item>
<Item><rasd:AddressOnParent>0</rasd:AddressOnParent><rasd:ElementName>d</rasd:ElementName>
<rasd:HostResource>ovf:/disk/d</rasd:HostResource><rasd:InstanceID>4</rasd:InstanceID>
<rasd:Parent>3</rasd:Parent><rasd:ResourceType>17</rasd:ResourceType></Item>
</VirtualHardwareSection></VirtualSystem></Envelope>
"""


def ovf(href, more="", sections=""):
    return (OVF % (href, more, sections)).encode()


def manifest(files, algorithm="sha256", form="%s(%s)= %s\n"):
    return "".join(form % (algorithm.upper(), name, hashlib.new(algorithm, data).hexdigest())
                   for name, data in files).encode()


def tar(name, files, mode="w", form=tarfile.USTAR_FORMAT):
    with tarfile.open(name, mode, format=form) as archive:
        for member, data in files:
            info = tarfile.TarInfo(member)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))


def ova(name, href, data, order="omd", algorithm="sha256", more="", **how):
    files = [("vm.ovf", ovf(href, more)), (href, data)]
    parts = {"o": files[0], "d": files[1], "m": ("vm.mf", manifest(files, algorithm))}
    tar(name, [parts[c] for c in order], **how)


vmdk = convert("vmdk", "s.vmdk", "-o", "subformat=streamOptimized")
qcow2 = convert("qcow2", "c.qcow2", "-c")
ova("plain.ova", "d.vmdk", vmdk)
ova("last.ova", "d.vmdk", vmdk, "odm", "sha512")
ova("first.ova", "d.vmdk", vmdk, "dmo", "sha1")
ova("none.ova", "d.vmdk", vmdk, "od")
ova("gnu.ova", "d.vmdk", vmdk, form=tarfile.GNU_FORMAT)
ova("pax.ova", "d.vmdk", vmdk, form=tarfile.PAX_FORMAT)
ova("q.ova", "d.qcow2", qcow2)
ova("sparse.ova", "d.vmdk", convert("vmdk", "m.vmdk"))
ova("vpc.ova", "d.vhd", convert("vpc", "d.vhd", "-o", "force_size=on"))
ova("fixed.ova", "d.vhd", convert("vpc", "f.vhd", "-o", "subformat=fixed,force_size=on"))
ova("vhdx.ova", "d.vhdx", convert("vhdx", "d.vhdx"))
ova("raw.ova", "d.raw", bytes(disk))
ova("whole.ova.gz", "d.vmdk", vmdk, mode="w:gz")
ova("whole.ova.xz", "d.vmdk", vmdk, mode="w:xz")
subprocess.run(["gzip", "-k", "s.vmdk"], check=True)
packed = open("s.vmdk.gz", "rb").read()
ova("inner.ova", "d.vmdk.gz", packed, more=' ovf:compression="gzip"')
subprocess.run(["gzip", "-kf", "disk.raw"], check=True)
ova("rawgz.ova", "d.raw.gz", open("disk.raw.gz", "rb").read(), more=' ovf:compression="gzip"')
with zipfile.ZipFile("z.zip", "w", zipfile.ZIP_DEFLATED) as z:
    for member, data in ("vm.ovf", ovf("d.vmdk")), ("d.vmdk", vmdk):
        z.writestr(member, data)

# Oracle VM: the disk in front, in a folder.
tar("ovm.tgz", [("OVM/System.img", bytes(disk)), ("OVM/README", b"hello"),
                ("OVM/vm.cfg", b"name = 'vm'\nmemory = 512\nvcpus = 1\n"
                               b"disk = ['file:/OVS/running_pool/OVM/System.img,xvda,w']\n")],
    mode="w:gz")

# Chunks of a disk, in an OVA.
chunks = [("d.vmdk.%09d" % n, vmdk[n * MIB:(n + 1) * MIB]) for n in range((len(vmdk) + MIB - 1) // MIB)]
head = [("vm.ovf", ovf("d.vmdk", ' ovf:size="%d" ovf:chunkSize="%d"' % (len(vmdk), MIB)))]
tar("chunks.ova", head + chunks + [("vm.mf", manifest(head + chunks))])

# What is wrong.
ova("changed.ova", "d.vmdk", vmdk)
data = bytearray(open("changed.ova", "rb").read())
at = data.index(vmdk[:512]) + len(vmdk) // 2
data[at] ^= 1
open("changed.ova", "wb").write(data)
broken = bytearray(vmdk)
broken[len(vmdk) // 2] ^= 0x55
ova("damaged.ova", "d.vmdk", bytes(broken), "od")
tar("missing.ova", [("vm.ovf", ovf("d.vmdk"))])
tar("partly.ova", [("vm.ovf", ovf("d.vmdk")), ("vm.mf", manifest([("vm.ovf", ovf("d.vmdk"))])),
                   ("d.vmdk", vmdk)])
licence = ovf("d.vmdk", sections="<EulaSection><Info/><License>Be kind.</License></EulaSection>")
tar("eula.ova", [("vm.ovf", licence), ("d.vmdk", vmdk)])

# XVA: chunks of zeros are left out, but the first and the last.
XVA = """<?xml version="1.0"?><value><struct>
<member><name>version</name><value><struct/></value></member>
<member><name>objects</name><value><array><data>%s</data></array></value></member></struct></value>"""

# A virtual machine of VMware's, its disk in several files.
subprocess.run(["qemu-img", "convert", "-O", "vmdk", "-o", "subformat=twoGbMaxExtentSparse",
                "disk.raw", "vm.vmdk"], check=True)
vmx = (b'config.version = "8"\nvirtualHW.version = "10"\ndisplayName = "vm"\nmemsize = "256"\n'
       b'scsi0.present = "TRUE"\nscsi0:0.present = "TRUE"\nscsi0:0.fileName = "vm.vmdk"\n')
parts = [("vm-s001.vmdk", open("vm-s001.vmdk", "rb").read()),
         ("vm.vmdk", open("vm.vmdk", "rb").read()), ("vm.vmx", vmx)]
tar("vmx.tar", parts)
tar("vmx.tgz", parts[::-1], mode="w:gz")
with zipfile.ZipFile("vmx.zip", "w", zipfile.ZIP_DEFLATED) as z:
    for member, data in parts:
        z.writestr("vm/" + member, data)
tar("vmx-part.tgz", parts[1:], mode="w:gz")

# References are URIs; and manifests as they come from Windows, with a comment.
for name, href, member in (("uri.ova", "d%201%5Ba%5D.vmdk", "d 1[a].vmdk"),
                           ("percent.ova", "d%201.vmdk", "d%201.vmdk"), ("dot.ova", "./d.vmdk", "d.vmdk")):
    files = [("vm.ovf", ovf(href)), (member, vmdk)]
    text = b"\xef\xbb\xbf# by hand\n" + manifest(files)
    tar(name, [files[0], ("vm.mf", text.replace(b"\n", b"\r\n")), files[1]])

# Differences, the parents of which nobody mentions, after them and before them.
half = bytearray(disk)
half[4 * MIB:6 * MIB] = bytes(2 * MIB)
open("half.raw", "wb").write(half)
for kind in "qcow2", "vmdk":
    subprocess.run(["qemu-img", "convert", "-O", kind, "half.raw", "base." + kind], check=True)
    subprocess.run(["qemu-img", "convert", "-O", kind, "-B", "base." + kind, "-F", kind, "disk.raw",
                    "d." + kind], check=True)
pair = [(name, open(name, "rb").read()) for name in ("d.qcow2", "base.qcow2")]
tar("chain.ova", [("vm.ovf", ovf("d.qcow2"))] + pair)
tar("chain-back.ova", pair[::-1] + [("vm.ovf", ovf("d.qcow2"))])
pair = [(name, open(name, "rb").read()) for name in ("d.vmdk", "base.vmdk")]
tar("snapshot.tgz", pair + [("vm.vmx", vmx.replace(b'"vm.vmdk"', b'"d.vmdk"'))], mode="w:gz")
both = ovf("d.vmdk").replace(b"</References>", b'<File ovf:id="b" ovf:href="base.vmdk"/></References>')
both = both.replace(b"<Disk ", b'<Disk ovf:parentRef="b" ')
both = both.replace(b"</DiskSection>", b'<Disk ovf:diskId="b" ovf:fileRef="b" ovf:capacity="16777216"/>'
                    b"</DiskSection>")
tar("delta.ova", [("vm.ovf", both)] + pair)

# Folders, for a server.
for folder, href, data in (("beside", "d 1.vmdk", vmdk), ("beside-q", "d.qcow2", qcow2),
                           ("beside-none", "d.vmdk", None),
                           ("beside-far", "http://127.0.0.2/d.vmdk", None)):
    os.mkdir(folder)
    files = [("vm.ovf", ovf(href))] + ([(href, data)] if data else [])
    if folder == "beside":
        files.append(("vm.mf", manifest(files)))
    for member, data in files:
        open(folder + "/" + member, "wb").write(data)

arm = ovf("d.vmdk", sections="<OperatingSystemSection><Info/><Description>Linux AArch64"
          "</Description></OperatingSystemSection>")
tar("arm.ova", [("vm.ovf", arm), ("d.vmdk", vmdk)])


os.mkdir("packed")
open("packed/vm.ovf.gz", "wb").write(gzip.compress(ovf("d.vmdk")))
open("packed/d.vmdk", "wb").write(vmdk)
open("disk.raw.bz2", "wb").write(bz2.compress(bytes(MIB)).ljust(512, b"\0"))

# Two machines with one disk, and with two disks of one file.
part = ovf("d.vmdk").decode().partition("<VirtualSystem ")
system, end = (part[1] + part[2]).split("</Envelope>")
another = part[0].replace("</DiskSection>", '<Disk ovf:diskId="e" ovf:fileRef="f" '
                          'ovf:capacity="16777216"/></DiskSection>')
for name, front, used in ("shared.ova", part[0], "d"), ("twice.ova", another, "e"):
    text = (front + '<VirtualSystemCollection ovf:id="all"><Info/>' + system.replace('"vm"', '"a"') +
            system.replace('"vm"', '"b"').replace("<Name>vm", "<Name>b").replace("/disk/d", "/disk/" + used) +
            "</VirtualSystemCollection></Envelope>" + end)
    tar(name, [("vm.ovf", text.encode()), ("d.vmdk", vmdk)])


def record(kind, ref, **fields):
    members = "".join("<member><name>%s</name><value>%s</value></member>" % f for f in fields.items())
    return ("<value><struct><member><name>class</name><value>%s</value></member>"
            "<member><name>id</name><value>%s</value></member><member><name>snapshot</name>"
            "<value><struct>%s</struct></value></member></struct></value>" % (kind, ref, members))


boolean = "<boolean>%d</boolean>"
xml = XVA % (record("VM", "Ref:0", uuid="u", name_label="vm", memory_static_max="536870912",
                    VCPUs_max="1", VCPUs_at_startup="1", is_a_template=boolean % 0, is_control_domain=boolean % 0,
                    VBDs="<array><data><value>Ref:1</value></data></array>",
                    VIFs="<array><data/></array>") +
             record("VBD", "Ref:1", VM="Ref:0", VDI="Ref:2", userdevice="0", type="Disk",
                    bootable=boolean % 1, empty=boolean % 0) +
             record("VDI", "Ref:2", virtual_size=str(len(disk)), name_label="d"))
members = [("ova.xml", xml.encode())]
for n in range(16):
    chunk = bytes(disk[n * MIB:(n + 1) * MIB])
    if any(chunk) or n in (0, 15):
        members += [("Ref:2/%08d" % n, chunk),
                    ("Ref:2/%08d.checksum" % n, hashlib.sha1(chunk).hexdigest().encode())]
tar("x.xva", members)
tar("x-cut.xva", members[:-2])
members[4] = (members[4][0], b"0" * 40)
tar("x-wrong.xva", members)
