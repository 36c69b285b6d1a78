-- How to cite a run: a methods paragraph and the BibTeX of what it used.
--
-- What a run used is read from what it has stored: the modules that its stages looked at, and the
-- results of known classes. `methods` tells for a class how such a result was made; a module
-- without one is named with the references in its documentation, for the user to choose from.

local m = require "matinf"
local doc = require "matinf.doc"
local e = require "matinf.error"
local folder_of = require "matinf.recipe.folder"
local layout = require "matinf.layout"
local names_in = require "matinf.names"
local store = require "matinf.store"

local M = {}

-- ---- the literature -----------------------------------------------------------------------------

local matsumura = "Matsumura, Tarojiro and Nagamura, Naoka and Akaho, Shotaro and Nagata, Kenji "
  .. "and Ando, Yasunobu"

-- BibTeX entries: type, then fields in the order in which they are written.
local bibliography = {
  matinf = { "misc", { "author", "{The matinf authors}" },
    { "title", "{matinf}: an embedded scripting host for materials informatics" },
    { "year", "2026" } },
  matsumura2019 = { "article", { "author", matsumura },
    { "title", "Spectrum adapted expectation-maximization algorithm for high-throughput peak "
      .. "shift analysis" },
    { "journal", "Science and Technology of Advanced Materials" }, { "volume", "20" },
    { "number", "1" }, { "pages", "733--745" }, { "year", "2019" },
    { "doi", "10.1080/14686996.2019.1620123" } },
  matsumura2021 = { "article", { "author", matsumura },
    { "title", "Spectrum adapted expectation-conditional maximization algorithm for extending "
      .. "high-throughput peak separation method in {XPS} analysis" },
    { "journal", "Science and Technology of Advanced Materials: Methods" }, { "volume", "1" },
    { "number", "1" }, { "pages", "45--55" }, { "year", "2021" },
    { "doi", "10.1080/27660400.2021.1899449" } },
  shirley1972 = { "article", { "author", "Shirley, D. A." },
    { "title", "High-Resolution X-Ray Photoemission Spectrum of the Valence Bands of Gold" },
    { "journal", "Physical Review B" }, { "volume", "5" }, { "number", "12" },
    { "pages", "4709--4714" }, { "year", "1972" }, { "doi", "10.1103/PhysRevB.5.4709" } },
  marquardt1963 = { "article", { "author", "Marquardt, Donald W." },
    { "title", "An Algorithm for Least-Squares Estimation of Nonlinear Parameters" },
    { "journal", "Journal of the Society for Industrial and Applied Mathematics" },
    { "volume", "11" }, { "number", "2" }, { "pages", "431--441" }, { "year", "1963" },
    { "doi", "10.1137/0111030" } },
  lapack1999 = { "book", { "author", "Anderson, E. and Bai, Z. and Bischof, C. and Blackford, S. "
      .. "and Demmel, J. and Dongarra, J. and Du Croz, J. and Greenbaum, A. and Hammarling, S. "
      .. "and McKenney, A. and Sorensen, D." },
    { "title", "{LAPACK} Users' Guide" }, { "edition", "Third" },
    { "publisher", "Society for Industrial and Applied Mathematics" },
    { "address", "Philadelphia, PA" }, { "year", "1999" } },
}

