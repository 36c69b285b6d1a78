-- What the columns of impedance files are called.
--
-- A header is reduced to small letters without blanks, quotes and unit; the words below then say
-- what it holds. A minus sign in front means that the column holds the negative.

local M = {}

local words = {
  frequency = { "freq", "frequency", "f", "hz", "frequencies", "freq.", "frequencyhz", "freqhz" },
  angular = { "omega", "w", "angularfrequency", "omegarads", "radfreq", "ω" },
  real = { "re(z)", "zre", "zreal", "z'", "re", "real", "rez", "z_re", "z_real", "real(z)", "zr",
    "z′", "re(zwe-ce)", "zrealdrcor" },
  imaginary = { "im(z)", "zim", "zimag", "zimg", "z''", "z\"", "im", "imag", "imz", "z_im",
    "z_imag", "imag(z)", "zi", "z″", "im(zwe-ce)", "imaginary", "zimagdrcor" },
  group = { "cyclenumber", "cycle", "spectrum", "zcycle", "id", "sample", "label", "run", "soc",
    "temperature" },
}

local kinds = {}
for kind, list in pairs(words) do
  for _, word in ipairs(list) do kinds[word] = kind end
end

local units = { "%(ohms?%)", "%(ω%)", "%(hz%)", "%(rad/s%)", "%(a%)", "%(b%)", "%(ohm%.?cm2%)",
  "/ohms?", "/hz", "/rad/s", "/ω", "%[.-%]", "_ohms?", "_hz", "_rad_s", "%(ω%.?cm2%)", "%(ohmcm²%)",
  "/ohmcm2" }

--- The kind of a column ("frequency", "angular", "real", "imaginary", "group") and whether its
--- values are negated; nil for others.
function M.kind(header)
  local word = header:lower():gsub("Ω", "ω"):gsub("\u{2126}", "ω"):gsub("\u{2212}", "-")
  word = word:gsub('^%s*"', ""):gsub("%s", "")
  if kinds[word] then return kinds[word], false end
  for _, unit in ipairs(units) do word = word:gsub(unit .. "$", "") end
  local negated = word:find "^%-" ~= nil
  word = word:gsub("^%-", ""):gsub("^%((.*)%)$", "%1")
  return kinds[word], negated
end

--- Whether the header says that the impedance is per area (ohm cm²).
function M.is_specific(header)
  local text = header:lower():gsub("%s", "")
  return text:find "ohm[%.·*]?cm[2²^]" ~= nil or text:find "ω[%.·*]?cm[2²^]" ~= nil
end

return M
