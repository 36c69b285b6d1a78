local figure = { "plot.Figure", "the same figure, so that calls can be chained" }
local color = { "color", "string",
  "\"#RRGGBB\", or blue, vermillion, green, purple, orange, sky, black, "
  .. "yellow, grey", default = "the next one of a colour-blind-safe order" }
local label = { "label", "string", "its name in the legend", default = "not in the legend" }
local x = { "x", "array [n]", "positions; NaN leaves a gap" }
local width = { "width", "number", "width of the line", default = 1.6, unit = "px" }
local style = { "style", "string", '"solid", "dashed", "dotted", "dash-dot"', default = '"solid"' }
local gnuplot = "when gnuplot is not installed, or the figure is empty"
local path = { "path", "string", "file that ends in .svg, .pdf or .png" }
local columns = { "columns", "integer", "width in characters; the terminal's by default" }
local rows = { "rows", "integer", "height in lines; three tenths of the width by default" }

return {
  name = "plot",
  summary = "Figures for publication: SVG, PDF, PNG and text, drawn by gnuplot.",
  description = [[
A figure is built call by call and saved as a picture, with the gnuplot commands (.gp) and the
numbers (.dat) beside it: edit them and run `gnuplot NAME.gp` to restyle. Equal input gives equal
bytes. The legend goes where it covers no data; stacked panels with the same legend show it once.
Labels are shown as they are; Unicode (Å, σ, 10⁻³)
is welcome.]],
  functions = {
    {
      name = "plot.figure",
      summary = "Makes an empty figure.",
      options = {
        { "title", "string", "text above the figure", default = "none" },
        { "x", "table",
          "the axis: label, unit, reverse (true: values fall to the right), log, range "
          .. "{low, high}, names (texts that stand at 1, 2, 3, ...)", default = "{}" },
        { "y", "table", "the same for the other axis", default = "{}" },
        { "size", "{width, height}", "size; a journal column is 8.5 wide", default = "{15, 10}",
          unit = "cm" },
        { "square", "boolean", "a square plot area", default = false },
        { "equal", "boolean", "one unit is as long on x as on y (Nyquist plots, maps)",
          default = false },
      },
      returns = { { "plot.Figure", "a figure without series" } },
      errors = "when a range is empty or an option is not known",
      example = [[
local fig = m.plot.figure { x = { label = "Binding energy", unit = "eV", reverse = true },
  y = { label = "Intensity", unit = "counts" } }
assert(fig:line({ 282, 283, 284 }, { 10, 30, 20 }):svg():find "Binding energy %(eV%)")
local files = m.plot.figure { x = { names = { "fresh", "aged" } } }:points({ 1, 2 }, { 7, 9 })
assert(files:svg():find "aged")]],
    },
    {
      name = "plot.panels",
      summary = "Stacks figures from top to bottom.",
      arguments = { { "figures", "table", "the figures, in order, and the options" } },
      options = {
        { "share_x", "boolean", "one x axis, labelled at the bottom, for all", default = false },
        { "heights", "table", "parts of the height", default = "equal" },
        { "size", "{width, height}", "size", default = "{15, 6 + 4 n}", unit = "cm" },
      },
      returns = { { "plot.Panels", "saved and shown like a figure" } },
      example = [[
local data = m.plot.figure { y = { label = "Intensity" } }:line({ 1, 2, 3 }, { 1, 4, 9 })
local residual = m.plot.figure { x = { label = "Energy", unit = "eV" }, y = { label = "Residual" } }
  :points({ 1, 2, 3 }, { 0.1, -0.2, 0.1 }):hline(0)
local both = m.plot.panels { data, residual, share_x = true, heights = { 3, 1 } }
assert(both:save "fit.svg" == "fit.svg" and io.open "fit.gp" and io.open "fit.dat")]],
    },
    {
      name = "plot.Figure:line",
      summary = "Adds a line.",
      arguments = { x, { "y", "array [n]", "values; NaN leaves a gap" } },
      options = { label, style, width, color },
      returns = { figure },
      errors = "when lengths differ, a value is infinite or nothing is a number",
      example = [[
local fig = m.plot.figure {}:line({ 1, 2, 3 }, { 1, 4, 9 }, { label = "square", style = "dashed" })
assert(fig:svg():find "square")]],
    },
    {
      name = "plot.Figure:step",
      summary = "Adds a line that keeps each value until the next position.",
      arguments = { x, { "y", "array [n]", "values" } },
      options = { label, style, width, color },
      returns = { figure },
      example = [[assert(m.plot.figure {}:step({ 1, 2, 3 }, { 1, 4, 9 }):svg():find "<path")]],
    },
    {
      name = "plot.Figure:points",
      summary = "Adds points, with error bars where errors are given.",
      arguments = { x, { "y", "array [n]", "values" } },
      options = {
        { "error", "number or array [n]", "standard error of y; NaN where it is not known",
          default = "none" },
        { "xerror", "number or array [n]", "standard error of x; the same", default = "none" },
        label, color,
        { "shape", "string", "circle, square, triangle, diamond, triangle-down, open-circle, "
          .. "open-square, cross or plus", default = "the next one" },
        { "size", "number", "size of a point", default = 0.7 },
        { "width", "number", "width of its lines", default = 1, unit = "px" },
      },
      returns = { figure },
      errors = "when an error is negative",
      example = [[
local fig = m.plot.figure {}:points({ 1, 2, 3 }, { 1, 4, 9 }, { error = 0.5 })
assert(#fig.series == 1 and fig.series[1].errors == "y")]],
    },
    {
      name = "plot.Figure:fill",
      summary = "Fills the band between two curves.",
      arguments = { x, { "low", "array [n]", "lower border" }, { "high", "array [n]",
        "upper border" } },
      options = { label, color, { "opacity", "number", "0 to 1", default = 0.25 } },
      returns = { figure },
      example = [[
local fig = m.plot.figure {}:fill({ 1, 2 }, { 0, 1 }, { 2, 3 }, { label = "95 %" })
assert(fig:svg():find "95 %%")]],
    },
    {
      name = "plot.Figure:heatmap",
      summary = "Shows a matrix as colours (viridis), with a colour bar.",
      arguments = { { "z", "array [rows, columns]",
        "values; row 1 is at the bottom; NaN is left white" } },
      options = {
        { "x", "array [columns]", "centres of the columns", default = "1, 2, ..." },
        { "y", "array [rows]", "centres of the rows", default = "1, 2, ..." },
        { "label", "string", "what z is", default = "none" },
        { "unit", "string", "its unit", default = "none" },
        { "range", "{low, high}", "values at the ends of the colour bar", default = "those of z" },
        { "log", "boolean", "logarithmic colours", default = false },
      },
      returns = { figure },
      errors = "when rows differ in length or x, y do not rise or fall",
      example = [[
local fig = m.plot.figure {}:heatmap({ { 1, 2 }, { 3, 4 } }, { label = "Height", unit = "nm" })
assert(fig:svg():find "Height %(nm%)")]],
    },
    {
      name = "plot.Figure:histogram",
      summary = "Counts values in bins.",
      arguments = { { "values", "array [n]", "the values; NaN is left out" } },
      options = { { "bins", "integer", "number of bins",
        default = "by the Freedman-Diaconis rule" }, label,
        color, { "density", "boolean", "an area of 1 instead of counts", default = false } },
      returns = { figure },
      reference = "D. Freedman, P. Diaconis, Z. Wahrscheinlichkeitstheorie 57, 453 (1981)",
      example = [[
local fig = m.plot.figure {}:histogram({ 1, 1, 2, 3 }, { bins = 2 })
assert(fig.series[1].block.rows[1][2] == 2 and fig.y.label == "Count")]],
    },
    {
      name = "plot.Figure:parity",
      summary =
        "Compares predictions with a reference: square, diagonal, RMSE, MAE and R² in the legend.",
      arguments = { { "reference", "array [n]", "true values" }, { "predicted", "array [n]",
        "predictions" } },
      options = { { "unit", "string", "unit of both", default = "none" }, label,
        { "error", "number or array [n]", "standard error of the predictions", default = "none" },
          color,
        { "shape", "string", "as for points", default = "the next one" },
        { "size", "number", "size of a point", default = 0.7 } },
      returns = { figure },
      example = [[
local fig = m.plot.figure {}:parity({ 1, 2, 3 }, { 1.1, 1.9, 3.1 }, { unit = "eV", label = "test" })
assert(fig:svg():find "RMSE 0.1 eV")]],
    },
    {
      name = "plot.Figure:vline",
      summary = "Adds a vertical line across the figure.",
      arguments = { { "x", "number", "where" } },
      options = { label, { "style", "string", "as for lines", default = '"dashed"' },
        { "width", "number", "width", default = 1, unit = "px" },
        { "color", "string", "as for lines", default = '"grey"' } },
      returns = { figure },
      example = [[
local fig = m.plot.figure {}:line({ 1, 2 }, { 1, 2 }):vline(1.5, { label = "edge" })
assert(fig:svg():find "edge")]],
    },
    {
      name = "plot.Figure:hline",
      summary = "Adds a horizontal line across the figure.",
      arguments = { { "y", "number", "where" } },
      options = { label, { "style", "string", "as for lines", default = '"dashed"' },
        { "width", "number", "width", default = 1, unit = "px" },
        { "color", "string", "as for lines", default = '"grey"' } },
      returns = { figure },
      example = [[
local fig = m.plot.figure {}:line({ 1, 2 }, { 1, 2 }):hline(1.5, { label = "mean" })
assert(fig:svg():find "mean")]],
    },
    {
      name = "plot.Figure:text",
      summary = "Writes words into the figure.",
      arguments = { { "x", "number", "where" }, { "y", "number", "where" }, { "words", "string",
        "the text" } },
      options = { { "align", "string", '"left", "center" or "right" of x', default = '"left"' },
        { "color", "string", "as for lines", default = "dark grey" } },
      returns = { figure },
      example =
        [[assert(m.plot.figure {}:line({ 1, 2 }, { 1, 2 }):text(1, 2, "C–O"):svg():find "C–O")]],
    },
    {
      name = "plot.Figure:save",
      summary =
        "Saves the picture, and beside it the gnuplot commands (.gp) and the numbers (.dat).",
      arguments = { path },
      returns = { { "string", "the path" } },
      errors = gnuplot,
      example = [[
m.plot.figure {}:line({ 1, 2, 3 }, { 1, 4, 9 }):save "square.pdf"
assert(io.open("square.pdf"):read(4) == "%PDF" and io.open "square.gp" and io.open "square.dat")]],
    },
    {
      name = "plot.Figure:svg",
      summary = "Gives the picture as SVG text that can stand inside an HTML page.",
      arguments = {},
      returns = { { "string", "<svg ...> ... </svg>" } },
      errors = gnuplot,
      example = [[assert(m.plot.figure {}:line({ 1, 2 }, { 1, 2 }):svg():find "^<svg")]],
    },
    {
      name = "plot.Figure:terminal",
      summary = "Gives the picture as text, for a terminal.",
      arguments = { columns, rows },
      options = { { "color", "boolean", "in the colours of the series", default = "false" } },
      returns = { { "string", "lines of characters" } },
      example = [[assert(#m.plot.figure {}:line({ 1, 2 }, { 1, 2 }):terminal(60, 20) > 600)]],
    },
    {
      name = "plot.Panels:save",
      summary = "Saves the stacked figures like plot.Figure:save.",
      arguments = { path },
      returns = { { "string", "the path" } },
      errors = gnuplot,
      example = [[
local fig = m.plot.figure {}:line({ 1, 2, 3 }, { 1, 4, 9 })
assert(m.plot.panels { fig, fig }:save "two.png" == "two.png")]],
    },
    {
      name = "plot.Panels:svg",
      summary = "Gives the stacked figures as SVG text.",
      arguments = {},
      returns = { { "string", "<svg ...> ... </svg>" } },
      errors = gnuplot,
      example = [[
local fig = m.plot.figure {}:line({ 1, 2, 3 }, { 1, 4, 9 })
assert(m.plot.panels { fig, fig }:svg():find "^<svg")]],
    },
    {
      name = "plot.Panels:terminal",
      summary = "Gives the stacked figures as text.",
      arguments = { columns, rows },
      options = { { "color", "boolean", "in the colours of the series", default = "false" } },
      returns = { { "string", "lines of characters" } },
      example = [[
local fig = m.plot.figure {}:line({ 1, 2, 3 }, { 1, 4, 9 })
assert(#m.plot.panels { fig, fig }:terminal(60, 40) > 1000)]],
    },
  },
}
