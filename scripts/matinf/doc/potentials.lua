-- Documentation of module potentials.

local data = [[
local si = m.atoms.new { symbols = "Si2", fractional = { { 0, 0, 0 }, { 0.25, 0.25, 0.25 } },
  cell = { { 0, 2.715, 2.715 }, { 2.715, 0, 2.715 }, { 2.715, 2.715, 0 } } }
]]

local many_body = {
  { "model", "string", "a published set of parameters, instead of file and parameters" },
  { "file", "path", "parameters in the format that LAMMPS reads" },
  { "elements", "list of strings", "those to read", default = "all in the parameters" },
  { "parameters", "list of tables",
    "an entry for each triplet of elements, the first in the middle: elements and the numbers" },
}

local function with(model)
  local options = { table.unpack(many_body) }
  options[1] = { "model", "string", many_body[1][3], default = model }
  return options
end

local loop = {
  { "cutoff", "number", "where the sum over pairs ends", unit = "Å", default = 10 },
  { "truncation", "string",
    '"cut", "shift" (by the value at the cutoff) or "smooth" (to zero in the last width)', default = "shift" },
  { "width", "number", "of the smooth truncation", unit = "Å", default = 1 },
}

local function and_loop(options)
  for _, option in ipairs(loop) do options[#options + 1] = option end
  return options
end

local made = { { "potentials.Potential", "a new one" } }

return {
  name = "potentials",
  summary = "Interatomic potentials: Stillinger-Weber, Tersoff, Lennard-Jones, Buckingham, Ewald, ZBL.",
  description = [[
A potential gives the energy of a structure, the forces on its atoms and the virial: energies in eV,
forces in eV/Å. The virial is minus the derivative of the energy by the strain, so that the stress
(positive under tension) is -virial / volume.

Whatever takes a potential (dynamics, relaxation, phonons) takes any of them, neural networks too.
The energy is a sum of energies of atoms. Results do not depend on the number of threads.]],
  classes = {
    { name = "potentials.Potential", summary = "A potential with its parameters.", fields = {
      { "kind", "string", "the function that made it" },
      { "parameters", "table", "what it was made with" },
      { "kernel", "userdata", "the potential itself" } } },
  },
  functions = {
    { name = "potentials.stillinger_weber", summary = "The potential of Stillinger and Weber.",
      options = with "Si",
      returns = made,
      errors = "when a triplet of elements has no entry; when a file does not hold such entries",
      reference = "Stillinger and Weber, Phys. Rev. B 31, 5262 (1985)",
      example = data .. [[
local e = m.potentials.stillinger_weber():evaluate(si)
assert(math.abs(e / 2 + 4.3366) < 1e-4)]] },
    { name = "potentials.tersoff", summary = "The potential of Tersoff.",
      options = with "Si(B)",
      returns = made,
      errors = "when a triplet of elements has no entry; when a file does not hold such entries",
      reference = "Tersoff, Phys. Rev. B 37, 6991 (1988); 39, 5566 (1989)",
      example = data .. [[
local e = m.potentials.tersoff():evaluate(si)
assert(math.abs(e / 2 + 4.6304) < 1e-4)]] },
    { name = "potentials.lennard_jones",
      summary = "4 epsilon ((sigma/r)^12 - (sigma/r)^6) for every pair.",
      options = and_loop {
        { "elements", "list of strings", "those of the structures" },
        { "epsilon", "number or map", "depth; a map by element, or by pair such as Ar-Kr",
          unit = "eV" },
        { "sigma", "number or map", "distance of zero energy, likewise", unit = "Å" } },
      returns = made,
      errors = "when an element has no epsilon or sigma",
      reference = "pairs that are not stated: Lorentz and Berthelot (sigma: the mean, epsilon: the " ..
        "geometric mean)",
      example = [[
local argon = m.potentials.lennard_jones { elements = { "Ar" }, epsilon = 0.0104, sigma = 3.4 }
local two = m.atoms.new { symbols = "Ar2", positions = { { 0, 0, 0 }, { 0, 0, 3.4 * 2 ^ (1/6) } } }
assert(math.abs(argon:evaluate(two) + 0.0104) < 1e-4)]] },
    { name = "potentials.buckingham",
      summary = "A exp(-r/rho) - C/r^6 + D/r^12 for every pair, and Ewald's sum over the charges.",
      options = and_loop {
        { "model", "string", '"BKS" or "TTAM" for SiO2, instead of elements, charges and pairs' },
        { "elements", "list of strings", "those of the structures" },
        { "charges", "map", "by element", unit = "e", default = "none" },
        { "pairs", "map", "A (eV), rho (Å), C (eV Å^6), D (eV Å^12) by pair, such as Si-O" },
        { "accuracy", "number",
          "root mean square error of a force, in that of two unit charges 1 Å apart (14.4 eV/Å)",
          default = 1e-6 } },
      returns = made,
      errors = "when a pair or a charge is missing; when charges meet a cell that is not periodic",
      reference = "BKS: Phys. Rev. Lett. 64, 1955 (1990); TTAM: Phys. Rev. Lett. 61, 869 " ..
        "(1988). Where C/r^6 would win at short distances, the energy of a pair goes on as a parabola",
      example = [[
local salt = m.potentials.buckingham { elements = { "Na", "Cl" }, charges = { Na = 1, Cl = -1 },
  pairs = { ["Na-Cl"] = { A = 1256.31, rho = 0.3169 }, 
    ["Cl-Cl"] = { A = 3485.8, rho = 0.3169, C = 29.06 } },
  cutoff = 8 }
local cell = m.atoms.new { symbols = "NaCl", fractional = { { 0, 0, 0 }, { 0.5, 0.5, 0.5 } },
  cell = { { 0, 2.82, 2.82 }, { 2.82, 0, 2.82 }, { 2.82, 2.82, 0 } } }
local e, f = salt:evaluate(cell)
assert(e < -7 and f:abs():max() < 1e-6)]] },
    { name = "potentials.zbl",
      summary = "The screened repulsion of nuclei, for atoms closer than any that are bonded.",
      options = {
        { "elements", "list of strings", "those of the structures" },
        { "outer", "number", "where energy, force and its derivative become zero", unit = "Å" },
        { "inner", "number", "beyond it the potential is led to zero", unit = "Å",
          default = "half of outer" } },
      returns = made,
      errors = "when an element is unknown; unless 0 < inner < outer",
      reference = "Ziegler, Biersack and Littmark, The Stopping and Range of Ions in Matter " ..
        "(1985); led to zero as LAMMPS does",
      example = [[
local zbl = m.potentials.zbl { elements = { "Si" }, inner = 1, outer = 2 }
local two = m.atoms.new { symbols = "Si2", positions = { { 0, 0, 0 }, { 0, 0, 0.5 } } }
local e, f = zbl:evaluate(two)
assert(e > 300 and f[1][3] < 0)]] },
    { name = "potentials.sum", summary = "The sum of several potentials; a + b is the same.",
      arguments = { { "terms", "list", "potentials of any class" } },
      returns = made,
      example = data .. [[
local p = m.potentials.stillinger_weber()
assert((p + p):evaluate(si) == 2 * p:evaluate(si))]] },
    { name = "potentials.Potential:evaluate",
      summary = "Energy, forces, virial, energies of the atoms.",
      arguments = { { "structure", "atoms.Structure", "of elements it knows" } },
      returns = { { "number", "energy, eV" }, { "array [n x 3]", "forces, eV/Å" },
        { "array [3 x 3]", "virial, eV: minus the derivative by strain" },
        { "array [n]", "energies of the atoms, eV" } },
      errors = "when an element is not known; when atoms overlap",
      example = data .. [[
local e, f, v, atoms = m.potentials.tersoff():evaluate(si)
assert(math.abs(atoms:sum() - e) < 1e-12 and f.shape[2] == 3 and v.shape[1] == 3)]] },
    { name = "potentials.Potential:label",
      summary = "A copy of the structure with energy, forces and stress of this potential.",
      arguments = { { "structure", "atoms.Structure", "of elements it knows" } },
      returns = { { "atoms.Structure", "labelled, for training" } },
      example = data .. "assert(m.potentials.tersoff():label(si).energy < -9)" },
    { name = "potentials.Potential:cutoff", summary = "Radius within which neighbours matter.",
      returns = { { "number", "Å" } },
      example = "assert(math.abs(m.potentials.tersoff():cutoff() - 3.2) < 1e-9)" },
    { name = "potentials.Potential:knows", summary = "Whether it has parameters for an element.",
      arguments = { { "element", "string or integer", "symbol, name or atomic number" } },
      returns = { { "boolean", "true when it has" } },
      example = 'assert(m.potentials.tersoff():knows "Si")' },
  },
}
