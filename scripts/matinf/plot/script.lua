-- Writes the gnuplot commands that draw panels.

local text = require "matinf.plot.text"
local axis = require "matinf.plot.axis"
local style = require "matinf.plot.style"
local layout = require "matinf.layout"

local M = {}

local number, quoted = text.number, text.quoted

local function title_of(series)
  return series.label and "title " .. text.string(series.label) or "notitle"
end

local function pen(series)
  return ("lw %s lc rgb '%s' dt %s"):format(number(series.width), series.color, series.dash)
end

-- ---- series -------------------------------------------------------------------------------------

local clause = {}

function clause.line(s) return "using 1:2 with lines " .. pen(s) end

function clause.step(s) return "using 1:2 with steps " .. pen(s) end

local error_styles = { [""] = "using 1:2 with points", x = "using 1:2:3 with xerrorbars",
  y = "using 1:2:3 with yerrorbars", xy = "using 1:2:3:4 with xyerrorbars" }

function clause.points(s)
  return ("%s pt %d ps %s lw %s lc rgb '%s'"):format(error_styles[s.errors], s.shape,
    number(s.size), number(s.width), s.color)
end

function clause.fill(s)
  return ("using 1:2:3 with filledcurves fs transparent solid %s noborder fc rgb '%s'"):format(
    number(s.opacity), s.color)
end

function clause.histogram(s)
  return ("using 1:2:3 with boxes fs transparent solid 0.55 border rgb '%s' lc rgb '%s' lw 1")
    :format(s.color, s.color)
end

function clause.heatmap(s)
  if s.uniform then return "using 1:2:3 with image" end
  return "using 1:2:4:5:6:7:3 with boxxyerror fc palette fs solid border"
end

local areas = { heatmap = true, fill = true, histogram = true }

