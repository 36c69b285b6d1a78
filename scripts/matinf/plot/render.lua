-- Runs gnuplot: pictures from panels. gnuplot gets commands and data on its standard input, the
-- picture comes from its standard output; there is no shell and no temporary file.

local data = require "matinf.plot.data"
local script = require "matinf.plot.script"
local style = require "matinf.plot.style"
local text = require "matinf.plot.text"
local e = require "matinf.error"

local M = {}

local PIXELS = 96 / 2.54 -- CSS pixels in a centimetre
local POINTS = 72 / 96 -- points in a CSS pixel

-- ---- terminals ----------------------------------------------------------------------------------

local terminal = {}

function terminal.svg(size, font)
  local format = "svg size %d,%d enhanced font 'Helvetica,%d' background '#ffffff' rounded "
    .. "name 'figure'"
  return format:format(size[1] * PIXELS // 1, size[2] * PIXELS // 1, font)
end

function terminal.pdf(size, font)
  local format = "pdfcairo size %scm,%scm enhanced color font 'Helvetica,%s' fontscale 1 rounded"
  return format:format(text.number(size[1]), text.number(size[2]), text.number(font * POINTS))
end

function terminal.png(size, font)
  local format = "pngcairo size %d,%d enhanced font 'Helvetica,%s' fontscale 2 linewidth 2 "
    .. "pointscale 2 rounded"
  return format:format(2 * size[1] * PIXELS // 1, 2 * size[2] * PIXELS // 1,
    text.number(font * POINTS))
end

function M.pixels(size) return size[1] * PIXELS, size[2] * PIXELS end

-- ---- after gnuplot ------------------------------------------------------------------------------

-- A short sum (FNV-1a) of a text.
local function checksum(words)
  local sum = 0x811C9DC5
  for i = 1, #words do sum = ((sum ~ words:byte(i)) * 0x01000193) & 0xFFFFFFFF end
  return ("f%08x"):format(sum)
end

-- Several pictures may stand in one HTML page: ids differ between them, fonts have fallbacks, and a
-- tooltip shows only what has a name.
local function finish_svg(svg)
  local prefix = checksum(svg)
  svg = svg:gsub("([ (\"'#])(gp%w+)(['\")])", "%1" .. prefix .. "%2%3")
  svg = svg:gsub("id=(['\"])([gtf][%w_]+)%1", function(quote, id)
    return ("id=%s%s%s%s"):format(quote, id:find("^" .. prefix) and "" or prefix, id, quote)
  end)
  svg = svg:gsub("<title>figure[%w_]*</title>%s*", ""):gsub("<desc>.-</desc>%s*", "")
  svg = svg:gsub("font%-family=\"Helvetica\"",
    "font-family=\"Helvetica, Arial, 'DejaVu Sans', sans-serif\"")
  return (svg:gsub("<image ", "<image style='image-rendering:pixelated' "))
end

-- The time of writing in a PDF is replaced by one of the same length: equal input, equal bytes.
local function finish_pdf(pdf)
  return (pdf:gsub("(/CreationDate %(D:)(%d+)", function(head, digits)
    return head .. ("20000101000000"):sub(1, #digits)
  end))
end

local finish = { svg = finish_svg, pdf = finish_pdf, png = function(png) return png end }

-- ---- running ------------------------------------------------------------------------------------

local function run(input)
  local sys = require "matinf".sys
  local ok, result = pcall(sys.spawn, {
    "gnuplot", "--default-settings", "-", -- not the user's ~/.gnuplot
    stdin = input, timeout = 120, environment = { LC_ALL = "C.UTF-8" }, -- Å and ° in any locale
  })
  if not ok then
    if not tostring(result):find "No such file" then error(result, 0) end
    e.fail("io",
      "gnuplot is not installed: it draws the pictures (Debian: apt-get install gnuplot-nox)")
  end
  -- Behind the fence of a recipe the cache of fonts cannot be kept; that does no harm.
  local complaint = result.stderr:gsub("Fontconfig error: No writable cache directories%s*", "")
  if result.code ~= 0 or complaint:find "%S" then
    e.fail("internal", "gnuplot failed: %s", complaint:match "^%s*(.-)%s*$")
  end
  return result.stdout
end

-- The commands with their data in front, for a terminal.
local function complete(terminal_, panels)
  local format = "set terminal %s\n$data << MATINF_END\n%sMATINF_END\ndata = '$data'\n%s"
  return format:format(terminal_, data.file(script.blocks(panels)), script.write(panels))
end

--- The bytes of a picture.
function M.picture(panels, size, format)
  local font = style.font_size(size[1])
  return finish[format](run(complete(terminal[format](size, font), panels)))
end

--- The .gp and .dat texts with which `gnuplot NAME.gp` draws the picture again.
function M.sources(panels, size, format, name)
  local shown = name:gsub("%c", " ")
  local gp = table.concat {
    ("# gnuplot %s.gp draws %s.%s\n"):format(shown, shown, format),
    ("set terminal %s\n"):format(terminal[format](size, style.font_size(size[1]))),
    ("set output %s\n"):format(text.file(name .. "." .. format)),
    ("data = %s\n\n"):format(text.file(name .. ".dat")),
    script.write(panels),
  }
  return gp, data.file(script.blocks(panels))
end

return M
