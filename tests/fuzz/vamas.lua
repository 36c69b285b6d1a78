-- VAMAS files (ISO 14976).
local m = require "matinf"
local path = m.sys.tempdir() .. "/a.vms"

return function(text)
  local input <close> = io.open(path, "wb")
  input:write(text)
  input:flush()
  tostring(m.spectra.read(path))
end
