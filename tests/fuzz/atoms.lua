-- Files of structures: the first line of an input names the format, the rest is the file. What
-- reads is written as extended XYZ and reads again with as many atoms.
local m = require "matinf"
local folder = m.sys.tempdir()
m.sys.durable(false) -- waiting for the disk takes nearly all of the time

return function(text)
  local format, rest = text:match "^([%w_]+)\n(.*)$"
  if not format then return end
  local input <close> = io.open(folder .. "/a", "wb")
  input:write(rest)
  input:flush()
  local list = m.atoms.read(folder .. "/a", { format = format })
  tostring(list[1])
  m.atoms.write(folder .. "/b.xyz", list)
  assert(#m.atoms.read(folder .. "/b.xyz")[1] == #list[1])
end
