-- Parameters of published potentials, in eV, Å and e.

local e = require "matinf.error"

local M = {}

local si = { "Si", "Si", "Si" }
local kcal = 0.0433641 -- eV: of 1 kcal/mol

-- f0 (b_i + b_j) exp((a_i + a_j - r) / (b_i + b_j)) - c_i c_j / r^6, f0 = 1 kcal/(mol Å), c in
-- (kcal/mol)^(1/2) Å^3.
local function ttam_pair(p, q)
  local b = p.b + q.b
  return { A = kcal * b * math.exp((p.a + q.a) / b), rho = b, C = kcal * p.c * q.c }
end

local ttam = { Si = { a = 0.8688, b = 0.03285, c = 23.18 },
  O = { a = 2.0474, b = 0.17566, c = 70.37 } }

M.models = {
  stillinger_weber = {
    -- Stillinger and Weber, Phys. Rev. B 31, 5262 (1985)
    ["Si"] = { { elements = si, epsilon = 2.1683, sigma = 2.0951, a = 1.80, lambda = 21,
      gamma = 1.20, costheta0 = -0.333333333333, A = 7.049556277, B = 0.6022245584, p = 4, q = 0 } },
  },
  tersoff = {
    -- Tersoff, Phys. Rev. B 37, 6991 (1988)
    ["Si(B)"] = { { elements = si, m = 3, gamma = 1, lambda3 = 1.3258, c = 4.8381, d = 2.0417,
      costheta0 = 0, n = 22.956, beta = 0.33675, lambda2 = 1.3258, B = 95.373, R = 3.0, D = 0.2,
      lambda1 = 3.2394, A = 3264.7 } },
  },
  buckingham = {
    -- van Beest, Kramer and van Santen, Phys. Rev. Lett. 64, 1955 (1990)
    ["BKS"] = { elements = { "Si", "O" }, charges = { Si = 2.4, O = -1.2 },
      pairs = { ["Si-O"] = { A = 18003.7572, rho = 1 / 4.87318, C = 133.5381 },
        ["O-O"] = { A = 1388.7730, rho = 1 / 2.76, C = 175.0 } } },
    -- Tsuneyuki, Tsukada, Aoki and Matsui, Phys. Rev. Lett. 61, 869 (1988)
    ["TTAM"] = { elements = { "Si", "O" }, charges = { Si = 2.4, O = -1.2 },
      pairs = { ["Si-Si"] = ttam_pair(ttam.Si, ttam.Si), ["Si-O"] = ttam_pair(ttam.Si, ttam.O),
        ["O-O"] = ttam_pair(ttam.O, ttam.O) } },
  },
}

local default = { stillinger_weber = "Si", tersoff = "Si(B)" }

--- The parameters of the model of that name.
function M.get(kind, name, called)
  local models, names = M.models[kind], {}
  name = name or default[kind]
  for known in pairs(models) do names[#names + 1] = '"' .. known .. '"' end
  table.sort(names)
  if not models[name] then e.argument("model", called, table.concat(names, " or "), name) end
  return models[name]
end

return M
