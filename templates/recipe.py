# SPDX-License-Identifier: GPL-2.0-or-later
"""
A recipe: templates/NAME/appliance.conf, read and checked.

The file has lines "key = value", comments that begin with #, and sections
"[property KEY]".  Every fault is an Error "FILE:LINE: what is wrong"; all keys are
in the tables below, which templates/README.md explains.
"""
import hashlib
import os
import pathlib
import re
import uuid

TEMPLATES = pathlib.Path(__file__).resolve().parent
UNITS = {"MiB": 1 << 20, "GiB": 1 << 30}
# DSP0243 2.1.1, 9.5.1.
TYPES = ("string", "boolean", "uint8", "sint8", "uint16", "sint16", "uint32", "sint32",
         "uint64", "sint64", "real32", "real64")
# DSP0004, what a ProductProperty may be qualified with.
QUALIFIER = re.compile(r'(MinLen|MaxLen|MinValue|MaxValue)\(-?\d+\)'
                       r'|ValueMap\{"[^"]*"(,\s*"[^"]*")*\}')


class Error(Exception):
    pass


def text(value):
    if not value:
        raise ValueError("is empty")
    return value


def name(value):
    if not re.fullmatch(r"[a-z0-9][a-z0-9.-]*", value):
        raise ValueError("may have a-z, 0-9, '.' and '-'")
    return value


def count(value):
    if not re.fullmatch(r"[1-9][0-9]{0,2}", value):
        raise ValueError("is a number from 1 to 999")
    return int(value)


def size(value):
    match = re.fullmatch(r"([1-9][0-9]*) (MiB|GiB)", value)
    if not match:
        raise ValueError('is a size such as "512 MiB" or "2 GiB"')
    return int(match[1]) * UNITS[match[2]]


def words(*known):
    def parse(value):
        found = value.split()
        for word in found:
            if word not in known:
                raise ValueError(f"{word}: not one of {', '.join(known)}")
        return found
    return parse


def one(*known):
    def parse(value):
        if value not in known:
            raise ValueError(f"is one of {', '.join(known)}")
        return value
    return parse


def qualifiers(value):
    rest = QUALIFIER.sub("", value)
    if rest.strip(" ,"):
        raise ValueError(f'"{rest.strip()}" is no qualifier')
    return value


def boolean(value):
    return one("yes", "no")(value) == "yes"


# key -> (how it is read, default); without a default it must be there.
KEYS = {
    "version": (name,),
    "product": (text,),
    "vendor": (text,),
    "description": (text,),
    "os": (text,),
    "os-id": (count,),
    "cpus": (count, 1),
    "memory": (size,),
    "disk": (size,),
    "kernel": (one("guest", "packages"), "guest"),
    "firmware": (words("bios", "uefi"), ["bios", "uefi"]),
    "virt": (words("pv", "pvh", "hvm"), ["pv", "pvh", "hvm"]),
    "transport": (words("iso", "com.vmware.guestInfo"), ["iso"]),
    "eula": (text, None),
    "first-boot": (text, None),
}
PROPERTY = {
    "type": (one(*TYPES), "string"),
    "label": (text,),
    "description": (text, ""),
    "category": (text, ""),
    "default": (str, None),
    "password": (boolean, False),
    "qualifiers": (qualifiers, ""),
}


class Recipe:
    """
    .name, .dir, .values (by KEYS), .properties ({key: values by PROPERTY}).
    """

    def __init__(self, recipe):
        self.name = recipe
        self.dir = TEMPLATES / recipe
        self.path = self.dir / "appliance.conf"
        self.properties = {}
        lines = self._lines()
        self.values = self._section(lines.pop(""), KEYS, self.path)
        for (at, key), section in lines.items():
            self.properties[key] = self._section(section, PROPERTY, f"{self.path}:{at}")
        for key in ("eula", "first-boot"):
            file = self.values[key]
            if file and not (self.dir / file).is_file():
                raise Error(f"{self.path}: {key}: {file} is not in the recipe")

    def __getitem__(self, key):
        return self.values[key]

    def _lines(self):
        """The lines by section: {"" or (line, key): [(line, key, value)]}."""
        sections, section = {"": []}, ""
        try:
            whole = self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            raise Error(f"{self.path}: there is no such recipe") from None
        for at, line in enumerate(whole.splitlines(), 1):
            line = line.strip()
            if not line or line.startswith("#"):
                continue
            head = re.fullmatch(r"\[property ([A-Za-z0-9._-]+)\]", line)
            if head:
                section = (at, head[1])
                if head[1] in (key for _, key in (s for s in sections if s)):
                    raise Error(f"{self.path}:{at}: property {head[1]} is there twice")
                sections[section] = []
                continue
            if "=" not in line:
                raise Error(f"{self.path}:{at}: neither key = value nor [property KEY]")
            key, value = (part.strip() for part in line.split("=", 1))
            sections[section].append((at, key, value))
        return sections

    def _section(self, lines, table, where):
        values = {}
        for at, key, value in lines:
            if key not in table:
                raise Error(f"{self.path}:{at}: {key}: no such key; known: {', '.join(table)}")
            if key in values:
                raise Error(f"{self.path}:{at}: {key} is there twice")
            try:
                values[key] = table[key][0](value)
            except ValueError as e:
                raise Error(f"{self.path}:{at}: {key} {e}") from None
        for key, (_, *default) in table.items():
            if key not in values:
                if not default:
                    raise Error(f"{where}: {key} is missing")
                values[key] = default[0]
        return values

    def file(self, key):
        """The path of a file that the recipe names, or None."""
        return self.dir / self.values[key] if self.values[key] else None

    def uuid(self, what):
        """
        An identifier of the image, by the rule of docs/decisions/0003: SHA-256 of what it
        is for, as a UUID of version 8 (RFC 9562).
        """
        seed = f"socle template {self.name} {self['version']} {what}"
        raw = bytearray(hashlib.sha256(seed.encode()).digest()[:16])
        raw[6] = raw[6] & 0x0F | 0x80
        raw[8] = raw[8] & 0x3F | 0x80
        return str(uuid.UUID(bytes=bytes(raw)))


def epoch():
    """The time that everything in an appliance carries: that of the lock."""
    with open("build/lock/debian.lock", encoding="utf-8") as f:
        for line in f:
            if line.startswith("# epoch "):
                return int(line.split()[2])
    raise Error("build/lock/debian.lock has no epoch")


def out():
    return pathlib.Path(os.environ["OUT"])
