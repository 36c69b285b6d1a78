-- Files of structures cut short or with bytes changed: an error object that names the file, or a
-- structure whose numbers are finite; never a plain Lua error, a crash or endless work.
local lu = require "luaunit"
local m = require "matinf"
local e = require "matinf.error"

local folder, data = m.sys.tempdir(), "tests/data/atoms/"
local soak = os.getenv "MATINF_SOAK"

-- A small file of every format that we write.
local function written(name)
  local s = m.atoms.bulk("NaCl", "rocksalt", { a = 5.6, cubic = true }):rattle { sigma = 0.1 }
  s.energy, s.forces, s.charges = -27.5, s.positions * 0.1, s.positions[{ {}, 1 }]:copy()
  s.stress, s.info.note = m.array.eye(3) * 0.01, "two words"
  m.atoms.write(folder .. "/" .. name, s)
  return m.sys.read(folder .. "/" .. name)
end

local samples = { extxyz = written "a.xyz", n2p2 = written "input.data", poscar = written "POSCAR",
  lammps_dump = written "a.dump", lammps_data = written "a.data",
  outcar = m.sys.read(data .. "OUTCAR"), vasprun = m.sys.read(data .. "vasprun.xml"),
  ml_ab = m.sys.read(data .. "ML_AB"), cp2k = m.sys.read(data .. "cp2k.out"),
  qe = m.sys.read(data .. "qe-6.7-si8.out"), cif = m.sys.read(data .. "quartz.cif"),
  xdatcar = "x\n1\n4 0 0\n0 4 0\n0 0 4\nSi O\n1 1\nDirect configuration= 1\n0 0 0\n.5 .5 .5\n" }

local pieces = { "", "0", "-", "nan", "inf", "1e400", "99999999999", " ", "\n", "\0", "\"", "[",
  "x", "T", "-1", "\255" }

local function damaged(text, g)
  local function up_to(n) return math.floor(g:uniform() * n) + 1 end
  local at, kind = up_to(#text), up_to(4)
  if kind == 1 then return text:sub(1, at) end
  local length = kind == 2 and up_to(12) or 1
  return text:sub(1, at - 1) .. pieces[up_to(#pieces)] .. text:sub(at + length)
end

TestDamagedFiles = {}

for format, text in pairs(samples) do
  TestDamagedFiles["test_" .. format] = function()
    local g, path = m.random.generator { seed = 11 }, folder .. "/damaged"
    m.sys.durable(false)
    for i = 1, soak and 5000 or 150 do
      m.sys.write_atomic(path, damaged(text, g))
      local list, err = m.try(m.atoms.read, path, { format = format })
      if list then
        lu.assertTrue(list[1].positions:abs():max() < math.huge)
      else
        local what = ("damage %d: %s"):format(i, tostring(err))
        lu.assertTrue(e.is(err) and err.kind ~= "internal", what)
        lu.assertStrContains(what, "damaged")
      end
    end
  end
end

TestMeaning = {}

function TestMeaning.test_one_message_with_atom_and_frame()
  local path = folder .. "/b.xyz"
  local head = '2\nLattice="4 0 0 0 4 0 0 0 4" Properties=species:S:1:pos:R:3\n'
  local good = head .. "Si 0 0 0\nSi 2 2 2\n"
  local function second(lines)
    m.sys.write_atomic(path, good .. head .. lines)
    local list, err = m.try(m.atoms.read, path)
    if list then err = select(2, m.try(list[2].neighbours, list[2], { cutoff = 3 })) end
    local text = tostring(err)
    return text:sub(#path + 1)
  end
  lu.assertEquals(second "Si 0 0 0\nSi 0 nan 0\n",
    ": frame 2: atom 2: finite position expected, got (0, nan, 0)")
  lu.assertEquals(second "Si 0 0 0\nSi 4 0 0\n",
    ": frame 2: atoms 1 and 2 overlap: they are 0 apart")
  lu.assertEquals(second "Si 0 0 0\nSi 4 0\n",
    ":8:7: frame 2: atom 2: the line ends before column 'pos'")
end

os.exit(lu.LuaUnit.run())
