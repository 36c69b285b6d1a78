-- The parts of a text between the commas that stand outside of brackets and quotes: several values
-- of an argument `key=a,b`. In double quotes a backslash takes along the next character, as in
-- YAML.

return function(text)
  local parts, depth, quote, start, at = {}, 0, nil, 1, 1
  local function take(last) parts[#parts + 1] = text:sub(start, last):match "^%s*(.-)%s*$" end
  while at <= #text do
    local char = text:sub(at, at)
    if quote then
      if char == quote then quote = nil end
      if char == "\\" and quote == '"' then at = at + 1 end
    elseif char:find "[\"']" then
      quote = char
    elseif char:find "[%[{(]" then
      depth = depth + 1
    elseif char:find "[%]})]" then
      depth = depth - 1
    elseif char == "," and depth == 0 then
      take(at - 1)
      start = at + 1
    end
    at = at + 1
  end
  take(#text)
  return parts
end
