-- How often is the labelled circuit found again?
--
-- The rule: circuit.select over the nine circuits, every number good to half a unit of its last
-- digit; the least BIC wins. There is no training.

local m, P = require "matinf", require "matinf.recipe.parameter"
local scores = require "scores"

local classes = {
  { "L-R-RCPE", "L1-R1-p(R2,CPE1)" },
  { "L-R-RCPE-RCPE", "L1-R1-p(R2,CPE1)-p(R3,CPE2)" },
  { "L-R-RCPE-RCPE-RCPE", "L1-R1-p(R2,CPE1)-p(R3,CPE2)-p(R4,CPE3)" },
  { "RC-G-G", "p(R1,C1)-G1-G2" },
  { "RC-RC-RCPE-RCPE", "p(R1,C1)-p(R2,C2)-p(R3,CPE1)-p(R4,CPE2)" },
  { "RCPE-RCPE", "p(R1,CPE1)-p(R2,CPE2)" },
  { "RCPE-RCPE-RCPE", "p(R1,CPE1)-p(R2,CPE2)-p(R3,CPE3)" },
  { "RCPE-RCPE-RCPE-RCPE", "p(R1,CPE1)-p(R2,CPE2)-p(R3,CPE3)-p(R4,CPE4)" },
  { "Rs_Ws", "R1-Wsa1" },
}

local function labels_of(file)
  local t = m.table.read(file)
  local ids, circuits, list, last = t:column "spectrum", t:column "circuit", {}, nil
  for i = 1, #t do
    if ids[i] ~= last then list[#list + 1], last = circuits[i], ids[i] end
  end
  return list
end

-- The class of the least BIC.
local function class_of(spectrum, p)
  local circuits, name_of = {}, {}
  for i, class in ipairs(classes) do
    circuits[i] = m.circuit.parse(class[2])
    name_of[tostring(circuits[i])] = class[1]
  end
  local rounded = spectrum.frequency * (p.frequencies == "angular" and 2 * math.pi or 1)
  local found = m.circuit.select(spectrum, { circuits = circuits,
    precision = m.circuit.precision(spectrum.impedance),
    frequency_precision = m.circuit.precision(rounded) / rounded,
    starts = p.starts, seed = p.seed })
  return name_of[tostring(found.rows[1].circuit)]
end

local function class_names(labels)
  local seen, names = {}, {}
  for _, label in ipairs(labels) do
    if not seen[label] then seen[label], names[#names + 1] = true, label end
  end
  table.sort(names)
  return names
end

return {
  name = "eis_benchmark",
  question = "How often does fitting find the labelled circuit of a synthetic spectrum again?",

  parameters = {
    seed = P.integer { default = 1, min = 0, help = "of the searches and of the bootstrap" },
    sample = {
      file = P.file { help = "spectra with columns spectrum and circuit" },
      every = P.integer { default = 1, min = 1, help = "use every n-th spectrum" },
    },
    model = {
      starts = P.integer { default = 36, min = 1, help = "random starts of each circuit at first" },
      frequencies = P.choice { "angular", "hertz", default = "angular",
        help = "which were rounded when the file was written" },
    },
  },

  stages = {
    sample = function(p)
      local all, labels = m.circuit.read(p.file), labels_of(p.file)
      local spectra, chosen = {}, {}
      for i = 1, #all, p.every do
        spectra[#spectra + 1], chosen[#chosen + 1] = all[i], labels[i]
      end
      return { spectra = spectra, labels = chosen }
    end,

    model = function(p, done, run)
      local results = run:each(done.sample.spectra,
        function(spectrum) return class_of(spectrum, p) end)
      local found = {}
      for i = 1, #done.sample.spectra do found[i] = results[i] or "none" end
      return { found = found }
    end,

    analyse = function(_, done, run)
      local labels, found = done.sample.labels, done.model.found
      local names = class_names(labels)
      local f1 = scores.f1(labels, found, names)
      local low, high = scores.interval(labels, found, names, run.rng)
      local mean, accuracy = scores.mean(f1), scores.accuracy(labels, found)
      run:table("classes", m.table.new { { name = "class", values = names },
        { name = "F1", values = f1 } }, "F1 of each class.")
      run:table("spectra", m.table.new { { name = "label", values = labels },
        { name = "found", values = found } }, "What was found.")
      run:value("macro-F1", mean)
      run:value("accuracy", accuracy)
      run:answer(("Macro-F1 %.3f (90 %% interval %.3f to %.3f), accuracy %.3f over %d spectra; "
        .. "the best published method, trained on 7,400 spectra, has 0.54."):format(mean, low, high,
        accuracy, #labels))
    end,
  },
}
