-- Text in lines and columns: for the session, the terminal, and the report.

local M = {}

--- How many characters a text shows.
function M.width(text) return utf8.len(text) or #text end

--- The text with blanks up to the given width; in front of it when `right`.
function M.pad(text, width, right)
  local blanks = (" "):rep(width - M.width(text))
  return right and blanks .. text or text .. blanks
end

local function add_paragraph(lines, paragraph, width)
  local line = ""
  for word in paragraph:gmatch "%S+" do
    if line ~= "" and M.width(line) + 1 + M.width(word) > width then
      lines[#lines + 1], line = line, word
    else
      line = line == "" and word or line .. " " .. word
    end
  end
  lines[#lines + 1] = line
end

--- Lines of at most `width` characters; lines that begin with a space are kept as they are.
function M.wrap(text, width)
  local lines = {}
  for paragraph in (text .. "\n"):gmatch "(.-)\n" do
    if paragraph:find "^%s" then
      lines[#lines + 1] = paragraph
    else
      add_paragraph(lines, paragraph, width)
    end
  end
  return lines
end

return M
