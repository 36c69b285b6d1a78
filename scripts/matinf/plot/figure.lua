-- The classes plot.Figure and plot.Panels: what users build, save and look at.

local axis = require "matinf.plot.axis"
local legend = require "matinf.plot.legend"
local panel = require "matinf.plot.panel"
local render = require "matinf.plot.render"
local terminal = require "matinf.plot.terminal"
local series = require "matinf.plot.series"
local style = require "matinf.plot.style"
local e = require "matinf.error"
local store = require "matinf.store"

local M = {}

local Figure = store.class("plot.Figure")
local Panels = store.class("plot.Panels")

local function check_size(size, called, otherwise)
  if size == nil then return otherwise end
  if type(size) ~= "table" or not (type(size[1]) == "number" and type(size[2]) == "number"
      and size[1] >= 3 and size[1] <= 100 and size[2] >= 3 and size[2] <= 100) then
    e.argument("size", called, "{width, height} from 3 to 100 cm", size)
  end
  return { size[1], size[2] }
end

function M.figure(options)
  local called = "plot.figure"
  options = e.options(options, called, { "title", "x", "y", "size", "square", "equal" })
  if options.title ~= nil and type(options.title) ~= "string" then
    e.argument("title", called, "string", options.title)
  end
  return setmetatable({ title = options.title, x = axis.check(options.x, "x", called),
    y = axis.check(options.y, "y", called), size = check_size(options.size, called, { 15, 10 }),
    square = options.square or false, equal = options.equal or false, series = {} }, Figure)
end

-- ---- building -----------------------------------------------------------------------------------

