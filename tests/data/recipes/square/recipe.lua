-- A trivial study for the tests of sweeps; it can fail, hang and crash.
local m, P = require "matinf", require "matinf.recipe.parameter"

local mishaps = {
  fail = function() error "unlucky" end,
  hang = function() m.sys.sleep(100) end,
  crash = function(run) run:command { "sh", "-c", "kill -9 $PPID" } end,
}

return {
  name = "square",
  commands = { "sh" },
  question = "What is x squared?",
  parameters = {
    seed = P.integer { default = 1 },
    sample = { file = P.file { optional = true } },
    model = { x = P.number { default = 1 }, n = P.integer { default = 1, min = 0 },
      cutoff = P.quantity { unit = "Å", default = "5 Å" },
      shape = P.choice { "plain", "shifted", default = "plain" },
      mishap = P.number { optional = true },
      kind = P.choice { "fail", "hang", "crash", default = "fail" } },
  },
  stages = {
    model = function(p, _, run)
      if p.mishap == p.x then mishaps[p.kind](run) end
      local square = p.x ^ 2 + run.rng:normal() + (p.shape == "shifted" and 10 or 0)
      run:value("square", square, "m²")
      run:value("cutoff", p.cutoff, "Å")
      return { square = square, path = m.array.linspace(0, p.x, 5) }
    end,
    analyse = function(_, done, run)
      run:answer(("it is %g"):format(done.model.square))
      return {}
    end,
  },
}
