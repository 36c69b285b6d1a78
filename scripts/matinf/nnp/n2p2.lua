-- The files of n2p2 (and RuNNer): a folder with input.nn, scaling.data and weights.NNN.data, each
-- perhaps compressed (.gz). A committee is several such folders.

local e = require "matinf.error"
local settings = require "matinf.nnp.settings"
local symmetry = require "matinf.descriptors.symmetry"

local M = {}

-- Columns of lengths in rows of functions, and of inverse squares of lengths.
local place = {}
for i, name in ipairs(symmetry.columns) do place[name] = i end

--- The rows with lengths multiplied by a factor.
function M.scaled_rows(rows, factor)
  local list = {}
  for i, row in ipairs(rows) do
    local copy = table.move(row, 1, #row, 1, {})
    if factor ~= 1 then
      copy[place.eta] = row[place.eta] / (factor * factor)
      for _, name in ipairs { "rs", "rl", "rc" } do copy[place[name]] = row[place[name]] * factor end
    end
    list[i] = copy
  end
  return list
end

-- ---- reading ------------------------------------------------------------------------------------

-- The text of a file, or of the same compressed, and its path.
local function read_file(folder, name)
  local sys = require "matinf".sys
  local path = folder .. "/" .. name
  if not sys.exists(path) and sys.exists(path .. ".gz") then path = path .. ".gz" end
  if sys.exists(path) ~= "file" then
    e.at(path, nil, nil, "no such file: a potential of n2p2 is a folder with input.nn, scaling.data "
      .. "and weights.NNN.data for the atomic number NNN of each element")
  end
  return require "matinf.c.atoms".read_text(path), path
end

-- Calls f(numbers of a line, line number) for each line of numbers.
local function each_row(text, file, f)
  local number = 0
  for line in (text .. "\n"):gmatch "(.-)\r?\n" do
    number = number + 1
    local row = {}
    for word in line:gsub("#.*", ""):gmatch "%S+" do row[#row + 1] = word end
    if #row > 0 then f(row, number, file) end
  end
end

local function number_in(row, i, line, file, what)
  local value = tonumber(((row[i] or ""):gsub("[dD]", "e")))
  if not value or row[i]:find "[xXnN]" then
    e.at(file, line, nil, "%s: number expected in column %d, got %s", what, i,
      row[i] and ("'%s'"):format(row[i]) or "nothing")
  end
  return value + 0.0
end

-- min, max, mean and sigma of every function in the order of the set.
local function read_scaling(folder, set)
  local text, path = read_file(folder, "scaling.data")
  local columns, seen = { min = {}, max = {}, mean = {}, sigma = {} }, {}
  each_row(text, path, function(row, line)
    if #row == 2 then return end -- the range of energies in RuNNer's files
    local element = math.tointeger(number_in(row, 1, line, path, "scaling"))
    local index = math.tointeger(number_in(row, 2, line, path, "scaling"))
    local first = element and set.first[element]
    local count = first and set.first[element + 1] and set.first[element + 1] - first or 0
    if not index or index < 1 or index > count then
      e.at(path, line, nil, "scaling of function %s of element %s: there is no such function in "
        .. "input.nn", tostring(row[2]), tostring(row[1]))
    end
    local i = first + index - 1
    if seen[i] then e.at(path, line, nil, "scaling of a function stands twice") end
    seen[i] = true
    columns.min[i] = number_in(row, 3, line, path, "scaling")
    columns.max[i] = number_in(row, 4, line, path, "scaling")
    columns.mean[i] = number_in(row, 5, line, path, "scaling")
    columns.sigma[i] = row[6] and number_in(row, 6, line, path, "scaling") or 0.0
  end)
  for i = 1, #set.functions do
    if not seen[i] then
      e.at(path, nil, nil, "scaling of %d symmetry functions expected; that of number %d is missing",
        #set.functions, i)
    end
  end
  return columns
end

local function read_weights(folder, number, count)
  local text, path = read_file(folder, ("weights.%03d.data"):format(number))
  local values = {}
  each_row(text, path, function(row, line)
    values[#values + 1] = number_in(row, 1, line, path, "weights")
  end)
  if #values ~= count then
    e.at(path, nil, nil, "%d weights and biases, as input.nn says, expected, got %d", count, #values)
  end
  return require "matinf".array(values)
end

local function parameter_count(inputs, network)
  local count, before = 0, inputs
  for _, width in ipairs(network.hidden) do
    count, before = count + (before + 1) * width, width
  end
  return count + before + 1
end
M.parameter_count = parameter_count

local function refuse_charges(folder, numbers)
  local sys = require "matinf".sys
  for _, number in ipairs(numbers) do
    for _, name in ipairs { "weightse.%03d.data", "hardness.%03d.data" } do
      local path = folder .. "/" .. name:format(number)
      if sys.exists(path) then
        e.at(path, nil, nil, "a potential with charges (3G, 4G): only those of the second "
          .. "generation (2G) are understood")
      end
    end
  end
end

--- One folder: its settings, the set (lengths times `length`), scaling columns and weights.
function M.read_folder(folder, length)
  local text, path = read_file(folder, "input.nn")
  local s = settings.parse(text, path)
  refuse_charges(folder, s.numbers)
  local set, err = e.attempt(symmetry.from_rows, s.numbers, M.scaled_rows(s.rows, length))
  if not set then e.at(path, nil, nil, "%s", err.message) end
  local columns = read_scaling(folder, set)
  for name, values in pairs(columns) do s.scaling[name] = require "matinf".array(values) end
  local parameters = {}
  for i, symbol in ipairs(s.symbols) do
    local inputs = set.first[i + 1] - set.first[i]
    if inputs == 0 then e.at(path, nil, nil, "%s has no symmetry functions", symbol) end
    parameters[symbol] = read_weights(folder, s.numbers[i],
      parameter_count(inputs, s.networks[symbol]))
  end
  return s, set, parameters, path
end

-- ---- options of training -----------------------------------------------------------------------

-- Options of nnp.train by keyword, and of its filter.
local option_of = { epochs = "iterations", test_fraction = "validation" }
local filter_option_of = { kalman_epsilon = "epsilon", kalman_q0 = "q0", kalman_qtau = "qtau",
  kalman_qmin = "qmin", kalman_eta = "eta", kalman_etatau = "etatau", kalman_etamax = "etamax",
  force_weight = "force_weight", short_force_fraction = "force_fraction",
  short_force_error_threshold = "threshold", rmse_threshold_trials = "trials" }

-- What the filter here does; a file that asks for something else is refused.
local only = { updater_type = 1, kalman_type = 0, update_strategy = 0, selection_mode = 2,
  task_batch_size_energy = 1, task_batch_size_force = 1, short_energy_fraction = 1 }
local name_of = { t = "tanh", p = "softplus", s = "logistic", g = "gaussian" }

-- The widths and the activation that all hidden layers of all elements share.
local function common_network(s, path)
  local first = s.networks[s.symbols[1]]
  local letter = first.activation[1]
  for _, symbol in ipairs(s.symbols) do
    local network = s.networks[symbol]
    local same = table.concat(network.hidden, " ") == table.concat(first.hidden, " ")
    for l = 1, #network.hidden do same = same and network.activation[l] == letter end
    if not same or network.activation[#network.hidden + 1] ~= "l" or not name_of[letter] then
      e.at(path, nil, nil, "training takes one activation, t, p, s or g, and the same widths for "
        .. "all elements, and a linear output")
    end
  end
  return first.hidden, name_of[letter]
end

--- Options of nnp.train from the input.nn of a folder, whose lengths are in units of `length` Å.
function M.training_options(folder, length)
  local text, path = read_file(folder, "input.nn")
  local s = settings.parse(text, path)
  for keyword, value in pairs(only) do
    if s.training[keyword] and s.training[keyword] ~= value then
      e.at(path, nil, nil, "%s %d expected: nothing else is understood for training, got %g",
        keyword, value, s.training[keyword])
    end
  end
  local o = { method = "kalman", kalman = {},
    descriptors = symmetry.from_rows(s.numbers, M.scaled_rows(s.rows, length)) }
  o.hidden, o.activation = common_network(s, path)
  for keyword, name in pairs(option_of) do o[name] = s.training[keyword] end
  for keyword, name in pairs(filter_option_of) do o.kalman[name] = s.training[keyword] end
  o.iterations = o.iterations and math.tointeger(o.iterations)
  return o
end

-- ---- writing ------------------------------------------------------------------------------------

local function write_file(folder, name, lines)
  require "matinf".sys.write_atomic(folder .. "/" .. name, table.concat(lines, "\n") .. "\n")
end

-- The shortest text that reads back as the same number.
local function exact(value)
  local text = ("%.15g"):format(value)
  return tonumber(text) == value and text or ("%.17g"):format(value)
end

local function function_line(f, unit)
  local words = { "symfunction_short", f.center, tostring(f.type) }
  local lengths = { rs = true, rl = true, rc = true }
  for _, name in ipairs(settings.words_of_type[f.type]) do
    local value = f[name]
    if name == "e1" then value = f.neighbors[1]
    elseif name == "e2" then value = f.neighbors[2]
    elseif name == "eta" then value = exact(value * unit * unit)
    elseif lengths[name] then value = exact(value / unit)
    elseif name ~= "core" then value = exact(value) end
    words[#words + 1] = value
  end
  return table.concat(words, " ")
end

-- The first element's network is the global one; lines for an element say what differs. (n2p2 takes
-- one such line for the layers and for the activation functions.)
local function network_lines(pot, add)
  local elements = pot.descriptors.elements
  local first = pot.networks[elements[1]]
  local hidden, activation = table.concat(first.hidden, " "), table.concat(first.activation, " ")
  add("global_hidden_layers_short", #first.hidden)
  add("global_nodes_short", hidden)
  add("global_activation_short", activation)
  for _, symbol in ipairs(elements) do
    local network = pot.networks[symbol]
    local own = table.concat(network.hidden, " ")
    if #network.hidden ~= #first.hidden then
      add("element_hidden_layers_short", symbol, #network.hidden)
    end
    if own ~= hidden then add("element_nodes_short", symbol, own) end
    own = table.concat(network.activation, " ")
    if own ~= activation then add("element_activation_short", symbol, own) end
  end
end

-- The cutoff function that all functions share.
local function cutoff_line(list, add)
  local cutoff, alpha
  for _, f in ipairs(list) do
    if f.cutoff and cutoff and (f.cutoff ~= cutoff or f.alpha ~= alpha) then
      e.fail("argument", "n2p2's files have one cutoff function for all symmetry functions; this "
        .. "potential has several")
    end
    cutoff, alpha = f.cutoff or cutoff, f.alpha or alpha
  end
  for i, name in ipairs(symmetry.cutoffs) do
    if name == (cutoff or "cos") then add("cutoff_type", i - 1, exact(alpha or 0)) end
  end
end

local function scaling_mode_lines(scaling, add)
  local mode = scaling.mode
  if mode == "scale" or mode == "scale_center" then add "scale_symmetry_functions" end
  if mode == "center" or mode == "scale_center" then add "center_symmetry_functions" end
  if mode == "sigma" then add "scale_symmetry_functions_sigma" end
  add("scale_min_short", exact(scaling.low))
  add("scale_max_short", exact(scaling.high))
end

--- What files of the potential do not hold, in words; nil when they hold all of it.
function M.missing(pot)
  return pot.core and ("warning: the core (%s) is not in these files; energies and forces lack "
    .. "its part"):format(tostring(pot.core)) or nil
end

local function settings_lines(pot, member)
  local set, lines = pot.descriptors, { "# written by matinf" }
  if pot.core then lines[2] = "# " .. M.missing(pot) end
  local function add(...) lines[#lines + 1] = table.concat({ ... }, " ") end
  local n = member.normalisation
  for _, name in ipairs { "mean_energy", "conv_energy", "conv_length" } do
    if n then add(name, exact(n[name])) end
  end
  add("number_of_elements", #set.elements)
  add("elements", table.concat(set.elements, " "))
  for _, symbol in ipairs(set.elements) do
    local energy = member.atom_energy[symbol]
    if energy ~= 0 then add("atom_energy", symbol, exact(energy)) end
  end
  local list = set:list()
  cutoff_line(list, add)
  scaling_mode_lines(member.scaling, add)
  if pot.fan_in then add "normalize_nodes" end
  network_lines(pot, add)
  for _, f in ipairs(list) do lines[#lines + 1] = function_line(f, pot.length_unit) end
  return lines
end

local function scaling_lines(pot, member)
  local set, s = pot.descriptors, member.scaling
  local lines = { "# e_index sf_index sf_min sf_max sf_mean sf_sigma" }
  for k = 1, #set.elements do
    for i = set.first[k], set.first[k + 1] - 1 do
      lines[#lines + 1] = ("%10d %10d %24.16E %24.16E %24.16E %24.16E"):format(k,
        i - set.first[k] + 1, s.min[i], s.max[i], s.mean[i], s.sigma[i])
    end
  end
  return lines
end

-- "a" lines are weights between two nodes, "b" lines biases.
local function weights_lines(parameters, inputs, network)
  local lines, at, before = { "# value type index layer node layer node" }, 0, inputs
  local widths = table.move(network.hidden, 1, #network.hidden, 1, {})
  widths[#widths + 1] = 1
  for layer, width in ipairs(widths) do
    for j = 1, before do
      for k = 1, width do
        at = at + 1
        lines[#lines + 1] = ("%24.16E a %9d %5d %5d %5d %5d"):format(parameters[at], at, layer - 1,
          j, layer, k)
      end
    end
    for k = 1, width do
      at = at + 1
      lines[#lines + 1] = ("%24.16E b %9d %5d %5d"):format(parameters[at], at, layer, k)
    end
    before = width
  end
  return lines
end

--- Writes one member into a folder.
function M.write_folder(pot, member, folder)
  local set = pot.descriptors
  write_file(folder, "input.nn", settings_lines(pot, member))
  write_file(folder, "scaling.data", scaling_lines(pot, member))
  for i, symbol in ipairs(set.elements) do
    write_file(folder, ("weights.%03d.data"):format(set.numbers[i]),
      weights_lines(member.parameters[symbol], set.first[i + 1] - set.first[i],
        pot.networks[symbol]))
  end
end

return M