local function add(self, made)
  self.series[#self.series + 1] = made
  return self
end

function Figure:line(x, y, options)
  return add(self, series.line("line", x, y, options, "plot.Figure:line"))
end

function Figure:step(x, y, options)
  return add(self, series.line("step", x, y, options, "plot.Figure:step"))
end

function Figure:points(x, y, options)
  return add(self, series.points(x, y, options, "plot.Figure:points"))
end

function Figure:fill(x, low, high, options)
  return add(self, series.fill(x, low, high, options, "plot.Figure:fill"))
end

function Figure:heatmap(z, options)
  return add(self, series.heatmap(z, options, "plot.Figure:heatmap", self.x.log, self.y.log))
end

function Figure:histogram(values, options)
  local density = type(options) == "table" and options.density
  self.y.label = self.y.label or (density and "Density" or "Count")
  return add(self, series.histogram(values, options, "plot.Figure:histogram"))
end

function Figure:parity(reference, predicted, options)
  local made = series.parity(reference, predicted, options, "plot.Figure:parity")
  local unit = options and options.unit
  self.square, self.diagonal = true, true
  for name, label in pairs { x = "Reference", y = "Predicted" } do
    self[name].label = self[name].label or label
    self[name].unit = self[name].unit or unit
  end
  return add(self, made)
end

function Figure:vline(x, options)
  return add(self, series.mark("vline", x, options, "plot.Figure:vline"))
end

function Figure:hline(y, options)
  return add(self, series.mark("hline", y, options, "plot.Figure:hline"))
end

function Figure:text(x, y, words, options)
  return add(self, series.text(x, y, words, options, "plot.Figure:text"))
end

-- ---- layout -------------------------------------------------------------------------------------

local function figure_panels(self)
  style.assign(self.series)
  local width, height = render.pixels(self.size)
  local font = style.font_size(self.size[1])
  return { panel.lay_out(panel.size(panel.new(self), width - 6 * font, height - 4.5 * font, font)) }
end

-- Heights of the plot areas and of what stands between them, from top to bottom, in pixels.
local function stack(self, panels, total, font)
  local top = self.figures[1].title and 3 * font or font
  local foot = 4.5 * font
  local between = self.share_x and 0.6 * font or foot + (0.8 * font)
  local free, parts = total - top - foot - between * (#panels - 1), 0
  for _, part in ipairs(self.heights) do parts = parts + part end
  local y = top
  for i, one in ipairs(panels) do
    local height = free * self.heights[i] / parts
    one.top, one.bottom = 1 - y / total, 1 - (y + height) / total
    one.pixels = height
    y = y + height + between
  end
end

local function margins(panels)
  local widest, right = 0, 2
  for _, one in ipairs(panels) do
    widest = math.max(widest, axis.label_width(one.y_ticks))
    for _, s in ipairs(one.figure.series) do right = s.kind == "heatmap" and 12 or right end
  end
  for _, one in ipairs(panels) do
    if one.legend == legend.OUTSIDE then right = math.max(right, legend.margin(one.figure)) end
  end
  for _, one in ipairs(panels) do
    one.left, one.right = widest + 5, right
    one.label_offset = axis.label_width(one.y_ticks) - widest -- labels stand in one column
  end
end

local function stacked_panels(self)
  local panels, font = {}, style.font_size(self.size[1])
  local width, height = render.pixels(self.size)
  for i, figure in ipairs(self.figures) do
    style.assign(figure.series)
    panels[i] = panel.new(figure)
  end
  if self.share_x then panel.share_x(panels) end
  stack(self, panels, height, font)
  for i, one in ipairs(panels) do
    one.hide_x, one.hide_title = self.share_x and i < #panels, self.share_x and i > 1
    panel.size(one, width - 8 * font, one.pixels, font)
  end
  legend.share(panels)
  for _, one in ipairs(panels) do panel.lay_out(one) end
  margins(panels)
  return panels
end

function M.panels(options)
  local called = "plot.panels"
  if type(options) ~= "table" then e.argument("figures", called, "table of figures", options) end
  local self, named = { figures = {} }, {}
  for key, value in pairs(options) do
    if math.type(key) ~= "integer" then named[key] = value end
  end
  e.options(named, called, { "share_x", "heights", "size" })
  for i, figure in ipairs(options) do
    if getmetatable(figure) ~= Figure then e.argument("figures", called, "plot.Figure", figure) end
    self.figures[i] = figure
  end
  if #self.figures == 0 then e.argument("figures", called, "at least one figure", nil) end
  self.share_x = options.share_x or false
  local heights = options.heights or {}
  if type(heights) ~= "table" then e.argument("heights", called, "list of numbers", heights) end
  self.heights = {}
  for i = 1, #self.figures do
    local part = heights[i] or 1
    if type(part) ~= "number" or not (part > 0 and part < math.huge) then
      e.argument("heights", called, "positive number for each figure", part)
    end
    self.heights[i] = part
  end
  self.size = check_size(options.size, called, { 15, math.min(6 + 4 * #self.figures, 30) })
  return setmetatable(self, Panels)
end

-- ---- output -------------------------------------------------------------------------------------

local formats = { svg = true, pdf = true, png = true }

local function split_path(self, path)
  if type(path) ~= "string" then e.argument("path", self.__name .. ":save", "string", path) end
  local stem, format = path:match "^(.*)%.(%w+)$"
  if not formats[format] or stem == "" or stem:sub(-1) == "/" then
    e.argument("path", self.__name .. ":save", "file name that ends in .svg, .pdf or .png", path)
  end
  return stem, format
end

local function save(self, lay_out, path)
  local stem, format = split_path(self, path)
  local panels, sys = lay_out(self), require "matinf".sys
  local picture = render.picture(panels, self.size, format)
  local gp, dat = render.sources(panels, self.size, format, stem:match "[^/]+$")
  sys.write_atomic(stem .. ".dat", dat)
  sys.write_atomic(stem .. ".gp", gp)
  sys.write_atomic(path, picture)
  return path
end

-- Inline in HTML there is no XML declaration.
local function svg(self, panels)
  return (render.picture(panels, self.size, "svg"):gsub("^.-<svg", "<svg", 1))
end

local function in_terminal(panels, columns, rows, options, called)
  columns = columns or math.min(require "matinf".sys.columns() - 1, 120)
  rows = rows or math.max(16, columns * 3 // 10)
  for name, value in pairs { columns = columns, rows = rows } do
    if math.type(value) ~= "integer" or value < 10 or value > 1000 then
      e.argument(name, called, "integer from 10 to 1000", value)
    end
  end
  local color = e.options(options, called, { "color" }).color
  if color ~= nil and type(color) ~= "boolean" then
    e.argument("color", called, "boolean", color)
  end
  return terminal.draw(panels, columns, rows, color)
end

function Figure:save(path) return save(self, figure_panels, path) end
function Figure:svg() return svg(self, figure_panels(self)) end
function Figure:terminal(columns, rows, options)
  return in_terminal(figure_panels(self), columns, rows, options, "plot.Figure:terminal")
end

function Panels:save(path) return save(self, stacked_panels, path) end
function Panels:svg() return svg(self, stacked_panels(self)) end
function Panels:terminal(columns, rows, options)
  return in_terminal(stacked_panels(self), columns, rows, options, "plot.Panels:terminal")
end

function Figure.__tostring(self)
  local title = self.title and (" \"%s\""):format(self.title) or ""
  return ("plot.Figure%s: %d series; :save \"name.svg\", :terminal()"):format(title, #self.series)
end

function Panels.__tostring(self)
  return ("plot.Panels: %d figures; :save \"name.svg\", :terminal()"):format(#self.figures)
end

return M
