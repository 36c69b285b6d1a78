-- spectra: reading, preparing, fitting; reference values of the shipped files and of PET.
local lu = require "luaunit"
local m = require "matinf"

local data, more = "recipes/xps_peaks/data/", "tests/data/spectra/"

local function message(f, ...)
  local _, err = m.try(f, ...)
  return tostring(err)
end

local function written(text)
  local path = os.tmpname()
  m.sys.write_atomic(path, text)
  return path
end

-- ---- VAMAS --------------------------------------------------------------------------------------

TestVamas = {}

function TestVamas.test_column_sums_of_the_shipped_files()
  local c = require "matinf.c.spectra"
  local expected = {
    [more .. "specs_survey_regular.vms"] = { { 3188302.0896, 49025.0644 } },
    [more .. "specs_survey_irregular.vms"] = { { 1096485.11, 31883020.896, 49025.0644 } },
    [data .. "kratos_niw_5regions.vms"] = { { 2161454 }, { 66892 }, { 440549 }, { 585298 },
      { 221926 } },
  }
  for file, blocks in pairs(expected) do
    local found = c.read_vamas(m.sys.read(file), file)
    lu.assertEquals(#found, #blocks)
    for i, sums in ipairs(blocks) do
      for j, sum in ipairs(sums) do
        lu.assertAlmostEquals(found[i].columns[j].values:sum(), sum, 1e-3)
      end
    end
  end
end

function TestVamas.test_axis_is_binding_energy_without_the_work_function()
  local s = m.spectra.read(data .. "kratos_niw_5regions.vms", { block = "O 1s" })
  lu.assertEquals(s.energy, "binding")
  lu.assertAlmostEquals(s.hv, 1486.69, 1e-9)
  lu.assertEquals(#s, 251)
  lu.assertEquals(s.y_unit, "counts")
  lu.assertAlmostEquals(s.x[1] - s.x[2], 0.1, 1e-9)
  local k = m.spectra.read(data .. "kratos_niw_5regions.vms", { block = "O 1s",
    energy = "kinetic" })
  lu.assertEquals(k.energy, "kinetic")
  lu.assertAlmostEquals(k.x[7] + s.x[7], 1486.69, 1e-9)
  local w = m.spectra.read(data .. "kratos_niw_5regions.vms", { block = "O 1s",
    work_function = true })
  lu.assertAlmostEquals(w.x[1] - s.x[1], 4.5, 1e-9)
  lu.assertAlmostEquals(s.dwell, 0.239043, 1e-6)
  lu.assertEquals(s.scans, 5)
end

function TestVamas.test_irregular_is_the_same_survey_as_regular()
  local a = m.spectra.read(more .. "specs_survey_regular.vms")
  local b = m.spectra.read(more .. "specs_survey_irregular.vms")
  lu.assertEquals(#a, 1351)
  lu.assertEquals(#b, 1351)
  for _, i in ipairs { 1, 700, 1351 } do
    lu.assertAlmostEquals(a.x[i], b.x[i], 1e-6)
    lu.assertAlmostEquals(10 * a.y[i], b.y[i], 1e-3 * b.y[i])
  end
end

function TestVamas.test_blocks_are_found_by_name_and_number()
  local file = data .. "kratos_niw_5regions.vms"
  lu.assertEquals(#m.spectra.read(file), 5)
  lu.assertEquals(m.spectra.read(file, { block = 4 }).block, "C 1s")
  lu.assertStrContains(message(m.spectra.read, file, { block = "O1s" }), "did you mean 'O 1s'?")
  lu.assertStrContains(message(m.spectra.read, file, { block = 6 }), "the file has 5")
  lu.assertStrContains(message(m.spectra.read, file, { block = 1, column = "x" }), "Transmission")
end

function TestVamas.test_errors_name_file_and_line()
  local text = m.sys.read(data .. "kratos_niw_5regions.vms")
  local path = written(text:sub(1, 20000))
  lu.assertStrMatches(message(m.spectra.read, path), path:gsub("%p", "%%%0")
    .. ":%d+: the file ends where .*")
  path = written((text:gsub("REGULAR", "SOMETIMES", 1)))
  lu.assertEquals(message(m.spectra.read, path),
    path .. ":10: scan mode: REGULAR, IRREGULAR or MAPPING expected, got \"SOMETIMES\"")
  path = written((text:gsub("\n2412\r", "\n2413\r", 1)))
  lu.assertStrContains(message(m.spectra.read, path), "is no multiple of the 2 variables")
  path = written((text:gsub("\n2412\r", "\n24120000\r", 1)))
  lu.assertStrContains(message(m.spectra.read, path), "more than the rest of the file can hold")
  path = written((text:gsub("\n6050\r", "\n6o50\r", 1)))
  lu.assertStrContains(message(m.spectra.read, path), "number expected, got \"6o50\"")
end

function TestVamas.test_line_ends_and_blank_lines_before_the_magic_line()
  local text = m.sys.read(data .. "kratos_niw_5regions.vms")
  local sum = m.spectra.read(data .. "kratos_niw_5regions.vms", { block = 3 }).y:sum()
  for _, form in ipairs { text:gsub("\r\n", "\n"), text:gsub("\r\n", "\r"), "\n\n \n" .. text } do
    lu.assertEquals(m.spectra.read(written(form), { block = 3 }).y:sum(), sum)
  end
end

-- A minimal file: two blocks, the second with what the inclusion list leaves.
local function small(inclusion, second)
  local block = "%s\ns\n2020\n1\n2\n3\n4\n5\n0\n0\nXPS\nAl\n1486.6\n1\n1\n1\n0\n0\nFAT\n20\n1\n4\n0\n1\n1\n0\n0\nC\n1s\n-1\n"
    .. "kinetic energy\neV\n1200\n0.5\n1\ncounts\nd\npulse counting\n0.1\n2\n0\n0\n0\n0\n0\n3\n1\n9\n1\n5\n9\n"
  return "VAMAS Surface Chemical Analysis Standard Data Transfer Format 1988 May 4\ni\ni\no\ne\n0\nNORM\nREGULAR\n1\n0\n"
    .. inclusion .. "\n0\n0\n0\n2\n" .. block:format "first" .. second .. "end of experiment\n"
end

function TestVamas.test_omitted_parts_are_inherited()
  local include = m.spectra.read(written(small("2\n14\n35",
    "second\ns\n1253.6\n7\n2\n3\n4\n3\n4\n")))
  lu.assertEquals(include[2].block, "second")
  lu.assertEquals(include[2].hv, 1253.6)
  lu.assertEquals(include[2].scans, 7)
  lu.assertEquals(include[2].dwell, 0.1)
  lu.assertEquals(include[2].y:totable(), { 3, 4 })
  lu.assertAlmostEquals(include[2].x[2], 1253.6 - 1200.5, 1e-9)
  lu.assertEquals(include[1].hv, 1486.6)
end

-- All that two trees hold, line numbers apart; missing numbers are NaN on both sides.
local function assert_same(a, b, path)
  lu.assertEquals(type(a), type(b), path)
  if type(a) == "table" then
    for key, value in pairs(a) do
      if key ~= "line" then assert_same(value, b[key], path .. "." .. tostring(key)) end
    end
  elseif type(a) == "userdata" then
    lu.assertEquals(#a, #b)
    for i = 1, #a do lu.assertTrue(a[i] == b[i] or a[i] ~= a[i] and b[i] ~= b[i], path) end
  else
    lu.assertTrue(a == b or a ~= a and b ~= b, path)
  end
end

function TestVamas.test_blocks_come_back_exactly()
  local path = os.tmpname()
  for _, file in ipairs { data .. "kratos_niw_5regions.vms", more .. "specs_survey_irregular.vms",
    more .. "specs_survey_regular.vms" } do
    local blocks = m.spectra.read_vamas(file)
    m.spectra.write_vamas(path, blocks)
    local back = m.spectra.read_vamas(path)
    assert_same(blocks, back, file)
    assert_same(back, blocks, file)
  end
  for _, mode in ipairs { "MAP", "MAPDP", "MAPSV", "MAPSVDP", "NORM", "SDP", "SDPSV", "SEM",
    "NOEXP" } do
    for _, scan in ipairs { "REGULAR", "IRREGULAR", "MAPPING" } do
      local block = m.spectra.read_vamas(data .. "kratos_niw_5regions.vms")[2]
      block.mode, block.scan, block.map, block.sputter_source = mode, scan, { 6, 2, 3 },
        { 1, 2, 3, 4, 5, 6, 7.5 }
      block.linescan, block.sputter_ion = { 1, 2, 3, 4, 5, 6 }, { 18, 1, 1 }
      block.variables = { { label = "time", unit = "s", value = 1.25 } }
      m.spectra.write_vamas(path, { block, block })
      local back = m.spectra.read_vamas(path)
      lu.assertEquals(#back, 2)
      m.spectra.write_vamas(path, back)
      assert_same(back, m.spectra.read_vamas(path), mode .. scan)
      lu.assertEquals(back[2].columns[1].values:sum(), block.columns[1].values:sum())
      lu.assertEquals(back[2].variables[1].value, 1.25)
    end
  end
end

function TestVamas.test_spectra_come_back_exactly()
  local path = os.tmpname()
  local list = m.spectra.read(data .. "kratos_niw_5regions.vms")
  list[6] = m.spectra.read(data .. "PET_C1s.csv")
  list[7] = m.spectra.new({ 1, 2.5, 3.7 }, { 0.1, 0.25, 1 / 3 },
    { energy = "kinetic", y_unit = "counts/s", dwell = 0.1, scans = 7, counts_per = 0.7, hv = 1486.6 })
  m.spectra.write_vamas(path, list)
  local back = m.spectra.read(path, { energy = "binding" })
  for i, s in ipairs(list) do
    lu.assertEquals(back[i].y:totable(), s.y:totable())
    if i < 7 then lu.assertEquals(back[i].x:totable(), s.x:totable()) end
    lu.assertEquals({ back[i].hv, back[i].dwell, back[i].scans }, { s.hv, s.dwell, s.scans or 1 })
  end
  lu.assertAlmostEquals(back[7].counts_per, 0.7, 1e-15)
  lu.assertEquals({ back[6].counts_per, back[1].counts_per }, { nil, 1 })
end

function TestVamas.test_comments_of_casaxps()
  local lines = {}
  for line in io.lines(more .. "casa_process_comment_lines.txt") do lines[#lines + 1] = line end
  local casa = m.spectra.casa(lines, 1486.6)
  lu.assertEquals({ #casa.calibrations, #casa.regions, #casa.components }, { 3, 1, 3 })
  lu.assertEquals(casa.calibrations[2], { measured = 285.1185, actual = 284 })
  lu.assertEquals(casa.calibrations[3], { measured = 280, to = 290, actual = 284 })
  lu.assertAlmostEquals(casa.regions[1].from, 1486.6 - 1203.1467, 1e-9)
  lu.assertEquals(casa.regions[1].tougaard[2], -1450)
  local one = casa.components[2]
  lu.assertAlmostEquals(one.position.value, 1486.6 - 1196.459, 1e-9)
  lu.assertEquals({ one.shape, one.width.link, one.area.link, one.area.value },
    { "LF(0.9,1.1,50,300,3)", 0, -1, 13841.745 })
  lu.assertEquals(m.spectra.casa(casa:lines(), 1486.6):lines(), casa:lines())
  lu.assertStrContains(message(m.spectra.casa, { "CASA comp (*a*) nothing" }, 1486.6),
    "cannot be read: CASA comp (*a*) nothing")
end

function TestVamas.test_calibration_of_casaxps_on_request()
  local path = os.tmpname()
  local s = m.spectra.new({ 1, 2, 3 }, { 5, 9, 4 }, { hv = 1486.6, dwell = 1,
    comments = { "Calib M = 285 A = 284.6 BE ADD", "Calib M = 0.5,2.5 A = 2.25 BE ADD" } })
  m.spectra.write_vamas(path, s)
  lu.assertEquals(m.spectra.read(path).x[1], 1)
  lu.assertAlmostEquals(m.spectra.read(path, { calibrated = true }).x[1], 1 - 0.4 + 0.25, 1e-12)
end

-- ---- text tables --------------------------------------------------------------------------------

TestTables = {}

function TestTables.test_headers_tell_energy_and_unit()
  local s = m.spectra.read(data .. "PET_C1s.csv")
  lu.assertEquals({ #s, s.energy, s.x_unit }, { 401, "binding", "eV" })
  s = m.spectra.read(written "Kinetic energy (eV);cps\n1,5;10\n2,5;20\n3,5;10\n")
  lu.assertEquals({ s.energy, s.y_unit, s.x[1] }, { "kinetic", "counts/s", 1.5 })
end

function TestTables.test_names_tell_the_columns()
  for _, text in ipairs { "No,Binding Energy (eV),Counts\n1,526,5\n2,527,7\n",
    "Counts,Binding Energy (eV)\n5,526\n7,527\n", "KE/eV,BE/eV,cps\n960,526,5\n959,527,7\n" } do
    local s = m.spectra.read(written(text))
    lu.assertEquals({ s.energy, s.x[1], s.y[1] }, { "binding", 526, 5 })
  end
end

function TestTables.test_energies_become_electronvolts_and_lengths_stay()
  local s = m.spectra.read(written "Binding energy (keV),counts\n0.526,5\n0.527,7\n")
  lu.assertEquals({ s.x_unit, s.energy }, { "eV", "binding" })
  lu.assertAlmostEquals(s.x[2], 527, 1e-9)
  s = m.spectra.read(written "Wavelength (nm),counts\n526,5\n527,7\n")
  lu.assertEquals({ s.x_unit, s.energy }, { "nm", "other" })
end

function TestTables.test_a_column_that_is_not_there()
  local path = written "526,5\n527,7\n"
  lu.assertStrContains(message(m.spectra.read, path, { x = "2" }),
    "no column is called '2': columns are named, not numbered, here column_1, column_2")
  path = written "BE,counts\n526,5\n527,7\n"
  lu.assertStrContains(message(m.spectra.read, path, { y = "signal" }),
    "no column is called 'signal': there are BE, counts")
  lu.assertStrContains(message(m.spectra.read, path, { y = "count" }), "did you mean 'counts'?")
end

function TestTables.test_byte_order_mark_and_line_ends()
  for _, text in ipairs { "\xef\xbb\xbf1,10\n2,20\n3,10\n", "1,10\r\n2,20\r\n3,10\r\n",
    "1 10\n2 20\n3 10" } do
    lu.assertEquals(m.spectra.read(written(text)).y:totable(), { 10, 20, 10 })
  end
end

function TestTables.test_kinetic_needs_the_photon_energy_to_become_binding()
  local path = written "KE/eV,counts\n1200,10\n1201,20\n1202,10\n"
  lu.assertStrContains(message(m.spectra.read, path, { energy = "binding" }), "'hv' is needed")
  lu.assertAlmostEquals(m.spectra.read(path, { energy = "binding", hv = 1486.6 }).x[1], 286.6, 1e-9)
  lu.assertEquals(m.spectra.read(path).energy, "kinetic")
  lu.assertStrContains(message(m.spectra.read(path).cut, m.spectra.read(path), 280, 294),
    "they span 1200 to 1202, kinetic energies")
  lu.assertEquals(m.spectra.read(path, { energy = "kinetic", hv = 1486.6 }).x[1], 1200)
  for _, wrong in ipairs { "Al", 0, -1, 0 / 0, 1 / 0 } do
    lu.assertStrContains(message(m.spectra.read, path, { hv = wrong }), "photon energy > 0 in eV")
  end
  local unnamed = written "1200,10\n1201,20\n1202,10\n"
  for _, one in ipairs { m.spectra.read(path, { hv = 1486.6 }),
    m.spectra.read(unnamed, { hv = 1486.6, given = "kinetic" }) } do
    lu.assertEquals({ one.energy, one.hv }, { "binding", 1486.6 })
    lu.assertAlmostEquals(one.x[3], 284.6, 1e-9)
  end
  lu.assertEquals(m.spectra.read(unnamed, { hv = 1486.6 }).x[1], 1200)
  lu.assertEquals(m.spectra.read(unnamed, { given = "kinetic" }).energy, "kinetic")
end

-- ---- preparing ----------------------------------------------------------------------------------

TestPrepare = {}

function TestPrepare.test_cut_calibrate_subtract()
  local s = m.spectra.read(data .. "PET_C1s.csv"):cut(281, 294)
  lu.assertEquals(#s, 260)
  lu.assertAlmostEquals(s:calibrate(284.8).shift, 284.8 - 284.6, 0.05)
  lu.assertAlmostEquals(s:calibrate(285, 284.5).x[1] - s.x[1], 0.5, 1e-12)
  lu.assertEquals(s:calibrate(nil), s)
  lu.assertAlmostEquals(s:subtract().y:clip(0, 1e9):sum(), 137001.458365026, 1e-6)
  lu.assertStrContains(message(s.cut, s, 10, 20), "no data from 10 to 20 eV: they span 281")
end

function TestPrepare.test_shirley_of_the_reference()
  local s = m.spectra.read(data .. "C1s_sample.csv"):cut(281.99, 292.01)
  local b, iterations, converged = m.spectra.shirley(s.x, s.y)
  lu.assertEquals({ iterations, converged }, { 10, true })
  lu.assertAlmostEquals(b[11], 1768.369860500502, 1e-9)
  lu.assertAlmostEquals(b[51], 1738.591404790167, 1e-9)
end

-- Against a direct sum with numbers of its own.
function TestPrepare.test_tougaard_is_the_formula()
  local s = m.spectra.read(data .. "C1s_sample.csv")
  local b = m.spectra.tougaard(s.x, s.y, { b = 335.44588, c = 551, d = 436, t0 = 3 })
  local rising, base = s.x[2] > s.x[1], 0
  for i = 1, 5 do base = base + s.y[rising and i or #s + 1 - i] / 5 end
  for _, i in ipairs { 1, 40, 77, #s } do
    local sum = 0
    for j = 1, #s do
      local t = s.x[i] - s.x[j]
      local before = j > 1 and math.abs(s.x[j] - s.x[j - 1]) or 0
      local after = j < #s and math.abs(s.x[j + 1] - s.x[j]) or 0
      if t >= 3 then
        sum = sum + 335.44588 * t / ((551 - t * t) ^ 2 + 436 * t * t) * (s.y[j] - base)
          * (before + after) / 2
      end
    end
    lu.assertAlmostEquals(b[i], base + sum, 1e-9)
  end
  local u2 = m.spectra.tougaard({ 0, 1, 2 }, { 0, 1, 0 }, { average = 1 })
  lu.assertAlmostEquals(u2[3], 2866 / (1643 + 1) ^ 2, 1e-12)
  lu.assertStrContains(message(m.spectra.tougaard, { 1, 2 }, { 1, 2 }), "at least 3 points")
end

function TestPrepare.test_noise_of_counts_and_of_scaled_counts()
  local noise, source = m.spectra.read(data .. "C1s_sample.csv"):noise()
  lu.assertEquals({ noise, source }, { 1, "counts" })
  noise, source = m.spectra.read(data .. "PET_C1s.csv"):cut(281, 294):noise()
  lu.assertEquals(source, "scatter")
  lu.assertAlmostEquals(noise, 1.09, 0.1)
end

function TestPrepare.test_binding_energy_falls_to_the_right()
  local s = m.spectra.read(data .. "PET_C1s.csv")
  lu.assertTrue(s:plot().x.reverse)
  lu.assertFalse(m.spectra.new({ 1, 2, 3 }, { 1, 2, 1 }, { energy = "kinetic" }):plot().x.reverse)
end

-- ---- fitting ------------------------------------------------------------------------------------

TestFit = {}

local pet

local function pet_fit()
  pet = pet or m.spectra.fit(m.spectra.read(data .. "PET_C1s.csv"):cut(281, 294))
  return pet
end

function TestFit.test_pet_shows_three_environments_and_a_satellite()
  local fit = pet_fit()
  local shares = fit:state_shares()
  lu.assertEquals(fit.roles, { "state", "state", "state", "satellite" })
  lu.assertAlmostEquals(fit.position[2] - fit.position[1], 1.5, 0.1)
  lu.assertAlmostEquals(fit.position[3] - fit.position[1], 4.0, 0.1)
  for i, share in ipairs { 0.62, 0.20, 0.18 } do lu.assertAlmostEquals(shares[i], share, 0.02) end
  for i = 1, 3 do lu.assertTrue(fit.width[i] > 0.7 and fit.width[i] < 1.4) end
  lu.assertAlmostEquals(fit.position[4], 291.2, 0.3)
end

function TestFit.test_pet_is_not_left_to_bic()
  local fit = pet_fit()
  local lowest = 1
  for k, one in ipairs(fit.candidates) do
    if one.bic < fit.candidates[lowest].bic then lowest = k end
  end
  lu.assertTrue(lowest > fit.k)
  lu.assertStrContains(fit.verdict, "BIC alone would take k = " .. lowest)
  lu.assertStrContains(fit.verdict, "twins")
  lu.assertTrue(fit.misfit > 1.3)
  lu.assertStrContains(tostring(fit), "misfit")
end

function TestFit.test_three_given_peaks_agree_with_the_reference()
  local s = m.spectra.read(data .. "PET_C1s.csv"):cut(281, 294)
  local fit = m.spectra.fit(s, { peaks = { 284.6, { name = "C-O",
    position = { value = 286.1, error = 0.2 } }, 288.6 } })
  for i, value in ipairs { 284.61, 286.15, 288.57 } do
    lu.assertAlmostEquals(fit.position[i], value, 0.01)
  end
  for i, value in ipairs { 1.02, 1.00, 0.81 } do
    lu.assertAlmostEquals(fit.width[i], value, 0.02)
  end
  lu.assertAlmostEquals(fit.misfit, 2.8, 0.2)
  lu.assertEquals(fit.names[2], "C-O")
end

-- The satellite ends as broad and as Lorentzian as it may be; the step there crosses other bounds.
function TestFit.test_bounds_do_not_stop_a_fit_before_its_optimum()
  local s = m.spectra.read(data .. "PET_C1s.csv"):cut(281, 294)
  local peaks = { 284.6, 286.15, 288.57, { position = 291.2, width = { 0.7, 2.8 } } }
  local fit = m.spectra.fit(s, { peaks = peaks, noise = 1 })
  lu.assertAlmostEquals(fit.deviance, fit:refitted(s).deviance, 1e-6)
  lu.assertAlmostEquals(fit.area[4], 585, 1)
end

-- Counts drawn from known peaks on an active Shirley background.
local function drawn(item)
  local truth = { { 284.8, 1.1, 30000 }, { 286.4, 1.0, 12000 }, { 288.9, 0.9, 8000 } }
  local rng = m.random.generator { seed = 5, stage = "test", item = item }
  local x, y, cumulative = {}, {}, 0
  for i = 1, 241 do
    x[i] = 281 + 0.05 * (i - 1)
    local sum = 0
    for _, p in ipairs(truth) do
      sum = sum + p[3] * 0.939437 / p[2] * math.exp(-2.7725887 * ((x[i] - p[1]) / p[2]) ^ 2)
    end
    cumulative = cumulative + 0.05 * sum
    y[i] = rng:poisson(nil, { mean = (300 + 0.02 * cumulative + sum) * 0.05 })
  end
  return m.spectra.new(x, y, { counts_per = 1, y_unit = "counts" })
end

function TestFit.test_errors_cover_the_truth()
  local inside, total, misfit = 0, 0, 0
  for item = 1, 40 do
    local fit = m.spectra.fit(drawn(item), { peaks = { 284.8, 286.4, 288.9 }, shape = "gauss",
      seed = item })
    misfit = misfit + fit.misfit / 40
    for i, truth in ipairs { { 284.8, 1.1, 1500 }, { 286.4, 1.0, 600 }, { 288.9, 0.9, 400 } } do
      for j, name in ipairs { "position", "width", "area" } do
        total = total + 1
        if math.abs(fit[name][i] - truth[j]) < fit.errors[name][i] then inside = inside + 1 end
      end
    end
  end
  lu.assertAlmostEquals(misfit, 1, 0.05)
  lu.assertAlmostEquals(inside / total, 0.683, 0.08)
end

function TestFit.test_auto_finds_the_true_number()
  for item = 1, 3 do
    local fit = m.spectra.fit(drawn(item), { seed = item })
    lu.assertEquals(fit.k, 3)
    lu.assertTrue(fit.misfit < 1.3)
  end
end

function TestFit.test_direction_and_kind_of_energy_do_not_matter()
  local s = drawn(1)
  local x, y, kinetic, n = {}, {}, {}, #s
  for i = 1, n do x[i], y[i], kinetic[i] = s.x[n + 1 - i], s.y[n + 1 - i], 1486.6 - s.x[i] end
  local peaks = { 284.8, 286.4, 288.9 }
  local a = m.spectra.fit(s, { peaks = peaks })
  local b = m.spectra.fit(m.spectra.new(x, y, { counts_per = 1 }), { peaks = peaks })
  local d = m.spectra.fit(m.spectra.new(kinetic, s.y, { counts_per = 1, energy = "kinetic" }),
    { peaks = { 1201.8, 1200.2, 1197.7 } })
  for i = 1, 3 do
    lu.assertAlmostEquals(a.position[i], b.position[i], 1e-5)
    lu.assertAlmostEquals(a.area[i], b.area[i], 0.05)
    lu.assertAlmostEquals(a.position[i], 1486.6 - d.position[4 - i], 1e-4)
    lu.assertAlmostEquals(a.width[i], d.width[4 - i], 1e-3)
  end
end

function TestFit.test_same_seed_same_bits_on_one_and_two_threads()
  local before = m.sys.threads(1)
  local a = m.spectra.fit(drawn(2), { peaks = 3, seed = 9 })
  m.sys.threads(2)
  local b = m.spectra.fit(drawn(2), { peaks = 3, seed = 9 })
  m.sys.threads(before)
  for i = 1, 3 do
    lu.assertTrue(a.position[i] == b.position[i] and a.errors.area[i] == b.errors.area[i])
  end
end

function TestFit.test_backgrounds_and_shapes()
  local x, y = {}, {}
  for i = 1, 161 do
    x[i] = 280 + 0.1 * (i - 1)
    y[i] = 500 - 10 * (x[i] - 280) + 3000 / (1 + 4 * (x[i] - 287) ^ 2)
  end
  local fit = m.spectra.fit(m.spectra.new(x, y), { shape = "lorentz", background = "linear",
    peaks = { 287 }, noise = 1 })
  lu.assertAlmostEquals(fit.width[1], 1, 1e-5)
  lu.assertAlmostEquals(fit.slope, -10, 1e-3)
  lu.assertTrue(fit.misfit < 1e-6)
end

function TestFit.test_stores_and_comes_back()
  local store = require "matinf.store"
  local path = os.tmpname() .. ".h5"
  store.write(path, { fit = pet_fit() })
  local back = store.read(path).fit
  lu.assertEquals(back.k, pet_fit().k)
  lu.assertEquals(tostring(back), tostring(pet_fit()))
  lu.assertEquals(back:held_out_score().misfit, pet_fit():held_out_score().misfit)
  os.remove(path)
end

-- ---- chemistry ----------------------------------------------------------------------------------

TestChemistry = {}

-- Two 2p doublets of Gaussians, splitting 6 eV, areas 2:1; without noise.
local function doublets()
  local x, y = {}, {}
  for i = 1, 401 do
    x[i], y[i] = 700 + 0.05 * (i - 1), 300
    for _, p in ipairs { { 706, 3000 }, { 712, 1500 }, { 708.5, 1000 }, { 714.5, 500 } } do
      y[i] = y[i] + p[2] * 0.9394372787 / 1.2 * math.exp(-2.7725887222 * ((x[i] - p[1]) / 1.2) ^ 2)
    end
  end
  return m.spectra.new(x, y, { counts_per = 1 })
end

function TestChemistry.test_doublets_ties_and_priors()
  local fit = m.spectra.fit(doublets(), { background = "constant", shape = "gauss", peaks = {
    { name = "metal", position = { value = 706.2, error = 0.3 }, doublet = "p", splitting = 6,
      width = { 0.8, 2 } },
    { name = "oxide", shift = { from = "metal", by = 2.5 }, doublet = 0.5, splitting = 6,
      width = "metal" } } })
  lu.assertEquals({ fit.k, fit.parameters }, { 4, 5 }) -- two areas, position, width, background
  lu.assertEquals(fit.names, { "metal", "oxide", "metal, line 2", "oxide, line 2" })
  for i, position in ipairs { 706, 708.5, 712, 714.5 } do
    lu.assertAlmostEquals(fit.position[i], position, 1e-3)
    lu.assertAlmostEquals(fit.width[i], 1.2, 1e-3)
    for _, flag in ipairs(fit.flags[i]) do lu.assertNotEquals(flag, "twin") end
  end
  local _, area = fit:components():column "area"
  lu.assertAlmostEquals(area.values[1], 4500, 1)
  lu.assertAlmostEquals(area.values[2], 1500, 1)
  lu.assertTrue(fit:held_out_score().misfit < 1)
  lu.assertEquals(fit.roles, { "state", "state", "line", "line" })
  local shares = fit:state_shares() -- of whole doublets
  lu.assertAlmostEquals(shares[1], 0.75, 1e-3)
  lu.assertAlmostEquals(shares[2], 0.25, 1e-3)
  lu.assertNil(shares[3])
end

function TestChemistry.test_shapes_of_single_peaks()
  local fit = m.spectra.fit(doublets(), { background = "constant", peaks = { { position = 706,
    shape = "SGL(0)", width = { 0.8, 2 } }, { position = 708.5, shape = "gauss" },
    { position = 712, mix = 0 }, { position = 714.5, width = 1.2, mix = { 0, 0.5 } } } })
  lu.assertAlmostEquals(fit.area[1], 3000, 1)
  lu.assertEquals({ fit.mix[3], fit.width[4] }, { 0, 1.2 })
  lu.assertTrue(fit.misfit < 1e-3)
  local store = require "matinf.store"
  local path = os.tmpname() .. ".h5"
  store.write(path, { fit = fit })
  lu.assertEquals(store.read(path).fit:evaluate():sum(), fit:evaluate():sum())
  os.remove(path)
end

-- A measured reference, moved by 0.3 eV, beside a peak; the same over kinetic energies.
function TestChemistry.test_a_measured_curve_is_a_component()
  local x, y = m.array.linspace(700, 715, 301), m.array.zeros(301)
  local function curve(at) -- asymmetric: a peak and its shoulder
    return 1000 * (((x - at) / 1.1) ^ 2 * -2.77):exp() + 300 * (((x - at - 1.7) / 1.9) ^ 2 * -2.77):exp()
  end
  local reference = m.spectra.new(x, curve(706))
  y = curve(706.3) * 0.7 + 500 * ((x - 711) ^ 2 * -2.7725887222):exp() + 100
  local options = { background = "constant", shape = "gauss", noise = 1,
    peaks = { { name = "reference", curve = reference }, { position = 711, width = { 0.8, 1.4 } } } }
  local fit = m.spectra.fit(m.spectra.new(x, y), options)
  lu.assertAlmostEquals(fit.position[1], 706.3, 2e-3)
  lu.assertAlmostEquals(fit.area[1] / (0.7 * reference.y:integrate(x)), 1, 2e-3)
  lu.assertAlmostEquals(fit.width[2], 1, 2e-3)
  local store = require "matinf.store"
  local path = os.tmpname() .. ".h5"
  store.write(path, { fit = fit })
  lu.assertEquals(store.read(path).fit:evaluate():sum(), fit:evaluate():sum())
  os.remove(path)
  local turned = m.spectra.new(x * -1 + 1500, y, { energy = "kinetic" })
  options.peaks = { { curve = m.spectra.new(x * -1 + 1500, reference.y, { energy = "kinetic" }) },
    { position = 789, width = { 0.8, 1.4 } } }
  local kinetic = m.spectra.fit(turned, options)
  lu.assertAlmostEquals(kinetic.position[2], 1500 - fit.position[1], 1e-6)
  lu.assertStrContains(message(m.spectra.fit, turned, { peaks = { { curve = 3 } } }), "peaks[1].curve")
  lu.assertStrContains(message(m.spectra.fit, turned, { peaks = { { position = 790, shape = "curve" } } }),
    "curve = spectrum")
end

function TestChemistry.test_bad_components()
  local s = doublets()
  local function refused(text, ...)
    lu.assertStrContains(message(m.spectra.fit, s, { peaks = { ... } }), text)
  end
  refused("without the field 'widht'", { position = 706, widht = 1 })
  refused("peaks[2].shift", 706, { shift = { from = "a", by = 1 } })
  refused("peaks[1].splitting", { position = 706, doublet = "p" })
  refused('"p", "d", "f"', { position = 706, doublet = "s", splitting = 1 })
  refused("peaks[1].width", { position = 706, width = "b" })
  refused("peaks[2].ratio", 706, { position = 708, ratio = { to = "b", of = 2 } })
  refused("peaks[1].lines", { position = 706, lines = { { shift = 1 } } })
  refused("LA(a,b,m)", { position = 706, shape = "LA(1)" })
end

function TestChemistry.test_quantification()
  local t = m.spectra.quantify { { name = "C", area = 1000, error = 10, rsf = 0.278 },
    { name = "O", area = 800, error = 8, rsf = 0.78, transmission = 1.1, imfp = 0.9 } }
  local c, o = 1000 / 0.278, 800 / (0.78 * 1.1 * 0.9)
  local _, share = t:column "atomic share"
  local _, spread = t:column "atomic share error"
  lu.assertAlmostEquals(share.values[1], 100 * c / (c + o), 1e-9)
  lu.assertAlmostEquals(spread.values[1], 100 * c * o / (c + o) ^ 2 * math.sqrt(2) * 0.01, 1e-9)
  lu.assertAlmostEquals(spread.values[1], spread.values[2], 1e-12)
  lu.assertStrContains(message(m.spectra.quantify, { { area = 1, rsf = 0 } }), "areas[1].rsf")
end

function TestChemistry.test_mean_free_path_and_thickness()
  lu.assertAlmostEquals(m.spectra.imfp(1486.6, "organic"), 31 / 1486.6 ^ 2
    + 0.087 * math.sqrt(1486.6), 1e-12)
  -- silicon at 1000 eV: 2.4 to 2.5 nm in the tables made with the same formula
  local si = m.spectra.imfp(1000, { density = 2.33, molar_mass = 28.086, valence = 4, gap = 1.1 })
  lu.assertAlmostEquals(si, 2.4, 0.1)
  local d, spread = m.spectra.overlayer { layer = 200, substrate = 100, imfp = 3, angle = 60,
    layer_error = 2, substrate_error = 1 }
  lu.assertAlmostEquals(d, 1.5 * math.log(3), 1e-12)
  lu.assertAlmostEquals(spread, 1.5 * 2 / 3 * math.sqrt(2) * 0.01, 1e-12)
  lu.assertStrContains(message(m.spectra.imfp, 1000, "gold"), '"element"')
end

-- ---- files of instruments -----------------------------------------------------------------------

TestInstruments = {}

local scienta = "[Info]\nNumber of Regions=2\nVersion=1.2\n\n[Region 1]\nRegion Name=C1s\n"
  .. "Dimension 1 name=Kinetic Energy [eV]\nDimension 1 size=3\n\n[Info 1]\nNumber of Sweeps=4\n"
  .. "Excitation Energy=1486.6\nEnergy Scale=Kinetic\nStep Time=200\n\n[Data 1]\n 1200.0 10 1\n"
  .. " 1200.5 20 2\n 1201.0 15 3\n\n[Region 2]\nRegion Name=O1s\n"
  .. "Dimension 1 name=Binding Energy [eV]\n[Info 2]\nExcitation Energy=1486.6\n[Data 2]\n530 1\n531 2\n"

function TestInstruments.test_scienta()
  local list = m.spectra.read(written(scienta))
  lu.assertEquals(#list, 2)
  lu.assertAlmostEquals(list[1].x[1], 286.6, 1e-9)
  lu.assertEquals(list[1].y:totable(), { 11, 22, 18 })
  lu.assertEquals({ list[1].energy, list[1].dwell, list[1].scans, list[1].counts_per },
    { "binding", 0.2, 4, 1 })
  lu.assertEquals(m.spectra.read(written(scienta), { block = "O1s" }).x:totable(), { 530, 531 })
  local path = written((scienta:gsub(" 20 2", " 2o 2")))
  lu.assertEquals(message(m.spectra.read, path), path .. ":18: number expected, got \"2o\"")
end

function TestInstruments.test_specs()
  local text = "# Created by:        SpecsLab Prodigy, Version 4.1\n#\n# Group:   s1\n# Region:  O1s\n"
    .. "# Excitation Energy: 1486.61\n# Energy Axis: Kinetic Energy\n# Count Rate: Counts per Second\n"
    .. "# Dwell Time: 0.1\n# Number of Scans: 3\n#\n950.0  10.0\n950.5 12.5\n\n# Region: C1s\n"
    .. "# Cycle: 0\n1200 1\n1201 2\n"
  local list = m.spectra.read(written(text))
  lu.assertEquals({ #list, list[1].block, list[2].block, list[1].sample }, { 2, "O1s", "C1s", "s1" })
  lu.assertAlmostEquals(list[1].x[2], 1486.61 - 950.5, 1e-9)
  lu.assertEquals(list[1].y_unit, "counts/s")
  lu.assertAlmostEquals(list[1].counts_per, 0.3, 1e-12)
  local path = written(text .. "1202 x\n")
  lu.assertEquals(message(m.spectra.read, path), path .. ":18: number expected, got \"x\"")
end

-- One region, 3 points, 2 scans.
local function phi(points, size)
  local words, data = { 1 }, ""
  for i = 2, 25 do words[i] = 0 end
  words[10], words[11], words[24], words[25] = points, 2, 6 * size, 100
  for _, word in ipairs(words) do data = data .. string.pack("<I4", word) end
  for i = 1, 6 do data = data .. string.pack(size == 4 and "<f" or "<d", 10 * i) end
  return "SOFH\r\nPlatform: x\r\nXraySource: Al 1486.6000 mono\r\nNoSpectralReg: 1\r\n"
    .. "SpectralRegDef: 1 1 C1s 6 3 -0.5000 290.0000 289.0000 290.1 288.9 0.0500 23.50 x\r\nEOFH\r\n"
    .. data
end

function TestInstruments.test_phi()
  for _, size in ipairs { 4, 8 } do
    local s = m.spectra.read(written(phi(3, size)))
    lu.assertEquals({ s.block, s.hv, s.dwell, s.scans, s.energy }, { "C1s", 1486.6, 0.05, 2, "binding" })
    lu.assertEquals({ s.x:totable(), s.y:totable() }, { { 290, 289.5, 289 }, { 50, 70, 90 } })
  end
  lu.assertStrContains(message(m.spectra.read, written(phi(4, 4))), "do not go together")
  lu.assertStrContains(message(m.spectra.read, written(phi(3, 4):sub(1, -9))), "do not go together")
  lu.assertStrContains(message(m.spectra.read, written "SOFH\nabc\n"), "no line EOFH")
end

function TestInstruments.test_nexus_comes_back()
  local path = os.tmpname()
  local s = m.spectra.read(data .. "kratos_niw_5regions.vms", { block = "O 1s" })
  m.spectra.write_nexus(path, s)
  local back = m.spectra.read(path)
  lu.assertEquals({ back.x:totable(), back.y:totable() }, { s.x:totable(), s.y:totable() })
  lu.assertEquals({ back.hv, back.energy, back.y_unit, back.counts_per, back.dwell, back.sample },
    { s.hv, s.energy, s.y_unit, s.counts_per, s.dwell, s.sample })
  m.hdf5.open(path, "w"):close()
  lu.assertStrContains(message(m.spectra.read, path), "no NXdata is found")
end

-- ---- bad input ----------------------------------------------------------------------------------

TestBadInput = {}

function TestBadInput.test_values()
  lu.assertStrContains(message(m.spectra.new, { 1 }, { 1 }), "at least 2 points, got 1")
  lu.assertStrContains(message(m.spectra.new, { 1, 2, 3 }, { 1, 0 / 0, 1 }), "point 2 is no number")
  lu.assertStrContains(message(m.spectra.new, { 1, 3, 2 }, { 1, 1, 1 }), "point 3 is 2 after 3")
  lu.assertStrContains(message(m.spectra.new, { 1, 1, 2 }, { 1, 1, 1 }), "point 2 is 1 after 1")
  lu.assertStrContains(message(m.spectra.new, { 1, 2 }, { 1 }), "as many values as x (2)")
end

local function flat(value)
  local x, y = {}, {}
  for i = 1, 50 do x[i], y[i] = 280 + 0.2 * i, value end
  return m.spectra.new(x, y)
end

function TestBadInput.test_intensities()
  lu.assertStrContains(message(m.spectra.fit, flat(0)), "all intensities are zero")
  lu.assertStrContains(message(m.spectra.fit, flat(-1)),
    "intensity >= 0 expected, got -1 (point 1)")
  local fit = m.spectra.fit(flat(7)) -- no peak: what is found is weak, and said to be
  for i = 1, fit.k do lu.assertStrContains(table.concat(fit.flags[i], " "), "weak") end
end

function TestBadInput.test_options()
  local s = flat(5)
  lu.assertStrContains(message(m.spectra.fit, s, { peeks = 3 }), "did you mean 'peaks'?")
  lu.assertStrContains(message(m.spectra.fit, s, { shape = "box" }),
    "\"LA(a,b,m)\" or \"curve\" expected, got \"box\"")
  lu.assertStrContains(message(m.spectra.fit, s, { width = { 2, 1 } }), "0 < low < high")
  lu.assertStrContains(message(m.spectra.fit, s, { peaks = "many" }), "got \"many\"")
  lu.assertStrContains(message(m.spectra.fit, s, { peaks = { 400 } }), "position from 280.2 to 290")
  lu.assertStrContains(message(m.spectra.fit, s, { peaks = 20 }), "need at least 82 points, got 50")
  lu.assertStrContains(message(m.spectra.fit, 7), "spectra.Spectrum expected, got 7")
end

os.exit(lu.LuaUnit.run())
