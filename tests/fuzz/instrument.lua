-- Files of instruments and NeXus: PHI .spe, texts of Scienta and SPECS. A text that begins like none of
-- them is read as Scienta's.
local m = require "matinf"
local path = m.sys.tempdir() .. "/a.txt"

return function(text)
  local begins_like_one = text:find "^SOFH" or text:find "^%[Info%]" or text:find "^# Created by: SpecsLab"
  local input <close> = io.open(path, "wb")
  input:write(begins_like_one and text or "[Info]\n" .. text)
  input:flush()
  tostring(m.spectra.read(path))
end
