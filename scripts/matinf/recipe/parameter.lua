-- Parameter constructors: what a recipe may declare about its values.
--
--   local P = require "matinf.recipe.parameter"
--   P.integer { default = 1, min = 0 }     P.quantity { unit = "eV", optional = true }
--   P.choice { "gauss", "voigt" }          P.list { P.number {}, min = 1 }
--   P.record { { name = P.text {}, at = P.quantity { unit = "eV" } } }
--   P.either { P.choice { "auto" }, P.list { P.peak {} } }
--
-- Every parameter takes default (as it would stand in the YAML), optional, help. It reads a node
-- of the configuration tree (recipe/tree.lua): parameter:read(node, key, report) returns the value
-- that a stage sees; what is wrong is told to report(place, key, message) and nil comes back.
-- Reading also normalises the node (a file's full path), so that the tree that was read can be
-- written out and read again.

local m = require "matinf"
local e = require "matinf.error"
local tree = require "matinf.recipe.tree"

local P = {}

local Parameter = {}
Parameter.__index = Parameter

-- name -> { accepts = a kind of node or f(self, node), expected = text or f(self), read = f,
--            options = names, prepare = f(self, called), child = f(self, segment) }
local kinds = {}

local common = { "default", "optional", "help" }

-- The table {fields} of a constructor as a parameter; [1], [2], ... are taken apart first.
local function construct(name, fields)
  local kind, called = kinds[name], "P." .. name
  if type(fields) ~= "table" or getmetatable(fields) then
    e.argument("options", called, "table", fields)
  end
  local named, listed = {}, {}
  for key, value in pairs(fields) do
    if math.type(key) == "integer" then listed[key] = value else named[key] = value end
  end
  local valid = table.move(common, 1, #common, #kind.options + 1, { table.unpack(kind.options) })
  e.options(named, called, valid)
  named.kind, named.listed = name, listed
  if kind.prepare then kind.prepare(named, called) end
  return setmetatable(named, Parameter)
end

local function define(name, kind)
  kind.options = kind.options or {}
  kinds[name] = kind
  P[name] = function(fields) return construct(name, fields) end
end

function P.is(value) return getmetatable(value) == Parameter end

local function expect_parameter(value, called)
  if not P.is(value) then e.argument("[1]", called, "parameter such as P.number {}", value) end
  return value
end

function Parameter:accepts(node)
  local accepts = kinds[self.kind].accepts
  if type(accepts) == "function" then return accepts(self, node) end
  return accepts == node.kind
end

--- What is expected, in words: "integer >= 1".
function Parameter:expected()
  local expected = kinds[self.kind].expected
  return type(expected) == "function" and expected(self) or expected
end

function Parameter:read(node, key, report)
  if node.failed then return nil end -- interpolation has told
  if not self:accepts(node) then
    report(node.place, key, ("%s expected, got %s"):format(self:expected(), tree.describe(node)))
    return nil
  end
  return kinds[self.kind].read(self, node, key, report)
end

--- The parameter of a child by one segment of its key, or nil and the list of valid names.
function Parameter:child(segment)
  local child = kinds[self.kind].child
  if child then return child(self, segment) end
end

-- Reports "... expected, got ..." and returns nil.
local function refuse(self, node, key, report, hint)
  if not hint and type(node.value) == "string" and node.value:find "^%s*[+-]?%d+,%d" then
    hint = " (decimals are written with a point)"
  end
  report(node.place, key, ("%s expected, got %s%s"):format(self:expected(), tree.describe(node),
    hint or ""))
end

-- ---- numbers and words ------------------------------------------------------------------------

local function with_limits(word, self)
  if self.min and self.max then return ("%s from %s to %s"):format(word, self.min, self.max) end
  if self.min then return ("%s >= %s"):format(word, self.min) end
  if self.max then return ("%s <= %s"):format(word, self.max) end
  return word
end

local function within(self, value)
  return (not self.min or value >= self.min) and (not self.max or value <= self.max)
end

local function check_limits(self, called)
  for _, name in ipairs { "min", "max" } do
    if self[name] ~= nil and type(self[name]) ~= "number" then
      e.argument(name, called, "number", self[name])
    end
  end
end

define("integer", { accepts = "scalar", options = { "min", "max" }, prepare = check_limits,
  expected = function(self) return with_limits("integer", self) end,
  read = function(self, node, key, report)
    local value = type(node.value) == "number" and math.tointeger(node.value)
    if not value or not within(self, value) then return refuse(self, node, key, report) end
    return value
  end })

define("number", { accepts = "scalar", options = { "min", "max" }, prepare = check_limits,
  expected = function(self) return with_limits("number", self) end,
  read = function(self, node, key, report)
    local value = node.value
    local finite = type(value) == "number" and value == value and math.abs(value) < math.huge
    if not finite or not within(self, value) then
      return refuse(self, node, key, report)
    end
    return value + 0.0
  end })

define("boolean", { accepts = "scalar", expected = "true or false",
  read = function(self, node, key, report)
    if type(node.value) == "boolean" then return node.value end
    refuse(self, node, key, report)
  end })

-- What was written: YAML may have taken `010` for a number.
local function written(node)
  if tree.is_null(node) then return nil end
  return node.text or tostring(node.value)
end

define("text", { accepts = "scalar", expected = "text",
  read = function(self, node, key, report)
    node.value = written(node) or node.value
    if tree.is_null(node) then return refuse(self, node, key, report) end
    return node.value
  end })

local function one_of(words)
  local quoted = {}
  for i, word in ipairs(words) do
    quoted[i] = type(word) == "string" and ('"%s"'):format(word) or tostring(word)
  end
  local last = table.remove(quoted)
  return #quoted == 0 and last or table.concat(quoted, ", ") .. " or " .. last
end

define("choice", { accepts = "scalar",
  prepare = function(self, called)
    if #self.listed == 0 then e.argument("[1]", called, "the first of the choices", nil) end
  end,
  expected = function(self) return one_of(self.listed) end,
  read = function(self, node, key, report)
    local names = {}
    for i, choice in ipairs(self.listed) do
      names[i] = tostring(choice)
      if node.value == choice or written(node) == names[i] then return choice end
    end
    refuse(self, node, key, report, e.hint(written(node), names))
  end })

define("element", { accepts = "scalar", expected = "chemical symbol",
  read = function(self, node, key, report)
    local symbol = written(node)
    local element, err = e.attempt(m.elements.get, symbol) -- knows names and numbers, too
    if element and element.symbol == symbol then
      node.value = symbol
      return symbol
    end
    refuse(self, node, key, report, element and (": did you mean '%s'?"):format(element.symbol)
      or err.message:match ": did you mean.*$")
  end })

-- ---- quantities ---------------------------------------------------------------------------------

-- Reads the node as a units.Quantity in the declared unit; `form` checks which of its kinds it is.
local function read_quantity(self, node, key, report, form)
  local text = written(node) or ""
  local quantity, err = e.attempt(m.units.quantity, text)
  if not quantity then
    if text:find "%d,%d" then return refuse(self, node, key, report) end
    return refuse(self, node, key, report,
      (" (%s)"):format((err.message:gsub("^bad quantity '.-': ", ""))))
  end
  if not form(quantity) then return refuse(self, node, key, report) end
  if not quantity.unit and self.unit ~= "1" then
    return refuse(self, node, key, report, (": did you mean '%s %s'?"):format(text, self.unit))
  end
  local converted
  converted, err = e.attempt(quantity.to, quantity, self.unit)
  if converted then return converted end
  refuse(self, node, key, report, (" (%s)"):format((err.message:gsub("^[%w.:]+: ", ""))))
end

local function quantity_expected(word)
  return function(self)
    if self.unit == "1" then return with_limits(word == "quantity" and "number" or word, self) end
    return ("%s (unit: %s)"):format(with_limits(word, self), self.unit)
  end
end

local function check_unit(self, called)
  if self.unit == nil then self.unit = "1" end
  local _, err = e.attempt(m.units.parse, self.unit)
  if err then e.argument("unit", called, "known unit", self.unit) end
  check_limits(self, called)
end

local function is_value(quantity) return quantity.value and not quantity.uncertainty end
local function is_range(quantity) return quantity.low ~= nil end
local function is_uncertain(quantity) return quantity.value ~= nil end

define("quantity", { accepts = "scalar", options = { "unit", "min", "max" }, prepare = check_unit,
  expected = quantity_expected "quantity",
  read = function(self, node, key, report)
    local quantity = read_quantity(self, node, key, report, is_value)
    if not quantity then return nil end
    if not within(self, quantity.value) then return refuse(self, node, key, report) end
    return quantity.value
  end })

-- What people write between the ends of a range, as patterns.
local between = { "%.%.%.+", "%-", "–", "—", "−", ":", ";", ",%s", "to" }

-- How "526-538 eV" or "0.1 Hz to 100 kHz" is written as a range, its numbers and units as given.
local function range_meant(self, text)
  for _, sign in ipairs(between) do
    local meant = text:gsub("%s*" .. sign .. "%s*", "..", 1)
    local quantity = e.attempt(m.units.quantity, meant)
    if quantity and quantity.low then
      if not quantity.unit and self.unit ~= "1" then meant = meant .. " " .. self.unit end
      if e.attempt(quantity.to, m.units.quantity(meant), self.unit) then
        return (": did you mean '%s'?"):format(meant)
      end
    end
  end
end

-- [526, 538] is a range for some.
local function range_of_items(self, items)
  if #items ~= 2 then return nil end
  return range_meant(self, tree.text(items[1]) .. " to " .. tree.text(items[2]))
end

define("range", { options = { "unit", "min", "max" }, prepare = check_unit,
  accepts = function(_, node) return node.kind ~= "map" end,
  expected = quantity_expected "range low..high",
  read = function(self, node, key, report)
    if node.kind == "list" then
      return refuse(self, node, key, report, range_of_items(self, node.items))
    end
    local text = written(node) or ""
    local meant = not e.attempt(m.units.quantity, text) and range_meant(self, text)
    if meant then return refuse(self, node, key, report, meant) end
    local range = read_quantity(self, node, key, report, is_range)
    if not range then return nil end
    if not within(self, range.low) or not within(self, range.high) or range.low == range.high then
      return refuse(self, node, key, report)
    end
    return { range.low, range.high }
  end })

-- A value that may carry its standard error: { value =, error = }.
define("uncertain", { accepts = "scalar", options = { "unit", "min", "max" }, prepare = check_unit,
  expected = quantity_expected "value or value +- error",
  read = function(self, node, key, report)
    local quantity = read_quantity(self, node, key, report, is_uncertain)
    if not quantity then return nil end
    if not within(self, quantity.value) then return refuse(self, node, key, report) end
    return { value = quantity.value, error = quantity.uncertainty }
  end })

-- ---- files --------------------------------------------------------------------------------------

-- A relative path belongs to the YAML file's folder; on the command line, to the current one.
local function locate(path, place)
  if path:sub(1, 1) == "/" or not place.file then return path end
  local folder = place.file:match "^(.*/)[^/]*$"
  return folder and folder .. path:gsub("^%./", "") or path
end

-- The file of the same folder that was perhaps meant.
local function nearest_file(path)
  local folder, name = path:match "^(.-)([^/]*)$"
  local names = e.attempt(m.sys.list, folder == "" and "." or folder)
  return names and e.hint(name, names) or ""
end

-- What is wrong with a path that is no file; a folder or a pattern means several.
local function no_file(path, key, found)
  local shown = tree.shorten(path)
  local message = found and ("file expected, '%s' is %s"):format(shown,
    found == "folder" and "a folder" or "none") or ("there is no file '%s'"):format(shown)
  local pattern = found == "folder" and path:gsub("/*$", "/*", 1) or path:find "[*?%[]" and path
  if not pattern then return message .. nearest_file(path) end
  return ("%s; for each of several files: matinf sweep ... '%s=glob(%s)'"):format(message, key,
    pattern)
end

define("file", { accepts = "scalar", expected = "file",
  read = function(self, node, key, report)
    local name = written(node)
    if not name or name == "" then return refuse(self, node, key, report) end
    local path = locate(name, node.base or node.place)
    local found = e.attempt(m.sys.exists, path) -- raises when the path is too long, say
    if found ~= "file" then return report(node.place, key, no_file(path, key, found)) end
    node.value, node.text, node.written = m.sys.realpath(path), nil, name
    return node.value
  end })

-- ---- lists, maps, records -----------------------------------------------------------------------

local function one_element(self, called)
  self.element = expect_parameter(self.listed[1], called)
end

local function sizes(self, called)
  one_element(self, called)
  check_limits(self, called)
end

define("list", { accepts = "list", options = { "min", "max" }, prepare = sizes,
  expected = function(self)
    local count = (self.min or self.max) and " of " .. with_limits("length", self) or ""
    return ("list%s (of: %s)"):format(count, self.element:expected())
  end,
  child = function(self, segment)
    return math.tointeger(tonumber(segment)) and self.element or nil
  end,
  read = function(self, node, key, report)
    if not within(self, #node.items) then
      report(node.place, key, ("%s expected, got %d"):format(with_limits("number of items", self),
        #node.items))
    end
    local values = {}
    for i, item in ipairs(node.items) do
      values[i] = self.element:read(item, ("%s[%d]"):format(key, i), report)
    end
    return values
  end })

define("map", { accepts = "map", prepare = one_element,
  expected = function(self) return ("map (of: %s)"):format(self.element:expected()) end,
  child = function(self) return self.element end,
  read = function(self, node, key, report)
    local values = {}
    for _, name in ipairs(node.names) do
      values[name] = self.element:read(node.fields[name], ("%s.%s"):format(key, name), report)
    end
    return values
  end })

local function join(key, name) return key == "" and name or key .. "." .. name end

-- Adds the defaults that a record's node lacks; null means "not given".
local function fill(self, node)
  for _, name in ipairs(self.names) do
    local field, child = self.fields[name], node.fields[name]
    if child and tree.is_null(child) then
      tree.remove(node, name)
      child = nil
    end
    if not child and field.default ~= nil then
      tree.set(node, name, tree.from_lua(field.default, { default = true, file = self.file }))
    elseif not child and field.group then
      tree.set(node, name, tree.map(node.place))
      node.fields[name].absent = true
    end
    child = node.fields[name]
    if child and field.group and child.kind == "map" then fill(field, child) end
  end
end

-- Reports names that are not fields; returns the fields they were perhaps meant to be.
local function refuse_unknown(self, node, key, report)
  local meant = {}
  for _, name in ipairs(node.names) do
    if not self.fields[name] then
      local near = e.nearest(name, self.names)
      if near then meant[near] = true end
      report(node.places[name], join(key, name), near
        and ("unknown key: did you mean '%s'?"):format(join(key, near))
        or "unknown key: valid are " .. table.concat(self.names, ", "))
    end
  end
  return meant
end

define("record", { accepts = "map", options = { "fields", "group" },
  expected = function(self) return "map with " .. table.concat(self.names, ", ") end,
  prepare = function(self, called)
    self.fields, self.names = self.listed[1] or self.fields, {}
    if type(self.fields) ~= "table" then
      e.argument("[1]", called, "table of fields", self.fields)
    end
    for name, field in pairs(self.fields) do
      expect_parameter(field, called)
      self.names[#self.names + 1] = name
    end
    table.sort(self.names)
  end,
  child = function(self, segment) return self.fields[segment], self.names end,
  read = function(self, node, key, report)
    fill(self, node)
    local meant, values = refuse_unknown(self, node, key, report), {}
    for _, name in ipairs(self.names) do
      local field, child = self.fields[name], node.fields[name]
      if child and not (child.absent and meant[name]) then
        values[name] = field:read(child, join(key, name), report)
      elseif not child and not field.optional and not meant[name] then
        report(node.place, join(key, name), ("is missing: %s expected%s"):format(field:expected(),
          field.help and (" (%s)"):format(field.help) or ""))
      end
    end
    return values
  end })

--- Completes the tree below a record with the defaults, before interpolation.
function P.fill(record, node) fill(record, node) end

-- ---- alternatives and peaks ---------------------------------------------------------------------

local function candidates(self, node)
  local found = {}
  for _, alternative in ipairs(self.listed) do
    if alternative:accepts(node) then found[#found + 1] = alternative end
  end
  return found
end

define("either", {
  accepts = function(self, node) return #candidates(self, node) > 0 end,
  prepare = function(self, called)
    if #self.listed < 2 then e.argument("[2]", called, "two parameters or more", self.listed[2]) end
    for _, alternative in ipairs(self.listed) do expect_parameter(alternative, called) end
  end,
  expected = function(self)
    local words = {}
    for i, alternative in ipairs(self.listed) do words[i] = alternative:expected() end
    return table.concat(words, " or ")
  end,
  child = function(self, segment)
    for _, alternative in ipairs(self.listed) do
      local child = alternative:child(segment)
      if child then return child end
    end
  end,
  read = function(self, node, key, report)
    local found = candidates(self, node)
    if #found == 1 and node.kind ~= "scalar" then return found[1]:read(node, key, report) end
    for _, alternative in ipairs(found) do
      local failed = false
      local value = alternative:read(node, key, function() failed = true end)
      if not failed then return value end
    end
    refuse(self, node, key, report)
  end })

-- A peak with what is known of it beforehand: `284.8 +- 0.3 eV`, or a map of what spectra.fit takes
-- for one (scripts/matinf/spectra/component.lua): its position with the standard error of its
-- prior, limits, ties to peaks before it, a doublet or a multiplet.
-- Its value: the table of that peak, such as { name =, position = { value =, error = }, width = {
-- low, high }, doublet = "p", splitting = }.

local function optional(parameter)
  parameter.optional = true
  return parameter
end

-- A number that fixes a value, a range that bounds it, or the name of a peak to share it with
-- (which does not look like a number).
define("constraint", { accepts = "scalar", options = { "unit" },
  prepare = function(self)
    self.fixed = P.quantity { unit = self.unit, min = 0 }
    self.bounds = P.range { unit = self.unit, min = 0 }
  end,
  expected = function(self)
    return ("%s, %s or the name of a peak"):format(self.fixed:expected(), self.bounds:expected())
  end,
  read = function(self, node, key, report)
    local text = written(node) or ""
    if text:find("..", 1, true) then return self.bounds:read(node, key, report) end
    if text:find "^%s*[+-]?%.?%d" then return self.fixed:read(node, key, report) end
    if text == "" then return refuse(self, node, key, report) end
    return text
  end })

local function peak_fields(position, unit)
  local energy, factor = P.quantity { unit = unit }, P.number { min = 1e-9 }
  local line = P.record { { shift = energy, ratio = factor,
    width = P.number { min = 1e-9, optional = true } } }
  return { name = P.text { optional = true }, position = optional(position),
    width = P.constraint { unit = unit, optional = true },
    mix = P.constraint { unit = "1", optional = true },
    skew = P.constraint { unit = "1", optional = true },
    shape = P.text { optional = true }, curve = P.file { optional = true },
    shift = P.record { { from = P.text {}, by = energy }, optional = true },
    ratio = P.record { { to = P.text {}, of = factor }, optional = true },
    doublet = P.either { P.choice { "p", "d", "f" }, P.number { min = 1e-9 }, optional = true },
    splitting = optional(P.quantity { unit = unit }),
    lines = P.list { line, min = 1, optional = true } }
end

define("peak", { options = { "unit" },
  accepts = function(_, node) return node.kind == "scalar" or node.kind == "map" end,
  prepare = function(self, called)
    self.unit = self.unit or "eV"
    check_unit(self, called)
    self.position = P.uncertain { unit = self.unit }
    self.record = P.record { peak_fields(P.uncertain { unit = self.unit }, self.unit) }
  end,
  expected = function(self)
    return ("peak such as '284.8 +- 0.3 %s' or {name, position, width, ...}"):format(self.unit)
  end,
  child = function(self, segment) return self.record:child(segment) end,
  read = function(self, node, key, report)
    if node.kind == "map" then
      local value, known = self.record:read(node, key, report), true
      for _, name in ipairs(node.names) do known = known and self.record.fields[name] ~= nil end
      if known and not node.fields.position and not node.fields.shift then
        report(node.place, key .. ".position", ("is missing: %s expected"):format(
          self.position:expected()))
      end
      return value
    end
    local position = self.position:read(node, key, report)
    return position and { position = position }
  end })

return P
