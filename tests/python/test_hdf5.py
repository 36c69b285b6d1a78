# What h5py, an independent reader, finds in the files that matinf wrote. Prints TAP.
import os
import subprocess
import sys
import tempfile

import h5py
import numpy as np

HOST = os.environ.get("MATINF", "./matinf")

SCRIPT = r"""
local folder = arg[1]
local store = require "matinf.store"
local f = m.hdf5.open(folder .. "/a.h5", "w")
for _, dtype in ipairs { "f64", "f32", "i64", "i32", "u8" } do
  f:write(dtype, m.array.array({ { 1, 2, 3 }, { 4, 5, 6 } }, { dtype = dtype }))
end
f:write("c128", m.array { 1, 2 } + m.array.complex(0, -3))
f:write("text", "Å 中")
f:write("texts", { "a", "", "é" })
f:write("flag", true)
f:write("flags", { true, false })
f:write("count", 3)
f:write("value", 2.5)
f:write("energy", m.array { 284, 285, 286 }, { units = "eV" })
f:write("group/counts", m.array { { 1, 2, 3 }, { 4, 5, 6 } }, { scales = { false, "energy" }, compress = 4,
  attributes = { text = "Å", flag = true, n = 3, x = 2.5, list = { "p", "é" } } })
f:close()
f = m.hdf5.open(folder .. "/nx.h5", "w")
m.hdf5.nxdata(f, "entry/data", { title = "C 1s",
  signal = { name = "counts", values = m.array { 10, 30, 20 }, units = "1", errors = m.array { 3, 5, 4 } },
  axes = { { name = "energy", values = m.array { 284, 285, 286 }, units = "eV" } } })
f:close()
local Spectrum = store.class("python.Spectrum", { nxdata = { signal = "y", axes = { "x" },
  units = { x = "eV", y = "counts" }, errors = { y = "sigma" } } })
local s = setmetatable({ x = m.array { 1, 2 }, y = m.array { 3, 4 }, sigma = m.array { 1, 2 }, name = "PET" }, Spectrum)
for _, name in ipairs { "s1", "s2" } do
  store.write(folder .. "/" .. name .. ".h5", { fit = { k = 3, misfit = 1.5, shape = "gauss", ok = true,
    peaks = { "C–C", "C–O" }, widths = { 1.0, 1.5 } }, spectrum = s })
end
"""


def default_plot(f):
    """Follows the attributes `default` from the root, as NeXus readers do."""
    group = f
    while "default" in group.attrs:
        group = group[group.attrs["default"]]
    assert group.attrs["NX_class"] == "NXdata", group.name
    return group


def check_nxdata(group, signal, axis, axis_unit):
    assert group.attrs["signal"] == signal
    assert list(group.attrs["axes"]) == [axis]
    assert group.attrs[axis + "_indices"] == 0
    assert group[axis].attrs["units"] == axis_unit
    assert group[axis].shape == group[signal].shape == group[signal + "_errors"].shape
    assert group[signal].dims[0][0] == group[axis]


def arrays_of_every_dtype(folder):
    with h5py.File(folder + "/a.h5") as f:
        for name, dtype in dict(f64="<f8", f32="<f4", i64="<i8", i32="<i4", u8="u1").items():
            assert f[name].dtype == np.dtype(dtype), name
            assert np.array_equal(f[name][()], np.arange(1, 7).reshape(2, 3)), name
        assert f["c128"].dtype == np.complex128
        assert list(f["c128"][()]) == [1 - 3j, 2 - 3j]


def text_booleans_numbers(folder):
    with h5py.File(folder + "/a.h5") as f:
        info = h5py.check_string_dtype(f["text"].dtype)
        assert info.encoding == "utf-8" and info.length is None
        assert f["text"].asstr()[()] == "Å 中"
        assert list(f["texts"].asstr()[()]) == ["a", "", "é"]
        assert f["flag"].dtype == bool and f["flag"][()]
        assert list(f["flags"][()]) == [True, False]
        assert f["count"][()] == 3 and f["count"].dtype == np.int64
        assert f["value"][()] == 2.5


