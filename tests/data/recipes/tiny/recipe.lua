-- The smallest study that uses every part of the engine: a line through noisy points.
local m, P = require "matinf", require "matinf.recipe.parameter"
local line = require "line"

return {
  name = "tiny", question = "How steep is the line through these points?",
  parameters = {
    seed = P.integer { default = 1, min = 0, help = "of the noise" },
    sample = { file = P.file { help = "one y a line" }, label = P.text { optional = true } },
    prepare = { step = P.quantity { unit = "nm", default = "0.1 nm", min = 0, help = "distance of the points" },
      window = P.range { unit = "nm", optional = true } },
    model = { noise = P.number { default = 0, min = 0 }, n = P.integer { default = 3 },
      shape = P.choice { "linear", "constant", default = "linear" },
      peaks = P.either { P.choice { "auto" }, P.list { P.peak {} }, default = "auto" },
      weights = P.map { P.number { min = 0 }, optional = true },
      limits = P.record { { low = P.number {}, high = P.number { optional = true } }, optional = true },
      element = P.element { default = "Si" }, robust = P.boolean { default = false } },
  },
  stages = {
    sample = function(p)
      local values = {}
      for text in m.sys.read(p.file):gmatch "%S+" do values[#values + 1] = assert(tonumber(text)) end
      return { y = values }
    end,
    prepare = function(p, done)
      local x = {}
      for i = 1, #done.sample.y do x[i] = p.step * (i - 1) end
      return { x = x }
    end,
    model = function(p, done, run)
      m.array.zeros(p.n) -- a kernel that refuses a negative size
      run:progress(0.5, "line")
      return { slope = line.slope(done.prepare.x, done.sample.y) }
    end,
    analyse = function(_, done, run)
      run:answer(("The slope is %.3f per nm."):format(done.model.slope))
    end,
  },
}
