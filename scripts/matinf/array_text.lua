-- Arrays as text: a line with shape and dtype, then the elements in columns, as numpy prints them.
local e = require "matinf.error"

-- Nested lists of the shown elements, `edge` at both ends of a long axis with "..." between;
-- `each` sees every element shown.
local function collect(a, edge, each)
  local tree, n, i = {}, #a, 1
  while i <= n do
    if edge and n > 2 * edge and i == edge + 1 then
      tree[#tree + 1] = "..."
      i = n - edge + 1
    end
    local item = a[i]
    if a.ndim > 1 then item = collect(item, edge, each) else each(item) end
    tree[#tree + 1] = item
    i = i + 1
  end
  return tree
end

-- Fewest decimals, up to `precision`, that show x as well as `precision` decimals do.
local function decimals(x, precision)
  if precision == 0 then return 0 end
  local text = ("%." .. precision .. "f"):format(x):gsub("0+$", "")
  return #text - text:find "[.,]" -- a script may have set a locale with a decimal comma
end

-- How to write the real numbers of a list: a function number -> text.
local function real_format(list, precision)
  local largest, least, places = 0, math.huge, 0
  for _, x in ipairs(list) do
    if x == x and math.abs(x) < math.huge then
      local size = math.abs(x)
      largest = math.max(largest, size)
      if size > 0 then least = math.min(least, size) end
    end
  end
  local exponent = largest >= 1e8 or least < 1e-4 or (largest > 0 and largest / least > 1e8)
  if not exponent then
    for _, x in ipairs(list) do
      if x == x and math.abs(x) < math.huge then
        places = math.max(places, decimals(x, precision))
      end
    end
  end
  local pattern = exponent and "%." .. precision .. "e" or "%." .. places .. "f"
  return function(x)
    if x ~= x then return "nan" end
    if math.abs(x) == math.huge then return x > 0 and "inf" or "-inf" end
    return pattern:format(x)
  end
end

local function complex_format(list, precision)
  local parts = {}
  for _, z in ipairs(list) do
    parts[#parts + 1] = z.re
    parts[#parts + 1] = z.im
  end
  local write = real_format(parts, precision)
  return function(z)
    local im = write(z.im)
    return write(z.re) .. (im:find "^[-]" and "" or "+") .. im .. "i"
  end
end

local function formatter(a, list, precision)
  if a.dtype == "c128" then return complex_format(list, precision) end
  if a.dtype:find "^f" then return real_format(list, precision) end
  return function(x) return ("%d"):format(x) end
end

local function wrap(words, indent, columns)
  local lines, line = {}, ""
  for _, word in ipairs(words) do
    if line ~= "" and #indent + #line + 1 + #word >= columns then
      lines[#lines + 1] = line
      line = ""
    end
    line = line == "" and word or line .. " " .. word
  end
  lines[#lines + 1] = line
  return table.concat(lines, "\n" .. indent)
end

local function layout(tree, ndim, write, width, indent, columns)
  local parts = {}
  for i, item in ipairs(tree) do
    if item == "..." then
      parts[i] = item
    elseif ndim > 1 then
      parts[i] = layout(item, ndim - 1, write, width, indent .. " ", columns)
    else
      local text = write(item)
      parts[i] = (" "):rep(width - #text) .. text
    end
  end
  if ndim == 1 then return "[" .. wrap(parts, indent .. " ", columns) .. "]" end
  return "[" .. table.concat(parts, "\n" .. indent .. " ") .. "]"
end

local function heading(a)
  return ("array [%s] %s"):format(table.concat(a.shape, " x "), a.dtype)
end

local function option(options, name, default, most)
  local value = options[name] or default
  if math.type(value) ~= "integer" or value < 0 or value > most then
    e.argument(name, "array.tostring", ("integer from 0 to %d"):format(most), value)
  end
  return value
end

--- The text of an array; options: precision, columns, threshold (more elements are summarised).
local function to_text(a, options)
  options = e.options(options, "array.tostring", { "precision", "columns", "threshold" })
  if not e.is_a(a, "matinf.array") then e.argument("a", "array.tostring", "array", a) end
  local precision = option(options, "precision", 6, 20)
  local columns = option(options, "columns", 80, 1 << 20)
  local threshold = option(options, "threshold", 1000, 1 << 53)
  if a.ndim == 0 then return heading(a) .. "\n" .. tostring(a:totable()) end
  if a.size == 0 then return heading(a) .. "\n[]" end
  local list = {}
  local edge = a.size > threshold and 3 or nil
  local tree = collect(a, edge, function(x) list[#list + 1] = x end)
  local write, width = formatter(a, list, precision), 0
  for _, x in ipairs(list) do width = math.max(width, #write(x)) end
  return heading(a) .. "\n" .. layout(tree, a.ndim, write, width, "", columns)
end

return function(M) M.tostring = to_text end
