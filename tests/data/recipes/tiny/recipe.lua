-- The smallest study that uses every part of the engine: a line through noisy points.
local m, P = require "matinf", require "matinf.recipe.parameter"
local line = require "line"

return {
  name = "tiny", question = "How steep is the line through these points?",
  parameters = {
    seed = P.integer { default = 1, min = 0, help = "of the noise" },
    sample = { file = P.file { help = "one y a line" }, label = P.text { optional = true } },
    prepare = { step = P.quantity { unit = "nm", default = "0.1 nm", min = 0,
      help = "distance of the points" },
      window = P.range { unit = "nm", optional = true } },
    model = { noise = P.number { default = 0, min = 0 }, n = P.integer { default = 3 },
      shape = P.choice { "linear", "constant", default = "linear" },
      peaks = P.either { P.choice { "auto" }, P.list { P.peak {} }, default = "auto" },
      weights = P.map { P.number { min = 0 }, optional = true },
      limits = P.record { { low = P.number {}, high = P.number { optional = true } },
        optional = true },
      grid = P.list { P.integer {}, min = 2, max = 4, optional = true },
      element = P.element { optional = true }, robust = P.boolean { default = false } },
  },
  stages = {
    sample = function(p)
      local values = {}
      for text in m.sys.read(p.file):gmatch "%S+" do
        values[#values + 1] = assert(tonumber(text))
      end
      return { y = values }
    end,
    prepare = function(p, done)
      local x = {}
      for i = 1, #done.sample.y do x[i] = p.step * (i - 1) end
      return { x = x }
    end,
    model = function(p, done, run)
      line.check(p.n)
      local y = {}
      for i, value in ipairs(done.sample.y) do
        y[i] = value
        if p.noise > 0 then y[i] = y[i] + p.noise * (run.rng:uniform(1)[1] - 0.5) end
      end
      run:progress(0.5, "line")
      return { slope = line.slope(done.prepare.x, y) }
    end,
    analyse = function(_, done, run)
      local x, y, deviation = done.prepare.x, done.sample.y, {}
      for i = 1, #y do deviation[i] = 0.05 end
      local figure = m.plot.figure { title = "Points & line",
        x = { label = "position", unit = "nm" },
        y = { label = "height" } }
      figure:points(m.array(x), m.array(y), { label = "measured" })
      run:figure("points", figure, "The points.")
      run:table("points", m.table.new { { name = "x", unit = "nm", values = x },
        { name = "y", values = y, error = "sigma" }, { name = "sigma", values = deviation } },
          "What was measured.")
      run:answer(("The slope is %.3f per nm."):format(done.model.slope))
      run:suggest("wider steps", "prepare.step=0.2 nm", "model.n=4")
    end,
  },
}
