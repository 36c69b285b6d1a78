-- Which equivalent circuit does an impedance spectrum support, and does any explain it?
--
-- sample    reads the spectrum            prepare  cuts, masks, rejects outliers
-- describe  are the data valid, and how noisy? relaxation times
-- model     fits every candidate          predict  every second point, from the others
-- analyse   adequacy first, then the ranking with its rivals

local m, P = require "matinf", require "matinf.recipe.parameter"
local e = require "matinf.error"
local ranking = require "ranking"

local SHOWN = 3 -- candidates that are held out
local WEIGHED = 5 -- candidates, the best by BIC, whose evidence is integrated

local default_circuits = { "R0-p(R1,C1)", "R0-p(R1,CPE1)", "R0-p(R1,C1)-p(R2,C2)",
  "R0-p(R1,CPE1)-p(R2,CPE2)", "R0-p(R1,CPE1)-CPE2", "R0-p(R1,CPE1)-W1", "R0-p(R1-W1,C1)",
  "R0-p(R1-W1,CPE1)", "R0-p(R1-Wo1,C1)", "R0-p(R1-Wo1,CPE1)", "R0-p(R1-Ws1,CPE1)",
  "R0-p(R1,C1)-p(R2-Wo1,C2)", "R0-p(R1,CPE1)-p(R2-W1,CPE2)", "R0-p(R1,CPE1)-p(R2-Wo1,CPE2)",
  "R0-p(R1,CPE1)-p(R2,CPE2)-CPE3", "R0-p(R1,CPE1)-p(R2,CPE2)-p(R3,CPE3)" }

-- ---- sample and prepare -------------------------------------------------------------------------

