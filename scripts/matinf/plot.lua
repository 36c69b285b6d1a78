-- Figures for publication, drawn by gnuplot.
--
--   plot/figure.lua   the classes: building, saving     plot/series.lua   what a figure holds
--   plot/panel.lua    ranges, sizes                     plot/axis.lua     ticks and labels
--   plot/legend.lua   its place                         plot/style.lua    colours, shapes
--   plot/script.lua   gnuplot commands                  plot/render.lua   running gnuplot
--   plot/data.lua     numbers, the .dat file            plot/text.lua     quoting

local figure = require "matinf.plot.figure"

return { figure = figure.figure, panels = figure.panels }