local function bibtex(key, extra)
  local entry, lines = bibliography[key], {}
  lines[1] = ("@%s{%s,"):format(entry[1], key)
  for i = 2, #entry do
    lines[#lines + 1] = ("  %s = {%s},"):format(entry[i][1], entry[i][2])
  end
  if extra then lines[#lines + 1] = ("  note = {%s},"):format(extra) end
  return table.concat(lines, "\n") .. "\n}"
end

-- ---- how results are made -----------------------------------------------------------------------

local shapes = { ["pseudo-voigt"] = "pseudo-Voigt", gauss = "Gaussian", lorentz = "Lorentzian",
  voigt = "Voigt", doniach = "Doniach-Sunjic", curve = "measured reference" }

local backgrounds = { none = "without a background", constant = "on a constant background",
  linear = "on a linear background",
  shirley = "on a Shirley background [shirley1972] that grows with the fitted peaks",
  ["shirley + linear"] = "on a sloping Shirley background [shirley1972] that grows with the "
    .. "fitted peaks",
  tougaard = "on a Tougaard background that grows with the fitted peaks",
  ["tougaard + linear"] = "on a sloping Tougaard background that grows with the fitted peaks",
  ramps = "on a background of five steps" }

-- For each class: what was done to get such a result, in words with [keys] of the bibliography.
local methods = {
  ["spectra.Fit"] = function(fit)
    local text = ("%s peaks %s were fitted by maximising the likelihood of the intensities by "
      .. "Fisher scoring with Levenberg-Marquardt damping [marquardt1963]"):format(
      shapes[fit.shape] or fit.shape,
      backgrounds[fit.background] or ("on a %s background"):format(fit.background))
    if not fit.candidates then return text end
    return text .. "; the number of peaks was chosen from several by their plausibility and by "
      .. "counts held out"
  end,
  ["gmm.Fit"] = function(fit)
    return fit.shape == "gauss"
      and "a mixture of Gaussians was fitted by expectation maximisation for spectra "
        .. "[matsumura2019]"
      or ("a mixture of %ss was fitted by expectation conditional maximisation for spectra "
        .. "[matsumura2021]"):format(shapes[fit.shape] or fit.shape)
  end,
}

-- What is said of a module that has no class above.
local modules = {
  linalg = "linear algebra rests on LAPACK [lapack1999] and OpenBLAS",
}

-- ---- what a run used ----------------------------------------------------------------------------

-- Adds what was done for the results in a value; covered: the modules that are described so.
local function add_methods(value, texts, covered)
  if type(value) ~= "table" then return end
  local class = getmetatable(value)
  local name = type(class) == "table" and store.classes[class.__name] == class and class.__name
  if methods[name] then
    covered[name:match "^[^.]+"] = true
    texts[methods[name](value)] = true
    return
  end
  for _, item in pairs(value) do add_methods(item, texts, covered) end
end

local function add_modules(depends, found)
  for _, entry in ipairs(depends) do
    local name = entry:match "^kernels ([%w_]+) ="
    if name then found[name] = true end
  end
end

-- The modules and methods of all stages that a run has finished.
local function read_stages(folder, stages)
  local used = { modules = {}, methods = {}, covered = {} }
  for _, stage in ipairs(stages) do
    if m.sys.exists(folder_of.stage_file(folder, stage.name, stage.round)) then
      local result, record = folder_of.read_stage(folder, stage.name, stage.round)
      add_modules(record.depends, used.modules)
      add_methods(result, used.methods, used.covered)
    end
  end
  for name in pairs(used.modules) do
    if modules[name] then used.methods[modules[name]], used.covered[name] = true, true end
  end
  return used
end

-- ---- text ---------------------------------------------------------------------------------------

local function sentence(text) return text:sub(1, 1):upper() .. text:sub(2) .. "." end

local function study_text(provenance)
  local recipe, machine = provenance.recipe, provenance.machine
  local seed = provenance.seed and (" Random numbers have the seed %s."):format(provenance.seed)
  return ("The study was run with matinf %s [matinf], recipe %s%s, kernels at level %s on %s.%s")
    :format(provenance.matinf, recipe.name,
      recipe.commit and (" at commit %s"):format(recipe.commit) or "", machine.isa, machine.cpu,
      seed or "")
end

local function hash_lines(provenance)
  local lines = { "BLAKE2b sums of what went in:" }
  for _, list in ipairs { provenance.inputs, provenance.recipe.files } do
    for _, row in ipairs(list) do
      lines[#lines + 1] = ("  %s  %s"):format(row.blake2b, row.file:match "[^/]*$")
    end
  end
  return lines
end

-- The documented references of the modules that no method above describes.
local function reference_lines(used)
  local lines = {}
  for _, name in ipairs(names_in(used.modules)) do
    local module = not used.covered[name] and doc.module(name)
    for _, entry in ipairs(module and module.functions or {}) do
      if entry.reference then
        lines[#lines + 1] = ("  %s: %s"):format(entry.name, entry.reference)
      end
    end
  end
  if #lines > 0 then
    table.insert(lines, 1, "Of the modules used; cite those whose functions the recipe calls:")
  end
  return lines
end

-- The BibTeX of every [key] in a text, in the order of the keys.
local function bibtex_of(text, version)
  local keys, parts = {}, {}
  for key in text:gmatch "%[(%w+)%]" do keys[key] = bibliography[key] and true end
  for i, key in ipairs(names_in(keys)) do
    parts[i] = bibtex(key, key == "matinf" and "version " .. version or nil)
  end
  return parts
end

local function paragraph(provenance, used)
  local parts = { study_text(provenance) }
  for _, text in ipairs(names_in(used.methods)) do parts[#parts + 1] = sentence(text) end
  if provenance.status ~= "finished" then
    parts[#parts + 1] = "The run is not finished: only its finished stages are described."
  end
  return table.concat(parts, " ")
end

--- The methods paragraph, the sums of the data, and the BibTeX of a run.
function M.text(folder)
  if not folder_of.of_target(folder) then
    e.fail("usage", "cite: '%s' is no run: a folder with run.yaml expected", folder)
  end
  local provenance = m.yaml.read(folder .. "/provenance.yaml")
  local used = read_stages(folder, provenance.stages)
  local methods_text = paragraph(provenance, used)
  local parts = { table.concat(layout.wrap(methods_text, 80), "\n"),
    table.concat(hash_lines(provenance), "\n") }
  local others = reference_lines(used)
  if #others > 0 then parts[#parts + 1] = table.concat(others, "\n") end
  for _, entry in ipairs(bibtex_of(methods_text, provenance.matinf)) do
    parts[#parts + 1] = entry
  end
  return table.concat(parts, "\n\n") .. "\n"
end

return M
