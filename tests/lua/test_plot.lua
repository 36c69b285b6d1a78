-- Figures: every kind is drawn without a word of complaint from gnuplot; numbers reach the .dat
-- file; hostile text stays text; equal input gives equal bytes; wrong input is refused clearly.
local lu = require "luaunit"
local m = require "matinf"

local nan = 0 / 0

local message = require "tests.support".message

local function read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read "a"
  file:close()
  return text
end

local folder

local function figure(options) return m.plot.figure(options or {}) end

local function every_kind()
  local x, y = { 1, 2, 3, 4 }, { 2, 5, 3, 8 }
  return {
    line = figure { x = { label = "Energy", unit = "eV" } }:line(x, y, { label = "a" }),
    step = figure {}:step(x, y),
    points = figure {}:points(x, y, { error = 0.5, xerror = { 0.1, 0.1, 0.2, 0.2 } }),
    fill = figure {}:fill(x, { 1, 1, 1, 1 }, y),
    heatmap = figure {}:heatmap({ { 1, 2, 3 }, { 4, nan, 6 } }, { label = "z", unit = "nm" }),
    cells = figure { x = { log = true } }:heatmap({ { 1, 2, 3 }, { 4, nan, 6 } },
      { x = { 1, 10, 100 } }),
    histogram = figure {}:histogram(y, { bins = 3 }),
    parity = figure {}:parity(x, y, { unit = "eV" }),
    marks = figure {}:line(x, y):vline(2, { label = "v" }):hline(3):text(1, 2, "here"),
    log = figure { x = { log = true }, y = { log = true, reverse = true } }:line(x, y),
    panels = m.plot.panels { figure {}:line(x, y), figure {}:points(x, y), share_x = true },
  }
end

TestKinds = {}

function TestKinds.setUp() folder = m.sys.tempdir() end
function TestKinds.tearDown() m.sys.remove_tree(folder) end

for kind, fig in pairs(every_kind()) do
  TestKinds["test_" .. kind] = function()
    lu.assertStrContains(fig:svg(), "</svg>")
    lu.assertEquals(fig:svg(), fig:svg())
  end
end

