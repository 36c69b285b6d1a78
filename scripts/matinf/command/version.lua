-- `matinf version`: what this program is and which kernels it would use.
return {
  summary = "print the version",
  usage = "matinf version\n",
  run = function()
    local m = require "matinf"
    print(("matinf %s (%s)"):format(m.version, _VERSION))
  end,
}
