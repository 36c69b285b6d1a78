-- Which chemical states does an XPS spectrum show, and in what shares?
--
-- sample   reads the spectrum           prepare  cuts the range, refers the energy axis
-- model    fits peaks on a background   predict  is judged by counts that were held out
-- analyse  figure, tables, and an answer that claims no more than the misfit allows

local m, P = require "matinf", require "matinf.recipe.parameter"

local MANY, ENOUGH = 20000, 1000 -- points
local DESCRIPTIVE = 2.5 -- chi^2 per degree of freedom up to which a model describes the data

-- A name, or a number.
local function name_or_number(text) return math.tointeger(tonumber(text)) or text end

local function main_state(fit, shares)
  local main
  for i = 1, fit.k do
    if shares[i] and (not main or fit.area[i] > fit.area[main]) then main = i end
  end
  return main
end

local function states_text(fit)
  local shares, errors = fit:state_shares()
  local words, main = {}, main_state(fit, shares)
  for i = 1, fit.k do
    if shares[i] then
      local offset = fit.position[i] - fit.position[main]
      words[#words + 1] = ("%.2f %s (%s%.1f ± %.1f %%)"):format(fit.position[i], fit.spectrum.x_unit,
        i == main and "" or ("%+.2f; "):format(offset), 100 * shares[i], 100 * errors[i])
      if shares[i] == 1 then words[1] = words[1]:gsub(" %(.*", "") end -- no share of one state
    end
  end
  return words
end

local claims = {
  adequate = "the model explains the data within their noise.",
  doubtful = "these peaks describe the data within their noise, but they need not be states: see "
    .. "below.",
  descriptive = "the positions stand, but the line shape or the background is not quite right, so "
    .. "the shares describe the curve and their errors are lower limits.",
  none = "this model does not explain the data. Neither the number of states nor their shares "
    .. "should be used before a better model.shape, model.background, model.width or "
    .. "prepare.range is found.",
}

-- A noise that is read from the data is less certain, so that more than 1 may be no chance.
local function as_far_as_known(fit)
  local excused = fit.adequate and fit.noise_source == "scatter" and fit.misfit > 1.05
  return excused and ", which is no more than the uncertainty of the noise allows (it is estimated "
    .. "from the scatter of the data)" or ""
end

local function claim(fit, held_out)
  local kind = fit.adequate and (fit.explained == false and "doubtful" or "adequate")
    or fit.misfit <= DESCRIPTIVE and "descriptive" or "none"
  return ("Chi² is %.2f times what the noise gives (%.2f for counts held out)%s: %s"):format(
    fit.misfit, held_out, as_far_as_known(fit), claims[kind])
end

-- Whether any peak's area exceeds its error enough (spectra.Fit flags the others as weak).
local function has_signal(fit)
  for i = 1, fit.k do
    if not table.concat(fit.flags[i], " "):find("weak", 1, true) then return true end
  end
  return false
end

local function answer(fit, held_out)
  if not has_signal(fit) then return "No state: no peak stands out of the background and its noise." end
  local words = states_text(fit)
  local satellites = fit.k - #words
  local text = ("%d state%s: %s"):format(#words, #words == 1 and "" or "s",
    table.concat(words, ", "))
  if satellites > 0 then
    text = text .. (" and %d satellite%s apart"):format(satellites, satellites == 1 and "" or "s")
  end
  return ("%s. %s"):format(text, claim(fit, held_out))
end

-- The family that has a lower BIC, and broader lines when states stand at the limit of widths.
local function suggest(run, fit)
  local best, shares = nil, fit:state_shares()
  for _, one in ipairs(fit.rivals or {}) do
    local other = one.shape ~= fit.shape or one.background ~= fit.background
    if other and one.bic < (best or fit).bic then best = one end
  end
  if best then
    run:suggest(("another family, %.0f lower in BIC"):format(fit.bic - best.bic),
      "model.shape=" .. best.shape, "model.background=" .. best.background,
      "model.peaks=" .. best.k)
  end
  for i, flags in ipairs(fit.flags) do
    if shares[i] and table.concat(flags, " "):find("broad", 1, true) then
      return run:suggest("lines broader than model.width allows", ("model.width=%g..%g %s"):format(
        fit.bounds[1], 1.5 * fit.bounds[2], fit.spectrum.x_unit))
    end
  end
end

-- The name of a peak in the names of values: what stands in the table of peaks, in letters and signs
-- that a value's name may have.
local function value_name(name, number, taken)
  local short = name:gsub("[^%w_]+", "-"):gsub("^%-", ""):gsub("%-$", "")
  if short == "" then short = "state-" .. number end
  while taken[short] do short = short .. "-" .. number end
  taken[short] = true
  return short
