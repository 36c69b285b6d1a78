-- How many peaks a spectrum has: adequacy first, then what speaks for and against each number.
--
-- The number of lowest BIC is believed when it explains the data with peaks that can be states. But
-- with thousands of counts a point every criterion goes on asking for peaks that mend a line shape
-- which is not quite right; so where that number does not explain the data, or shows twins, peaks
-- as narrow as allowed or at an edge, the one with the fewest kinds of defect is taken that
-- predicts held-out counts best.
--
-- Other families (asymmetric lines, other backgrounds) are fitted with the same and fewer peaks:
-- when one of them has a lower BIC, the family asked for is not the right one, however well many of
-- its peaks describe the curve.

local c = require "matinf.c.spectra"
local fit_of = require "matinf.spectra.fit"
local flag = require "matinf.spectra.flag"
local ladder = require "matinf.spectra.ladder"

local M = {}

local NATS = 3            -- held-out gain that an extra peak must exceed
local DESCRIBES = 5       -- times the smallest misfit
local KNEE = 10           -- fall of the misfit that only states bring
local MOST_OF = 0.7       -- of what further peaks mend
local NEAR = 10           -- difference of BIC that decides nothing
local STEPS, PROMISE = 60, 1e-2 -- of fits that are compared, and of halves

-- ---- held-out counts ----------------------------------------------------------------------------

-- log-likelihood (up to a constant of the data) and chi^2 of intensities under a model
local function judge(y, model, noise)
  model = model:clip(1e-6 * noise, math.huge)
  local off = y - model
  return (y * model:log() - model):sum() / noise,
    (off * off / (model:clip(noise, math.huge) * noise)):sum()
end

-- Fits one half of the counts and is judged by the other.
local function half_score(fit, train, test)
  local raw = fit_of.raw(fit.spectrum, train, fit_of.start(fit), fit, STEPS, PROMISE)
  local likelihood, chi2 = judge(test, fit_of.values(fit, raw), fit.noise)
  return likelihood, chi2, raw
end

--- Thins the counts into two independent halves, fits each and judges it by the other. `halves`:
--- the two, made before.
function M.held_out(fit, halves)
  halves = halves or { c.thin(fit.spectrum.y, 0.5, fit.noise, fit.seed) }
  local l1, chi1, raw1 = half_score(fit, halves[1], halves[2])
  local l2, chi2, raw2 = half_score(fit, halves[2], halves[1])
  local n = #fit.spectrum.x
  return { log_likelihood = l1 + l2, misfit = (chi1 + chi2) / (2 * n), points = n },
    { raw1.deviance + raw1.parameters * math.log(n), raw2.deviance + raw2.parameters * math.log(n) }
end

-- ---- choosing -----------------------------------------------------------------------------------

-- The better predictor of held-out counts; a larger k must gain more than NATS.
local function preferred(fits, least, misfit)
  local best
  for k, fit in ipairs(fits) do
    local eligible = fit.misfit <= misfit and fit.defects == least
    if eligible and (not best or fit.held_out > fits[best].held_out + NATS) then
      best = k
    end
  end
  return best
end

-- Among those that describe the data not much worse than the best.
local function fewest_defects(fits)
  local least, misfit = math.huge, math.huge
  for _, fit in ipairs(fits) do misfit = math.min(misfit, fit.misfit) end
  for _, fit in ipairs(fits) do
    if fit.misfit <= DESCRIBES * misfit then least = math.min(least, fit.defects) end
  end
  return preferred(fits, least, DESCRIBES * misfit)
end

-- The number of lowest BIC; less where its weak peaks hardly lower it.
local function by_bic(fits)
  local best = ladder.lowest_bic(fits)
  while best > 1 and flag.has(fits[best], "weak") and fits[best - 1].adequate
    and fits[best - 1].bic < fits[best].bic + NEAR do
    best = best - 1
  end
  return best
end