def attributes_scales_storage(folder):
    with h5py.File(folder + "/a.h5") as f:
        counts = f["group/counts"]
        assert {key: counts.attrs[key] for key in ("text", "flag", "n", "x")} == dict(
            text="Å", flag=True, n=3, x=2.5)
        assert type(counts.attrs["text"]) is str
        assert list(counts.attrs["list"]) == ["p", "é"]
        assert counts.dims[1].label == "energy" and counts.dims[1][0] == f["energy"]
        assert (counts.compression, counts.shuffle) == ("gzip", True)
        assert f["energy"].attrs["units"] == "eV"


def nxdata_is_found_by_its_rules(folder):
    with h5py.File(folder + "/nx.h5") as f:
        assert f.attrs["NX_class"] == "NXroot" and f["entry"].attrs["NX_class"] == "NXentry"
        group = default_plot(f)
        check_nxdata(group, "counts", "energy", "eV")
        assert group["title"].asstr()[()] == "C 1s"


def stored_values_read_well(folder):
    with h5py.File(folder + "/s1.h5") as f:
        fit = f["entry/fit"]
        assert dict(k=3, misfit=1.5, shape="gauss", ok=True).items() <= dict(fit.attrs).items()
        assert type(fit.attrs["shape"]) is str
        assert list(fit["peaks"].asstr()[()]) == ["C–C", "C–O"]
        assert list(fit["widths"][()]) == [1, 1.5]
        group = default_plot(f)
        check_nxdata(group, "y", "x", "eV")
        assert group.attrs["class"] == "python.Spectrum" and group.attrs["name"] == "PET"


def stage_files_of_a_recipe_have_units(folder):
    run = folder + "/run"
    subprocess.run([HOST, "run", "recipes/xps_peaks/recipe.yaml", "model.peaks=4", "--out", run, "--quiet"],
                   check=True, timeout=120, stdout=subprocess.DEVNULL)
    with h5py.File(run + "/prepare.h5") as f:
        group = default_plot(f)
        assert group.name == "/entry/spectrum" and group.attrs["signal"] == "y"
        assert list(group.attrs["axes"]) == ["x"] and group["x"].attrs["units"] == "eV"
        assert group["y"].dims[0][0] == group["x"]
    with h5py.File(run + "/model.h5") as f:
        assert default_plot(f).name == "/entry/fit/spectrum"
        fit = f["entry/fit"]
        assert fit.attrs["NX_class"] == "NXdata"
        check_nxdata(fit, "area", "position", "eV")
        for name in ("position", "width", "position_errors", "width_errors", "errors/position"):
            assert fit[name].attrs["units"] == "eV", name
        assert fit["position_errors"] == fit["errors/position"]
    with h5py.File(run + "/analyse.h5") as f:
        columns = f["entry/run/tables/1/table/columns"]
        assert columns["position"].attrs["units"] == "eV"


def equal_values_are_equal_bytes(folder):
    with open(folder + "/s1.h5", "rb") as a, open(folder + "/s2.h5", "rb") as b:
        assert a.read() == b.read()


with tempfile.TemporaryDirectory() as folder:
    script = folder + "/write.lua"
    with open(script, "w") as out:
        out.write(SCRIPT)
    subprocess.run([HOST, script, folder], check=True, timeout=60)
    tests = [arrays_of_every_dtype, text_booleans_numbers, attributes_scales_storage,
             nxdata_is_found_by_its_rules, stored_values_read_well,
             stage_files_of_a_recipe_have_units, equal_values_are_equal_bytes]
    failures = 0
    for number, test in enumerate(tests, 1):
        try:
            test(folder)
            print(f"ok {number} - {test.__name__}")
        except Exception as error:
            failures += 1
            print(f"not ok {number} - {test.__name__}: {error!r}")
sys.exit(failures > 0)
