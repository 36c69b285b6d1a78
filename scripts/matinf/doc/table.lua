local name = { "name", "string", "name of the column" }

return {
  name = "table",
  summary = "Tables of named columns with units: text files, sorting, selecting, printing.",
  description = [[
table.read finds out how a text file is written: tab, semicolon, comma or blanks between the cells,
decimal point or comma, comment lines (#, %, ;), a preamble, a line of names with units such as
"Energy (eV)", "time/s" or "T [K]", quoted cells, LF, CR LF or CR, gzip. A column is of numbers (an
array; empty cells, NA, N/A, n/a and -- are NaN and counted in `empty`) or of text (a list). A row
with another number of cells, and a cell that is no number in a column of numbers, are errors with
file and line. Files are read whole, at most 1 GB of text; longer ones are refused.

t.columns is the list of columns, each { name, unit, values, error, empty }; #t is the number of
rows. A table never changes: sort, select, pick and join make new ones. Where the `error` of a
column names the column of its standard errors, printing shows "284.800 ± 0.021".]],
  classes = {
    { name = "table.Table", summary = "Named columns of one length; #t is the number of rows.",
      fields = {
        { "columns", "list of table", "each { name, unit, values, error, empty }" } } },
  },
  functions = {
    { name = "table.read", summary = "Reads csv and its relatives; the layout is found out.",
      arguments = { { "path", "string", "the file, plain or gzip" } },
      options = {
        { "delimiter", "\"comma\", \"semicolon\", \"tab\", \"blank\"", "what parts the cells",
          default = "found out" },
        { "decimal", "\".\" or \",\"", "the decimal sign", default = "found out" },
        { "header", "integer",
          "lines above the rows, comments not counted; the last one names them",
          default = "found out" },
        { "comments", "string", "characters that begin a comment line", default = "#%;" },
        { "missing", "list of strings", "cells that count as empty", default = "NA, N/A, n/a, --" },
        { "text", "list of strings", "names, as in the file, of columns that are text",
          default = "those with a cell that is no number in the first 100 rows" } },
      returns = { { "table.Table", "the columns; t.notes are the comment and preamble lines" } },
      errors = "when the file cannot be read, is binary, UTF-16 or empty, or a row is wrong "
        .. "(with its line)",
      example = [[
m.sys.write_atomic("c1s.csv", "# C 1s\nEnergy (eV);Counts\n284,8;1200\n285,0;\n")
local t = m.table.read "c1s.csv"
local energy, column = t:column "Energy"
assert(#t == 2 and energy[1] == 284.8 and column.unit == "eV" and t.columns[2].empty == 1)]] },
    { name = "table.new", summary = "A table from its columns.",
      arguments = { { "columns", "list", "of { name, unit, values (array or list), error }" } },
      returns = { { "table.Table", "the table" } },
      errors = "when lengths differ, a name comes twice, or values are neither numbers nor texts",
      example = [[
local t = m.table.new {
  { name = "state", values = { "C-C", "C-O" } },
  { name = "position", unit = "eV", values = { 284.8, 286.3 }, error = "se" },
  { name = "se", values = { 0.021, 0.1 } } }
assert(tostring(t):find "284.800 ± 0.021")]] },
    { name = "table.Table:column", summary = "The values of a column, and the column itself.",
      arguments = { name },
      returns = { { "array or list",
        "its values" }, { "table", "{ name, unit, values, error, empty }" } },
      errors = "when no column is so called (the nearest name is given)",
      example = [[
local t = m.table.new { { name = "x", values = { 1.5, 2.5 } } }
assert(t:column "x":sum() == 4)]] },
    { name = "table.Table:row", summary = "One row by the names of its columns.",
      arguments = { { "i", "integer", "its number" } },
      returns = { { "table", "{ name = value, ... }" } },
      example = [[
local t = m.table.new { { name = "x", values = { 1.5, 2.5 } } }
assert(t:row(2).x == 2.5)]] },
    { name = "table.Table:select",
      summary = "The rows chosen by a mask, by their numbers, or by a test.",
      arguments = { { "rows", "array, list or function",
        "mask of all rows (u8 array, booleans), row numbers, or a test f(row)" } },
      returns = { { "table.Table", "these rows" } },
      errors = "when a row number or the length of the mask is wrong",
      example = [[
local t = m.table.new { { name = "x", values = { 1.5, 2.5, 3.5 } } }
assert(#t:select { 3, 1 } == 2)
assert(t:select(t:column "x":gt(2)):column "x"[1] == 2.5)
assert(#t:select(function(row) return row.x < 2 end) == 1)]] },
    { name = "table.Table:pick", summary = "The named columns, in that order.",
      arguments = { { "names", "list of strings", "their names" } },
      returns = { { "table.Table", "these columns" } },
      errors = "when no column is so called",
      example = [[
local t = m.table.new { { name = "x", values = { 1 } }, { name = "y", values = { 2 } } }
assert(t:pick { "y" }.columns[1].name == "y")]] },
    { name = "table.Table:sort", summary = "The rows in the order of a column; NaN comes last.",
      arguments = { name },
      options = { { "descending", "boolean", "greatest first", default = false } },
      returns = { { "table.Table", "the sorted table; equal values keep their order" } },
      example = [[
local t = m.table.new { { name = "x", values = { 2, 3, 1 } } }
assert(t:sort "x":column "x"[1] == 1)
assert(t:sort("x", { descending = true }):column "x"[1] == 3)]] },
    { name = "table.Table:join", summary = "The rows of another table below those of this one.",
      arguments = { { "other", "table.Table", "columns of the same names, units and types" } },
      returns = { { "table.Table", "both" } },
      errors = "when the columns do not match",
      example = [[
local t = m.table.new { { name = "x", values = { 1, 2 } } }
assert(#t:join(t) == 4)]] },
    { name = "table.Table:write",
      summary = "Writes csv (RFC 4180) that reads back as the same numbers.",
      arguments = { { "path", "string", "the file; it is replaced whole or not at all" } },
      errors = "when it cannot be written",
      example = [[
local t = m.table.new { { name = "x", unit = "nm", values = { 0.1, 1 / 3 } } }
t:write "x.csv"
assert(m.sys.read "x.csv" == "x (nm)\r\n0.1\r\n0.3333333333333333\r\n")
assert(m.table.read "x.csv":column "x"[2] == 1 / 3)]] },
    { name = "table.Table:table",
      summary = "The table itself, so that every result can be asked for its table.",
      returns = { { "table.Table", "the same" } },
      example = [[
local t = m.table.new { { name = "x", values = { 1 } } }
assert(t:table() == t)]] },
  },
}
