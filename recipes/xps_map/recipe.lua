-- How do chemical states and their lines vary over a map of XPS spectra?
--
-- sample   opens the map, or makes one of known truth from a measured spectrum (generate.lua)
-- model    fits peaks to the mean spectrum, then to every spectrum, in pieces that survive a kill
-- predict  counts held out, of spectra spread over the map
-- analyse  maps of shift, width, shares and misfit; where the truth is known, how well it is found

local m, P = require "matinf", require "matinf.recipe.parameter"
local generate = require "generate"
local truth = require "truth"

local PIECE = 500000   -- intensities that are fitted, and stored, at once
local WITNESSES = 9    -- spectra that choose the number of peaks and are judged by held-out counts
local LOOKED_AT = 4096 -- spectra whose components are found
local COMPONENTS = 8   -- most of them
local IMAGES = 3       -- most images of their scores, and most non-negative factors
local SIGMAS = 3       -- excess of chi^2 that is no chance

local function stack_of(sample, range)
  return m.spectra.open_stack(sample.file, { data = sample.data, axis = sample.axis, range = range,
    energy = sample.energy, hv = sample.hv })
end

-- The number of peaks that most of the witnesses ask for, and how many of them.
local function vote(stack, options)
  local count, best = {}, 1
  for _, i in ipairs(stack:spread(WITNESSES)) do
    local k = m.spectra.fit(stack:spectrum(i), options).k
    count[k] = (count[k] or 0) + 1
  end
  for k, votes in pairs(count) do
    if votes > (count[best] or 0) or votes == count[best] and k < best then best = k end
  end
  return best, count[best]
end

local function fit_mean(stack, p)
  local options = { shape = p.shape, background = p.background, average = p.average,
    peaks = p.peaks, width = p.width, seed = p.seed }
  local votes
  if p.peaks == "auto" then options.peaks, votes = vote(stack, options) end
  return { fit = m.spectra.fit(stack:mean(), options), votes = votes }
end

-- ---- looking ------------------------------------------------------------------------------------

