-- A circuit drawn as SVG: IEC symbols, series from left to right, parallel branches one below the
-- other. The class circuit.Drawing saves and shows it as figures do.
--
-- A layout is { width, height, wire (depth of the wire below its top), draw(out, x, y) }; x and y are
-- those of its top left corner.

local e = require "matinf.error"
local store = require "matinf.store"
local tree = require "matinf.circuit.tree"

local M = {}
local Drawing = store.class("circuit.Drawing", {})

local INK = "#262626"
local WIDTH, ABOVE, BELOW = 84, 34, 34 -- of an element: text above, value below its wire
local GAP, BRANCH, END = 6, 10, 14     -- between branches; bus to branch; the circuit's own leads

-- ---- strokes ------------------------------------------------------------------------------------

local function number(v) return (("%.2f"):format(v):gsub("%.?0+$", "")) end

local function line(out, x1, y1, x2, y2)
  out[#out + 1] = ('<path d="M%s %sL%s %s"/>'):format(number(x1), number(y1), number(x2), number(y2))
end

local function path(out, x, y, d) -- d is relative to x, y
  out[#out + 1] = ('<path d="M%s %s%s"/>'):format(number(x), number(y), d)
end

local function text(out, x, y, words, size)
  words = words:gsub("&", "&amp;"):gsub("<", "&lt;")
  out[#out + 1] = ('<text x="%s" y="%s" font-size="%d">%s</text>'):format(number(x), number(y), size,
    words)
end

-- ---- symbols: 36 wide, around the middle of the wire --------------------------------------------

local HALF = 18
local symbols = {}

local function leads(out, x, y, half)
  line(out, x - WIDTH / 2, y, x - half, y)
  line(out, x + half, y, x + WIDTH / 2, y)
end

function symbols.R(out, x, y)
  leads(out, x, y, HALF)
  path(out, x - HALF, y - 7, "h36v14h-36z")
end

function symbols.C(out, x, y)
  leads(out, x, y, 4)
  path(out, x - 4, y - 12, "v24m8 -24v24")
end

function symbols.L(out, x, y)
  leads(out, x, y, HALF)
  path(out, x - HALF, y, ("a4.5 5 0 0 1 9 0"):rep(4))
end

function symbols.CPE(out, x, y)
  leads(out, x, y, 2)
  path(out, x - 8, y - 12, "l8 12l-8 12m10 -24l8 12l-8 12")
  line(out, x - 2, y, x, y)
end

-- Diffusion and the rest: a box with the name of the element in it.
local function box(symbol)
  return function(out, x, y)
    leads(out, x, y, HALF)
    path(out, x - HALF, y - 11, "h36v22h-36z")
    text(out, x, y + 4, symbol, 12)
  end
end

-- ---- layouts ------------------------------------------------------------------------------------

local function element_layout(node, values)
  local label = node.name or node.kind
  local draw_symbol = symbols[node.kind] or box(node.kind)
  local function draw(out, x, y)
    local middle, wire = x + WIDTH / 2, y + ABOVE
    draw_symbol(out, middle, wire)
    text(out, middle, wire - 17, label, 13)
    for i, value in ipairs(values[label] or {}) do text(out, middle, wire + 14 + 13 * i, value, 11) end
  end
  local below = math.max(BELOW / 2 + 4, 20 + 13 * #(values[label] or {}))
  return { width = WIDTH, height = ABOVE + below, wire = ABOVE, draw = draw }
end

local function series_layout(parts)
  local all = { width = 0, height = 0, wire = 0 }
  for _, part in ipairs(parts) do
    all.width, all.wire = all.width + part.width, math.max(all.wire, part.wire)
  end
  for _, part in ipairs(parts) do
    all.height = math.max(all.height, all.wire - part.wire + part.height)
  end
  function all.draw(out, x, y)
    for _, part in ipairs(parts) do
      part.draw(out, x, y + all.wire - part.wire)
      x = x + part.width
    end
  end
  return all
end

-- Two buses with the branches between them; the wire of the whole is in the middle of theirs.
local function parallel_layout(parts)
  local width, height, first, last = 0, 0, nil, nil
  for _, part in ipairs(parts) do
    first, last = first or part.wire, height + part.wire
    width, height = math.max(width, part.width), height + part.height + GAP
  end
  local all = { width = width + 4 * BRANCH, height = height - GAP, wire = (first + last) / 2 }
  function all.draw(out, x, y)
    local left, right, top = x + BRANCH, x + all.width - BRANCH, y
    line(out, x, y + all.wire, left, y + all.wire)
    line(out, right, y + all.wire, right + BRANCH, y + all.wire)
    line(out, left, y + first, left, y + last)
    line(out, right, y + first, right, y + last)
    for _, part in ipairs(parts) do
      local from = x + (all.width - part.width) / 2
      line(out, left, top + part.wire, from, top + part.wire)
      line(out, from + part.width, top + part.wire, right, top + part.wire)
      part.draw(out, from, top)
      top = top + part.height + GAP
    end
  end
  return all
end

local function layout(node, values)
  if tree.by_symbol[node.kind] then return element_layout(node, values) end
  local parts = {}
  for i, child in ipairs(node) do parts[i] = layout(child, values) end
  return (node.kind == "series" and series_layout or parallel_layout)(parts)
end

-- ---- values -------------------------------------------------------------------------------------

local units = { ohm = "Ω", ["ohm^-1 s^a"] = "S sᵃ", ["ohm s^-1/2"] = "Ω s⁻½" }
local prefixes = { [-12] = "p", [-9] = "n", [-6] = "µ", [-3] = "m", [0] = "", [3] = "k", [6] = "M",
  [9] = "G" }

local function quantity(value, unit)
  if unit == "" or unit == "-" or unit == "1" then return ("%.3g"):format(value) end
  local power = value > 0 and 3 * math.floor(math.log(value, 1000) + 1e-9) or 0
  local prefix = prefixes[power]
  local shown = units[unit] or unit
  if not prefix or #unit > 4 then return ("%.3g %s"):format(value, shown) end
  return ("%.4g %s%s"):format(value / 10.0 ^ power, prefix, shown)
end

-- Texts by element from parameters by name.
local function element_values(circuit, p)
  local values, at = {}, 0
  tree.each(circuit.tree, function(node)
    local element, list = tree.by_symbol[node.kind], {}
    for _, parameter in ipairs(element) do
      at = at + 1
      local name = #element > 1 and parameter.name .. " " or ""
      list[#list + 1] = name .. quantity(p[at], parameter.unit)
    end
    values[node.name] = list
  end)
  return values
end

-- ---- the drawing --------------------------------------------------------------------------------

--- Draws a circuit; with parameters (list, array or table by name) their values stand below.
function M.draw(circuit, parameters)
  if getmetatable(circuit) ~= tree.Circuit then
    e.argument("circuit", "circuit.draw", "circuit.Circuit", circuit)
  end
  local values = {}
  if parameters ~= nil then
    local p = circuit:_parameters(parameters, "circuit.draw")
    p = require "matinf".array.from(p, { dtype = "f64" })
    if p.ndim ~= 1 or #p ~= #circuit.names then
      e.argument("parameters", "circuit.draw", ("%d numbers"):format(#circuit.names), #p)
    end
    values = element_values(circuit, p)
  end
  local all, out = layout(circuit.tree, values), {}
  line(out, 4, 4 + all.wire, 4 + END, 4 + all.wire)
  line(out, 4 + END + all.width, 4 + all.wire, 4 + 2 * END + all.width, 4 + all.wire)
  all.draw(out, 4 + END, 4)
  local width, height = all.width + 2 * END + 8, all.height + 8
  local head = ('<svg xmlns="http://www.w3.org/2000/svg" width="%s" height="%s" viewBox="0 0 %s %s">')
    :format(number(width), number(height), number(width), number(height))
  local style = ('<g fill="none" stroke="%s" stroke-width="1.5" stroke-linejoin="round">'):format(INK)
  local strokes, words = {}, {}
  for _, piece in ipairs(out) do
    local list = piece:find "^<text" and words or strokes
    list[#list + 1] = piece
  end
  return setmetatable({ text = head .. "\n" .. style .. table.concat(strokes, "\n") .. "</g>\n"
    .. ('<g fill="%s" font-family="DejaVu Sans, sans-serif" text-anchor="middle">'):format(INK)
    .. table.concat(words, "\n") .. "</g>\n</svg>\n" }, Drawing)
end

--- The SVG text.
function Drawing:svg() return self.text end

--- Saves the drawing; the path ends in .svg.
function Drawing:save(path_)
  if type(path_) ~= "string" or not path_:find "%.svg$" then
    e.argument("path", "circuit.Drawing:save", "file name that ends in .svg", path_)
  end
  require "matinf".sys.write_atomic(path_, self.text)
  return path_
end

M.Drawing = Drawing
return M
