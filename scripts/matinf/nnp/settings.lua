-- Reading input.nn, the settings file of n2p2 and RuNNer.
--
-- A line is a keyword and its values; what follows # or ! is a comment. Keywords that matter for
-- evaluation and for training by a Kalman filter are understood here; those known to be about other
-- training or output are passed over, and any other is listed in `unknown`. Errors name file and
-- line.

local e = require "matinf.error"
local symmetry = require "matinf.descriptors.symmetry"

local M = {}

-- Keywords that may stand more than once.
local repeated = { symfunction_short = true, atom_energy = true, element_hidden_layers_short = true,
  element_nodes_short = true, element_activation_short = true }

local single = { number_of_elements = true, elements = true, cutoff_type = true,
  scale_symmetry_functions = true, center_symmetry_functions = true,
  scale_symmetry_functions_sigma = true, scale_min_short = true, scale_max_short = true,
  global_hidden_layers_short = true, global_nodes_short = true, global_activation_short = true,
  normalize_nodes = true, mean_energy = true, conv_energy = true, conv_length = true,
  nnp_type = true }

-- Keywords of training that name one number.
local of_training = { "epochs", "updater_type", "kalman_type", "test_fraction", "update_strategy",
  "selection_mode", "task_batch_size_energy", "task_batch_size_force", "short_energy_fraction",
  "kalman_epsilon", "kalman_q0", "kalman_qtau", "kalman_qmin", "kalman_eta", "kalman_etatau",
  "kalman_etamax", "force_weight", "short_force_fraction", "short_force_error_threshold",
  "rmse_threshold_trials" }
for _, keyword in ipairs(of_training) do single[keyword] = true end

local alternatives = { symfunction = "symfunction_short", nnp_generation = "nnp_type",
  nnp_type_gen = "nnp_type", nnp_gen = "nnp_type" }

-- Beginnings of keywords that evaluation does not need.
local passed_over = { "^kalman_", "^gradient_", "^write_", "^weights_", "^rmse_", "^task_batch_",
  "_fraction$", "_error_threshold$", "^use_", "^memorize_", "^random_seed$", "^parallel_mode$",
  "^jacobian_mode$", "^main_error_metric$", "^nguyen_widrow", "^precondition_weights$",
  "^normalize_data_set$", "^repeated_energy_update$", "^force_energy_ratio$", "^conv_charge$",
  "_electrostatic$" }

local function at(file, line, ...) e.at(file, line, nil, ...) end

local function is_known_elsewhere(keyword)
  for _, pattern in ipairs(passed_over) do
    if keyword:find(pattern) then return true end
  end
  return false
end