local function add_series(clauses, series, block)
  if clause[series.kind] then
    clauses[#clauses + 1] = ("data index %d %s %s"):format(block, clause[series.kind](series),
      title_of(series))
  elseif series.label then
    clauses[#clauses + 1] = ("keyentry with lines %s %s"):format(pen(series), title_of(series))
  end
  for _, note in ipairs(series.notes or {}) do
    clauses[#clauses + 1] = "keyentry title " .. text.string(note)
  end
end

-- The command for one panel and the number of the next block: blocks are counted through the whole
-- .dat file. Areas are drawn first, so that they cover no line.
local function plot_command(panel, first_block)
  local below, above, block = {}, {}, first_block
  for _, series in ipairs(panel.figure.series) do
    add_series(areas[series.kind] and below or above, series, block)
    if series.block then block = block + 1 end
  end
  local clauses = table.move(above, 1, #above, #below + 1, below)
  return "plot " .. table.concat(clauses, ", \\\n     "), block
end

-- ---- axes ---------------------------------------------------------------------------------------

local function tick_list(ticks, labelled)
  local list = {}
  for i, tick in ipairs(ticks) do
    list[i] = ("%s %s%s"):format(quoted(labelled and tick.label or ""), number(tick.at),
      tick.major and "" or " 1")
  end
  return "(" .. table.concat(list, ", ") .. ")"
end

local function range(low, high, reverse)
  if reverse then low, high = high, low end
  return ("[%s:%s]"):format(number(low), number(high))
end

local function add_axes(out, panel)
  local figure = panel.figure
  for _, name in ipairs { "x", "y" } do
    local options, limits, shown = figure[name], panel[name], name == "y" or not panel.hide_x
    out("%s logscale %s", options.log and "set" or "unset", name)
    out("set %srange %s", name, range(limits[1], limits[2], options.reverse))
    out("set %stics %s", name, tick_list(panel[name .. "_ticks"], shown))
    out("set %slabel %s offset %d,0", name,
      quoted(shown and axis.label(options, panel[name .. "_power"]) or ""),
      name == "y" and panel.label_offset or 0)
  end
end

local function heat_map_of(figure)
  for _, series in ipairs(figure.series) do
    if series.kind == "heatmap" then return series end
  end
end

local function add_color_bar(out, panel)
  local map = heat_map_of(panel.figure)
  if not map then return end
  local low, high = map.low, map.high
  if map.scale.range then low, high = map.scale.range[1], map.scale.range[2] end
  if low == high then low, high = axis.range(map.scale, low, high, 0) end
  local count = math.max(2, panel.height // (4.5 * panel.font))
  local ticks, power = axis.ticks(map.scale, low, high, count)
  local stops = {}
  for i, color in ipairs(style.viridis) do stops[i] = ("%d '%s'"):format(i - 1, color) end
  out("set palette defined (%s)", table.concat(stops, ", "))
  out("%s logscale cb", map.scale.log and "set" or "unset")
  out("set cbrange %s", range(low, high))
  out("set cbtics %s", tick_list(ticks, true))
  out("set cblabel %s offset 1,0", quoted(axis.label(map.scale, power)))
  if panel.top then return end -- panels have their margins
  local longest = 0 -- of the tick labels, which gnuplot leaves no room for
  for _, tick in ipairs(ticks) do longest = math.max(longest, layout.width(tick.label or "")) end
  out("set rmargin %d", 7 + longest)
end

-- ---- marks --------------------------------------------------------------------------------------

local function add_marks(out, figure)
  for _, series in ipairs(figure.series) do
    if series.kind == "vline" then
      out("set arrow from first %s, graph 0 to first %s, graph 1 nohead front %s",
        number(series.at), number(series.at), pen(series))
    elseif series.kind == "hline" then
      out("set arrow from graph 0, first %s to graph 1, first %s nohead front %s",
        number(series.at), number(series.at), pen(series))
    elseif series.kind == "text" then
      out("set label %s at first %s, first %s %s front tc rgb '%s'", text.string(series.words),
        number(series.x), number(series.y), series.align, series.color)
    end
  end
end

local function add_diagonal(out, panel)
  if not panel.figure.diagonal then return end
  local low = number(math.max(panel.x[1], panel.y[1]))
  local high = number(math.min(panel.x[2], panel.y[2]))
  out("set arrow from first %s, first %s to first %s, first %s nohead lw 1 lc rgb '%s' dt solid",
    low, low, high, high, style.reference)
end

-- ---- the script ---------------------------------------------------------------------------------

local function add_panel(out, panel, first_block)
  local figure = panel.figure
  out("set title %s", text.string(panel.hide_title and "" or figure.title or ""))
  add_axes(out, panel)
  add_color_bar(out, panel)
  if panel.legend then
    out("set key %s Left reverse samplen 1.6 spacing 1.15 textcolor rgb '%s'", panel.legend,
      style.ink)
  else
    out("unset key")
  end
  out(figure.square and "set size square" or figure.equal and "set size ratio -1"
    or "set size noratio")
  add_marks(out, figure)
  add_diagonal(out, panel)
  local command, block = plot_command(panel, first_block)
  out("%s", command)
  return block
end

local common = ([[
set encoding utf8
set border 31 lw 1 lc rgb 'INK'
set tics in scale 0.8,0.4 textcolor rgb 'INK' front
set xlabel textcolor rgb 'INK'
set ylabel textcolor rgb 'INK'
set title textcolor rgb 'INK'
set errorbars 0.5
set style fill noborder
]]):gsub("INK", style.ink)

--- The commands for a list of panels, each with its margins if there are several.
function M.write(panels)
  local lines = { common }
  local function out(format, ...) lines[#lines + 1] = format:format(...) .. "\n" end
  local block = 0
  if panels[2] then out("set multiplot") end
  for i, panel in ipairs(panels) do
    if i > 1 then out("\nunset label\nunset arrow\nunset logscale") end
    if panel.top then
      out("set lmargin %d\nset rmargin %d\nset tmargin at screen %s\nset bmargin at screen %s",
        panel.left, panel.right, text.number(panel.top), text.number(panel.bottom))
    end
    block = add_panel(out, panel, block)
  end
  if panels[2] then out("unset multiplot") end
  return table.concat(lines)
end

--- The blocks of data in the order in which the script counts them.
function M.blocks(panels)
  local blocks = {}
  for _, panel in ipairs(panels) do
    for _, series in ipairs(panel.figure.series) do blocks[#blocks + 1] = series.block end
  end
  return blocks
end

return M
