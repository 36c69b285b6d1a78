-- How does a battery age? One circuit over the impedance of all its cycles.
--
-- sample    reads the spectra of all cycles     prepare  cuts, masks
-- describe  validity and noise of each          model    joint choice, then the winner tracked
-- analyse   trends with errors

local m, P = require "matinf", require "matinf.recipe.parameter"
local e = require "matinf.error"
local tracking = require "tracking"

local ADEQUATE = 2 -- misfit over noise up to which a circuit explains a spectrum
local LARGE = 5 -- errors by which neighbours differ

local default_circuits = { "R0-CPE0-p(R1,CPE1)-p(R2,CPE2)", "R0-p(R1,CPE1)-CPE2",
  "R0-p(R1,CPE1)-p(R2-W1,CPE2)", "R0-p(R1,CPE1)-p(R2,CPE2)-W1", "R0-p(R1,CPE1)-p(R2,CPE2)" }

-- ---- spectra ------------------------------------------------------------------------------------

-- The number in a label: "cycle 60" is 60; else the place in the file.
local function position_of(spectrum, i)
  return tonumber((spectrum.label or ""):match "(-?[%d.]+)%s*$") or i
end

local function median(list)
  local sorted = table.move(list, 1, #list, 1, {})
  table.sort(sorted)
  return sorted[(#sorted + 1) // 2]
end

local function misfit(fit, spectrum, noise)
  local off = (spectrum.impedance - fit:evaluate(spectrum.frequency)):abs() / spectrum.impedance:abs()
  return math.sqrt((off * off):sum() / (2 * #spectrum - fit.k)) / noise
end

local function misfits(fits, spectra, tests)
  local list = {}
  for i, fit in ipairs(fits) do list[i] = misfit(fit, spectra[i]:kept(), tests[i].noise) end
  return list
end

-- ---- series -------------------------------------------------------------------------------------

-- Values, errors and trend of one parameter over all spectra.
local function series(fits, k, x)
  local values, errors = {}, {}
  for i, fit in ipairs(fits) do
    values[i] = fit.values[k]
    errors[i] = fit.errors[k] == fit.errors[k] and fit.errors[k] or 0 / 0
  end
  local slope, slope_error = tracking.slope(x, values, errors)
  return { name = fits[1].names[k], unit = fits[1].units[k], values = values, errors = errors,
    slope = slope, slope_error = slope_error, jump = tracking.jump(values, errors) }
end

local function all_series(fits, x)
  local list = {}
  for k = 1, #fits[1].names do list[k] = series(fits, k, x) end
  return list
end

-- ---- words --------------------------------------------------------------------------------------

local function trend_text(one, x)
  local first, last = one.values[1], one.values[#x]
  local significant = math.abs(one.slope) > 3 * one.slope_error
  local word = not significant and "shows no trend" or one.slope > 0 and "rises" or "falls"
  return ("%s %s: %.4g to %.4g %s, %+.2g ± %.2g %s in 100"):format(one.name, word, first, last,
    one.unit, 100 * one.slope, 100 * one.slope_error, one.unit)
end

local function resistance_trends(list, x)
  local words = {}
  for _, one in ipairs(list) do
    if one.unit == "ohm" then words[#words + 1] = trend_text(one, x) end
  end
  return table.concat(words, "; ")
end

-- Resistances that jump from cycle to cycle more than their errors say.
local function jumps(list)
  local words = {}
  for _, one in ipairs(list) do
    if one.unit == "ohm" and one.jump > LARGE then
      words[#words + 1] = ("%s changes by %.0f times its error"):format(one.name, one.jump)
    end
  end
  if #words == 0 then return end
  return ("Between neighbouring cycles %s (median)."):format(table.concat(words, ", "))
end

local function claim(selection, list)
  local explained, count, criterion = 0, #list, selection.criterion
  for _, value in ipairs(list) do explained = explained + (value <= ADEQUATE and 1 or 0) end
  local text = ("%s, by the joint %s of all %d spectra; its misfit is %.1f times the noise (median), "
    .. "and it explains %d of them."):format(selection.rows[1].circuit,
    criterion == "importance" and "evidence" or criterion:upper(), count, median(list), explained)
  if explained < count / 2 then
    text = text .. " So its parameters describe the curves; their errors are lower limits."
  end
  return text
end

-- ---- figures and tables -------------------------------------------------------------------------

local function trend_figure(list, x, unit, label)
  local fig = m.plot.figure { x = { label = "Cycle" }, y = { label = label, unit = unit } }
  for _, one in ipairs(list) do
    if one.unit == "ohm" then fig:points(x, one.values, { error = one.errors, label = one.name }) end
  end
  return fig
end

local function nyquist(spectra, fits)
  local curves, colors = {}, { "blue", "green", "vermillion" }
  for j, i in ipairs { 1, (#spectra + 1) // 2, #spectra } do
    curves[j] = { spectrum = spectra[i], fit = fits[i], label = spectra[i].label or tostring(i),
      color = colors[j] }
  end
  return m.circuit.nyquist(curves)
end

local function values_table(list, x, misfit_of)
  local columns = { { name = "cycle", values = x } }
  for _, one in ipairs(list) do
    columns[#columns + 1] = { name = one.name, unit = one.unit ~= "" and one.unit or nil,
      values = one.values, error = one.name .. " error" }
    columns[#columns + 1] = { name = one.name .. " error", values = one.errors }
  end
  columns[#columns + 1] = { name = "misfit", values = misfit_of }
  return m.table.new(columns)
end

local function trends_table(list)
  local names, slopes, errors, units = {}, {}, {}, {}
  for i, one in ipairs(list) do
    names[i], slopes[i], errors[i] = one.name, 100 * one.slope, 100 * one.slope_error
    units[i] = one.unit
  end
  return m.table.new { { name = "parameter", values = names },
    { name = "change in 100", values = slopes, error = "error" }, { name = "error", values = errors },
    { name = "unit", values = units } }
end

return {
  name = "eis_cycles",
  question = "How does the impedance of this cell change over its cycles, seen through one circuit?",

  parameters = {
    seed = P.integer { default = 1, min = 0, help = "of the search in the first spectrum" },
    sample = { file = P.file { help = "several spectra, in the order of the cycles" } },
    prepare = {
      range = P.range { unit = "Hz", optional = true, min = 0, help = "frequencies to use" },
      inductive = P.choice { "mask", "keep", default = "keep", help = "points with Im Z >= 0" },
      reject = P.boolean { default = false, help = "mask points far off the Kramers-Kronig test" },
    },
    model = {
      circuits = P.list { P.text {}, min = 1, default = default_circuits, help = "the candidates" },
      criterion = P.choice { "bic", "aic", "aicc", "importance", default = "bic",
        help = "summed over all spectra; importance is the evidence and takes minutes" },
      weight = P.choice { "modulus", "unit", "proportional", default = "modulus",
        help = "importance needs modulus" },
    },
  },

  stages = {
    sample = function(p)
      local list = m.circuit.read(p.file)
      if list.frequency or #list < 3 then
        e.fail("data", "sample.file: a file with at least 3 spectra expected")
      end
      return { spectra = list }
    end,

    prepare = function(p, done)
      local spectra, positions = {}, {}
      for i, one in ipairs(done.sample.spectra) do
        one = one:cut(p.range)
        if p.inductive == "mask" then one = one:mask(function(_, z) return z.im >= 0 end) end
        spectra[i] = p.reject and m.circuit.reject(one) or one
        positions[i] = position_of(one, i)
      end
      return { spectra = spectra, positions = positions }
    end,

    describe = function(_, done)
      local tests = {}
      for i, one in ipairs(done.prepare.spectra) do tests[i] = m.circuit.kk(one) end
      return { tests = tests }
    end,

    model = function(p, done)
      local spectra = done.prepare.spectra
      local selection = m.circuit.select(spectra, { circuits = p.circuits, criterion = p.criterion,
        weight = p.weight, seed = p.seed })
      return { selection = selection, fits = tracking.track(selection.rows[1].circuit, spectra,
        { weight = p.weight, seed = p.seed }) }
    end,

    analyse = function(_, done, run)
      local spectra, x, tests = done.prepare.spectra, done.prepare.positions, done.describe.tests
      local selection, fits = done.model.selection, done.model.fits
      local list, off = all_series(fits, x), misfits(fits, spectra, tests)
      run:figure("resistances", trend_figure(list, x, "Ω", "Resistance"),
        "Resistances with standard errors.")
      run:figure("nyquist", nyquist(spectra, fits), "First, middle and last spectrum.")
      run:figure("circuit", m.circuit.draw(fits[1].circuit, fits[1].values),
        "The circuit, with the values of the first spectrum.")
      run:table("trends", trends_table(list), "Change in 100 cycles, by weighted least squares.")
      run:table("values", values_table(list, x, off), "Parameters of every cycle.")
      run:table("candidates", selection:table(), "Candidates over all spectra.")
      run:value("misfit", median(off))
      run:answer(claim(selection, off))
      run:answer(resistance_trends(list, x) .. ".")
      local jump = jumps(list)
      if jump then run:answer(jump) end
      local failed = 0
      for _, test in ipairs(tests) do failed = failed + (test.verdict == "failed" and 1 or 0) end
      run:answer(("Kramers-Kronig tests: %d of %d spectra fail."):format(failed, #tests))
    end,
  },
}
