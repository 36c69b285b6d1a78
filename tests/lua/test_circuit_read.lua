-- circuit.read: sums of the instruments' example files (as impedance.py reads them), what is odd or
-- broken about files, several spectra in one, the binary format, writing.
local lu = require "luaunit"
local m = require "matinf"

local data = "tests/data/impedance/"

local function message(f, ...)
  local _, err = m.try(f, ...)
  return tostring(err)
end

local function written(text, ending)
  local path = os.tmpname() .. (ending or "")
  m.sys.write_atomic(path, text)
  return path
end

local function refused(text, ...)
  local said = message(m.circuit.read, written(text))
  for _, part in ipairs { ... } do lu.assertStrContains(said, part) end
  lu.assertNotStrContains(said, "stack traceback")
end

-- ---- instruments --------------------------------------------------------------------------------

TestInstruments = {}

function TestInstruments.test_sums()
  local expected = {
    ["exampleDataGamry.DTA"] = { 72, 973178.040661, 375919.5774, -89675.9714, "Gamry" },
    ["exampleDataBioLogic.mpt"] = { 43, 4344.96567768, 3335.735896, -285.88543438, "BioLogic" },
    ["exampleDataZPlot_noComments.z"] = { 31, 1457476.1995, 30882.72, -4569.951, "ZPlot" },
    ["exampleDataAutolab.txt"] = { 41, 39982.81128, 0.934117186752, -0.0941893857576, "ZPlot" },
    ["exampleDataCHInstruments.txt"] = { 73, 572423.4317, 61529.38, -120906.0441, "CH Instruments" },
    ["exampleDataPowersuite.txt"] = { 30, 4546151.4498886, 6364423.52357, -1150869.39888, "table" },
    ["Circuit1_EIS_1.z"] = { 48, 243101.95497, 2595.766, -312.48461, "ZPlot" },
    ["exampleData.csv"] = { 66, 48621.3211202, 1.8027416097, -0.243247267294, "table" },
  }
  for file, sums in pairs(expected) do
    local s = m.circuit.read(data .. file)
    local z = s.impedance:sum()
    lu.assertEquals(#s, sums[1], file)
    lu.assertAlmostEquals(s.frequency:sum() / sums[2], 1, 1e-11)
    lu.assertAlmostEquals(z.re / sums[3], 1, 1e-10)
    lu.assertAlmostEquals(z.im / sums[4], 1, 1e-10)
    lu.assertEquals(s.format, sums[5])
  end
end

function TestInstruments.test_gamry_aborted()
  local text = m.sys.read(data .. "exampleDataGamry.DTA")
  local s = m.circuit.read(written(text .. "EXPERIMENTABORTED\tTOGGLE\tT\tExperiment Aborted\r\n"
    .. "FRACURVE\tTABLE\t128\r\n\tPt\tT\tV\r\n\t#\tS\tV\r\n\t0\t1\t......\r\n"))
  lu.assertEquals(#s, 72)
  lu.assertStrContains(table.concat(s.notes), "aborted after 72 points")
end

function TestInstruments.test_gamry_broken()
  local text = m.sys.read(data .. "exampleDataGamry.DTA")
  refused(text:gsub("ZCURVE\tTABLE", "XCURVE\tTABLE"), "no table ZCURVE", "OCVCURVE")
  refused(text:gsub("Zimag", "Zother"), "no column with the imaginary part", "Zother")
  refused(text:sub(1, -60), "is missing: this row has", "Zimag", ":520:")
  refused(text:gsub("15701.81", "157x1.81"), "column 'Zreal': a number expected, got \"157x1.81\"")
  refused(text:gsub("ZCURVE\tTABLE", "ZCURVE\tTABLE\t80"), "80 rows are announced, 72 found")
end

function TestInstruments.test_gamry_drift_correction_and_decimal_commas()
  local s = m.circuit.read(written("EXPLAIN\nDRIFTCOR\tTOGGLE\tT\tDrift\nZCURVE\tTABLE\n"
    .. "\tPt\tTime\tFreq\tZreal\tZimag\tZsig\tZmod\tZphz\tZrealdrcor\tZimagdrcor\n\t#\ts\tHz\n"
    .. "\t0\t1\t100,5\t1\t-1\t1\t1\t1\t2,5\t-3,5\n"))
  lu.assertEquals(s.frequency[1], 100.5)
  lu.assertEquals(s.impedance[1], m.array.complex(2.5, -3.5))
end

function TestInstruments.test_biologic_broken()
  local text = m.sys.read(data .. "exampleDataBioLogic.mpt")
  refused(text:gsub("freq/Hz", "frog/Hz"), "no column with the frequency")
  refused(text:gsub("Nb header lines : %d+", "Nb header lines : 9999"), "9999 header lines")
  refused(text:gsub("Nb header lines : %d+", "Number of lines"), "'Nb header lines : N' expected")
end

function TestInstruments.test_biologic_files_behind_one_another()
  local text = m.sys.read(data .. "exampleDataBioLogic.mpt")
  local list = m.circuit.read(written(text .. "\r\n" .. text))
  lu.assertEquals(#list, 2)
  lu.assertEquals(#list[2], 43)
  lu.assertEquals(list[1].impedance[43], list[2].impedance[43])
end

function TestInstruments.test_zplot_broken()
  local text = m.sys.read(data .. "Circuit1_EIS_1.z")
  refused(text:sub(1, -30), "column 'Z''(b)' is missing")
  refused(text:gsub("\nEnd Comments.*", "\n"), "no rows with a frequency above 0")
end

function TestInstruments.test_versastudio()
  local text = "<Application>\nName=VersaStudio\n</Application>\n<Segment1>\nType=2\nVersion=3\n"
    .. "Definition=Segment #, Frequency(Hz), Z Real, Z Imag, 0\n0,100000,55.3,4.5,0\n0,10,58,-2,0\n"
  local s = m.circuit.read(written(text .. "</Segment1>\n"))
  lu.assertEquals(#s, 2)
  lu.assertEquals(s.impedance[2].im, -2)
  refused(text, "<Segment1> does not end")
  refused((text:gsub("Z Imag", "Z Other")) .. "</Segment1>\n", "imaginary part", "Z Other")
end

function TestInstruments.test_direct_current_rows_are_left_out()
  local s = m.circuit.read(written("Potential (V)\tFrequency (Hz)\tZre (ohms)\tZim (ohms)\n"
    .. "3.4\t0\t0\t0\n3.4\t0\t0\t0\n3.4\t1000\t0.02\t-0.01\n3.4\t100\t0.03\t-0.02\n"))
  lu.assertEquals(#s, 2)
  lu.assertStrContains(s.notes[1], "2 rows of frequency 0")
end

-- ---- BioLogic's binary files --------------------------------------------------------------------

TestMpr = {}

local points = { { 1000, 10, -1 }, { 100, 12, -3 }, { 10, 20, -2 } }

-- A file of the version with columns flags (1, 2), cycle (24), freq, Re, -Im, I range (39).
local function mpr(version, options)
  local types = (options or {}).types or { 1, 2, 24, 32, 37, 38, 39 }
  local format = version == 0 and "B" or version == "0 new" and ">I2" or "<I2"
  local head = { string.pack("<I4B", #points, #types) }
  for _, id in ipairs(types) do head[#head + 1] = string.pack(format, id) end
  local before = ({ [0] = 100, ["0 new"] = 1007, [2] = 405, [3] = 406 })[version]
  head = table.concat(head)
  local body = { head, ("\0"):rep(before - #head) }
  for _, p in ipairs(points) do
    body[#body + 1] = string.pack("<BdfffI2", 3, 1, p[1], p[2], -p[3], 41)
  end
  body = table.concat(body)
  local function module(short, text, number)
    local front = "MODULE" .. short .. (" "):rep(10 - #short) .. short .. (" "):rep(25 - #short)
    if version == "0 new" then
      return front .. string.pack("<I4I4I4I4", 0xffffffff, #text, number, 11) .. "01/02/24" .. text
    end
    return front .. string.pack("<I4I4", #text, number) .. "01/02/24" .. text
  end
  return "BIO-LOGIC MODULAR FILE\x1a" .. (" "):rep(25) .. "\0\0\0\0" .. module("VMP Set", "settings", 0)
    .. module("VMP data", body, type(version) == "number" and version or 0)
end

function TestMpr.test_versions()
  for _, version in ipairs { 0, "0 new", 2, 3 } do
    local s = m.circuit.read(written(mpr(version)))
    lu.assertEquals(#s, 3)
    for i, p in ipairs(points) do
      lu.assertEquals(s.frequency[i], p[1] * 1.0)
      lu.assertEquals(s.impedance[i], m.array.complex(p[2], p[3]))
    end
    lu.assertEquals(s.label, "cycle 1")
  end
end

function TestMpr.test_broken()
  local whole = mpr(3)
  for length = 24, #whole - 1, 7 do refused(whole:sub(1, length), "the file") end
  refused(mpr(3, { types = { 1, 2, 24, 6, 37, 38, 39 } }), "no column 'freq/Hz'")
  refused(mpr(3, { types = { 1, 2, 24, 32, 37, 38, 24 } }), "points of")
  refused(whole:gsub("MODULEVMP data", "MODUL.VMP data"), "damaged")
  refused(whole:gsub("VMP data", "VMP dato"), "no module 'VMP data'")
end

-- ---- tables -------------------------------------------------------------------------------------

TestTables = {}

function TestTables.test_headers_and_signs()
  local texts = {
    "freq,re,im\n100,1,-2\n10,3,-4\n", "Frequency (Hz),Z' (ohm),Z'' (ohm)\n100,1,-2\n10,3,-4\n",
    "f/Hz;Zre/ohm;-Zim/ohm\n100;1,0;2,0\n10;3,0;4,0\n", "freq/Hz\tRe(Z)/Ohm\t-Im(Z)/Ohm\n100\t1\t2\n10\t3\t4\n",
    "# a comment\n100 1 -2\n10 3 -4\n", "Z'',Z',Freq\n-2,1,100\n-4,3,10\n",
    "100,1,-2\n10,3,-4\n", "Re Z (Ω),−Im Z (Ω),f\n1,2,100\n3,4,10\n",
    "omega (rad/s),Zre,Zim\n" .. 200 * math.pi .. ",1,-2\n" .. 20 * math.pi .. ",3,-4\n",
  }
  for _, text in ipairs(texts) do
    local s = m.circuit.read(written(text))
    lu.assertAlmostEquals(s.frequency[1], 100, 1e-9, text)
    lu.assertEquals(s.impedance[2], m.array.complex(3, -4), text)
  end
end

function TestTables.test_named_columns_and_sign()
  local path = written "a,b,c,d\n1,100,2,3\n1,10,4,5\n"
  lu.assertStrContains(message(m.circuit.read, path), "no column is known to hold the frequency")
  local s = m.circuit.read(path, { frequency = "b", real = "c", imaginary = "d", sign = -1 })
  lu.assertEquals(s.impedance[2], m.array.complex(4, -5))
  lu.assertStrContains(message(m.circuit.read, path, { frequency = "bb" }), "did you mean 'b'")
  lu.assertStrContains(message(m.circuit.read, path, { sign = 2 }), "1 or -1")
end

function TestTables.test_positive_imaginary_parts_are_remarked()
  local s = m.circuit.read(written "100,1,2\n10,3,4\n1,5,6\n")
  lu.assertStrContains(s.notes[1], "sign = -1")
end

function TestTables.test_several_spectra()
  local rows = {}
  for cycle = 1, 3 do
    for _, f in ipairs { 1000, 100, 10, 1 } do
      rows[#rows + 1] = ("%d,%g,%d,-1"):format(5 * cycle, f, cycle)
    end
  end
  local list = m.circuit.read(written("cycle,freq,re,im\n" .. table.concat(rows, "\n") .. "\n"))
  lu.assertEquals(#list, 3)
  lu.assertEquals(list[3].label, "cycle 15")
  lu.assertEquals(list[3].impedance[4].re, 3)
  local bare = table.concat(rows, "\n"):gsub("%f[%d]%d+,(%d+,%d,)", "%1")
  lu.assertEquals(#m.circuit.read(written(bare)), 3)
end

function TestTables.test_there_and_back_is_one_spectrum()
  lu.assertEquals(#m.circuit.read(written "1000,1,-1\n100,1,-1\n10,1,-1\n100,1,-1\n1000,1,-1\n"), 5)
end

function TestTables.test_bad_values()
  refused("f,re,im\n100,1,-2\n-10,3,-4\n", ":3:", "frequency > 0 expected, got -10")
  refused("f,re,im\n100,1,-2\n10,3,\n", ":3:", "no number")
  refused("f,re,im\n100,1,-2\n10,nan,-4\n", ":3:", "no number")
  refused("f,re,im\n100,1,-2\n10,0,0\n", ":3:", "impedance at 10 Hz is zero")
  refused("f,re,im\n0,1,-2\n0,3,-4\n", "no rows with a frequency above 0")
  refused("f,re,im\n100,1,x\n10,3,y\n", ":2:", "column 'im': a number expected, got \"x\"")
  refused("", "the file is empty")
  refused("hello\n", "no")
  refused("\0\1\2", "zero byte")
  lu.assertStrContains(message(m.circuit.read, "/nowhere"), "/nowhere")
  lu.assertStrContains(message(m.circuit.read, "/"), "it is a folder")
end

-- ---- spectra ------------------------------------------------------------------------------------

TestSpectrum = {}

function TestSpectrum.test_bad_arguments()
  local c = m.array.complex
  local function said(...) return message(m.circuit.spectrum, ...) end
  lu.assertStrContains(said({ 1, 2 }, { c(1, 1) }), "as many values as frequencies (2)")
  lu.assertStrContains(said({}, {}), "at least one point")
  lu.assertStrContains(said({ 1, 0 }, { c(1, 1), c(1, 1) }), "point 2: frequency > 0")
  lu.assertStrContains(said({ 1 }, { c(0 / 0, 1) }), "point 1 is no number")
  lu.assertStrContains(said({ 1 }, { c(1, 1) }, { area = -1 }), "area")
  lu.assertStrContains(said({ 1 }, { c(1, 1) }, { sigma = { 0 } }), "sigma")
  lu.assertStrContains(said({ 1 }, { c(1, 1) }, { labl = "x" }), "did you mean 'label'")
end

function TestSpectrum.test_any_order_and_repeats_are_kept()
  local c = m.array.complex
  local s = m.circuit.spectrum({ 10, 1000, 10, 1 }, { c(1, -1), c(2, -1), c(3, -1), c(4, -1) })
  lu.assertEquals(s.frequency:totable(), { 10, 1000, 10, 1 })
  lu.assertEquals(#s:cut(5, 20), 2)
end

function TestSpectrum.test_masks()
  local s = m.circuit.read(data .. "exampleData.csv")
  local capacitive = s:mask(function(_, z) return z.im >= 0 end)
  lu.assertEquals(#capacitive, 66)
  lu.assertEquals(#capacitive:kept(), 57)
  lu.assertEquals(#capacitive:mask { 1 }:kept(), 56)
  lu.assertEquals(#capacitive:mask(capacitive.masked):kept(), 57)
  lu.assertEquals(#capacitive:unmask():kept(), 66)
  lu.assertNil(s.masked)
  lu.assertEquals(#capacitive:cut(1e3, 1e4), #s:cut(1e3, 1e4))
  lu.assertStrContains(message(s.mask, s, { 67 }), "point numbers from 1 to 66")
  lu.assertStrContains(message(s.mask, s, function() return true end), "no point is left")
  lu.assertStrContains(tostring(capacitive), "9 masked")
end

function TestSpectrum.test_area()
  local s = m.circuit.read(data .. "exampleData.csv", { area = 2 }):specific()
  lu.assertEquals(s.unit, "ohm cm2")
  lu.assertStrContains(message(s.specific, s), "already")
  local path = written("", ".csv")
  m.circuit.write(path, s)
  lu.assertEquals(m.circuit.read(path).unit, "ohm cm2")
end

function TestSpectrum.test_round_trips()
  local s = m.circuit.read(data .. "exampleData.csv"):mask { 3 }
  local csv, h5 = written("", ".csv"), written("", ".h5")
  m.circuit.write(csv, { s, s:cut(1, 100) })
  local list = m.circuit.read(csv)
  lu.assertEquals(#list, 2)
  lu.assertEquals((list[1].impedance - s.impedance):abs():max(), 0)
  m.circuit.write(h5, s)
  local again = require "matinf.store".read(h5)
  lu.assertEquals(tostring(again), tostring(s))
  lu.assertEquals((again.impedance - s.impedance):abs():max(), 0)
  lu.assertStrContains(message(m.circuit.write, "a.txt", s), ".csv or .h5")
end

os.exit(lu.LuaUnit.run())
