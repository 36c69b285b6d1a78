-- Tables in text files: what reads is written, and reads again with as many rows and columns.
local m = require "matinf"
local folder = m.sys.tempdir()

return function(text)
  local input <close> = io.open(folder .. "/a.csv", "wb")
  input:write(text)
  input:flush()
  local read = m.table.read(folder .. "/a.csv")
  tostring(read)
  read:write(folder .. "/b.csv")
  if #read > 1 and #read.columns > 1 then m.table.read(folder .. "/b.csv", { delimiter = "comma", decimal = "." }) end
end
