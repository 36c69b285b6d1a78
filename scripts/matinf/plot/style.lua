-- The look: colours, dashes, point shapes, line widths, text sizes.
--
-- Series colours are the colour-blind-safe set of Okabe and Ito (2008); maps of values use viridis
-- (Smith, van der Walt, Firing 2015), perceptually uniform.

local e = require "matinf.error"
local names_in = require "matinf.names"

local M = {}

M.colors = { blue = "#0072B2", vermillion = "#D55E00", green = "#009E73", purple = "#CC79A7",
  orange = "#E69F00", sky = "#56B4E9", black = "#000000", yellow = "#F0E442", grey = "#808080" }

-- Order of use: neighbours differ in hue and in lightness; yellow is too pale for lines.
M.order = { "blue", "vermillion", "green", "purple", "orange", "sky", "black" }

M.dashes = { solid = "solid", dashed = "(8,5)", dotted = "(1.5,4)", ["dash-dot"] = "(8,4,1.5,4)" }

M.shapes = { circle = 7, square = 5, triangle = 9, diamond = 13, ["triangle-down"] = 11,
  ["open-circle"] = 6, ["open-square"] = 4, cross = 2, plus = 1 }
M.shape_order = { "circle", "square", "triangle", "diamond", "triangle-down", "open-circle",
  "open-square" }

M.viridis = { "#440154", "#482878", "#3E4A89", "#31688E", "#26828E", "#1F9E89", "#35B779",
  "#6DCD59", "#B4DE2C", "#FDE725" }

M.ink = "#262626" -- axes and text
M.reference = "#808080" -- lines that guide the eye

local function choose(choices, name, option, called)
  if choices[name] then return choices[name] end
  e.argument(option, called, "one of " .. table.concat(names_in(choices), ", "), name)
end

--- "#RRGGBB" for a colour's name or its code.
function M.color(value, called)
  if type(value) == "string" and value:find "^#%x%x%x%x%x%x$" then return value end
  if not M.colors[value] then
    e.argument("color", called, "\"#RRGGBB\" or one of " .. table.concat(names_in(M.colors), ", "),
      value)
  end
  return M.colors[value]
end

function M.dash(name, called) return choose(M.dashes, name, "style", called) end

function M.shape(name, called) return choose(M.shapes, name, "shape", called) end

-- The values of an order that no series chose for itself (all of them when none is left).
local function left_over(order, values, series, field)
  local chosen, rest = {}, {}
  for _, s in ipairs(series) do chosen[s[field] or false] = true end
  for _, name in ipairs(order) do
    if not chosen[values[name]] then rest[#rest + 1] = values[name] end
  end
  return #rest > 0 and rest or { values[order[1]] }
end

--- Gives every series of a figure its colour, and points their shape.
function M.assign(series)
  local colors = left_over(M.order, M.colors, series, "chosen_color")
  local shapes = left_over(M.shape_order, M.shapes, series, "chosen_shape")
  local color, shape = 0, 0
  for _, s in ipairs(series) do
    if not s.chosen_color and s.kind ~= "text" and s.kind ~= "heatmap" then color = color + 1 end
    if not s.chosen_shape and s.kind == "points" then shape = shape + 1 end
    s.color = s.chosen_color or colors[(color - 1) % #colors + 1]
    s.shape = s.chosen_shape or shapes[(shape - 1) % #shapes + 1]
  end
end

--- Text size in CSS pixels for a figure of this width in centimetres: a journal column is 8.5 cm.
function M.font_size(width) return width <= 10 and 11 or 13 end

return M
