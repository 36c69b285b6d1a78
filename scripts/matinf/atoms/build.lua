-- Crystals by prototype. A prototype is a primitive cell and, where that differs, a conventional
-- one; sites are fractional coordinates of the elements A, B, ... in turn.

local e = require "matinf.error"
local structure = require "matinf.atoms.structure"

local M = {}

local fcc = { { 0, 0.5, 0.5 }, { 0.5, 0, 0.5 }, { 0.5, 0.5, 0 } }
local bcc = { { -0.5, 0.5, 0.5 }, { 0.5, -0.5, 0.5 }, { 0.5, 0.5, -0.5 } }
local cube = { { 1, 0, 0 }, { 0, 1, 0 }, { 0, 0, 1 } }
local half = 3 ^ 0.5 / 2
local hexagon = { { 1, 0, 0 }, { -0.5, half, 0 }, { 0, 0, 1 } } -- times a, a, c

local fcc_points = { { 0, 0, 0 }, { 0, 0.5, 0.5 }, { 0.5, 0, 0.5 }, { 0.5, 0.5, 0 } }
local bcc_points = { { 0, 0, 0 }, { 0.5, 0.5, 0.5 } }

-- primitive: a site in units of the primitive vectors. cubic: lattice points of the conventional
-- cell and the sites in it. ideal: c / a.
local prototypes = {
  sc = { cell = cube, sites = { { { 0, 0, 0 } } } },
  fcc = { cell = fcc, points = fcc_points, sites = { { { 0, 0, 0 } } } },
  bcc = { cell = bcc, points = bcc_points, sites = { { { 0, 0, 0 } } } },
  diamond = { cell = fcc, points = fcc_points, sites = { { { 0, 0, 0 }, { 0.25, 0.25, 0.25 } } } },
  rocksalt = { cell = fcc, points = fcc_points,
    sites = { { { 0, 0, 0 } }, { { 0.5, 0.5, 0.5 } } } },
  zincblende = { cell = fcc, points = fcc_points,
    sites = { { { 0, 0, 0 } }, { { 0.25, 0.25, 0.25 } } } },
  fluorite = { cell = fcc, points = fcc_points,
    sites = { { { 0, 0, 0 } }, { { 0.25, 0.25, 0.25 }, { 0.75, 0.75, 0.75 } } } },
  cesiumchloride = { cell = cube, sites = { { { 0, 0, 0 } }, { { 0.5, 0.5, 0.5 } } } },
  perovskite = { cell = cube, sites = { { { 0, 0, 0 } }, { { 0.5, 0.5, 0.5 } },
    { { 0.5, 0.5, 0 }, { 0.5, 0, 0.5 }, { 0, 0.5, 0.5 } } } },
  ["beta-cristobalite"] = { cell = fcc, points = fcc_points, -- ideal: O in the middle of bonds
    sites = { { { 0, 0, 0 }, { 0.25, 0.25, 0.25 } }, { { 0.125, 0.125, 0.125 },
      { 0.375, 0.375, 0.125 }, { 0.375, 0.125, 0.375 }, { 0.125, 0.375, 0.375 } } } },
  hcp = { cell = hexagon, ideal = (8 / 3) ^ 0.5,
    sites = { { { 1 / 3, 2 / 3, 0.25 }, { 2 / 3, 1 / 3, 0.75 } } } },
  wurtzite = { cell = hexagon, ideal = (8 / 3) ^ 0.5,
    sites = { { { 1 / 3, 2 / 3, 0 }, { 2 / 3, 1 / 3, 0.5 } },
      { { 1 / 3, 2 / 3, 0.375 }, { 2 / 3, 1 / 3, 0.875 } } } },
  graphite = { cell = hexagon, ideal = 2.726, sites = { { { 0, 0, 0.25 }, { 0, 0, 0.75 },
    { 1 / 3, 2 / 3, 0.25 }, { 2 / 3, 1 / 3, 0.75 } } } },
}

-- alpha-quartz, P3_1 2 1 (Levien, Prewitt, Weidner, Am. Mineral. 65, 920 (1980)): Si (u, 0, 1/3),
-- O (x, y, z) with its images under the threefold screw and the twofold axes.
local function quartz_sites()
  local u, x, y, z = 0.4697, 0.4135, 0.2669, 1 / 3 - 0.1191
  local third = 1 / 3
  return { { { u, 0, third }, { 0, u, 2 * third }, { -u, -u, 0 } },
    { { x, y, z }, { -y, x - y, z + third }, { y - x, -x, z + 2 * third },
      { y, x, -z }, { x - y, -y, 2 * third - z }, { -x, y - x, third - z } } }
end
prototypes["alpha-quartz"] = { cell = hexagon, ideal = 5.4047 / 4.9137, sites = quartz_sites() }

local function names()
  local list = {}
  for name in pairs(prototypes) do list[#list + 1] = name end
  table.sort(list)
  return list
end

local function elements_of(symbols, prototype, name)
  local list = {}
  if type(symbols) == "string" then
    for symbol in symbols:gmatch "%u%l?" do list[#list + 1] = symbol end
  elseif type(symbols) == "table" then list = symbols end
  if #list ~= #prototype.sites then
    e.argument("symbols", "atoms.bulk", ("%d elements for %s"):format(#prototype.sites, name),
      symbols)
  end
  return list
end

local function positive(value, name)
  if type(value) ~= "number" or not (value > 0 and value < math.huge) then
    e.argument(name, "atoms.bulk", "positive length in Å", value)
  end
  return value
end

local function moved(site, point)
  return { (site[1] + point[1]) % 1, (site[2] + point[2]) % 1, (site[3] + point[3]) % 1 }
end

-- A site of a face- or body-centred prototype is in units of the cube.
local function place_sites(prototype, list, cubic)
  local m, symbols, x = require "matinf", {}, {}
  local points = prototype.points and cubic and prototype.points or { { 0, 0, 0 } }
  for k, sites in ipairs(prototype.sites) do
    for _, point in ipairs(points) do
      for _, site in ipairs(sites) do
        symbols[#symbols + 1] = list[k]
        x[#x + 1] = prototype.points and not cubic and site or moved(site, point)
      end
    end
  end
  return symbols, m.array(x):reshape { #x, 3 }
end

--- A crystal: options.prototype of the elements in symbols with lattice constants a (and c) in Å.
function M.bulk(symbols, prototype_name, options)
  local prototype = prototypes[prototype_name]
  if not prototype then
    e.argument("prototype", "atoms.bulk", "one of " .. table.concat(names(), ", "), prototype_name)
  end
  local o = e.options(options, "atoms.bulk", { "a", "c", "cubic" })
  local a = positive(o.a, "a")
  local c = prototype.ideal and positive(o.c or prototype.ideal * a, "c") or a
  local list = elements_of(symbols, prototype, prototype_name)
  local m, cubic = require "matinf", prototype.points and o.cubic
  local unit = m.array(cubic and cube or prototype.cell)
  local cell = unit * m.array { { a, a, a }, { a, a, a }, { c, c, c } }
  local all, sites = place_sites(prototype, list, cubic)
  local in_cube = prototype.points and not cubic
  return structure.new { symbols = all, cell = cell, positions = in_cube and sites * a
    or m.linalg.matmul(sites, cell) }
end

return M
