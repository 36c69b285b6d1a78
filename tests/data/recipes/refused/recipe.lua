-- A study whose stages fail, each in its own way: what kernels refuse, mistakes in a recipe.
local m, P = require "matinf", require "matinf.recipe.parameter"
local e = require "matinf.error"

local fail = {
  zeros = function(p) m.array.zeros(p.shape) end,
  options = function(p) m.sys.limits { files = p.files } end,
  number = function(p) m.sys.limits { cpu = p.cpu } end,
  lua = function(p) e.argument("k", "gmm.fit", "positive integer", p.k) end,
  passed = function(p) e.options(p, "spectra.fit", { "kernel", "n", "k", "cpu", "files", "shape",
    "tolerence" }) end,
  shared = function(p) e.argument("seed", "random.generator", "seed below 10", p.seed) end,
  unread = function() m.array.zeros(-1) end,
  unrelated = function(p) m.array.zeros(p.n) end,
  bug = function(p) return p.n.x.y end,
  misspelt = function(p) return p.tolerense end,
  write = function(p) p.n = 4 end,
  unfinished = function(_, done) return done.modell end,
  other = function(_, done) return done.sampel end,
  ["function"] = function() return { f = print } end,
  list = function() return { 1, 2 } end,
  nothing = function() return 3 end,
  taken = function() return { run = 3 } end,
  command = function(_, _, run) run:command { "vaasp" } end,
  broken = function(_, _, run) run:command { "false" } end,
  figure = function(_, _, run) run:figure("a/b", {}) end,
  sleep = function() while true do m.sys.time() end end,
  all = function(_, _, run) run:each({ 1, 2 }, function(i) m.array.zeros(-i) end) end,
}

local names = {}
for name in pairs(fail) do names[#names + 1] = name end
table.sort(names)

return {
  name = "refused", question = "What does a failure look like?",
  commands = { "vasp", "false" },
  parameters = {
    seed = P.integer { default = 1 },
    sample = { file = P.file { optional = true } },
    model = { kernel = P.choice(names), n = P.integer { default = 3 },
      shape = P.integer { default = 3 }, k = P.integer { default = 3 },
      files = P.integer { default = 100 }, cpu = P.number { default = 100 },
        tolerance = P.number { default = 0.1 } },
  },
  stages = {
    sample = function(p) return { table = p.file and m.yaml.read(p.file) } end,
    model = function(p, done, run) return fail[p.kernel](p, done, run) end,
  },
}
