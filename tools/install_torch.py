"""Install torch without CUDA into the environment that runs this.

On Linux the torch that plain pip takes may bring 3 GB of CUDA. Which one it would take is asked of pip itself (a dry
run reads metadata only); if that names CUDA, PyTorch's own CPU index is taken instead. A torch that is there is left
alone.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys

VERSION = "2.13.0"
CPU_INDEX = "https://download.pytorch.org/whl/cpu"  # PyTorch's own
_CUDA = ("nvidia-", "nvidia_", "cuda-", "cuda_")
_PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--quiet"]


def names_cuda(report: dict[str, object]) -> bool:
    """Whether a pip installation report would install anything of CUDA's."""
    installs = report.get("install")
    entries = installs if isinstance(installs, list) else []
    return any(str(entry["metadata"]["name"]).lower().startswith(_CUDA) for entry in entries)


def plain_pip_is_without_cuda() -> bool:
    """What pip would do with no index named. False too when it has no such torch at all."""
    dry = [*_PIP, "--dry-run", "--ignore-installed", "--report", "-", f"torch=={VERSION}"]
    done = subprocess.run(dry, stdout=subprocess.PIPE, text=True, check=False)  # noqa: S603
    return done.returncode == 0 and not names_cuda(json.loads(done.stdout))


def main() -> int:
    """Install, and return the exit status."""
    if importlib.util.find_spec("torch") is not None:
        return 0
    plain = plain_pip_is_without_cuda()
    where = [] if plain else ["--index-url", CPU_INDEX]
    print(f"installing torch {VERSION} without CUDA" + ("" if plain else f" from {CPU_INDEX}"), flush=True)
    if subprocess.run([*_PIP, *where, f"torch=={VERSION}"], check=False).returncode == 0:  # noqa: S603
        return 0
    print(
        f"\ntorch {VERSION} without CUDA could not be installed, and 3 GB of CUDA are not brought unasked.\n"
        f"Either let this machine reach {CPU_INDEX}, or install a torch of your own into .venv first,\n"
        "  .venv/bin/python -m pip install <a torch wheel>\n"
        "and run make again: a torch that is there is left alone.",
        file=sys.stderr,
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