end

-- Position and share (in %) of a state, with their errors.
local function give_state(run, fit, i, name, share, share_error)
  local unit = fit.spectrum.x_unit
  run:value(name .. "-position", fit.position[i], unit)
  run:value(name .. "-position-error", fit.errors.position[i], unit)
  run:value(name .. "-share", 100 * share, "%")
  run:value(name .. "-share-error", 100 * share_error, "%")
end

-- What a sweep compares: how many states, and position and share of the main one and of each. Named
-- states come first, since a summary figure has room for the first values only; states that are
-- numbered may be others at another point.
local function give_values(run, fit)
  local shares, errors = fit:state_shares()
  local main, states = main_state(fit, shares), 0
  for i = 1, fit.k do states = states + (shares[i] and 1 or 0) end
  if not main or not has_signal(fit) then return run:value("states", 0) end
  run:value("states", states)
  local names, taken = fit:table():column "peak", { main = true }
  local function give_main() give_state(run, fit, main, "main", shares[main], errors[main]) end
  local numbered = names[main]:find "^state %d+$"
  if numbered then give_main() end
  for i = 1, fit.k do
    if shares[i] then
      give_state(run, fit, i, value_name(names[i], i, taken), shares[i], errors[i])
    end
  end
  if not numbered then give_main() end
end

-- Whether the data hold the range if their energies are kinetic ones of an Al or Mg Kα source.
local function may_be_kinetic(spectrum, range)
  local low, high = spectrum.x:min(), spectrum.x:max()
  for _, hv in ipairs { 1486.6, 1253.6 } do
    if hv - range[2] < high and hv - range[1] > low then return true end
  end
  return false
end

-- The part within the range, or how kinetic energies become the binding energies that it means.
local function cut(spectrum, range)
  local low, high = spectrum.x:min(), spectrum.x:max()
  local outside = range and (range[2] < low or range[1] > high) and not spectrum.hv
  local named = spectrum.energy == "kinetic"
  if not outside or not (named or may_be_kinetic(spectrum, range)) then return spectrum:cut(range) end
  require "matinf.error".raise { kind = "data", argument = "range", file = spectrum.file,
    message = ("no data from %g to %g eV: %ssample.hv='1486.6 eV' (Al Kα; Mg Kα: 1253.6 eV) makes "
      .. "binding energies of the kinetic ones, %g to %g eV"):format(range[1], range[2],
      named and "" or "if they are kinetic, sample.energy=kinetic with ", low, high) }
end

-- One column of the list of candidates, its numbers rounded to so many decimals.
local function column(candidates, field, decimals)
  local values = {}
  for i, one in ipairs(candidates) do
    local value = one[field]
    values[i] = decimals and tonumber(("%%.%df"):format(decimals):format(value)) or value
  end
  return values
end

local function candidates_table(candidates)
  return m.table.new {
    { name = "peaks", values = column(candidates, "k") },
    { name = "misfit", values = column(candidates, "misfit", 2) },
    { name = "BIC", values = column(candidates, "bic", 1) },
    { name = "held-out gain", values = column(candidates, "gain", 1) },
    { name = "implausible peaks", values = column(candidates, "defects") },
  }
end

-- Other answers that something speaks for.
local function rivals_table(rivals)
  return m.table.new {
    { name = "peaks", values = column(rivals, "k") },
    { name = "shape", values = column(rivals, "shape") },
    { name = "background", values = column(rivals, "background") },
    { name = "misfit", values = column(rivals, "misfit", 2) },
    { name = "BIC", values = column(rivals, "bic", 1) },
    { name = "for it", values = column(rivals, "why") },
    { name = "implausible peaks", values = column(rivals, "defects") },
  }
end

local noise_text = { counts = "counting statistics", given = "as given",
  scatter = "the scatter of neighbouring points" }

local captions = {
  fit = "Data, components, their sum and the background; below, what is left in units of the noise "
    .. "(%s). Grey: ±2 σ.",
  peaks = "Peaks with standard errors (of the noise, enlarged by the misfit); offsets from the "
    .. "largest, shares among the states.",
  candidates = "What each further peak buys: misfit (chi² per degree of freedom), BIC, and the gain "
    .. "in log-likelihood of counts held out.",
  rivals = "Other answers, and what speaks for each.",
}

