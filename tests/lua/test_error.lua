-- Error objects: what a user sees, and what a script can read from them.
local lu = require "luaunit"
local m = require "matinf"
local e = require "matinf.error"

TestError = {}

function TestError.test_try_returns_the_error_object()
  local value, err = m.try(m.array.zeros, -1)
  lu.assertNil(value)
  lu.assertEquals(err.kind, "argument")
  lu.assertEquals(tostring(err), "bad argument 'shape' to 'array.zeros': integer >= 0 expected, got -1")
  lu.assertEquals(err.argument, "shape")
end

function TestError.test_place_in_a_file_comes_first()
  local _, err = m.try(e.at, "PET.csv", 12, 3, "number expected, got %s", "abc")
  lu.assertEquals(tostring(err), "PET.csv:12:3: number expected, got abc")
  _, err = m.try(e.at, "PET.csv", nil, nil, "is empty")
  lu.assertEquals(tostring(err), "PET.csv: is empty")
end

function TestError.test_unknown_option_names_the_nearest()
  local _, err = m.try(e.options, { toleranse = 1 }, "gmm.fit", { "tolerance", "shape" })
  lu.assertEquals(err.message, "unknown option 'toleranse' to 'gmm.fit': did you mean 'tolerance'?")
end

function TestError.test_options_are_what_pairs_lists()
  local view = setmetatable({}, { __index = function() error "not listed" end,
    __pairs = function() return next, { cpus = 1 } end })
  local _, err = m.try(m.sys.limits, view)
  lu.assertEquals(err.message, "unknown option 'cpus' to 'sys.limits': did you mean 'cpu'?")
  lu.assertEquals(e.options(view, "f", { "cpus" }), { cpus = 1 })
end

os.exit(lu.LuaUnit.run())