function TestKinds.test_files_and_their_bytes()
  local fig = figure { title = "it's" }:line({ 1, 2 }, { 3, 4 }, { label = "a" })
  for format, head in pairs { svg = "<?xml", pdf = "%PDF", png = "\137PNG" } do
    local path = folder .. "/c1s." .. format
    lu.assertEquals(fig:save(path), path)
    local first = read(path)
    lu.assertEquals(first:sub(1, #head), head)
    fig:save(path)
    lu.assertTrue(read(path) == first, format .. " differs the second time")
  end
  lu.assertEquals(read(folder .. "/c1s.dat"), "# a: x y\n1 3\n2 4\n")
  lu.assertEquals(#m.sys.list(folder), 5)
end

function TestKinds.test_the_script_runs_again_by_itself()
  local fig = figure {}:points({ 1, 2, 3 }, { 3, 4, 5 }, { error = 1 })
  fig:save(folder .. "/a.png")
  local first = read(folder .. "/a.png")
  os.remove(folder .. "/a.png")
  local result = m.sys.spawn { "gnuplot", "a.gp", folder = folder, environment = { LC_ALL = "C.UTF-8" } }
  lu.assertEquals(result.stderr, "")
  lu.assertTrue(read(folder .. "/a.png") == first)
end

function TestKinds.test_svg_can_stand_in_html()
  local a, b = figure {}:line({ 1, 2 }, { 3, 4 }):svg(), figure {}:line({ 1, 2 }, { 3, 5 }):svg()
  lu.assertStrMatches(a, "<svg.*</svg>%s*")
  local ids = {}
  for id in (a .. b):gmatch " id=['\"]([^'\"]+)" do
    lu.assertNil(ids[id], id .. " stands twice")
    ids[id] = true
  end
  for id in (a .. b):gmatch "href=['\"]#([^'\"]+)" do lu.assertTrue(ids[id], id
    .. " is not defined") end
end

function TestKinds.test_terminal_picture_has_the_size_asked_for()
  local lines, widest = 0, 0
  for line in figure {}:line({ 1, 2 }, { 3, 4 }):terminal(60, 20):gmatch "[^\n]+" do
    lines, widest = lines + 1, math.max(widest, utf8.len(line))
  end
  lu.assertTrue(lines >= 15 and lines <= 20 and widest <= 60)
end

function TestKinds.test_terminal_picture_shows_what_the_figure_holds()
  local fig = figure { x = { label = "energy", unit = "eV", reverse = true }, y = { label = "counts" } }
  fig:fill({ 1, 2, 3 }, { 0, 0, 0 }, { 1, 4, 1 }, { label = "area" })
  fig:line({ 1, 2, 3 }, { 1, 4, 0 / 0 }, { label = "fit" }):points({ 1, 3 }, { 1, 9 }, { error = 0.5 })
  fig:step({ 1, 2 }, { 5, 6 }):vline(2.5):hline(3):text(1.5, 8, "here")
  local words = fig:terminal(60, 24)
  for _, part in ipairs { "energy (eV)", "counts", "░░ area", "⠒⠒ fit", "•", "here", "┤", "┬" } do
    lu.assertStrContains(words, part)
  end
  lu.assertNil(words:find "\27")
  lu.assertStrContains(fig:terminal(60, 24, { color = true }), "\27[38;5;")
  local map = figure { y = { log = true } }:heatmap({ { 1, 2 }, { 3, 0 / 0 } }, { y = { 1, 100 } })
  lu.assertStrContains(map:terminal(40, 16), "█")
  lu.assertStrContains(map:terminal(40, 16), "10²")
  lu.assertStrContains(figure {}:histogram({ 1, 2, 2, 3 }):terminal(40, 12), "Count")
  lu.assertStrContains(figure {}:parity({ 1, 2 }, { 1, 3 }):terminal(40, 16), "RMSE")
end

TestContent = {}

local function shown(fig) return fig:svg() end

function TestContent.test_axes_bear_their_units()
  local svg = shown(figure { x = { label = "Binding energy", unit = "eV" },
    y = { label = "Intensity",
    unit = "counts" } }:line({ 1, 2 }, { 100000, 450000 }))
  lu.assertStrContains(svg, "Binding energy (eV)")
  lu.assertStrContains(svg, "Intensity (10") -- large numbers share a power of ten
end

local function coordinates(svg, label)
  return tonumber(svg:match('translate%(([%d.]+),[%d.]+%)[^\n]*\n%s*<text><tspan[^>]*>' .. label
    .. "<"))
end

function TestContent.test_reversed_axis_falls_to_the_right()
  local svg = shown(figure { x = { reverse = true } }:line({ 10, 20, 30 }, { 1, 2, 3 }))
  lu.assertTrue(coordinates(svg, "10") > coordinates(svg, "30"))
end

function TestContent.test_gaps_are_empty_lines()
  local render = require "matinf.plot.data"
  local fig = figure {}:line({ 1, 2, 3, 4, 5 }, { 1, nan, nan, 4, 5 })
  lu.assertEquals(render.file { fig.series[1].block }, "# line: x y\n1 1\n\n4 4\n5 5\n")
end

function TestContent.test_parity_statistics()
  local fig = figure {}:parity({ 1, 2, 3, nan }, { 2, 2, 5, 1 })
  local s = fig.series[1].statistics
  lu.assertAlmostEquals(s.rmse, (5 / 3) ^ 0.5, 1e-15)
  lu.assertAlmostEquals(s.mae, 1, 1e-15)
  lu.assertAlmostEquals(s.r2, 1 - 5 / 2, 1e-15)
end

function TestContent.test_histogram_counts_every_value_once()
  local rows = figure {}:histogram({ 0, 1, 1, 2, 3, 4, nan }, { bins = 4 }).series[1].block.rows
  lu.assertEquals({ rows[1][2], rows[2][2], rows[3][2], rows[4][2] }, { 1, 2, 1, 2 })
  rows = figure {}:histogram({ 0, 1, 3, 4 }, { bins = 2, density = true }).series[1].block.rows
  lu.assertAlmostEquals((rows[1][2] + rows[2][2]) * rows[1][3], 1, 1e-15)
end

function TestContent.test_colours_chosen_by_name_are_not_given_out_again()
  local fig = figure {}:line({ 1, 2 }, { 1, 2 }):line({ 1, 2 }, { 2, 3 }, { color = "blue" })
  fig:svg()
  lu.assertEquals(fig.series[2].color, "#0072B2")
  lu.assertNotEquals(fig.series[1].color, "#0072B2")
end

function TestContent.test_legend_avoids_the_data()
  local legend = require "matinf.plot.legend"
  local panel = require "matinf.plot.panel"
  local function place(y)
    local x = {}
    for i = 1, #y do x[i] = i end
    local fig = figure {}:line(x, y, { label = "data" })
    return panel.lay_out(panel.size(panel.new(fig), 500, 300, 13))
  end
  lu.assertEquals(place { 9, 9, 1, 1 }.legend, "inside right top")
  lu.assertEquals(place { 1, 1, 9, 9 }.legend, "inside left top")
  local crowded = place { 9, 1, 9, 1, 9, 1, 9, 1, 9, 1, 9 }
  lu.assertEquals(crowded.legend, "inside right top")
  lu.assertTrue(crowded.y[2] > 9.9) -- room was made above the data
  lu.assertEquals(legend.entries(figure {}:line({ 1 }, { 1 }, { label = "a" })), { "a" })
end

-- Positions of the legend's texts and the coordinates of all lines, from gnuplot's SVG.
local function texts_and_lines(svg, labels)
  local texts, lines = {}, {}
  for _, label in ipairs(labels) do
    local x, y = svg:match("translate%(([%d.]+),([%d.]+)%)[^>]*>%s*<text><tspan[^>]*>" .. label .. "<")
    texts[#texts + 1] = { tonumber(x), tonumber(y) }
  end
  for path in svg:gmatch "d='(M[^']*)'" do
    local _, corners = path:gsub("L", "")
    for x, y in path:gmatch(corners > 20 and "[ML]([%d.]+),([%d.]+)" or "^$") do
      lines[#lines + 1] = { tonumber(x), tonumber(y) }
    end
  end
  return texts, lines
end

function TestContent.test_legend_covers_no_line()
  local x, labels = m.array.linspace(0, 10, 101), { "real", "imaginary", "modulus" }
  for phase = 0, 5 do
    for _, size in ipairs { { 15, 7 }, { 15, 10 }, { 8, 6 } } do
      local fig = figure { size = size }
      for i, label in ipairs(labels) do
        fig:line(x, (x * (0.5 * i) + phase):sin() * i, { label = label })
      end
      local texts, lines = texts_and_lines(fig:svg(), labels)
      lu.assertTrue(#texts == 3 and #lines > 200)
      for _, text in ipairs(texts) do
        for _, at in ipairs(lines) do
          local under = at[1] > text[1] and at[1] < text[1] + 55
          lu.assertFalse(under and at[2] > text[2] - 10 and at[2] < text[2] + 4)
        end
      end
    end
  end
end

function TestContent.test_panels_show_the_same_legend_once()
  local function one(label, low)
    return figure {}:line({ 1, 2, 3 }, { low, 5, 5 }, { label = label }):line({ 1, 2 }, { 1, 1 },
      { label = "b" })
  end
  local svg = m.plot.panels { one("a", 1), one("a", 2), one("c", 2), share_x = true }:svg()
  lu.assertEquals(select(2, svg:gsub("<tspan[^>]*>b</tspan>", "")), 2)
  lu.assertEquals(select(2, svg:gsub("<tspan[^>]*>a</tspan>", "")), 1)
end

function TestContent.test_whole_numbers_have_no_ticks_between()
  local panel = require "matinf.plot.panel"
  local function ticks(x, y)
    return panel.lay_out(panel.size(panel.new(figure {}:points(x, y)), 600, 300, 13))
  end
  local whole = ticks({ 1, 2, 3 }, { 1.0, 2.5, 2 })
  local labels, halves = {}, false
  for _, tick in ipairs(whole.x_ticks) do
    lu.assertEquals(tick.at % 1, 0)
    if tick.label ~= "" then labels[#labels + 1] = tick.label end
  end
  lu.assertEquals(labels, { "1", "2", "3" })
  for _, tick in ipairs(whole.y_ticks) do halves = halves or tick.at % 1 ~= 0 end
  lu.assertTrue(halves)
  for _, tick in ipairs(ticks({ 1, 2, 30 }, { 1, 2, 3 }).x_ticks) do lu.assertEquals(tick.at % 1, 0) end
end

function TestContent.test_an_error_that_is_not_known_makes_no_bar()
  local fig = figure {}:points({ 1, 2, 3 }, { 1, 4, 9 }, { error = { 0.5, nan, nan } })
  lu.assertEquals(fig.series[1].block.rows[2][3], 0)
  lu.assertStrContains(figure {}:points({ 1 }, { 1 }, { error = { nan } }):svg(), "<path")
end

function TestContent.test_areas_in_the_terminal_differ()
  local fig = figure {}
  for i = 1, 3 do
    fig:fill({ i, i + 0.5, i + 0.9 }, { 0, 0, 0 }, { 4, 4, 4 }, { label = "state " .. i })
  end
  local words = fig:terminal(60, 20)
  for i, sign in ipairs { "░", "▒", "▓" } do
    lu.assertStrContains(words, sign .. sign .. " state " .. i)
    lu.assertTrue(select(2, words:gsub(sign, "")) > 10)
  end
end

TestHostile = {}

local hostile = {
  "`touch pwned`", "'; system('touch pwned'); '", "\"; system 'touch pwned'",
    "a\nsystem 'touch pwned'",
  "a\rset print 'pwned'", "@GPVAL_VERSION", "{/Symbol a}_b^c~d&{e}", "\\", "\\\\'", "%s %d %n",
    "</text><script>",
  "\255\254", "$data", "#comment", "a\\\nset output 'pwned'", "]]>", "''", "\0",
}

local function decoded(svg)
  local parts = {}
  for text in svg:gmatch "<text>(.-)</text>" do
    local plain = text:gsub("<[^>]*>", ""):gsub("&lt;", "<"):gsub("&gt;", ">"):gsub("&amp;", "&")
    parts[#parts + 1] = plain
  end
  return table.concat(parts, "\n")
end

function TestHostile.test_text_stays_text()
  local here = m.sys.tempdir()
  for i, words in ipairs(hostile) do
    local fig = figure { title = words, x = { label = words, unit = words } }
      :line({ 1, 2 }, { 1, 2 }, { label = words }):vline(1.5, { label = words }):text(1, 1, words)
    fig:save(("%s/%d.svg"):format(here, i))
    local result = m.sys.spawn { "gnuplot", i .. ".gp", folder = here, environment = { LC_ALL = "C.UTF-8" } }
    lu.assertEquals(result.stderr, "")
    local expected = words:gsub("%c", " "):gsub("[\254\255]", "\u{FFFD}"):match "^%s*(.-)%s*$"
    lu.assertStrContains(decoded(read(("%s/%d.svg"):format(here, i))), expected)
  end
  lu.assertEquals(#m.sys.list(here), 3 * #hostile)
  lu.assertNil(m.sys.exists "pwned")
  m.sys.remove_tree(here)
end

function TestHostile.test_file_names()
  local here = m.sys.tempdir()
  for _, name in ipairs { "it's", "a b", "`x`", "$(y)", "α", "<touch pwned", "|touch pwned", "\\",
    "-", "\"q", "''" } do
    figure {}:line({ 1, 2 }, { 1, 2 }):save(here .. "/" .. name .. ".svg")
    lu.assertEquals(m.sys.spawn({ "gnuplot", "./" .. name .. ".gp", folder = here, environment = { LC_ALL = "C.UTF-8" } }).stderr, "")
  end
  lu.assertEquals(#m.sys.list(here), 33)
  m.sys.remove_tree(here)
end

TestRefusal = {}

function TestRefusal.test_wrong_values()
  local fig = figure {}
  lu.assertEquals(message(fig.line, fig, {}, {}),
    "bad argument 'x' to 'plot.Figure:line': at least one number expected, got nothing")
  lu.assertEquals(message(fig.line, fig, { 1, 2 }, { 1, 1 / 0 }),
    "bad argument 'y' to 'plot.Figure:line': element 2 is infinite")
  lu.assertEquals(message(fig.line, fig, { 1, 2 }, { nan, nan }),
    "bad argument 'y' to 'plot.Figure:line': all values are NaN")
  lu.assertEquals(message(fig.line, fig, { 1, 2 }, { 1 }),
    "bad argument 'y' to 'plot.Figure:line': 2 values expected, got 1")
  lu.assertEquals(message(fig.line, fig, { 1, "2" }, { 1, 2 }),
    "bad argument 'x' to 'plot.Figure:line': number expected, got 2 (element 2)")
  lu.assertStrContains(message(fig.line, fig, "abc", { 1 }), "array or list of numbers expected")
  lu.assertStrContains(message(fig.points, fig, { 1 }, { 1 }, { error = -1 }),
    "element 1 is negative")
  lu.assertStrContains(message(fig.heatmap, fig, { { 1, 2 }, { 1 } }),
    "rows of one length expected")
  lu.assertStrContains(message(fig.heatmap, fig, { { 1, 2, 3 } }, { x = { 1, 3, 2 } }),
    "rising or falling")
  lu.assertStrContains(message(fig.heatmap, fig, { { 0, 1 } }, { log = true }),
    "logarithmic scale cannot show 0")
  lu.assertStrContains(message(fig.histogram, fig, { 1 }, { bins = 0 }), "integer from 1 to 10000")
  lu.assertStrContains(message(fig.vline, fig, nan), "finite number expected")
end

function TestRefusal.test_wrong_options()
  local fig = figure {}
  lu.assertEquals(message(fig.line, fig, { 1 }, { 1 }, { colour = "red" }),
    "unknown option 'colour' to 'plot.Figure:line': did you mean 'color'?")
  lu.assertStrContains(message(fig.line, fig, { 1 }, { 1 }, { color = "#12'; system('x')" }),
    "#RRGGBB")
  lu.assertStrContains(message(fig.line, fig, { 1 }, { 1 }, { style = "wavy" }),
    "one of dash-dot, dashed")
  lu.assertStrContains(message(fig.line, fig, { 1 }, { 1 }, { width = "1; system('x')" }),
    "positive number")
  lu.assertStrContains(message(m.plot.figure, { x = { range = { 2, 1 } } }), "low < high")
  lu.assertStrContains(message(m.plot.figure, { x = { log = true, range = { 0, 1 } } }), "0 < low")
  lu.assertStrContains(message(m.plot.figure, { size = { 1, 1 } }), "from 3 to 100 cm")
  lu.assertStrContains(message(m.plot.panels, {}), "at least one figure")
end

function TestRefusal.test_when_drawn()
  lu.assertStrContains(message(figure {}.svg, figure {}), "the figure is empty")
  local fig = figure { y = { log = true } }:line({ 1, 2 }, { 0, 1 })
  lu.assertEquals(message(fig.svg, fig), "plot: a logarithmic y axis cannot show 0")
  lu.assertStrContains(message(fig.save, fig, "a.gif"), ".svg, .pdf or .png")
end

function TestRefusal.test_missing_gnuplot_names_the_package()
  local host = os.getenv "MATINF" or "./matinf"
  local result = m.sys.spawn { "/usr/bin/env", "PATH=/nowhere", m.sys.realpath(host), "-e",
    "m.plot.figure {}:line({ 1, 2 }, { 1, 2 }):svg()" }
  lu.assertEquals(result.code, 1)
  lu.assertStrContains(result.stderr, "gnuplot-nox")
end

os.exit(lu.LuaUnit.run())
