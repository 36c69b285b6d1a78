-- The parts of a stage that are stored on their own: run:step(name, f) and run:each(items, f).
--
-- A part's result is a small file, steps/STAGE/NAME.h5 or steps/STAGE/each-1/000001.h5, with what
-- it depends on: all that the stage had looked at before, and what the part itself looks at. When the
-- stage runs again, after a kill or a change, parts whose results hold are not computed again.
-- A part has random numbers of its own, so that leaving one out changes no other.

local m = require "matinf"
local e = require "matinf.error"
local store = require "matinf.store"
local trace_of = require "matinf.recipe.trace"
local cache = require "matinf.recipe.cache"

local M = {}

local function path_of(run, name)
  local round = run.round and ("round-%03d/"):format(run.round) or ""
  return ("%s/steps/%s%s/%s.h5"):format(run.folder, round, run.place, name)
end

-- The stored part, when it holds for this item.
local function stored(run, path, item)
  if m.sys.exists(path) ~= "file" then return nil end
  local part = e.attempt(store.read, path)
  if not part or not cache.is_list(part.depends) or part.item ~= item then return nil end
  if #run.cache:changes(part.depends) > 0 then return nil end
  return part
end

-- Goes into a part, or back: what is different while its function runs.
local function swap(run, inner)
  local outer = { place = run.place, stream = run.stream, rng = rawget(run, "rng"),
    warnings = run.outputs.warnings }
  run.place, run.stream, run.rng = inner.place, inner.stream, inner.rng
  run.outputs.warnings = inner.warnings
  return outer
end

-- Computes a part: true and what is stored, or false and the error.
local function compute(run, name, item, f, ...)
  local set = trace_of.copy(run.trace.open)
  local outer = swap(run, { place = run.place .. "/" .. name, stream = run.stream .. "/" .. name,
    warnings = {} })
  local ok, value
  do
    local _ <close> = run.trace:enter(set)
    ok, value = run.call(f, ...)
  end
  local inner = swap(run, outer)
  if not ok then return false, value end
  return true, { value = value, item = item, depends = run.cache:depends(set),
    warnings = #inner.warnings > 0 and inner.warnings or nil }
end

-- The result of a part is read from its file, never from memory: it is the same in a later run.
local function finish(run, part)
  for _, entry in ipairs(part.depends) do run.trace:note((cache.split(entry))) end
  table.move(part.warnings or {}, 1, #(part.warnings or {}), #run.outputs.warnings + 1,
    run.outputs.warnings)
  return part.value
end

-- True, the result of a part, and whether it had to be computed; or false and its function's error.
local function take(run, name, item, f, ...)
  local path = path_of(run, name)
  local part = stored(run, path, item)
  if part then return true, finish(run, part), false end
  local ok, fresh = compute(run, name, item, f, ...)
  if not ok then return false, fresh end
  m.sys.mkdir(path:match "^(.*)/")
  store.write(path, fresh)
  return true, finish(run, store.read(path)), true
end

-- Refuses a name that is used already in this stage.
local function use_name(run, name)
  if type(name) ~= "string" or not name:find "^[%w_][%w_-]*$" then
    e.argument("name", "run:step", "letters, digits, - and _", name)
  end
  run.used = run.used or {}
  local whole = run.place .. "/" .. name
  if run.used[whole] then e.fail("argument", "run:step: there is a step '%s' already", name) end
  run.used[whole] = true
end

--- A named part of the stage: calls f(), or takes its result from an earlier run when nothing that
--- it depends on has changed. The result must be storable.
function M.step(run, name, f)
  use_name(run, name)
  run:progress(nil, name)
  local ok, value = take(run, name, nil, f)
  if not ok then error(value, 0) end
  return value
end

-- The message of an error without the folder of the recipe: it is stored, and shall be the same
-- wherever the recipe was loaded from.
local function message_of(run, err)
  local text, folder = tostring(err), run.recipe_folder .. "/"
  local first, last = text:find(folder, 1, true)
  return first and text:sub(1, first - 1) .. text:sub(last + 1) or text
end

local stopping = { interrupted = true, waiting = true, memory = true }

-- The seconds left when `computed` items took `seconds` and `rest` are to come.
local function time_left(seconds, computed, rest)
  return computed > 0 and seconds / computed * rest or nil
end

local function next_loop(run)
  local count = 1
  while run.used and run.used[("%s/each-%d"):format(run.place, count)] do count = count + 1 end
  local name = ("each-%d"):format(count)
  use_name(run, name)
  return name
end

--- Calls f(item, index) for each item, each one a part. One that fails is recorded, not fatal, and
--- tried again when the stage runs again. Returns the results by index, and the failures as a list
--- of { index =, message = }.
function M.each(run, items, f)
  local results, failures, loop = {}, {}, next_loop(run)
  local began, computed = m.sys.time(), 0
  for i, item in ipairs(items) do
    local ok, result, fresh = take(run, ("%s/%06d"):format(loop, i), m.hash.tree(item), f, item, i)
    if ok then
      results[i] = result
    elseif stopping[result.kind] then
      error(result, 0)
    else
      failures[#failures + 1] = { index = i, message = message_of(run, result) }
      run:warn("item %d failed: %s", i, failures[#failures].message)
    end
    if fresh ~= false then computed = computed + 1 end
    run:progress(i / #items, ("%d of %d"):format(i, #items),
      time_left(m.sys.time() - began, computed, #items - i))
  end
  if #items > 0 and #failures == #items then
    e.fail("numeric", "all %d items failed; the first: %s", #items, failures[1].message)
  end
  return results, failures
end

return M
