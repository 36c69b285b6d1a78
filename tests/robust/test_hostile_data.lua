-- Data that no sane instrument writes: numbers out of range, arrays that overlap themselves, odd
-- files. Each gives one clear message or a documented result, never NaN that nobody mentions.
local lu = require "luaunit"
local m = require "matinf"

local x = m.array.linspace(280, 290, 101)
local peak = m.array.exp((x - 285) ^ 2 * -2) * 1000

local function message(f, ...)
  local result, err = m.try(f, ...)
  lu.assertNil(result, "an error expected")
  lu.assertNotEquals(err.kind, "internal", err.message)
  return tostring(err)
end

local function check(expected, f, ...) lu.assertStrContains(message(f, ...), expected) end

TestHostileData = {}

function TestHostileData.test_intensities_that_cannot_be_fitted()
  check("got nan (point 1)", m.gmm.fit, x, peak * (0 / 0), { k = 1 })
  check("intensity >= 0 expected, got -1 (point 1)", m.gmm.fit, x, x * 0 - 1, { k = 1 })
  check("all intensities are zero", m.gmm.fit, x, x * 0, { k = 1 })
  check("overflows", m.gmm.fit, x, peak * 1e305, { k = 1 })
  check("up to 1e+100", m.spectra.fit, m.spectra.new(x, peak * 1e300))
end

function TestHostileData.test_abscissae_that_cannot_be_squared()
  check("x: at most 1e+100", m.gmm.fit, x * 1e300, peak, { k = 2 })
  check("x: at most 1e+100", m.gmm.fit, x * 1e-300, peak, { k = 2 })
  check("at least 2 points", m.gmm.fit, { 1 }, { 1 }, { k = 1 })
  check("all points are at 1", m.gmm.fit, { 1, 1 }, { 1, 1 }, { k = 1 })
  check("must rise (or fall)", m.gmm.fit, { 1, 3, 2 }, { 1, 2, 1 }, { k = 1 })
end

function TestHostileData.test_a_constant_spectrum_is_a_weak_peak_without_share()
  local fit = m.spectra.fit(m.spectra.new(x, x * 0 + 500))
  lu.assertStrContains(table.concat(fit.flags[1], " "), "weak")
  lu.assertNil(tostring(fit:table()):find "nan")
end

function TestHostileData.test_calibrating_to_infinity_is_refused()
  local spectrum = m.spectra.new(x, peak)
  check("finite energy expected", spectrum.calibrate, spectrum, 1 / 0)
  check("finite energy expected", spectrum.calibrate, spectrum, 285, 0 / 0)
end

function TestHostileData.test_put_may_overwrite_its_own_indices()
  local a = m.array.array({ 2, 3, 1 }, { dtype = "i64" })
  a:put(a, m.array.array({ 1 << 40, 1 << 41, 5 }, { dtype = "i64" }))
  lu.assertEquals(a:totable(), { 5, 1 << 40, 1 << 41 })
end

function TestHostileData.test_paths_with_zero_bytes_name_no_file()
  local folder = m.sys.tempdir()
  local path = folder .. "/a"
  m.sys.write_atomic(path, "x,y\n1,2\n")
  for _, read in ipairs { m.sys.read, m.table.read, m.hash.file, m.yaml.read, m.hdf5.open } do
    check("no zero byte", read, path .. "\0b")
    check("no zero byte", read, "")
  end
  m.sys.remove_tree(folder)
end

function TestHostileData.test_cycles_and_depth_are_refused_by_the_store()
  local folder, cycle, deep = m.sys.tempdir(), {}, {}
  cycle.x = cycle
  for _ = 1, 10000 do deep = { deep } end
  local write = require "matinf.store".write
  check("it contains itself", write, folder .. "/x.h5", cycle)
  check("at most 64 levels", write, folder .. "/x.h5", { deep = deep })
  lu.assertEquals(m.sys.list(folder), {})
  m.sys.remove_tree(folder)
end

function TestHostileData.test_figures_of_spans_that_overflow()
  local figure = m.plot.figure {}
  check("at most 1e+300 in size", figure.line, figure, { -1e308, 1e308 }, { 1, 2 })
end

function TestHostileData.test_odd_files()
  local folder = m.sys.tempdir()
  local function refused(text, expected)
    local path = folder .. "/odd.csv"
    m.sys.write_atomic(path, text)
    local found = message(m.spectra.read, path)
    lu.assertStrContains(found, path)
    lu.assertStrContains(found, expected)
  end
  refused("", "the file is empty")
  refused("x,y\n1,2\n2,\0", "binary")
  refused("x,y\n" .. ("1,2"):rep(100000) .. "\n", "odd.csv:2: at most 65536 columns expected")
  refused("x,y\n1,2\n2,abc\n", "odd.csv:3: columns of numbers for energy and intensity")
  refused("x,y\n\n1,2\n2,nan\n", "odd.csv:4: column 'y': a number expected")
  refused("# k\nx,y\n1,2\n\n2,3\n# k\n2,4\n", "odd.csv:7: energies must rise or fall")
  refused("x,y\n1,2\n2,inf\n", "odd.csv:3: point 2 is no number")
  refused("\31\139\8\0\0\0\0\0\0\3\203", "cut short")
  m.sys.remove_tree(folder)
end

os.exit(lu.LuaUnit.run())
