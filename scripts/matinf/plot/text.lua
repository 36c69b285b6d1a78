-- Text and numbers for gnuplot: nothing a user writes can become a command or markup.
--
-- Strings are single-quoted (gnuplot expands neither backquotes nor macros in them), without
-- control characters (a line end would end the command) and without quotes (gnuplot 5.4 ends a
-- string at the first of two quotes when the string begins with them); enhanced-text markup is
-- escaped.

local M = {}

--- Well-formed UTF-8: any other byte becomes the replacement character.
function M.repaired(text)
  while true do
    local ok, at = utf8.len(text)
    if ok then return text end
    text = text:sub(1, at - 1) .. "\u{FFFD}" .. text:sub(at + 1)
  end
end

local function clean(text) return (M.repaired(text):gsub("%c", " ")) end

local function octal(character) return ("\\%03o"):format(character:byte()) end

--- A file in the folder of the script. The leading ./ keeps gnuplot from taking "<command",
--- "|command" and "$name" for pipes and data blocks.
function M.file(name) return '"./' .. name:gsub("[^%w._ +=,-]", octal) .. '"' end

--- Plain text inside enhanced text.
function M.escaped(text) return (clean(text):gsub("[\\{}^_@&~]", "\\%0"):gsub("'", octal)) end

--- Enhanced text, escaped where needed, as a quoted string.
function M.quoted(enhanced) return "'" .. enhanced .. "'" end

--- A quoted string that shows the text as it is.
function M.string(text) return M.quoted(M.escaped(text)) end

--- How many characters it shows.
function M.length(text) return utf8.len(M.repaired(text)) end

--- A number as gnuplot reads it, also when a script has set a locale with a decimal comma.
function M.number(x) return (("%.12g"):format(x):gsub(",", ".")) end

return M