local function choose(list, wanted)
  if list.frequency then list = { list } end
  if #list == 1 then return list[1] end
  if not wanted then
    e.fail("configuration", "sample.spectrum: the file holds %d spectra, say which (1 to %d)", #list,
      #list)
  end
  return list[wanted] or e.fail("configuration", "sample.spectrum: %d expected at most, got %d",
    #list, wanted)
end

local function prepared(spectrum, p)
  spectrum = spectrum:cut(p.range)
  if p.inductive == "mask" then
    spectrum = spectrum:mask(function(_, z) return z.im >= 0 end)
  end
  if p.reject then spectrum = m.circuit.reject(spectrum) end
  return spectrum
end

-- ---- words --------------------------------------------------------------------------------------

local function per_cent(v) return ("%.2g %%"):format(100 * v) end

local function names_of(list)
  local words = {}
  for i, one in ipairs(list) do
    words[i] = ("%s (BIC +%.1f, %.1f x the noise)"):format(tostring(one.fit.circuit), one.delta,
      one.misfit)
  end
  return table.concat(words, "; ")
end

local function verdict(ranked, noise)
  local best = ranked[1]
  local circuit = tostring(best.fit.circuit)
  if best.misfit > ranking.ADEQUATE then
    return ("No candidate explains these data: the best, %s, misses them by %.1f times the noise of "
      .. "the Kramers-Kronig test (%s of |Z|)."):format(circuit, best.misfit, per_cent(noise))
  end
  return ("%s explains the data: its misfit is %.1f times the noise (%s of |Z|); weight %.2f among %d "
    .. "candidates."):format(circuit, best.misfit, per_cent(noise), best.weight, #ranked)
end

local function cautions(ranked)
  local best, list = ranked[1], {}
  if #best.twins > 0 then
    list[#list + 1] = ("These data cannot tell it from %s."):format(table.concat(best.twins, ", "))
  end
  if #best.undetermined > 0 then
    list[#list + 1] = ("They do not determine its %s."):format(table.concat(best.undetermined, ", "))
  end
  for _, name in ipairs(best.fit.at_bound) do
    list[#list + 1] = best.fit:text(name) .. ": its error is not known."
  end
  return table.concat(list, " ")
end

local function rivals_text(ranked)
  local what = ranked[1].misfit > ranking.ADEQUATE
    and "As descriptions of the curve its rivals are %s." or "Its rivals are %s."
  return what:format(names_of(ranking.rivals(ranked)))
end

-- ---- evidence -----------------------------------------------------------------------------------

-- Evidence of the best candidates under the declared prior; nil where the noise is not known.
local function weighed(ranked, spectrum, p)
  if p.weight ~= "modulus" then return nil end
  local circuits, prior = {}, {}
  for i = 1, math.min(WEIGHED, #ranked) do circuits[i] = ranked[i].fit.circuit end
  for _, one in ipairs(p.prior) do prior[one.parameter] = { one.lower, one.upper } end
  return m.circuit.select(spectrum, { circuits = circuits, criterion = "importance", prior = prior,
    seed = p.seed })
end

local function evidence_table(selection)
  local t = selection:table()
  return m.table.new { { name = "circuit", values = t:column "circuit" },
    { name = "log evidence", values = t:column "log_evidence" },
    { name = "standard error", values = t:column "log_evidence_error" },
    { name = "probability", values = t:column "probability" } }
end

local function evidence_text(selection)
  local best = selection.rows[1]
  return ("By evidence %s has probability %.2f among the %d best by BIC%s. Prior: %s."):format(
    tostring(best.circuit), best.probability, #selection.rows,
    best.misfit > ranking.ADEQUATE and ", as a description" or "", selection.prior_text)
end

-- ---- tables and figures -------------------------------------------------------------------------

local function rounded(value, decimals)
  return tonumber(("%%.%df"):format(decimals):format(value)) or value
end

local function candidates_table(ranked, held_out)
  local c = { circuit = {}, k = {}, misfit = {}, bic = {}, delta = {}, weight = {}, out = {},
    weak = {} }
  for i, one in ipairs(ranked) do
    c.circuit[i], c.k[i] = tostring(one.fit.circuit), one.fit.k
    c.misfit[i], c.bic[i] = rounded(one.misfit, 2), rounded(one.fit.bic, 1)
    c.delta[i], c.weight[i] = rounded(one.delta, 1), rounded(one.weight, 4)
    c.out[i] = held_out[c.circuit[i]] and rounded(held_out[c.circuit[i]], 2) or 0 / 0
    c.weak[i] = table.concat(one.undetermined, " ")
  end
  return m.table.new { { name = "circuit", values = c.circuit }, { name = "parameters", values = c.k },
    { name = "misfit", values = c.misfit }, { name = "held-out misfit", values = c.out },
    { name = "BIC", values = c.bic }, { name = "delta BIC", values = c.delta },
    { name = "weight", values = c.weight }, { name = "undetermined", values = c.weak } }
end

local function figures(run, spectrum, done, ranked)
  local best, noise = ranked[1].fit, done.describe.test.noise
  local curves = { { spectrum = spectrum, fit = best } }
  run:figure("nyquist", m.circuit.nyquist(curves), "Data and the best candidate.")
  run:figure("bode", m.circuit.bode(curves), "The same over the frequency.")
  run:figure("residuals", m.circuit.residuals(spectrum, best, { noise = noise }),
    "What the best candidate leaves; grey: twice the noise of the Kramers-Kronig test.")
  run:figure("circuit", m.circuit.draw(best.circuit, best.values), "The best candidate.")
  run:figure("kramers-kronig", done.describe.test:plot(), "Residuals of the Kramers-Kronig test.")
  run:figure("relaxation-times", done.describe.drt:plot(), "Distribution of relaxation times.")
end

-- Misfit at the points left out of fits to every second one, in units of the noise.
local function held_out(spectrum, fit, p, noise)
  local odd, even = {}, {}
  for i = 1, #spectrum do table.insert(i % 2 == 1 and odd or even, i) end
  local seen = m.circuit.fit(fit.circuit, spectrum:mask(even), { weight = p.weight, seed = p.seed,
    start = fit.values })
  local rest = spectrum:mask(odd):kept()
  return math.sqrt(ranking.squares(seen, rest) / (2 * #rest)) / noise
end

return {
  name = "eis_select",
  question = "Which equivalent circuit does this impedance spectrum support, and does any explain it?",

  parameters = {
    seed = P.integer { default = 1, min = 0, help = "of the searches for starts" },
    weight = P.choice { "modulus", "unit", "proportional", default = "modulus",
      help = "of the residuals in the fits" },
    sample = {
      file = P.file { help = "csv, or the file of an instrument (matinf doc circuit.read)" },
      spectrum = P.integer { min = 1, optional = true, help = "which, when there are several" },
    },
    prepare = {
      range = P.range { unit = "Hz", optional = true, min = 0, help = "frequencies to use" },
      inductive = P.choice { "mask", "keep", default = "mask",
        help = "points with Im Z >= 0: left out unless the candidates have an L" },
      reject = P.boolean { default = false, help = "mask points far off the Kramers-Kronig test" },
    },
    model = {
      circuits = P.list { P.text {}, min = 2, default = default_circuits,
        help = "the candidates, in any notation" },
      prior = P.list { P.record { { parameter = P.text { help = "R1, or a kind: R, CPE_Q, exponent" },
        lower = P.number {}, upper = P.number {} } }, default = {},
        help = "limits for the evidence; the others follow from the data's window" },
    },
  },

  stages = {
    sample = function(p) return { spectrum = choose(m.circuit.read(p.file), p.spectrum) } end,

    prepare = function(p, done) return { spectrum = prepared(done.sample.spectrum, p) } end,

    describe = function(_, done)
      local spectrum = done.prepare.spectrum
      return { test = m.circuit.kk(spectrum), drt = m.circuit.drt(spectrum, { capacitor = true }) }
    end,

    model = function(p, done, run)
      local fits, failures = run:each(p.circuits, function(circuit)
        return m.circuit.fit(circuit, done.prepare.spectrum, { weight = p.weight, seed = p.seed })
      end)
      local list = {}
      for i = 1, #p.circuits do list[#list + 1] = fits[i] end
      for _, one in ipairs(failures) do
        run:warn(("%s: %s"):format(p.circuits[one.index], one.message))
      end
      if #list == 0 then e.fail("data", "no candidate could be fitted") end
      local ranked = ranking.rank(list, done.prepare.spectrum:kept(), done.describe.test.noise)
      return { fits = list, selection = weighed(ranked, done.prepare.spectrum:kept(), p) }
    end,

    predict = function(p, done)
      local spectrum, noise, scores = done.prepare.spectrum:kept(), done.describe.test.noise, {}
      local ranked = ranking.rank(done.model.fits, spectrum, noise)
      for i = 1, math.min(SHOWN, #ranked) do
        local fit = ranked[i].fit
        if 2 * (#spectrum // 2) > fit.k then
          scores[tostring(fit.circuit)] = held_out(spectrum, fit, p, noise)
        end
      end
      return { misfit = scores }
    end,

    analyse = function(_, done, run)
      local spectrum, test = done.prepare.spectrum, done.describe.test
      local ranked = ranking.rank(done.model.fits, spectrum:kept(), test.noise)
      figures(run, spectrum, done, ranked)
      run:table("candidates", candidates_table(ranked, done.predict.misfit),
        "Candidates by BIC. Misfit: residuals over the noise of the Kramers-Kronig test; held-out: "
        .. "the same at every second point, from a fit to the others. Weight: probability among "
        .. "these candidates, meaningful only where one of them explains the data.")
      run:table("parameters", ranked[1].fit:table(), "The best candidate: values, standard errors.")
      run:table("relaxation-times", done.describe.drt:table(), "Peaks of the distribution.")
      if done.model.selection then
        run:table("evidence", evidence_table(done.model.selection),
          "The best of them by evidence: the likelihood integrated over the prior, and what it makes "
          .. "of their probabilities.")
      end
      run:value("misfit", ranked[1].misfit)
      run:value("noise", test.noise)
      run:answer(("Kramers-Kronig test: %s; %s."):format(test.verdict, test.reason))
      run:answer(verdict(ranked, test.noise))
      local caution = cautions(ranked)
      if caution ~= "" then run:answer(caution) end
      run:answer(rivals_text(ranked))
      if done.model.selection then run:answer(evidence_text(done.model.selection)) end
      if test.verdict == "failed" then run:warn("the data are not valid: " .. test.reason) end
      if not ranked[1].fit.converged then run:warn("the best fit stopped before it converged") end
    end,
  },
}
