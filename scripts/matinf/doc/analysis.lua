-- Documentation of module analysis.

local silicon = [[
local a, fractional = 5.431, {}
for _, p in ipairs { { 0, 0, 0 }, { 0, 2, 2 }, { 2, 0, 2 }, { 2, 2, 0 } } do
  for _, shift in ipairs { 0, 1 } do
    fractional[#fractional + 1] = { (p[1] + shift) / 4, (p[2] + shift) / 4, (p[3] + shift) / 4 }
  end
end
local si = m.atoms.new { symbols = "Si8", fractional = fractional, cell = a }
]]

-- Eight silicon atoms that swing along x with 10 THz, a frame every 5 fs.
local trajectory = silicon .. [[
local frames = {}
for t = 0, 255 do
  local frame, phase = si:copy(), 2 * math.pi * 0.05 * t
  frame.positions = si.positions + 0
  frame.velocities = m.array.zeros(8, 3)
  for i = 1, 8 do
    local sign = i % 2 == 0 and 1 or -1
    frame.positions[{ i, 1 }] = frame.positions[{ i, 1 }] + sign * 0.1 * math.sin(phase)
    frame.velocities[{ i, 1 }] = sign * 0.1 * 2 * math.pi * 0.01 * math.cos(phase)
  end
  frames[t + 1] = frame
end
]]

local structure = { "structure", "atoms.Structure", "the atoms" }
local frames = { "structures", "list of atoms.Structure", "frames of one set of atoms, or one" }
local dt = { "dt", "number", "time between frames; must be given", unit = "fs" }
local drift = { "drift", "boolean", "keep the motion of the centre of mass", default = false }

return {
  name = "analysis",
  summary = "Structures and trajectories: bonds, rings, g(r), diffusion, vibrations.",
  description = [[
bonds finds who is bonded to whom by distance, and from it coordination numbers, angles and ring
statistics. rdf gives radial distribution functions and structure factors, msd mean squared
displacements and diffusion coefficients, vacf the velocity autocorrelation and the vibrational
density of states, profile densities and temperatures along the cell.

Rings are those of the infinite network: a closed way that winds round the periodic cell is none,
and the size of the cell does not matter. Each counts once. Which cutoff makes a bond decides about
defects: vary it.]],
  classes = {
    { name = "analysis.Bonds", summary = "Who is bonded to whom; see analysis.bonds.", fields = {
      { "first", "array [n + 1]", "the bonds of atom i are rows first[i] to first[i + 1] - 1" },
      { "index", "array [bonds]", "the bonded atom" },
      { "images", "array [bonds x 3]", "the cell it lies in, relative to that of i" },
      { "vectors", "array [bonds x 3]", "from i to it, Å" },
      { "symbols", "list", "the elements, by atomic number" },
      { "of", "array [n]", "the element of each atom: its place in symbols, from 0" },
      { "cutoffs", "map", '"Si-O": Å' } } },
    { name = "analysis.Rings", summary = "Rings of a network; see analysis.Bonds:rings.", fields = {
      { "criterion", "string", '"king", "guttman" or "primitive"' },
      { "largest", "integer", "size of the largest rings looked for" },
      { "counted", "string", "the element whose atoms make the size; nil: all atoms" },
      { "sizes", "array [rings]", "size of each ring" },
      { "first", "array [rings + 1]", "ring i is atoms[first[i]] to atoms[first[i + 1] - 1]" },
      { "atoms", "array", "the atoms of the rings, in order" },
      { "nodes", "integer", "how many atoms of the structure count" } } },
    { name = "analysis.Rdf", summary = "Radial distribution functions; see analysis.rdf.",
      fields = {
      { "r", "array [bins]", "middles of the shells, Å" },
      { "r_max", "number", "end of the last shell, Å" },
      { "density", "number", "atoms/Å^3" },
      { "total", "array [bins]", "g(r) of all atoms" },
      { "partial", "map", '"O-Si" (by atomic number): g(r)' },
      { "coordination", "map", '"Si-O": mean number of O around Si up to the end of each shell' },
      { "fractions", "map", "element: share of the atoms" },
      { "symbols", "list", "the elements" }, { "frames", "integer", "structures averaged" } } },
    { name = "analysis.Msd", summary = "Mean squared displacement; see analysis.msd.", fields = {
      { "time", "array [frames]", "fs" },
      { "total", "array [frames]", "of all atoms, Å^2" },
      { "partial", "map", "element: Å^2" },
      { "blocks", "list", "the same of parts of the trajectory, for errors" },
      { "atoms", "map", "element: number of atoms" }, { "symbols", "list", "the elements" } } },
    { name = "analysis.Vacf", summary = "Velocity autocorrelation; see analysis.vacf.", fields = {
      { "time", "array [frames]", "fs" },
      { "total", "array [frames]", "sum over atoms of m v(0) v(t), u Å^2/fs^2" },
      { "partial", "map", "element: the same" },
      { "atoms", "map", "element: number of atoms" }, { "symbols", "list", "the elements" } } },
    { name = "analysis.Dos", summary = "Vibrational density of states; see analysis.Vacf:dos.",
      fields = {
      { "frequency", "array [m]", "THz" },
      { "total", "array [m]", "states per THz; the integral is 3 N" },
      { "partial", "map", "element: its part" },
      { "window", "string", "the damping of the correlation" },
      { "symbols", "list", "the elements" } } },
  },
  functions = {
    { name = "analysis.bonds", summary = "Finds the bonds of a structure by distance.",
      arguments = { structure },
      options = { { "cutoff", "number or table",
        'bonded when nearer than this; one for all or for pairs, {["Si-O"] = 2.2} (others are then '
        .. "not bonded)", default = "1.2 times the sum of covalent radii", unit = "Å" } },
      returns = { { "analysis.Bonds", "first, index, images, vectors" } },
      errors = "when atoms overlap or a pair names an element that is not there",
      reference = "covalent radii: Cordero et al., Dalton Trans. 2008, 2832",
      example = silicon .. [[
local bonds = m.analysis.bonds(si, { cutoff = 2.6 })
assert(bonds:count():min() == 4 and bonds:count():max() == 4)]] },
    { name = "analysis.Bonds:count", summary = "How many bonds each atom has.",
      arguments = { { "symbol", "string", "only bonds to this element; nil for all" } },
      returns = { { "array [n]", "coordination numbers" } },
      example = silicon .. [[
assert(m.analysis.bonds(si):count("Si"):sum() == 32)]] },
    { name = "analysis.Bonds:coordination",
      summary = "How many atoms of each element have 0, 1, 2, ... bonds.",
      returns = { { "table.Table", "a row for each number of bonds that occurs" } },
      example = silicon .. [[
assert(m.analysis.bonds(si):coordination():row(1).Si == 8)]] },
    { name = "analysis.Bonds:lengths", summary = "Lengths of the bonds between two elements.",
      arguments = { { "name", "string", 'such as "Si-O"' } },
      returns = { { "array", "Å, each bond once" } },
      example = silicon .. [[
local lengths = m.analysis.bonds(si):lengths "Si-Si"
assert(#lengths == 16 and math.abs(lengths:mean() - a * math.sqrt(3) / 4) < 1e-12)]] },
    { name = "analysis.Bonds:angles", summary = "Angles between the bonds of an atom.",
      arguments = { { "name", "string", '"O-Si-O": between bonds of Si to O' } },
      returns = { { "array", "degrees" } },
      example = silicon .. [[
local angles = m.analysis.bonds(si):angles "Si-Si-Si"
assert(#angles == 48 and math.abs(angles:mean() - 109.4712) < 1e-4)]] },
    { name = "analysis.Bonds:rings", summary = "Finds the rings of the network of bonds.",
      options = {
        { "criterion", "string",
          '"king": shortest ways between two neighbours of an atom that avoid it; "guttman": '
          .. 'shortest ways round without a bond; "primitive": rings without a shortcut',
          default = "king" },
        { "largest", "integer", "size of the largest rings looked for, 3 to 64", default = 12 },
        { "count", "string", "the element whose atoms make the size, as Si in silica: the ways go "
          .. "over all atoms", default = "all atoms" } },
      returns = { { "analysis.Rings", "sizes and atoms of the rings" } },
      errors = "when one atom has over 2e7 ways round it: the cutoff is too long",
      reference = "King, Nature 213, 1112 (1967); Guttman, J. Non-Cryst. Solids 116, 145 (1990); "
        .. "Yuan and Cormack, Comput. Mater. Sci. 24, 343 (2002)",
      example = silicon .. [[
local rings = m.analysis.bonds(si):rings { criterion = "primitive" }
assert(rings:counts()[6] == 16 and #rings.sizes == 16)]] },
    { name = "analysis.Rings:counts", summary = "How many rings there are of each size.",
      returns = { { "array [largest]", "integers" } },
      example = silicon .. [[
assert(m.analysis.bonds(si):rings():counts()[6] == 16)]] },
    { name = "analysis.Rings:table", summary = "Size, rings, rings for each atom that counts.",
      returns = { { "table.Table", "sizes from 3 to largest" } },
      example = silicon .. [[
assert(m.analysis.bonds(si):rings():table():row(4)["rings per atom"] == 2)]] },
    { name = "analysis.Rings:plot", summary = "Rings per atom over size.",
      returns = { { "plot.Figure", "steps" } },
      example = silicon .. [[
assert(m.analysis.bonds(si):rings():plot())]] },
    { name = "analysis.rdf", summary = "Computes radial distribution functions g(r).",
      arguments = { frames },
      options = {
        { "r_max", "number", "up to this distance, which may exceed the cell", default = 10,
          unit = "Å" },
        { "bins", "integer", "shells", default = 200 } },
      returns = { { "analysis.Rdf", "r, partial, total, coordination" } },
      errors = "when the structures are not periodic along a, b and c",
      example = silicon .. [[
local g = m.analysis.rdf(si, { r_max = 6, bins = 600 })
assert(math.abs(g:peak "Si-Si" - 3.84) < 0.02 and g.coordination["Si-Si"][300] == 4)]] },
    { name = "analysis.Rdf:peak", summary = "Position and height of the highest maximum.",
      arguments = { { "name", "string", 'a pair such as "O-Si"; nil: all atoms' } },
      returns = { { "number", "Å" }, { "number", "g there" } },
      example = silicon .. [[
assert(m.analysis.rdf(si):peak() > 2.2)]] },
    { name = "analysis.Rdf:structure_factor", summary = "Computes Faber-Ziman structure factors.",
      options = {
        { "q_max", "number", "up to this wave number", default = 15, unit = "1/Å" },
        { "points", "integer", "number of q", default = 300 },
        { "window", "string", '"lorch" damps the ripples of the end at r_max and broadens peaks; '
          .. '"none"', default = "lorch" },
        { "weights", "map", "element: scattering length, for the total", default = "1 for all" } },
      returns = { { "table", "q, total, partial (map), window" } },
      reference = "Faber and Ziman, Phil. Mag. 11, 153 (1965); Lorch, J. Phys. C 2, 229 (1969)",
      example = silicon .. [[
local s = m.analysis.rdf(si):structure_factor()
assert(#s.q == 300 and s.partial["Si-Si"]:max() > 1.5)]] },
    { name = "analysis.Rdf:plot", summary = "g(r) of each pair of elements.",
      returns = { { "plot.Figure", "lines" } },
      example = silicon .. [[
assert(m.analysis.rdf(si):plot())]] },
    { name = "analysis.msd", summary = "Computes mean squared displacements over all start times.",
      arguments = { { "structures", "list of atoms.Structure",
        "frames at equal times; followed through periodic boundaries, so no atom may move half a "
        .. "cell between two" } },
      options = { dt, { "blocks", "integer", "parts of the trajectory for errors", default = 5 },
        drift },
      returns = { { "analysis.Msd", "time, total, partial" } },
      reference = "Calandrini et al., Collection SFN 12, 201 (2011)",
      example = trajectory .. [[
local msd = m.analysis.msd(frames, { dt = 5 })
assert(math.abs(msd.total[11] - 0.02) < 1e-3)]] },
    { name = "analysis.Msd:diffusion",
      summary = "The diffusion coefficient: slope of the displacement over 6.",
      options = { { "element", "string", "of this element", default = "all atoms" },
        { "from", "number", "start of the fit", default = "a tenth of the time", unit = "fs" },
        { "to", "number", "end of the fit", default = "half of the time", unit = "fs" } },
      returns = { { "number", "cm^2/s" },
        { "number", "its standard error from the blocks; nil with fewer than two" } },
      example = trajectory .. [[
local d, err = m.analysis.msd(frames, { dt = 5 }):diffusion()
assert(math.abs(d) < 1e-4 and err >= 0)]] },
    { name = "analysis.Msd:plot", summary = "Mean squared displacement over time.",
      returns = { { "plot.Figure", "a line an element" } },
      example = trajectory .. [[
assert(m.analysis.msd(frames, { dt = 5 }):plot())]] },
    { name = "analysis.vacf", summary = "Computes the mass-weighted velocity autocorrelation.",
      arguments = { { "structures", "list of atoms.Structure",
        "frames with velocities at equal times, of a run without a thermostat" } },
      options = { dt, drift },
      returns = { { "analysis.Vacf", "time, total, partial" } },
      example = trajectory .. [[
local vacf = m.analysis.vacf(frames, { dt = 5 })
assert(math.abs(vacf.total[11] / vacf.total[1] + 1) < 0.05)]] },
    { name = "analysis.Vacf:dos", summary = "The vibrational density of states.",
      options = {
        { "length", "number", "correlation used", default = "half of the time", unit = "fs" },
        { "window", "string", '"hann", "gauss" (to exp(-4.5)) or "none"', default = "hann" } },
      returns = { { "analysis.Dos", "frequency (THz), total, partial; the integral is 3 N" } },
      example = trajectory .. [[
local dos = m.analysis.vacf(frames, { dt = 5 }):dos()
assert(math.abs(dos.frequency[dos.total:argmax()] - 10) <= dos.frequency[2])]] },
    { name = "analysis.Dos:mean", summary = "The mean frequency.",
      returns = { { "number", "THz" } },
      example = trajectory .. [[
assert(math.abs(m.analysis.vacf(frames, { dt = 5 }):dos():mean() - 10) < 0.5)]] },
    { name = "analysis.Dos:axis", summary = "The frequencies in another unit.",
      arguments = { { "unit", "string", '"THz", "cm-1" or "meV"' } },
      returns = { { "array [m]", "1 THz = 33.35641 cm^-1 = 4.135668 meV" } },
      example = trajectory .. [[
local dos = m.analysis.vacf(frames, { dt = 5 }):dos()
assert(math.abs(dos:axis "cm-1"[2] / dos.frequency[2] - 33.35641) < 1e-5)]] },
    { name = "analysis.Dos:plot", summary = "Density of states over frequency.",
      returns = { { "plot.Figure", "a line an element" } },
      example = trajectory .. [[
assert(m.analysis.vacf(frames, { dt = 5 }):dos():plot())]] },
    { name = "analysis.arrhenius", summary = "Activation energy from a quantity at temperatures.",
      arguments = { { "temperatures", "array [n]", "K" },
        { "values", "array [n]", "diffusion coefficients, rates, ... all positive" },
        { "errors", "array [n]", "their standard errors; nil: from the scatter" } },
      returns = { { "table", "energy (eV), energy_error, prefactor (unit of values), "
        .. "log_prefactor_error, misfit (chi^2 per degree of freedom, with errors)" } },
      example = [[
local t, d = { 300, 400, 500 }, {}
for i = 1, 3 do d[i] = 1e-3 * math.exp(-0.5 / (8.617333262e-5 * t[i])) end
assert(math.abs(m.analysis.arrhenius(t, d).energy - 0.5) < 1e-8)]] },
    { name = "analysis.profile", summary = "Density and temperature in slabs along a cell vector.",
      arguments = { frames },
      options = { { "axis", "string", '"a", "b" or "c"', default = "c" },
        { "bins", "integer", "slabs", default = 20 } },
      returns = { { "table.Table", "position (fractional), density (g/cm^3), atoms and, with "
        .. "velocities, temperature (K)" } },
      example = silicon .. [[
local rows = m.analysis.profile(si, { bins = 4 })
assert(math.abs(rows:column "density":mean() - 2.329) < 0.001)]] },
  },
}
