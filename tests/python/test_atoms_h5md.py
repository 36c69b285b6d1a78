# What h5py finds in an H5MD trajectory: every attribute that H5MD 1.1 requires, shapes, units, and
# the steps of all elements as one dataset. Prints TAP.
import os
import subprocess
import sys
import tempfile

import h5py
import numpy as np

HOST = os.environ.get("MATINF", "./matinf")

SCRIPT = r"""
local list = {}
for i = 1, 3 do
  local s = m.atoms.bulk("Si", "diamond", { a = 5.43 }):rattle { sigma = 0.1, seed = i }
  s.energy, s.forces, s.velocities = -i, s.positions * 2, s.positions * 3
  list[i] = s
end
m.atoms.write(arg[1] .. "/a.h5", list)
"""


def required_attributes(f):
    assert list(f["h5md"].attrs["version"]) == [1, 1]
    assert f["h5md/author"].attrs["name"] and f["h5md/creator"].attrs["name"] == "matinf"
    assert f["h5md/creator"].attrs["version"]
    assert list(f["h5md/modules/units"].attrs["version"]) == [1, 0]
    box = f["particles/all/box"]
    assert box.attrs["dimension"] == 3 and list(box.attrs["boundary"]) == ["periodic"] * 3


def elements(f):
    particles = f["particles/all"]
    units = {"position": "Angstrom", "velocity": "Angstrom fs-1", "force": "eV Angstrom-1"}
    for name, unit in units.items():
        assert particles[name + "/value"].shape == (3, 2, 3)
        assert particles[name + "/value"].attrs["unit"] == unit
        assert particles[name + "/step"] == particles["position/step"]
    assert list(particles["position/step"]) == [0, 1, 2]
    assert particles["box/edges/value"].shape == (3, 3, 3)
    assert list(particles["species"]) == [14, 14]
    assert np.array_equal(particles["force/value"][()], 2 * particles["position/value"][()])
    assert list(f["observables/potential_energy/value"]) == [-1, -2, -3]


with tempfile.TemporaryDirectory() as folder:
    with open(folder + "/write.lua", "w") as out:
        out.write(SCRIPT)
    subprocess.run([HOST, folder + "/write.lua", folder], check=True, timeout=60)
    failures = 0
    with h5py.File(folder + "/a.h5") as file:
        for number, test in enumerate([required_attributes, elements], 1):
            try:
                test(file)
                print(f"ok {number} - {test.__name__}")
            except Exception as error:
                failures += 1
                print(f"not ok {number} - {test.__name__}: {error!r}")
sys.exit(failures > 0)