-- Principal components of the map, or of spectra spread over a large one; `above`: how many are more
-- than the noise of counts. `curves` are as many non-negative factors and one for the mean, but few:
-- with more, lines that move are cut into pieces that no one can name. Spectra that are no counts are
-- left out; nil where fewer than two are left.
local function components_of(stack, seed)
  local list = stack:spread(math.min(LOOKED_AT, stack.count))
  if #list < 2 then return nil end
  local whole, y = #list == stack.count, m.array.zeros(#list, #stack.x)
  if whole then
    y = stack:read(1, stack.count)
  else
    for row, i in ipairs(list) do y[row] = stack:spectrum(i).y end
  end
  local most = math.min(COMPONENTS, #list, #stack.x)
  local all = m.spectra.pca(y, { components = most, scale = "counts" })
  local above = all.variance:gt(all.edge * stack:noise()):sum()
  local shown = m.spectra.pca(y, { components = math.max(1, above), scale = "counts" })
  local curves = m.spectra.nmf(y, { components = math.min(above + 1, most, IMAGES),
    seed = seed })
  return { factors = shown, curves = curves, above = above, list = list,
    spectra = #list, whole = stack.count <= LOOKED_AT }
end

-- NaN where a spectrum could not be used.
local function scores_picture(map, looked, factors, k, label)
  local values = m.array.full({ map.rows * map.columns }, 0 / 0)
  for row, i in ipairs(looked.list) do values[i] = factors.scores[{ row, k }] end
  return map:picture(values, { label = label,
    unit = factors.kind == "nmf" and map.y_unit ~= "" and map.y_unit or nil })
end

local function show_scores(run, map, looked, factors, name, label)
  for k = 1, math.min(factors.components, IMAGES) do
    run:figure(("%s-%d"):format(name, k), scores_picture(map, looked, factors, k, label:format(k)),
      label:format(k) .. " over the map.")
  end
end

local function show_components(run, map, spectrum, looked)
  run:figure("components", looked.factors:plot(spectrum), ("Principal components of %d spectra: the "
    .. "curves along which they vary, with their shares of the variance. They are no states: a line "
    .. "that moves makes several."):format(looked.spectra))
  run:figure("factors", looked.curves:plot(spectrum), ("The same spectra as sums of %d curves that "
    .. "are nowhere negative, each of sum 1: nearer to spectra of substances, but not unique."):format(
    looked.curves.components))
  if looked.whole then
    if looked.above > 0 then
      show_scores(run, map, looked, looked.factors, "score", "Score of principal component %d")
    end
    show_scores(run, map, looked, looked.curves, "factor", "Intensity of factor %d")
  end
  run:answer(("%s principal component%s above the noise of counts: in so many independent ways the "
    .. "spectra differ."):format(looked.above == COMPONENTS and COMPONENTS .. " or more"
    or looked.above, looked.above == 1 and " stands" or "s stand"))
end

-- ---- the answer ---------------------------------------------------------------------------------

-- The largest state; the peak that the energies refer to says nothing of shifts.
local function main_state(map)
  local main
  for i = 1, map.k do
    local area = map.area[{ {}, i }]:mean(nil, { skip_nan = true })
    local refers = map.reference and map.names[i] == map.reference.peak
    if map.roles[i] == "state" and not refers and (not main or area > main.area) then
      main = { index = i, area = area }
    end
  end
  return main and main.index or 1
end

local function span(values)
  local ends = values:quantile({ 0.02, 0.98 }, nil, { skip_nan = true })
  return ends[1], ends[2]
end

local function shift_text(map, main)
  local low, high = span(map.position[{ {}, main }])
  return ("%s lies at %.2f %s and moves over %.2f %s (one spectrum is sure to %.3f %s)"):format(
    map.names[main], map.position[{ {}, main }]:mean(nil, { skip_nan = true }), map.x_unit,
    high - low, map.x_unit, map.errors.position[{ {}, main }]:median(nil, { skip_nan = true }),
    map.x_unit)
end

local function share_texts(map)
  local words = {}
  for i = 1, map.k do
    if map.roles[i] == "state" then
      local low, high = span(map.share[{ {}, i }])
      words[#words + 1] = ("%s %.1f to %.1f %%"):format(map.names[i], 100 * low, 100 * high)
    end
  end
  return table.concat(words, ", ")
end

-- Shares of the usable spectra: those explained, and whether that is what chance leaves.
local function explained(map)
  local usable = map.usable:sum()
  return usable > 0 and (map.excess:lt(SIGMAS)):sum() / usable or 0
end

local function claim(map, held_out)
  local share = explained(map)
  local text = ("The model explains %.1f %% of the spectra (chi² %.2f times what the noise gives in "
    .. "the median, %.2f for counts held out)"):format(100 * share,
    map.misfit:median(nil, { skip_nan = true }), held_out)
  if share > 0.97 then return text .. "." end
  if share > 0.5 then return text .. "; look at the map of misfit before using the others." end
  return text .. ": neither positions nor shares should be used before a better model is found."
end

local function reference_text(map)
  local r = map.reference
  local low, high = span(r.shift)
  return ("Energies refer to %s at %.2f %s in every spectrum, which shifts them by %+.2f to %+.2f %s.")
    :format(r.peak, r.energy, map.x_unit, low, high, map.x_unit)
end

local captions = {
  fit = "The mean spectrum and the model that every spectrum starts from.",
  shift = "Position of %s in every spectrum.",
  width = "Full width at half maximum of %s.",
  share = "Share of %s in the area of all peaks.",
  misfit = "Chi² per degree of freedom: near 1 where the model explains the spectrum.",
  peaks = "Mean over the map, spread over it, and the median standard error of one spectrum.",
}

local function name_of(text) return (text:gsub("[^%w]+", "-"):gsub("^%-", ""):gsub("%-$", "")) end

local function show_maps(run, map, main)
  run:figure("shift", map:plot("position", main), captions.shift:format(map.names[main]))
  run:figure("width", map:plot("width", main), captions.width:format(map.names[main]))
  for i = 1, map.k do
    if map.roles[i] == "state" then
      run:figure(("share-%d-%s"):format(i, name_of(map.names[i])), map:plot("share", i),
        captions.share:format(map.names[i]))
    end
  end
  run:figure("misfit", map:plot "misfit", captions.misfit)
end

local function give_values(run, map, main, held_out)
  run:value("main-position", map.position[{ {}, main }]:mean(nil, { skip_nan = true }), map.x_unit)
  run:value("misfit", map.misfit:median(nil, { skip_nan = true }))
  run:value("held-out-misfit", held_out)
  run:value("explained", 100 * explained(map), "%")
end

return {
  name = "xps_map",
  question = "How do chemical states and their lines vary over this map?",

  parameters = {
    seed = P.integer { default = 1, min = 0,
      help = "of generated counts, starts, held-out counts, non-negative factors" },
    sample = {
      file = P.file { optional = true,
        help = "HDF5 file with a map; one of known truth is made when absent" },
      data = P.text { optional = true, help = "its dataset; that of the default NXdata when absent" },
      axis = P.text { optional = true, help = "dataset of the energies; by NXdata when absent" },
      energy = P.choice { "binding", "kinetic", "other", default = "binding",
        help = "what the energies are" },
      hv = P.quantity { unit = "eV", optional = true, min = 1,
        help = "photon energy: kinetic energies become binding energies, hv - KE" },
      anchor = P.file { optional = true, help = "measured spectrum that a generated map is made of" },
      rows = P.integer { default = 32, min = 1, max = 4096, help = "of a generated map" },
      columns = P.integer { default = 32, min = 1, max = 4096, help = "of a generated map" },
      exposure = P.number { default = 0.25, min = 1e-3, max = 1e3,
        help = "counts of a generated spectrum over those of the anchor" },
    },
    prepare = {
      range = P.range { unit = "eV", optional = true, help = "energies to fit; all when absent" },
      reference = P.quantity { unit = "eV", optional = true,
        help = "where reference_peak is in every spectrum; range and model.peaks count as measured" },
      reference_peak = P.text { optional = true, help = "name (or number) of that peak" },
    },
    model = {
      shape = P.choice { "pseudo-voigt", "gauss", "lorentz", "voigt", "doniach", "asymmetric",
        default = "pseudo-voigt" },
      background = P.choice { "shirley", "shirley + linear", "tougaard", "tougaard + linear",
        "ramps", "linear", "constant", "none", default = "shirley" },
      average = P.integer { optional = true, min = 1, help = "points whose mean holds the background "
        .. "at either end (linear, shirley, tougaard); its levels are fitted when absent" },
      peaks = P.either { P.choice { "auto" }, P.integer { min = 1, max = 24 },
        P.list { P.peak {}, min = 1 }, default = "auto" },
      width = P.range { unit = "eV", default = "0.7..1.4 eV", min = 0.01,
        help = "full widths at half maximum that are plausible" },
      neighbours = P.boolean { default = false,
        help = "start from the spectrum before as well: for lines that drift by more than a width" },
    },
  },

  stages = {
    sample = function(p, _, run)
      local sample = { data = p.data, axis = p.axis, energy = p.energy, hv = p.hv }
      if p.file then
        sample.file = p.file
      else
        sample.known = generate.map(p, run)
        sample.generated = true
      end
      return sample
    end,

    prepare = function(p, done, run)
      local sample = generate.placed(done.sample, run)
      local stack = stack_of(sample, p.range)
      if (p.reference == nil) ~= (p.reference_peak == nil) then
        require "matinf.error".fail("configuration",
          "prepare.reference and prepare.reference_peak: both expected, or neither")
      end
      return { range = p.range, mean = stack:mean(), count = stack.count, energy = p.reference,
        peak = p.reference_peak and (math.tointeger(tonumber(p.reference_peak))
          or p.reference_peak) }
    end,

    model = function(p, done, run)
      local stack = stack_of(generate.placed(done.sample, run), done.prepare.range)
      local mean = run:step("mean", function() return fit_mean(stack, p) end)
      local maps, failures = run:each(stack:pieces(PIECE), function(piece)
        return m.spectra.map(stack, mean.fit, { first = piece[1], last = piece[2],
          neighbours = p.neighbours })
      end)
      if #failures > 0 then
        require "matinf.error".fail("data", "piece %d of the map: %s", failures[1].index,
          failures[1].message)
      end
      local map, prepared = m.spectra.join_maps(maps), done.prepare
      return { fit = mean.fit, votes = mean.votes, looked = components_of(stack, p.seed),
        map = prepared.peak and map:referenced(prepared.peak, prepared.energy) or map }
    end,

    predict = function(_, done, run)
      local stack = stack_of(generate.placed(done.sample, run), done.prepare.range)
      local scores = {}
      for n, i in ipairs(stack:spread(WITNESSES)) do
        scores[n] = done.model.fit:refitted(stack:spectrum(i)):held_out_score().misfit
      end
      return { misfit = m.array.array(scores):median() }
    end,

    analyse = function(_, done, run)
      local map, votes = done.model.map, done.model.votes
      local main, held_out = main_state(map), done.predict.misfit
      run:figure("fit", done.model.fit:plot(), captions.fit)
      show_maps(run, map, main)
      run:table("peaks", map:table(), captions.peaks)
      give_values(run, map, main, held_out)
      run:answer(("%d spectra: %s. Shares of the area: %s."):format(#map.misfit,
        shift_text(map, main), share_texts(map)))
      run:answer(claim(map, held_out))
      if votes then
        run:answer(("%d of %d spectra spread over the map ask for %d peak%s, which all are fitted with.")
          :format(votes, math.min(WITNESSES, #map.misfit), map.k, map.k == 1 and "" or "s"))
      end
      if map.reference then run:answer(reference_text(map)) end
      if done.model.looked then
        show_components(run, map, done.model.fit.spectrum, done.model.looked)
      end
      if done.sample.known then truth.show(run, map, done.sample.known) end
      local odd = #map.misfit - map.usable:sum()
      if odd > 0 then
        run:warn("%d spectra cannot be used: negative, not finite or zero; they are NaN", odd)
      end
    end,
  },
}
