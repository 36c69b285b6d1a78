-- spectra.read with broken files: one clear message or a spectrum, never a crash.
--
-- Thousands of mutations of the shipped VAMAS and csv files; MATINF_SOAK=1 makes a million.
local lu = require "luaunit"
local m = require "matinf"

local data = "recipes/xps_peaks/data/"
local count = os.getenv "MATINF_SOAK" and 1000000 or 6000
local path = os.tmpname()

-- Plainly: the fsync of an atomic write would take most of the time.
local function write(text)
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
end

local function read(text, options)
  write(text)
  return m.try(m.spectra.read, path, options)
end

local function message(text, options)
  local value, err = read(text, options)
  lu.assertNil(value)
  return tostring(err)
end

-- ---- mutations ----------------------------------------------------------------------------------

local bytes = { "\0", "\n", "\r", ",", ".", "-", "1", "9", "e", "\255", " ", "\t", "1E+37", "nan",
  "99999999999" }

local mutate = {
  function(text, at) return text:sub(1, at - 1) end,
  function(text, at, pick) return text:sub(1, at - 1) .. bytes[1 + pick % #bytes]
    .. text:sub(at + 1) end,
  function(text, at, pick) return text:sub(1, at - 1) .. bytes[1 + pick % #bytes]
    .. text:sub(at) end,
  function(text, at, pick) return text:sub(1, at - 1) .. text:sub(at + 1 + pick % 100) end,
  function(text, at, pick) -- a whole line replaced
    local from = text:sub(1, at):match ".*()\n" or 0
    local to = text:find("\n", from + 1, true) or #text
    return text:sub(1, from) .. bytes[1 + pick % #bytes] .. text:sub(to)
  end,
}

-- A spectrum is sound when every number of it is finite and its energies are in order.
local function is_sound(s)
  if not s.x then
    for _, one in ipairs(s) do if not is_sound(one) then return false end end
    return true
  end
  for i = 1, #s do
    if s.x[i] ~= s.x[i] or s.y[i] ~= s.y[i] then return false end
    if i > 2 and (s.x[i] - s.x[i - 1]) * (s.x[2] - s.x[1]) <= 0 then return false end
  end
  return true
end

local function check(text, what)
  local value, err = read(text)
  if value then
    lu.assertTrue(is_sound(value), what)
  else
    lu.assertNotEquals(err.kind, "internal", what .. ": " .. tostring(err))
    lu.assertTrue(#err.message > 5 and not err.message:find "\n", what .. ": " .. tostring(err))
  end
end

local function run(file, from, to, stage)
  local text = m.sys.read(file)
  text = text:sub(from or 1, to or #text)
  local rng = m.random.generator { seed = 1, stage = stage }
  for i = 1, count do
    local broken = text
    for _ = 1, 1 + i % 3 do
      local at = rng:integer(nil, { low = 1, high = math.max(1, #broken) })
      broken = mutate[1 + rng:integer(nil, { low = 0, high = 4 })](broken, at, rng:integer(nil,
        { low = 0, high = 999 }))
    end
    check(broken, ("%s, mutation %d"):format(file, i))
  end
end

-- A short VAMAS text: the head of a shipped file and 40 of its values.
local function short_vamas()
  local text = m.sys.read(data .. "kratos_niw_5regions.vms"):gsub("\r\n", "\n")
  local head, values = text:match "^(.-\n)2412\n5\n6050\n46.6505644502972\n58.598017086263\n(.*)$"
  local lines = {}
  for line in values:gmatch "[^\n]+" do
    lines[#lines + 1] = line
    if #lines == 40 then break end
  end
  return head:gsub("\n0\n5\nwide\n", "\n0\n1\nwide\n") .. "40\n5\n6050\n46\n58\n"
    .. table.concat(lines, "\n")
    .. "\nend of experiment\n"
end

TestMutations = {}

function TestMutations.test_vamas()
  local short = short_vamas()
  lu.assertEquals(#read(short), 20)
  local file = os.tmpname()
  m.sys.write_atomic(file, short)
  run(file, nil, nil, "vamas")
  os.remove(file)
end

function TestMutations.test_csv() run(data .. "PET_C1s.csv", 1, 600, "csv") end

-- ---- files that are no spectra ------------------------------------------------------------------

TestFiles = {}

function TestFiles.test_missing_folder_empty_binary()
  lu.assertStrContains(tostring(select(2, m.try(m.spectra.read, "/nowhere/at/all.vms"))),
    "/nowhere/at/all.vms")
  lu.assertStrContains(tostring(select(2, m.try(m.spectra.read, "."))), "it is a folder")
  lu.assertEquals(message "", path .. ": the file is empty")
  lu.assertStrContains(message "\0\1\2\3", "binary file")
  lu.assertStrContains(message "\127ELF\1\1\1\0\0\0", "binary file")
  lu.assertStrContains(message "\n\n\n", path)
  lu.assertStrContains(message "only words\nand more words\n", path)
end

function TestFiles.test_not_permitted()
  os.execute("chmod 000 " .. path)
  local readable = io.open(path)
  if readable then readable:close() end
  local _, err = m.try(m.spectra.read, path)
  os.execute("chmod 600 " .. path)
  lu.skipIf(readable, "root reads everything")
  lu.assertStrContains(tostring(err), path)
end

function TestFiles.test_two_gigabytes_are_refused_at_once()
  for _, head in ipairs { "", "VAMAS Surface Chemical Analysis Standard Data Transfer Format 1988 May 4\n", "1,2\n3,4\n" } do
    write(head)
    os.execute("truncate -s 2G " .. path) -- a sparse file
    local before = m.sys.time()
    local _, err = m.try(m.spectra.read, path)
    lu.assertStrContains(tostring(err), path)
    lu.assertTrue(m.sys.time() - before < 2)
  end
  lu.assertTrue(m.sys.memory_peak() < 1e9)
  os.remove(path)
end

function TestFiles.test_a_special_file()
  lu.assertStrContains(tostring(select(2, m.try(m.spectra.read, "/dev/null"))), "/dev/null")
end

-- ---- values -------------------------------------------------------------------------------------

TestValues = {}

function TestValues.test_byte_order_mark_line_ends_decimal_comma()
  lu.assertEquals(read("\xef\xbb\xbfE;I\r\n1,5;10\r\n2,5;20\r\n3,5;10\r\n").x:totable(), { 1.5, 2.5,
    3.5 })
end

function TestValues.test_numbers_that_are_none()
  lu.assertStrContains(message "E,I\n1,2\n2,nan\n3,4\n4,5\n", path .. ":3: ")
  lu.assertStrContains(message "E,I\n1,2\n2,\n3,4\n4,5\n", path .. ":3: ")
  lu.assertStrContains(message "E,I\n1,2\n2,3\n3,x4\n4,5\n", path .. ":4: ")
  lu.assertStrContains(message "E,I\n1,2\n2,inf\n3,4\n", path .. ":3: ")
end

function TestValues.test_order_of_energies()
  lu.assertStrContains(message "E,I\n1,2\n3,3\n2,4\n", "point 3 is 2 after 3")
  lu.assertStrContains(message "E,I\n1,2\n1,3\n2,4\n", "point 2 is 1 after 1")
end

function TestValues.test_one_point_and_one_column()
  lu.assertStrContains(message "E,I\n1,2\n", "at least 2 points")
  lu.assertStrContains(message "I\n1\n2\n", "energy and intensity expected")
end

function TestValues.test_negative_and_zero_intensities_are_read_and_refused_by_the_fit()
  local s = read "E,I\n1,2\n2,-3\n3,4\n4,1\n5,1\n6,1\n7,1\n"
  lu.assertEquals(s.y[2], -3)
  lu.assertStrContains(tostring(select(2, m.try(m.spectra.fit, s))),
    "intensity >= 0 expected, got -3 (point 2)")
  s = read "E,I\n1,0\n2,0\n3,0\n4,0\n5,0\n6,0\n7,0\n"
  lu.assertStrContains(tostring(select(2, m.try(m.spectra.fit, s))), "all intensities are zero")
end

os.exit(lu.LuaUnit.run())
