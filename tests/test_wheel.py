"""The wheel stands alone: built, installed elsewhere, it checks a plan from an empty folder."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

from conftest import ROOT


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the sdist."""
    folder = tmp_path_factory.mktemp("dist")
    for form in ("wheel", "sdist"):
        subprocess.run(
            [sys.executable, "-m", "hatchling", "build", "-t", form, "-d", str(folder)], cwd=ROOT, check=True, capture_output=True
        )
    return folder


def test_wheel_holds_the_data(built: Path) -> None:
    """Rules, plans and grammar are in the wheel, under the package."""
    (wheel,) = built.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    for name in ("rules/limits.rules", "plans/schema.json", "plans/intel.yaml", "grammar/planproof.lark"):
        assert f"planproof/data/{name}" in names
    assert "planproof/py.typed" in names


def test_sdist_holds_the_sources(built: Path) -> None:
    """The sdist has the folders that the wheel is built from, as files."""
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        members = {member.name.split("/", 1)[1]: member for member in archive.getmembers() if "/" in member.name}
    for name in ("rules/limits.rules", "plans/intel.yaml", "grammar/planproof.lark", "engine/planproof/cli.py", "README.md", "LICENSE"):
        assert members[name].isfile()


def test_installed_wheel_checks_a_plan(built: Path, tmp_path: Path) -> None:
    """Installed in another environment and called from an empty folder, it gives the verdict."""
    (wheel,) = built.glob("*.whl")
    place = tmp_path / "env"
    venv.create(place, with_pip=False)
    python = place / "bin" / "python"
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    packages = place / "lib" / version / "site-packages"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(packages)
    borrowed = [path for path in sys.path if path.endswith("site-packages")]
    (packages / "borrowed.pth").write_text("\n".join(borrowed), encoding="utf-8")
    empty = tmp_path / "empty"
    empty.mkdir()
    plan = packages / "planproof" / "data" / "plans" / "intel.yaml"
    code = "import planproof, sys; assert 'env' in planproof.__file__, planproof.__file__; from planproof.cli import main; sys.exit(main())"
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache"), "PYTHONPATH": str(packages)}
    done = subprocess.run([str(python), "-c", code, "check", str(plan)], cwd=empty, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "supported" in done.stdout