-- Words of a line without its comment.
local function words_of(text)
  local words = {}
  for word in text:gsub("[#!].*", ""):gmatch "%S+" do words[#words + 1] = word end
  return words
end

-- Keyword -> list of { line, words... }; unknown keywords.
local function read_lines(text, file)
  local found, unknown, number = {}, {}, 0
  for line in (text .. "\n"):gmatch "(.-)\r?\n" do
    number = number + 1
    local words = words_of(line)
    local keyword = words[1] and table.remove(words, 1)
    keyword = alternatives[keyword] or keyword
    if keyword and (single[keyword] or repeated[keyword]) then
      words.line = number
      local list = found[keyword] or {}
      found[keyword], list[#list + 1] = list, words
      if single[keyword] and #list > 1 then
        at(file, number, "%s stands twice (first in line %d)", keyword, list[1].line)
      end
    elseif keyword and not is_known_elsewhere(keyword) then
      unknown[#unknown + 1] = ("line %d: unknown keyword '%s'"):format(number, keyword)
    end
  end
  return found, unknown
end

-- ---- values -------------------------------------------------------------------------------------

local Reader = {}
Reader.__index = Reader

function Reader:number(entry, i, keyword)
  local word = entry[i]
  local value = word and tonumber((word:gsub("[dD]", "e")))
  if not value or word:find "[xX]" or value ~= value then
    at(self.file, entry.line, "%s: value %d: number expected, got %s", keyword, i,
      word and ("'%s'"):format(word) or "nothing")
  end
  return value + 0.0
end

function Reader:integer(entry, i, keyword)
  local value = math.tointeger(self:number(entry, i, keyword))
  if not value then
    at(self.file, entry.line, "%s: value %d: integer expected, got '%s'", keyword, i, entry[i])
  end
  return value
end

-- The number of a keyword, or the default when it is absent.
function Reader:value(keyword, default)
  local list = self.found[keyword]
  return list and self:number(list[1], 1, keyword) or default
end

function Reader:required(keyword)
  local list = self.found[keyword]
  if not list then at(self.file, nil, "keyword '%s' expected: there is none", keyword) end
  return list[1]
end

function Reader:element(entry, i, keyword)
  local symbol = entry[i]
  local number = self.number_of[symbol]
  if not number then
    at(self.file, entry.line, "%s: value %d: one of the elements %s expected, got %s", keyword, i,
      table.concat(self.symbols, ", "), symbol and ("'%s'"):format(symbol) or "nothing")
  end
  return number
end

-- ---- parts --------------------------------------------------------------------------------------

local function read_elements(r)
  local entry = r:required "elements"
  local elements = require "matinf".elements
  r.symbols, r.number_of = {}, {}
  for i, symbol in ipairs(entry) do
    local element = rawget(elements, symbol)
    if type(element) ~= "table" or not element.number then
      at(r.file, entry.line, "elements: no element is called '%s'", symbol)
    end
    if r.number_of[symbol] then at(r.file, entry.line, "elements: %s stands twice", symbol) end
    r.symbols[i], r.number_of[symbol] = symbol, element.number
  end
  local count = r:value("number_of_elements", #r.symbols)
  if count ~= #r.symbols then
    at(r.file, entry.line, "elements: %d, as number_of_elements says, expected, got %d",
      count // 1, #r.symbols)
  end
  table.sort(r.symbols, function(a, b) return r.number_of[a] < r.number_of[b] end)
end

-- Words after the type of a symmetry function: "n" neighbours, then the names of numbers; rs of
-- types 3 and 9 may be absent.
local words_of_type = {
  [2] = { "e1", "eta", "rs", "rc" },
  [3] = { "e1", "e2", "eta", "lambda", "zeta", "rc", "rs" },
  [9] = { "e1", "e2", "eta", "lambda", "zeta", "rc", "rs" },
  [12] = { "eta", "rs", "rc" },
  [13] = { "eta", "rs", "lambda", "zeta", "rc" },
  [20] = { "e1", "rl", "rc", "core" },
  [21] = { "e1", "e2", "rl", "rc", "left", "right", "core" },
  [22] = { "e1", "e2", "rl", "rc", "left", "right", "core" },
  [23] = { "rl", "rc", "core" },
  [24] = { "rl", "rc", "left", "right", "core" },
  [25] = { "rl", "rc", "left", "right", "core" },
}
M.words_of_type = words_of_type

local core_number = {}
for i, name in ipairs(symmetry.cores) do core_number[name] = i - 1 end

local place = {}
for i, name in ipairs(symmetry.columns) do place[name] = i end

local function read_function(r, entry)
  local keyword = "symfunction_short"
  local row = {}
  for i = 1, #symmetry.columns do row[i] = 0 end
  row[place.center] = r:element(entry, 1, keyword)
  local kind = r:integer(entry, 2, keyword)
  local words = words_of_type[kind]
  if not words then
    at(r.file, entry.line, "%s: type 2, 3, 9, 12, 13 or 20 to 25 expected, got '%s'", keyword,
      entry[2])
  end
  row[place.type] = kind
  if kind < 20 then row[place.cutoff], row[place.alpha] = r.cutoff, r.alpha end
  for i, name in ipairs(words) do
    if name == "e1" or name == "e2" then
      row[place[name]] = r:element(entry, i + 2, keyword)
    elseif name == "core" then
      row[place.core] = core_number[entry[i + 2]]
      if not row[place.core] then
        at(r.file, entry.line, "%s: one of %s expected, got %s", keyword,
          table.concat(symmetry.cores, ", "), tostring(entry[i + 2]))
      end
    elseif not (name == "rs" and i == #words and entry[i + 2] == nil) then
      row[place[name]] = r:number(entry, i + 2, keyword)
    end
  end
  if #entry > #words + 2 then
    at(r.file, entry.line, "%s: type %d has at most %d values, got %d", keyword, kind, #words + 2,
      #entry)
  end
  return row
end

local function read_functions(r)
  local entry = r:required "cutoff_type"
  r.cutoff = r:integer(entry, 1, "cutoff_type")
  r.alpha = entry[2] and r:number(entry, 2, "cutoff_type") or 0.0
  if r.cutoff < 0 or r.cutoff > 8 then
    at(r.file, entry.line, "cutoff_type: 0 to 8 expected, got %d", r.cutoff)
  end
  if r.alpha < 0 or r.alpha >= 1 then
    at(r.file, entry.line, "cutoff_type: 0 <= alpha < 1 expected, got %g", r.alpha)
  end
  r:required "symfunction_short"
  local rows = {}
  for i, line in ipairs(r.found.symfunction_short) do rows[i] = read_function(r, line) end
  return rows
end

local activation = { l = 0, t = 1, s = 2, p = 3, r = 4, g = 5, c = 6, S = 7, e = 8, h = 9 }
M.activation = activation

local function activations_of(r, entry, first, layers, keyword)
  local list = {}
  for i = 1, layers + 1 do
    local letter = entry[first + i - 1]
    if not activation[letter] then
      at(r.file, entry.line, "%s: %d of the letters l t s p r g c S e h expected, got %s", keyword,
        layers + 1, letter and ("'%s'"):format(letter) or "fewer")
    end
    list[i] = letter
  end
  return list
end

local function nodes_of(r, entry, first, layers, keyword)
  local list = {}
  for i = 1, layers do list[i] = r:integer(entry, first + i - 1, keyword) end
  return list
end

-- What the lines of a keyword for single elements say of one.
local function of_element(r, keyword, number)
  for _, entry in ipairs(r.found[keyword] or {}) do
    if r:element(entry, 1, keyword) == number then return entry end
  end
end

--- { hidden = {..}, activation = {..} } of an element.
local function network_of(r, number)
  local global = r.found.global_hidden_layers_short
  local own = of_element(r, "element_hidden_layers_short", number)
  if not own and not global then r:required "global_hidden_layers_short" end
  local layers = own and r:integer(own, 2, "element_hidden_layers_short")
    or r:integer(global[1], 1, "global_hidden_layers_short")
  if layers < 1 or layers > 7 then
    at(r.file, (own or global[1]).line, "hidden layers: 1 to 7 expected, got %d", layers)
  end
  local function choose(name, read)
    local entry = of_element(r, "element_" .. name, number)
    if entry then return read(r, entry, 2, layers, "element_" .. name) end
    return read(r, r:required("global_" .. name), 1, layers, "global_" .. name)
  end
  return { hidden = choose("nodes_short", nodes_of),
    activation = choose("activation_short", activations_of) }
end

local function read_normalisation(r)
  local mean, energy, length = r:value "mean_energy", r:value "conv_energy", r:value "conv_length"
  if not (mean or energy or length) then return nil end
  if not (mean and energy and length) then
    at(r.file, nil, "mean_energy, conv_energy and conv_length: all or none expected")
  end
  if energy <= 0 or length <= 0 then
    at(r.file, nil, "conv_energy and conv_length: numbers > 0 expected")
  end
  return { mean_energy = mean, conv_energy = energy, conv_length = length }
end

local function scaling_mode(found)
  local scale, center = found.scale_symmetry_functions, found.center_symmetry_functions
  if scale then return center and "scale_center" or "scale" end
  if center then return "center" end
  return found.scale_symmetry_functions_sigma and "sigma" or "none"
end

local function refuse_other_types(r)
  local entry = r.found.nnp_type and r.found.nnp_type[1]
  if entry and not ({ ["2"] = 1, ["2G-HDNNP"] = 1, ["2G"] = 1, ["2G-BPNN"] = 1 })[entry[1] or ""] then
    at(r.file, entry.line, "nnp_type '%s': potentials of the second generation (2G) are understood, "
      .. "those with charges (3G, 4G) are not", tostring(entry[1]))
  end
end

--- The settings in a text: symbols, numbers, rows (functions, in the file's length), networks (by
--- symbol), scaling, normalisation, atom_energy (by symbol), fan_in, training (numbers by keyword),
--- unknown.
function M.parse(text, file)
  local found, unknown = read_lines(text, file)
  local r = setmetatable({ found = found, file = file }, Reader)
  refuse_other_types(r)
  read_elements(r)
  local s = { symbols = r.symbols, numbers = {}, rows = read_functions(r), networks = {},
    atom_energy = {}, unknown = unknown, fan_in = found.normalize_nodes ~= nil,
    normalisation = read_normalisation(r) }
  s.scaling = { mode = scaling_mode(found), low = r:value("scale_min_short", 0.0),
    high = r:value("scale_max_short", 1.0) }
  s.training = {}
  for _, keyword in ipairs(of_training) do s.training[keyword] = r:value(keyword) end
  for i, symbol in ipairs(r.symbols) do
    s.numbers[i] = r.number_of[symbol]
    s.networks[symbol] = network_of(r, s.numbers[i])
    local entry = of_element(r, "atom_energy", s.numbers[i])
    s.atom_energy[symbol] = entry and r:number(entry, 2, "atom_energy") or 0.0
  end
  return s
end

return M
