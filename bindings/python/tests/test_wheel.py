"""The wheel, in an empty virtual environment."""

import os
import re
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest
from conftest import REPOSITORY

FOLDER = Path(__file__).parents[1]
LIBRARIES = os.environ.get("EVERCRED_LIB_DIR", str(REPOSITORY / "target" / "release"))


def test_the_wheel_installs_without_a_toolchain(tmp_path, cloud):
    if shutil.which("readelf") is None:
        pytest.skip("there is no readelf")
    for folder in ("one", "two"):
        subprocess.run([sys.executable, FOLDER / "build_wheel.py", LIBRARIES, tmp_path / folder], check=True)
    (wheel,) = (tmp_path / "one").iterdir()
    assert wheel.read_bytes() == (tmp_path / "two" / wheel.name).read_bytes()
    library = Path(LIBRARIES, "libevercred.so").read_bytes()
    versions = {tuple(map(int, found)) for found in re.findall(rb"GLIBC_(\d+)\.(\d+)", library)}
    major, minor = max(versions)
    assert re.fullmatch(rf"evercred-[\d.]+-py3-none-manylinux_{major}_{minor}_\w+\.whl", wheel.name)
    with zipfile.ZipFile(wheel) as archive:
        assert archive.read("evercred/_lib/libevercred.so.0") == library
        assert "evercred/py.typed" in archive.namelist()

    environment = tmp_path / "empty"
    venv.create(environment, with_pip=True)
    clean = {"PATH": str(environment / "bin"), "HOME": str(tmp_path)}
    subprocess.run(
        [environment / "bin" / "pip", "install", "--quiet", "--no-index", "--no-deps", wheel],
        check=True, env=clean, timeout=120,
    )  # fmt: skip
    program = f"import evercred; o = {cloud.tencent()!r}; c = evercred.Client(**o)\n"
    program += "print(c.database('ap-guangzhou', 'cdb-1', 'app').get().username, evercred._native.library_path)"
    done = subprocess.run(
        [environment / "bin" / "python", "-c", program],
        check=True, env=clean, cwd=tmp_path, stdout=subprocess.PIPE, timeout=60,
    )  # fmt: skip
    name, path = done.stdout.decode().split()
    assert name == "app" and Path(path).parent.name == "_lib" and str(environment) in path
