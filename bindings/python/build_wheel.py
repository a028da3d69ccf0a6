#!/usr/bin/env python3
"""Builds the wheel with the shared library inside: build_wheel.py LIBRARY_FOLDER OUTPUT_FOLDER

The platform of its tag follows from the library itself: the newest glibc symbol that it needs, and its machine.
"""

import base64
import hashlib
import re
import subprocess
import sys
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
SONAME = "libevercred.so.0"
MACHINES = {"Advanced Micro Devices X86-64": "x86_64", "AArch64": "aarch64"}
# What manylinux allows a wheel to take from the system, as far as a Rust library can need it.
SYSTEM = {"libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0", "librt.so.1", "libgcc_s.so.1"}


def readelf(option, library):
    command = ["readelf", option, "--wide", str(library)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def platform_tag(library):
    """The tag, such as manylinux_2_17_x86_64."""
    header = readelf("--file-header", library)
    machine = MACHINES.get(re.search(r"Machine:\s+(.*?)\s*$", header, re.M).group(1))
    if machine is None:
        sys.exit(f"build_wheel: {library} is for a machine without a wheel tag")
    needed = set(re.findall(r"\(NEEDED\).*\[(.*?)\]", readelf("--dynamic", library)))
    foreign = {name for name in needed if name not in SYSTEM and not name.startswith("ld-linux")}
    if foreign:
        sys.exit(f"build_wheel: {library} needs {', '.join(sorted(foreign))}, which a manylinux wheel cannot expect")
    soname = re.search(r"\(SONAME\).*\[(.*?)\]", readelf("--dynamic", library))
    if soname is None or soname.group(1) != SONAME:
        sys.exit(f"build_wheel: {library} is not {SONAME}")
    versions = re.findall(r"GLIBC_(\d+)\.(\d+)", readelf("--version-info", library))
    if not versions:
        sys.exit(f"build_wheel: {library} needs no glibc; its tag is not known")
    major, minor = max((int(major), int(minor)) for major, minor in versions)
    return f"manylinux_{major}_{minor}_{machine}"


def metadata(version):
    lines = [
        "Metadata-Version: 2.1",
        "Name: evercred",
        f"Version: {version}",
        "Summary: Cloud credentials that are always fresh: database passwords, managed access keys, login identities",
        "License: Apache-2.0",
        "Classifier: License :: OSI Approved :: Apache Software License",
        "Classifier: Operating System :: POSIX :: Linux",
        "Classifier: Programming Language :: Python :: 3",
        "Classifier: Typing :: Typed",
        "Requires-Python: >=3.8",
        "Description-Content-Type: text/markdown",
    ]
    return "\n".join(lines) + "\n\n" + (HERE / "README.md").read_text(encoding="utf-8")


def build(folder, output):
    library = Path(folder) / "libevercred.so"
    if not library.exists():
        sys.exit(f"build_wheel: there is no {library}; run make")
    tag = f"py3-none-{platform_tag(library)}"
    version = re.search(r'"(.*)"', (HERE / "evercred" / "_version.py").read_text().split("=")[1]).group(1)
    info = f"evercred-{version}.dist-info"
    files = [(f"evercred/{path.relative_to(HERE / 'evercred')}", path.read_bytes())
             for path in sorted((HERE / "evercred").rglob("*"))
             if path.suffix in (".py", ".typed") or path.name == "py.typed"]  # fmt: skip
    files.append((f"evercred/_lib/{SONAME}", library.read_bytes()))
    files.append((f"{info}/METADATA", metadata(version).encode()))
    wheel = f"Wheel-Version: 1.0\nGenerator: evercred\nRoot-Is-Purelib: false\nTag: {tag}\n"
    files.append((f"{info}/WHEEL", wheel.encode()))
    files.append((f"{info}/licenses/LICENSE", (HERE.parent.parent / "LICENSE").read_bytes()))
    record = ""
    for name, data in files:
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        record += f"{name},sha256={digest},{len(data)}\n"
    files.append((f"{info}/RECORD", (record + f"{info}/RECORD,,\n").encode()))
    path = Path(output) / f"evercred-{version}-{tag}.whl"
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, data in files:
            # The same input makes the same wheel.
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.external_attr = 0o100644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    return path


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    built = build(sys.argv[1], sys.argv[2])
    print(f"{built} ({built.stat().st_size / 1e6:.2f} MB)")
