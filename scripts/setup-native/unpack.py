"""Takes from TensorFlow's wheels what tfjs-node's binding needs.

    unpack.py WHEELS OUT       libraries and headers of all wheels in the folder WHEELS, into OUT
    unpack.py --cuda WHEELS    prints the CUDA libraries that the tensorflow wheel there was built against, one per line
"""
import re
import sys
import zipfile
from pathlib import Path

KEEP = re.compile(
    r"tensorflow/libtensorflow_(cc|framework)\.so\.2$"
    r"|tensorflow/include/(tensorflow|tsl|xla/tsl)/.*\.h$"
    r"|nvidia/[^/]+/lib/[^/]*\.so[.\d]*$"
)


def cuda(wheels: Path) -> None:
    with zipfile.ZipFile(next(wheels.glob("tensorflow-*.whl"))) as wheel:
        metadata = next(n for n in wheel.namelist() if n.endswith(".dist-info/METADATA"))
        for line in wheel.read(metadata).decode().splitlines():
            found = re.match(r"Requires-Dist: (nvidia-[\w-]+)\s*\(?([^;()]*)\)?\s*;.*and-cuda", line)
            # nvcc is the compiler: nothing here is compiled for a GPU.
            if found and "nvcc" not in found[1]:
                print(found[1] + found[2].replace(" ", ""))


def unpack(wheels: Path, out: Path) -> None:
    for path in sorted(wheels.glob("*.whl")):
        with zipfile.ZipFile(path) as wheel:
            for name in wheel.namelist():
                if KEEP.match(name):
                    wheel.extract(name, out)


if sys.argv[1] == "--cuda":
    cuda(Path(sys.argv[2]))
else:
    unpack(Path(sys.argv[1]), Path(sys.argv[2]))
