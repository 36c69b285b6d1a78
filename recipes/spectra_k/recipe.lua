-- Which criterion finds the number of overlapping peaks?
--
-- sample   synthetic spectra of known truth     model    what each criterion takes
-- analyse  how often each is right, with intervals, and where each goes wrong
--
-- The rule, fixed before the first run: Gaussian peaks on a constant background, counts; K = 1, 2,
-- ... are fitted by maximum likelihood and sampled by exchange Monte Carlo; each criterion takes
-- its minimum. Nothing is tuned to the truth.

local m, P = require "matinf", require "matinf.recipe.parameter"
local criteria = require "criteria"

local FWHM = 2 * math.sqrt(2 * math.log(2))
local MARGIN = 4 -- widths beyond the outer peaks

-- ---- sample -------------------------------------------------------------------------------------

-- Peaks of width (sigma) 0.8 to 1.2 and heights 0.4 to 1 of `height`.
local function peaks_of(rng, k, separation, height)
  local peaks, at = {}, 0
  for i = 1, k do
    local sigma = 0.8 + 0.4 * rng:uniform()
    if i > 1 then at = at + separation * FWHM * (sigma + peaks[i - 1].sigma) / 2 end
    peaks[i] = { mu = at, sigma = sigma, height = height * (0.4 + 0.6 * rng:uniform()) }
  end
  return peaks
end

