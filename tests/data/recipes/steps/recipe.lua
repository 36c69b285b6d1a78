-- A study of many small parts, for tests of continued runs: steps, items, random numbers, a file
-- that is loaded late, a figure and a table. Each part that is computed adds a line to the file
-- $MATINF_TEST_TRAIL.
local m, P = require "matinf", require "matinf.recipe.parameter"

local function mark(text)
  local trail = os.getenv "MATINF_TEST_TRAIL"
  local file = trail and io.open(trail, "a")
  if not file then return end
  file:write(text, "\n")
  file:close()
end

local function wait(p)
  local finish = m.sys.time() + p.seconds
  while m.sys.time() < finish do end
end

return {
  name = "steps", question = "What is the mean of these numbers?",
  parameters = {
    seed = P.integer { default = 1, min = 0 },
    seconds = P.number { default = 0, min = 0, help = "that a part takes" },
    sample = { count = P.integer { default = 6, min = 1 }, bad = P.integer { default = 3 } },
    model = { scale = P.number { default = 2 }, shift = P.number { default = 0 } },
  },
  stages = {
    sample = function(p, _, run)
      local items = {}
      for i = 1, p.count do items[i] = { number = i } end
      local values, failures = run:each(items, function(item, i)
        mark("item " .. i)
        wait(p)
        if i == p.bad then error "this one is bad" end
        return { x = item.number + run.rng:uniform(1)[1], number = item.number }
      end)
      local list = {}
      for i = 1, p.count do
        if values[i] then list[#list + 1] = values[i].x end
      end
      return { x = m.array(list), failed = #failures }
    end,
    prepare = function(_, done, run)
      return { x = done.sample.x + 1e-3 * run.rng:normal(#done.sample.x) }
    end,
    model = function(p, done, run)
      local first = run:step("scaled", function()
        mark("scaled")
        wait(p)
        return require "scale".by(done.prepare.x, p.scale)
      end)
      local second = run:step("shifted", function()
        mark("shifted")
        wait(p)
        run:warn("shifted by %g", p.shift)
        return first + p.shift
      end)
      return { y = second, noise = run.rng:uniform(2) }
    end,
    analyse = function(p, done, run)
      mark("analyse")
      wait(p)
      local y = done.model.y
      local figure = m.plot.figure { x = { label = "item" }, y = { label = "value" } }
      figure:points(m.array.linspace(1, #y, #y), y)
      run:figure("values", figure)
      run:table("values", m.table.new { { name = "y", values = y } })
      run:answer(("The mean is %.6f."):format(y:mean()))
    end,
  },
}