local function choose(fits)
  local best = by_bic(fits)
  if fits[best].adequate and not flag.has(fits[best], "twin", "narrow", "edge") then return best end
  return fewest_defects(fits)
end

-- ---- other families -----------------------------------------------------------------------------

-- All peaks share their asymmetry and their mix.
local function shared(peaks)
  for i = 2, #peaks do
    local same = { peak = 1, factor = 1, offset = 0 }
    peaks[i].tie = { mix = same, skew = same }
  end
  peaks[1].mix, peaks[1].skew = 0.2, 0.1
  return peaks
end

local PLAIN = { shape = "pseudo-voigt", background = "shirley" } -- what is fitted unless asked

-- Shapes and backgrounds to compare a model with. Peaks of one line share their shape (`shared`).
-- The plain ones, where something else was asked for, rank as high as that (`plain`).
local function families(model)
  local list, seen = {}, { [model.shape .. "/" .. model.background] = true }
  local function add(shape, background, kind)
    local name = shape .. "/" .. background
    if seen[name] then return end
    seen[name] = true
    list[#list + 1] = { shape = shape, background = background, shared = kind == "shared",
      plain = kind == "plain" }
  end
  add("asymmetric", model.background, "shared")
  add("asymmetric", "tougaard", "shared")
  add(model.shape, "shirley + linear")
  add(PLAIN.shape, PLAIN.background, "plain")
  add(PLAIN.shape, model.background, "plain")
  add(model.shape, PLAIN.background, "plain")
  return list
end

local function in_family(fit, family, model)
  local other = {}
  for name, value in pairs(model) do other[name] = value end
  other.shape, other.background = family.shape, family.background
  other.average = fit_of.HOLDS[family.background] and model.average or nil
  local peaks = fit_of.start(fit)
  if family.shared then peaks = shared(peaks) end
  local raw = fit_of.raw(fit.spectrum, fit.spectrum.y, peaks, other, STEPS, PROMISE)
  local made = fit_of.new(fit.spectrum, raw, other)
  made.defects = flag.set(made)
  return made
end

-- Fits of a family with k, k - 1, ... peaks, as long as they are not much worse.
local function fits_in_family(fits, k, family, model)
  local list, lowest = {}, math.huge
  for n = k, 1, -1 do
    local fit = in_family(fits[n], family, model)
    list[n] = fit
    lowest = math.min(lowest, fit.misfit)
    if fit.misfit > 10 * lowest then break end
  end
  return list
end

local function best_of(list)
  local best
  for _, fit in pairs(list) do
    if not best or fit.bic < best.bic then best = fit end
  end
  return best
end

-- The fewest peaks of another shape that do most of what further peaks of the one asked for do.
local function fewest_instead(fits, k, list)
  for n = 1, k - 1 do
    local gap = fits[n].chi2 - fits[k].chi2
    if list[n] and fits[n].chi2 - list[n].chi2 > MOST_OF * gap then return list[n] end
  end
end

-- The fewest peaks of a family that explain the data, where they are fewer than k and their BIC is
-- no higher.
local function fewer_adequate(list, k, bic)
  for n = 1, k - 1 do
    if list[n] and list[n].adequate and list[n].bic < bic then return list[n] end
  end
end

-- ---- rivals -------------------------------------------------------------------------------------

local function rival_of(fit, why)
  return { k = fit.k, shape = fit.shape, background = fit.background, misfit = fit.misfit,
    bic = fit.bic, defects = flag.text(fit), why = why }
end

-- The last peak that divides a misfit by KNEE and more.
local function knee(fits)
  local at = 1
  for k = 2, #fits do
    local unexplained = not fits[k - 1].adequate
    if unexplained and fits[k - 1].misfit > KNEE * fits[k].misfit then at = k end
  end
  return at
end