local function mean_of(x, peaks, background)
  local mean = m.array.full(#x, background)
  for _, p in ipairs(peaks) do
    mean = mean + (((x - p.mu) / p.sigma) ^ 2 * -0.5):exp() * p.height
  end
  return mean
end

local function make_set(p, run, i)
  local rng = run:generator(i)
  local k, separation = 1 + (i - 1) % p.most, p.separation[1 + (i - 1) // p.most % #p.separation]
  local peaks = peaks_of(rng, k, separation, p.height)
  local x = m.array.linspace(-MARGIN, peaks[k].mu + MARGIN, p.points)
  local y = rng:poisson(nil, { mean = mean_of(x, peaks, p.background) })
  return { x = x, y = y:astype "f64", k = k, separation = separation, peaks = peaks }
end

-- ---- scores -------------------------------------------------------------------------------------

-- Wilson's interval of 95 % for `right` of n.
local function interval(right, n)
  local z2 = 1.959964 ^ 2
  local middle, half = (right + z2 / 2) / (n + z2), math.sqrt(right * (n - right) / n + z2 / 4)
  half = half * math.sqrt(z2) / (n + z2)
  return middle - half, middle + half
end

-- right, too few, too many of criterion c among the sets that `keep` wants.
local function count(sets, chosen, c, keep)
  local n, right, few, many = 0, 0, 0, 0
  for i, set in ipairs(sets) do
    if chosen[i] and keep(set) then
      local k = chosen[i][c]
      n = n + 1
      right, few = right + (k == set.k and 1 or 0), few + (k < set.k and 1 or 0)
      many = many + (k > set.k and 1 or 0)
    end
  end
  return n, right, few, many
end

local function all() return true end

local function scores_table(sets, chosen)
  local columns = { { name = "criterion", values = criteria.names } }
  for _, name in ipairs { "right", "from", "to", "too few", "too many" } do
    columns[#columns + 1] = { name = name, unit = "%", values = {} }
  end
  for c in ipairs(criteria.names) do
    local n, right, few, many = count(sets, chosen, c, all)
    local low, high = interval(right, n)
    for i, value in ipairs { right / n, low, high, few / n, many / n } do
      columns[i + 1].values[c] = math.floor(1000 * value + 0.5) / 10
    end
  end
  return m.table.new(columns)
end

-- ---- figures ------------------------------------------------------------------------------------

-- Share right over the separation, of the spectra with more than one peak; points stand side by
-- side.
local function rates_figure(sets, chosen, separations)
  local figure = m.plot.figure { x = { label = "Separation", unit = "FWHM" },
    y = { label = "Right number", unit = "%", range = { -3, 103 } } }
  local gap = 0.018
  for c, name in ipairs(criteria.names) do
    local x, y, error = {}, {}, {}
    for _, separation in ipairs(separations) do
      local n, right = count(sets, chosen, c, function(set)
        return set.k > 1 and set.separation == separation
      end)
      if n > 0 then
        local low, high = interval(right, n)
        x[#x + 1] = separation + gap * (c - (#criteria.names + 1) / 2)
        y[#y + 1], error[#error + 1] = 50 * (low + high), 50 * (high - low)
      end
    end
    if #x > 0 then figure:points(x, y, { label = name, error = error }) end
  end
  return figure
end

-- The truth of the hardest kind: most peaks, least separation.
local function example_figure(sets, background)
  local hardest = sets[1]
  for _, set in ipairs(sets) do
    local closer = set.k == hardest.k and set.separation < hardest.separation
    if set.k > hardest.k or closer then hardest = set end
  end
  local figure = m.plot.figure { x = { label = "Position", unit = "σ" },
    y = { label = "Intensity", unit = "counts" } }
  figure:points(hardest.x, hardest.y, { label = "counts", size = 0.4, color = "grey" })
  for i, p in ipairs(hardest.peaks) do
    figure:line(hardest.x, mean_of(hardest.x, { p }, background), { label = "peak " .. i })
  end
  figure:line(hardest.x, mean_of(hardest.x, hardest.peaks, background), { label = "truth",
    color = "black" })
  return figure
end

-- ---- words --------------------------------------------------------------------------------------

local function rate_text(t, c)
  local function at(name) return select(2, t:column(name)).values[c] end
  return ("%s %.0f %% (%.0f to %.0f %%)"):format(criteria.names[c], at "right", at "from", at "to")
end

local function answer(t, n)
  local right = select(2, t:column "right").values
  local order = {}
  for c in ipairs(criteria.names) do order[c] = c end
  table.sort(order, function(a, b)
    if right[a] ~= right[b] then return right[a] > right[b] end
    return a < b
  end)
  local words, best = {}, order[1]
  for i, c in ipairs(order) do words[i] = rate_text(t, c) end
  local from = select(2, t:column "from").values[best]
  local rivals = {}
  for i = 2, #order do
    if right[order[i]] >= from then rivals[#rivals + 1] = criteria.names[order[i]] end
  end
  local rest = #rivals == 0 and "its interval holds no other" or
    ("these spectra do not tell it from %s"):format(table.concat(rivals, ", "))
  return ("Right number of peaks in %d spectra: %s. %s is ahead; %s."):format(n,
    table.concat(words, "; "), criteria.names[best], rest)
end

local captions = {
  example = "The hardest kind of spectrum: counts, the true peaks on their background, their sum.",
  rates = "Share of spectra of several peaks whose number is found, over the separation of "
    .. "neighbours; middles of 95 % intervals (Wilson). Points of one separation stand side by "
    .. "side.",
  scores = "Right, with its interval of 95 %, and the two ways to be wrong.",
}

return {
  name = "spectra_k",
  question = "Which criterion finds the number of overlapping peaks?",

  parameters = {
    seed = P.integer { default = 1, min = 0, help = "of the spectra, the fits and the sampling" },
    sample = {
      sets = P.integer { default = 60, min = 1, help = "synthetic spectra" },
      most = P.integer { default = 3, min = 1, max = 8, help = "most peaks of a truth" },
      separation = P.list { P.number { min = 0.1, max = 10 }, min = 1,
        default = { 0.7, 0.85, 1, 1.3 },
        help = "of neighbours, in full widths at half maximum" },
      height = P.number { default = 400, min = 1, max = 1e9,
        help = "counts at the top of the highest peak" },
      background = P.number { default = 40, min = 0, max = 1e9, help = "counts a point" },
      points = P.integer { default = 121, min = 40, max = 100000, help = "of a spectrum" },
    },
    model = {
      further = P.integer { default = 1, min = 1, max = 8, help = "numbers tried beyond `most`" },
      replicas = P.integer { default = 16, min = 3, max = 1000,
        help = "temperatures of exchange Monte Carlo" },
      sweeps = P.integer { default = 4000, min = 2000, max = 10000000,
        help = "that count, a multiple of 100" },
    },
  },

  stages = {
    sample = function(p, _, run)
      local sets = {}
      for i = 1, p.sets do sets[i] = make_set(p, run, i) end
      return { sets = sets, most = p.most, separation = p.separation, background = p.background }
    end,

    model = function(p, done, run)
      local options = { seed = p.seed, replicas = p.replicas, sweeps = p.sweeps // 100 * 100 }
      local most = done.sample.most + p.further
      local threads = m.sys.threads()
      m.sys.threads(1) -- a sweep takes microseconds: waiting for another thread takes as long
      local chosen, failures = run:each(done.sample.sets, function(set)
        return criteria.choices(set, most, options)
      end)
      m.sys.threads(threads)
      return { chosen = chosen, failures = failures and #failures or 0 }
    end,

    analyse = function(_, done, run)
      local sets, chosen = done.sample.sets, done.model.chosen
      local t = scores_table(sets, chosen)
      run:figure("rates", rates_figure(sets, chosen, done.sample.separation), captions.rates)
      run:figure("example", example_figure(sets, done.sample.background), captions.example)
      run:table("scores", t, captions.scores)
      for c, name in ipairs(criteria.names) do
        run:value(name:gsub("%s", "-"), select(2, t:column "right").values[c], "%")
      end
      run:answer(answer(t, #sets))
    end,
  },
}