return {
  name = "xps_peaks",
  question = "Which chemical states does this spectrum show, in what shares?",

  parameters = {
    seed = P.integer { default = 1, min = 0,
      help = "of the random starts and of the held-out counts" },
    sample = {
      file = P.file { help = "spectrum: csv, VAMAS, NeXus, PHI, Scienta, SPECS" },
      block = P.text { optional = true, help = "name or number of a block of the file" },
      x = P.text { optional = true, help = "column of energies of a csv, when not found by name" },
      y = P.text { optional = true, help = "column of intensities of a csv" },
      hv = P.quantity { unit = "eV", optional = true, min = 1,
        help = "photon energy: kinetic energies become binding energies, hv - KE" },
      energy = P.choice { "binding", "kinetic", optional = true,
        help = "what the energies of a csv are, when their column does not say" },
    },
    prepare = {
      range = P.range { unit = "eV", optional = true,
        help = "binding energies to fit; all when absent" },
      bin = P.integer { default = 1, min = 1, help = "points to average into one: for data much finer "
        .. "than their lines" },
      reference = P.quantity { unit = "eV", optional = true,
        help = "where the strongest line, or reference_peak, should be" },
      reference_peak = P.text { optional = true,
        help = "name (or number) of the fitted peak that is at `reference`; model.peaks and "
          .. "range then count on the scale of the file" },
    },
    model = {
      shape = P.choice { "pseudo-voigt", "gauss", "lorentz", "voigt", "doniach", "asymmetric",
        default = "pseudo-voigt" },
      background = P.choice { "shirley", "shirley + linear", "tougaard", "tougaard + linear",
        "ramps", "linear", "constant", "none", default = "shirley" },
      average = P.integer { optional = true, min = 1, help = "points whose mean holds the background "
        .. "at either end (linear, shirley, tougaard); its levels are fitted when absent" },
      peaks = P.either { P.choice { "auto" }, P.integer { min = 1, max = 24 },
        P.list { P.peak {}, min = 1 },
        default = "auto" },
      width = P.range { unit = "eV", default = "0.7..1.4 eV", min = 0.01,
        help = "full widths at half maximum that are plausible" },
    },
  },

  stages = {
    sample = function(p)
      local spectrum = m.spectra.read(p.file, { block = p.block and name_or_number(p.block), x = p.x,
        y = p.y, hv = p.hv, given = p.energy })
      if not spectrum.x then
        local names = {}
        for i, one in ipairs(spectrum) do names[i] = one.block end
        require "matinf.error".fail("configuration", "sample.block: one of %s expected",
          table.concat(names, ", "))
      end
      if spectrum.x_unit ~= "eV" then
        require "matinf.error".fail("data", "%s: energies expected, got values in %s; sample.x names "
          .. "their column", p.file, spectrum.x_unit)
      end
      return { spectrum = spectrum }
    end,

    prepare = function(p, done, run)
      local spectrum = cut(done.sample.spectrum, p.range):binned(p.bin)
      if #spectrum > MANY then
        run:warn("%d points: a fit takes minutes; prepare.bin=%d averages them into %d", #spectrum,
          #spectrum // ENOUGH, ENOUGH)
      end
      if not p.reference_peak then return { spectrum = spectrum:calibrate(p.reference) } end
      if not p.reference then
        require "matinf.error".fail("configuration",
          "prepare.reference: the energy of %s expected (prepare.reference_peak)", p.reference_peak)
      end
      return { spectrum = spectrum, peak = name_or_number(p.reference_peak), energy = p.reference }
    end,

    model = function(p, done, run)
      local prepared = done.prepare
      if #prepared.spectrum > MANY then run:progress(0, "fitting all points: see prepare.bin") end
      local fit = m.spectra.fit(prepared.spectrum, { shape = p.shape, background = p.background,
        average = p.average, peaks = p.peaks, width = p.width, seed = p.seed })
      return { fit = prepared.peak and fit:referenced(prepared.peak, prepared.energy) or fit }
    end,

    predict = function(_, done)
      return { score = done.model.fit:held_out_score() }
    end,

    analyse = function(_, done, run)
      local fit, score = done.model.fit, done.predict.score
      run:figure("fit", fit:plot(), captions.fit:format(noise_text[fit.noise_source]))
      run:table("peaks", fit:table(), captions.peaks)
      if fit.candidates then
        run:table("candidates", candidates_table(fit.candidates), captions.candidates)
        if #fit.rivals > 0 then run:table("rivals", rivals_table(fit.rivals), captions.rivals) end
      end
      run:value("misfit", fit.misfit)
      run:value("held-out-misfit", score.misfit)
      give_values(run, fit)
      run:answer(answer(fit, score.misfit))
      if fit.reference then run:answer(fit:reference_text()) end
      if fit.verdict then run:answer(fit.verdict) end
      suggest(run, fit)
      if not fit.converged then run:warn("the fit stopped before it converged") end
    end,
  },
}