-- Numbers of peaks of the same family that something speaks for: up to `most`, since beyond it they
-- mend a line shape that is not right.
local function same_family(fits, k, most)
  local list, named, favourite = {}, { [k] = true }, ladder.lowest_bic(fits)
  local function add(n, why)
    if n and fits[n] and n <= most and not named[n] then
      named[n] = true
      list[#list + 1] = rival_of(fits[n], why)
    end
  end
  add(favourite, "lowest BIC")
  for n = 1, #fits do
    if fits[n].adequate then
      add(n, "fewest peaks that explain the data")
      break
    end
  end
  add(knee(fits), ("the last peak that divides the misfit by %d"):format(KNEE))
  add(flag.distinct(fits[k]), "twins counted as one")
  add(flag.distinct(fits[favourite]), "lowest BIC, twins counted as one")
  add(fewest_defects(fits), "no implausible peak, best prediction of held-out counts")
  for _, n in ipairs { k - 1, k + 1 } do
    if fits[n] and fits[n].bic < fits[k].bic + NEAR then add(n, "BIC as good") end
  end
  return list
end

local FEWER = "another family explains the data with fewer peaks"

-- Of other families: those whose BIC is clearly lower than that of the family asked for, be its
-- mixes free or shared; plain families that explain the data with fewer peaks; and asymmetric lines
-- that need fewer.
local function other_families(fits, k, model)
  local better, fewer = {}, {}
  local own = { shape = model.shape, background = model.background, shared = true }
  local reference = math.min(fits[k].bic, in_family(fits[k], own, model).bic)
  for _, family in ipairs(families(model)) do
    local list = fits_in_family(fits, k, family, model)
    local best, instead = best_of(list), fewest_instead(fits, k, list)
    local plain = family.plain and fewer_adequate(list, k, fits[k].bic)
    if plain then
      better[#better + 1] = rival_of(plain, FEWER)
    elseif best.bic < reference - NEAR then
      better[#better + 1] = rival_of(best, "another family, lower BIC")
    end
    if instead and family.shape == "asymmetric" and family.shape ~= model.shape
      and instead.k ~= best.k then
      fewer[#fewer + 1] = rival_of(instead, "asymmetric lines do most of what further peaks do")
    end
  end
  table.sort(better, function(a, b) return a.bic < b.bic end)
  return better, fewer
end

-- ---- verdict ------------------------------------------------------------------------------------

local function candidates_of(fits)
  local list = {}
  for k, fit in ipairs(fits) do
    list[k] = { k = k, misfit = fit.misfit, bic = fit.bic, parameters = fit.parameters,
      gain = k > 1 and fit.held_out - fits[k - 1].held_out or 0 / 0, defects = flag.text(fit),
      adequate = fit.adequate }
  end
  return list
end

-- Why not the number that BIC alone would take.
local function against_bic(fits, k)
  local favourite = ladder.lowest_bic(fits)
  local fit, other = fits[k], fits[favourite]
  if favourite == k then return nil end
  local text = ("BIC alone would take k = %d (BIC lower by %.0f, misfit %.2f instead of %.2f)")
    :format(favourite, fit.bic - other.bic, other.misfit, fit.misfit)
  if other.defects == 0 then return text .. "; held-out counts do not confirm it." end
  text = ("%s, but with defects: %s"):format(text, flag.text(other, 2))
  local mends = flag.has(other, "twin", "narrow", "weak", "edge")
  return text .. (mends and ": such peaks mend the line shape and are no states." or ".")
end

-- The fewest peaks that would explain the data where those chosen do not.
local function fewest_adequate(fits, k)
  if fits[k].adequate then return nil end
  for n = k + 1, #fits do
    local fit = fits[n]
    if fit.adequate then
      if n == ladder.lowest_bic(fits) then return nil end
      return ("%d peaks would explain the data (misfit %.2f), but with defects: %s. A line that is "
        .. "not symmetric, or states closer than can be told apart, look like this."):format(n,
        fit.misfit, flag.text(fit, 2))
    end
  end
  return "No number of these peaks explains the data."
end

local broad = "Widths stand at the limit of %g %s that `width` sets: states that overlap more than "
  .. "can be told apart, or lines broader than was allowed."

local function family_text(fit, rivals)
  local best = rivals[1]
  if not best then return nil end
  local how = best.why == FEWER and "with fewer peaks" or "better"
  return ("%d %s peak%s on a %s background explain%s the data %s (BIC lower by %.0f, misfit %.2f): "
    .. "the family of curves fitted here is not quite right%s."):format(best.k, best.shape,
    best.k == 1 and "" or "s", best.background, best.k == 1 and "s" or "", how, fit.bic - best.bic,
    best.misfit, best.k < fit.k and ", and the number of states may be smaller" or "")
end

local function stability_text(fit, halves)
  if halves[1] == fit.k and halves[2] == fit.k then
    return ("Each half of the counts alone gives %d as well."):format(fit.k)
  end
  return ("The halves of the counts alone would give %d and %d."):format(halves[1], halves[2])
end

local function first_words(fits, k)
  local fit, s = fits[k], k == 1 and "s" or ""
  if #fits == 1 then return "Only 1 peak was tried: there are points for no more." end
  if k == by_bic(fits) and fit.adequate then
    return ("Of 1 to %d peaks, %d explain%s the data with the lowest BIC."):format(#fits, k, s)
  end
  return ("Of 1 to %d peaks, %d predict%s held-out counts best among those with%s."):format(#fits,
    k, s, fit.defects == 0 and "out an implausible peak" or " the fewest implausible peaks")
end

local function verdict_of(fits, k, others, halves)
  local fit = fits[k]
  local words = { first_words(fits, k) }
  words[#words + 1] = fewest_adequate(fits, k)
  words[#words + 1] = against_bic(fits, k)
  words[#words + 1] = family_text(fit, others)
  if flag.has(fit, "broad") then
    words[#words + 1] = broad:format(fit.bounds[2], fit.spectrum.x_unit)
  end
  words[#words + 1] = stability_text(fit, halves)
  return table.concat(words, " ")
end

-- ---- entry --------------------------------------------------------------------------------------

-- Sets held_out of each fit; returns the numbers of peaks that BIC takes for each half alone.
local function score_halves(fits)
  local halves = { c.thin(fits[1].spectrum.y, 0.5, fits[1].noise, fits[1].seed) }
  local best, lowest = { 1, 1 }, { math.huge, math.huge }
  for k, fit in ipairs(fits) do
    local score, bic = M.held_out(fit, halves)
    fit.held_out = score.log_likelihood
    for h = 1, 2 do
      if bic[h] < lowest[h] then best[h], lowest[h] = k, bic[h] end
    end
  end
  return best
end

--- A fit of the ladder, taken to the end.
function M.polished(fit, model)
  local raw = fit_of.raw(fit.spectrum, fit.spectrum.y, fit_of.start(fit), model, 400)
  local made = fit_of.new(fit.spectrum, raw, model)
  made.defects, made.held_out = flag.set(made), fit.held_out
  return made
end

--- The best of the fits of 1, 2, ... peaks, with candidates, rivals, explained and verdict.
function M.best(fits, model)
  local halves = score_halves(fits)
  local k = choose(fits)
  fits[k] = M.polished(fits[k], model)
  local fit = fits[k]
  local others, fewer = other_families(fits, k, model)
  fit.candidates = candidates_of(fits)
  fit.rivals = same_family(fits, k, #others > 0 and k or #fits)
  table.move(others, 1, #others, #fit.rivals + 1, fit.rivals)
  table.move(fewer, 1, #fewer, #fit.rivals + 1, fit.rivals)
  fit.explained = fit.adequate and #others == 0 and not flag.has(fit, "twin", "narrow", "edge")
    and fit.bic < fits[ladder.lowest_bic(fits)].bic + NEAR
  fit.half_choices = halves
  fit.verdict = verdict_of(fits, k, others, halves)
  return fit
end

return M
