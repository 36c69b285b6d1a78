-- A loop that needs nobody: each round adds a random number and a step that takes its time.
local m, P = require "matinf", require "matinf.recipe.parameter"

return {
  name = "rounds", question = "Where does the walk lead?",
  parameters = {
    seed = P.integer { default = 1, min = 0 },
    seconds = P.number { default = 0, min = 0 },
    predict = { rounds = P.integer { default = 4, min = 1 } },
  },
  loop = { stages = { "model", "predict" },
    stop = function(done, _, p) return #done.predict.path >= p.rounds end },
  stages = {
    model = function(p, done, run)
      local step = run:step("step", function()
        m.sys.sleep(p.seconds)
        return { length = run.rng:normal() }
      end)
      local path = { table.unpack(done.predict and done.predict.path or {}) }
      path[#path + 1] = (path[#path] or 0.0) + step.length
      return { path = path }
    end,
    predict = function(p, done, run)
      m.sys.sleep(p.seconds)
      local path = done.model.path
      run:table("path", m.table.new { { name = "x", values = path } })
      run:figure("path", m.plot.figure { y = { label = "x" } }:line(path, path))
      return { path = path }
    end,
    analyse = function(_, done, run)
      run:answer(("It leads to %g."):format(done.predict.path[#done.predict.path]))
    end,
  },
}
