-- New structures from old ones: supercells, strain, displacement. What was computed for the old one
-- (energy, forces, stress) is not carried over; info, masses, charges and arrays are.

local c = require "matinf.c.atoms"
local e = require "matinf.error"
local Structure = require "matinf.atoms.structure".Structure

local function array() return require "matinf".array end

-- A copy without results, with some fields replaced.
local function with(self, changes)
  local copy = self:copy()
  copy.energy, copy.forces, copy.stress = nil, nil, nil
  for name, value in pairs(changes) do copy[name] = value end
  return copy
end

-- ---- supercells ---------------------------------------------------------------------------------

-- Three whole numbers or a matrix of them, as a matrix.
local function integer_matrix(repeats)
  local expected = "3 positive integers, or 3 rows of 3 integers with a positive determinant"
  local function fail() e.argument("repeats", "atoms.Structure:supercell", expected, repeats) end
  local function integer(value)
    return math.tointeger(value) or fail()
  end
  if type(repeats) == "number" then repeats = { repeats, repeats, repeats } end
  if e.is_a(repeats, "matinf.array") then repeats = repeats:totable() end
  if type(repeats) ~= "table" or #repeats ~= 3 then fail() end
  local p = { { 0, 0, 0 }, { 0, 0, 0 }, { 0, 0, 0 } }
  for i = 1, 3 do
    if type(repeats[i]) ~= "table" then
      p[i][i] = integer(repeats[i])
      if p[i][i] < 1 then fail() end
    else
      for k = 1, 3 do p[i][k] = integer(repeats[i][k]) end
    end
  end
  return p, fail
end

-- Determinant and adjugate, exactly.
local function adjugate(p)
  local adj = {}
  for i = 1, 3 do
    adj[i] = {}
    for k = 1, 3 do
      local a, b = k % 3 + 1, (k + 1) % 3 + 1
      local u, v = i % 3 + 1, (i + 1) % 3 + 1
      adj[i][k] = p[a][u] * p[b][v] - p[a][v] * p[b][u]
    end
  end
  return p[1][1] * adj[1][1] + p[1][2] * adj[2][1] + p[1][3] * adj[3][1], adj
end

-- The lattice points t (rows of integers) in the cell of the rows of p: 0 <= t adj < determinant.
local function lattice_points(p, determinant, adj)
  local low, high, points = { 0, 0, 0 }, { 0, 0, 0 }, {}
  for i = 1, 3 do
    for k = 1, 3 do
      low[k], high[k] = low[k] + math.min(p[i][k], 0), high[k] + math.max(p[i][k], 0)
    end
  end
  local function inside(t)
    for k = 1, 3 do
      local f = t[1] * adj[1][k] + t[2] * adj[2][k] + t[3] * adj[3][k]
      if f < 0 or f >= determinant then return false end
    end
    return true
  end
  for i = low[1], high[1] do
    for j = low[2], high[2] do
      for k = low[3], high[3] do
        local t = { i, j, k }
        if inside(t) then points[#points + 1] = t end
      end
    end
  end
  return points
end

-- The values of every atom, once for every cell.
local function tiled(value, times)
  if e.is_a(value, "matinf.array") then
    local copies = {}
    for i = 1, times do copies[i] = value end
    return array().concatenate(copies)
  end
  local list = {}
  for i = 1, times do table.move(value, 1, #value, (i - 1) * #value + 1, list) end
  return list
end

--- The structure repeated along its cell vectors; cell by cell, atoms in their order.
function Structure:supercell(repeats)
  local p, fail = integer_matrix(repeats)
  local determinant, adj = adjugate(p)
  if determinant < 1 then fail() end
  if not self:volume() then
    e.fail("argument", "atoms.Structure:supercell: a cell with three vectors expected")
  end
  local m, points = require "matinf", lattice_points(p, determinant, adj)
  local shifts = m.linalg.matmul(array()(points):reshape { determinant, 3 }, self.cell)
  local x = shifts:reshape { determinant, 1, 3 } + self.positions:reshape { 1, #self, 3 }
  local changes = { cell = m.linalg.matmul(array()(p), self.cell), arrays = {},
    positions = x:reshape { determinant * #self, 3 } }
  for _, name in ipairs { "numbers", "velocities", "charges", "masses" } do
    if self[name] then changes[name] = tiled(self[name], determinant) end
  end
  for name, value in pairs(self.arrays) do changes.arrays[name] = tiled(value, determinant) end
  return with(self, changes)
end

-- ---- strain and displacement --------------------------------------------------------------------

local function strain_matrix(strain)
  local function fail()
    e.argument("strain", "atoms.Structure:strain",
      "a number, 6 components xx yy zz yz xz xy, or a 3 x 3 matrix", strain)
  end
  if type(strain) == "number" then return array().eye(3) * strain end
  local value = e.attempt(array().from, strain, { dtype = "f64" }) or fail()
  if value.ndim == 1 and #value == 6 then
    local s = value:totable()
    return array() { { s[1], s[6] / 2, s[5] / 2 }, { s[6] / 2, s[2], s[4] / 2 },
      { s[5] / 2, s[4] / 2, s[3] } }
  end
  if value.ndim ~= 2 or value.shape[1] ~= 3 or value.shape[2] ~= 3 then fail() end
  return value
end

--- Cell and positions deformed by 1 + strain.
function Structure:strain(strain)
  local m = require "matinf"
  local f = array().eye(3) + strain_matrix(strain)
  local new = with(self, { cell = m.linalg.matmul(self.cell, f),
    positions = m.linalg.matmul(self.positions, f) })
  c.check(new)
  return new
end

--- The structure turned so that a is along x and b in the xy plane; vectors turn with it.
function Structure:standardize()
  local m = require "matinf"
  if not self:volume() then
    e.fail("argument", "atoms.Structure:standardize: a cell with three vectors expected")
  end
  local cell = require "matinf.atoms.structure".cell_of_parameters(self:cell_parameters())
  local turn = m.linalg.solve(self.cell, cell)
  local new = self:copy()
  new.cell = cell
  for _, name in ipairs { "positions", "velocities", "forces" } do
    if self[name] then new[name] = m.linalg.matmul(self[name], turn) end
  end
  if self.stress then
    new.stress = m.linalg.matmul(m.linalg.matmul(turn:T(), self.stress), turn)
  end
  return new
end

--- Every coordinate displaced by normal noise.
function Structure:rattle(options)
  local o = e.options(options, "atoms.Structure:rattle", { "sigma", "seed" })
  if type(o.sigma) ~= "number" or not (o.sigma >= 0 and o.sigma < math.huge) then
    e.argument("sigma", "atoms.Structure:rattle", "standard deviation in Å", o.sigma)
  end
  local noise = require "matinf".random.generator { seed = o.seed or 1 }:normal { #self, 3 }
  return with(self, { positions = self.positions + noise * o.sigma })
end

--- The least distance between two atoms (or an atom and an image); nil when there is no other.
function Structure:minimal_distance()
  local volume, n = self:volume(), #self
  local cutoff = volume and 1.5 * (volume / n) ^ (1 / 3) or 3
  local extent = (self.positions:max(1) - self.positions:min(1)):sum()
  for _ = 1, 60 do
    local near = c.neighbours(self, { cutoff = cutoff, overlap = true })
    if #near.distances > 0 then return near.distances:min() end
    if not (self.periodic[1] or self.periodic[2] or self.periodic[3]) and cutoff > extent then
      return nil
    end
    cutoff = 2 * cutoff
  end
end
