-- A search as in Bayesian optimisation, without the statistics: each round proposes the two points
-- nearest to the best one so far, and the laboratory tells their yield.
local m, P = require "matinf", require "matinf.recipe.parameter"

local function best(known)
  local at = 1
  for i = 2, #known.x do
    if known.y[i] > known.y[at] then at = i end
  end
  return known.x[at]
end

return {
  name = "search", question = "Where is the yield highest?",
  parameters = {
    seed = P.integer { default = 1, min = 0 },
    sample = { pool = P.integer { default = 9, min = 2 } },
    model = { batch = P.integer { default = 2, min = 1 } },
  },
  loop = {
    stages = { "model", "predict" },
    stop = function(done, round)
      return round >= 4 or round >= 2 and best(done.predict) == done.predict.best_before
    end,
  },
  stages = {
    sample = function(p)
      local pool = {}
      for i = 1, p.pool do pool[i] = i / 2 end
      return { pool = pool }
    end,
    model = function(p, done, run)
      local known, tried = done.predict, {}
      for _, x in ipairs(known and known.x or {}) do tried[x] = true end
      local pool = done.sample.pool
      local centre = known and best(known) or pool[run.rng:integer(1, { high = #pool })[1]]
      local open = {}
      for _, x in ipairs(pool) do
        if not tried[x] then open[#open + 1] = x end
      end
      table.sort(open, function(a, b)
        local da, db = math.abs(a - centre), math.abs(b - centre)
        return da < db or da == db and a < b
      end)
      return { next = table.move(open, 1, math.min(p.batch, #open), 1, {}), centre = centre }
    end,
    predict = function(_, done, run)
      local candidates = m.table.new {
        { name = "x", unit = "mol", values = m.array(done.model.next) } }
      local told = run:wait_for(candidates, { { name = "yield", unit = "%" } })
      local before = done.predict
      local x = { table.unpack(before and before.x or {}) }
      local y = { table.unpack(before and before.y or {}) }
      for i = 1, #told do
        x[#x + 1], y[#y + 1] = told:column("x")[i], told:column("yield")[i]
      end
      run:table("known", m.table.new { { name = "x", values = x }, { name = "yield", values = y } })
      return { x = x, y = y, best_before = before and best(before) or nil }
    end,
    analyse = function(_, done, run)
      run:answer(("The yield is highest at %g."):format(best(done.predict)))
    end,
  },
}
