-- Documentation of module md.

local data = [[
local function crystal(a)
  return m.atoms.new { symbols = "Si8", cell = a, fractional = { { 0, 0, 0 }, { 0, .5, .5 },
    { .5, 0, .5 }, { .5, .5, 0 }, { .25, .25, .25 }, { .25, .75, .75 }, { .75, .25, .75 },
    { .75, .75, .25 } } }
end
local sw, si = m.potentials.stillinger_weber(), crystal(5.431)
]]

-- A chain of Lennard-Jones atoms in which one hops between two places.
local hop = [[
local lj = m.potentials.lennard_jones { elements = { "Ar" }, epsilon = 0.0104, sigma = 3.4,
  cutoff = 8 }
local function place(x)
  return m.atoms.new { symbols = "Ar5", positions = { { 0, 0, 0 }, { 3.8, 0, 0 }, { 0, 3.8, 0 },
    { 3.8, 3.8, 0 }, { 1.9, 1.9, x } } }
end
local a = m.md.relax(place(2.4), { potential = lj, force = 1e-6 }).structure
local b = a:copy()
for i = 1, 5 do b.positions[{ i, 3 }] = -a.positions[{ i, 3 }] end
]]

local potential = { "potential", "potential", "of any class" }

return {
  name = "md",
  summary = "Molecular dynamics, relaxation, elastic bands, dimers, phonons.",
  description = [[
Units: Å, fs, eV, K; pressures and elastic constants in GPa. Every function takes a structure and an
options table with the potential, which may be of any class; results print and plot themselves.

A run of the same seed has the same bits on any number of threads, and when it is continued from a
checkpoint. A run that makes no physical sense any more (atoms fly apart, the cell collapses)
ends with one error; the frame at fault is written first.]],
  classes = {
    { name = "md.Run", summary = "What a run of dynamics sampled; see md.run.", fields = {
      { "time", "array [k]", "fs, of each sample" },
      { "temperature", "array [k]", "K" },
      { "potential", "array [k]", "potential energy, eV" },
      { "kinetic", "array [k]", "kinetic energy, eV" },
      { "total", "array [k]", "their sum, eV" },
      { "conserved", "array [k]",
        "eV: the total energy with that of thermostat and barostat; NaN for scr" },
      { "pressure", "array [k]", "GPa" },
      { "volume", "array [k]", "Å^3; NaN without a cell" },
      { "deviation", "array [k]", "eV/Å: what a committee disagrees by about a force, the greatest "
        .. "of all atoms; 0 for other potentials" },
      { "extrapolations", "array [k]", "symmetry functions of atoms outside the range that a "
        .. "network was trained on; 0 for other potentials" },
      { "frames", "list", "structures with velocities, forces, energy, stress" },
      { "final", "atoms.Structure", "the last frame" },
      { "steps", "integer", "done" },
      { "timestep", "number", "fs" },
      { "atoms", "integer", "number of atoms" },
      { "ensemble", "string", '"nve", "nvt" or "npt"' },
      { "thermostat", "string", "its name" },
      { "barostat", "string", "its name" },
      { "reason", "string", '"finished", or the rule that stopped it' },
      { "why", "string", "the rule in words" } } },
    { name = "md.Relaxed", summary = "A local minimum; see md.relax.", fields = {
      { "structure", "atoms.Structure", "the relaxed one" },
      { "energy", "number", "eV" },
      { "enthalpy", "number", "eV" },
      { "force", "number", "the longest left, eV/Å" },
      { "stress", "number", "the largest left, GPa" },
      { "iterations", "integer", "done" },
      { "evaluations", "integer", "of the potential" },
      { "converged", "boolean", "whether the tolerances were reached" } } },
    { name = "md.Elastic", summary = "Elastic constants; see md.elastic.", fields = {
      { "constants", "array [6 x 6]", "GPa, in the order xx yy zz yz xz xy" },
      { "bulk", "number", "bulk modulus, GPa (Hill)" },
      { "shear", "number", "shear modulus, GPa (Hill)" } } },
    { name = "md.Band", summary = "A path between two minima; see md.neb.", fields = {
      { "images", "list", "structures, both ends among them" },
      { "energies", "array [k]", "eV" },
      { "distances", "array [k]", "along the path, Å" },
      { "slopes", "array [k]", "of the energy along the path, eV/Å" },
      { "barrier", "number", "eV" },
      { "barrier_back", "number", "from the other end, eV" },
      { "saddle", "atoms.Structure", "the highest image" },
      { "highest", "integer", "its place" },
      { "tangent", "array [n x 3]", "direction of the path there" },
      { "force", "number", "the longest left on an atom, eV/Å" },
      { "iterations", "integer", "done" },
      { "evaluations", "integer", "of the potential" },
      { "converged", "boolean", "whether the tolerance was reached" } } },
    { name = "md.Quench", summary = "A melt that was cooled; see md.quench.", fields = {
      { "time", "array [k]", "fs, of each sample" },
      { "temperature", "array [k]", "K; likewise potential, kinetic, pressure, volume, deviation "
        .. "and extrapolations: see md.Run" },
      { "melt", "atoms.Structure", "the end of the melt" },
      { "frames", "list", "structures of the hold" },
      { "final", "atoms.Structure", "the last frame" },
      { "hot", "number", "K" }, { "cold", "number", "K" }, { "rate", "number", "K/s" },
      { "timestep", "number", "fs" },
      { "atoms", "integer", "number of atoms" },
      { "reason", "string", '"finished", or the rule that stopped it' },
      { "why", "string", "what the rule found" } } },
    { name = "md.Saddle", summary = "A saddle found by a dimer; see md.dimer.", fields = {
      { "structure", "atoms.Structure", "the saddle" },
      { "energy", "number", "eV" },
      { "mode", "array [n x 3]", "direction of the negative curvature" },
      { "curvature", "number", "eV/Å^2" },
      { "force", "number", "the longest left, eV/Å" },
      { "iterations", "integer", "done" },
      { "evaluations", "integer", "of the potential" },
      { "converged", "boolean", "whether the tolerance was reached" } } },
    { name = "md.Phonons", summary = "Force constants and what follows; see md.phonons.", fields = {
      { "structure", "atoms.Structure", "the primitive cell" },
      { "potential", "potential", "what it vibrates in" },
      { "cells", "list of 3 integers", "of the supercell" },
      { "step", "number", "Å" },
      { "asymmetry", "number", "eV/Å^2: what symmetry and the sum rule had to mend" } } },
  },
  functions = {
    { name = "md.run", summary = "Molecular dynamics.",
      arguments = { { "structure", "atoms.Structure",
        "the start; its velocities are used when it has some" } },
      options = { potential,
        { "steps", "integer", "to do; or time" },
        { "time", "number", "to do", unit = "fs" },
        { "timestep", "number", "of an integration step", unit = "fs", default = 1 },
        { "ensemble", "string", '"nve", "nvt" or "npt"', default = "nvt, npt with a pressure" },
        { "temperature", "number or list", "one, { from, to }, or pairs { time, T }", unit = "K",
          default = 300 },
        { "pressure", "number or list", "likewise", unit = "GPa", default = 0 },
        { "thermostat", "string", '"csvr", "langevin" or "nose-hoover"', default = "csvr" },
        { "barostat", "string", '"scr" or "mtk" (with nose-hoover)', default = "scr" },
        { "shape", "string", '"isotropic", "orthorhombic" or "triclinic": what the barostat moves',
          default = "isotropic" },
        { "thermostat_time", "number", "relaxation time", unit = "fs", default = 100 },
        { "barostat_time", "number", "relaxation time", unit = "fs", default = 1000 },
        { "compressibility", "number", "sets the pace of scr, not its result", unit = "1/GPa",
          default = 0.01 },
        { "chain", "integer", "length of the Nosé-Hoover chains, 1 to 8", default = 3 },
        { "velocities", "string", '"draw" new ones at the first temperature, or "keep"',
          default = "keep" },
        { "seed", "integer", "of velocities and noise", default = 1 },
        { "skin", "number", "of the neighbour list; changes speed, not results", unit = "Å",
          default = 1 },
        { "every", "integer", "steps from sample to sample", default = 10 },
        { "frames_every", "integer", "steps from frame to frame", default = "no frames" },
        { "frame", "function", "called as frame(structure, step) instead of keeping frames" },
        { "trajectory", "path", "of a file that takes the frames instead, as they come: .extxyz "
          .. "(all digits, whole frames whenever it is killed), or .h5: H5MD, made when the run "
          .. "ends" },
        { "stop", "table", "rules: deviation (eV/Å, of a committee) and extrapolations (number)" },
        { "checkpoint", "path", "saves the run there, and goes on from it when it is there" },
        { "checkpoint_every", "integer", "steps", default = 1000 },
        { "rescue", "path", "where the frame of a run without sense is stored (HDF5)",
          default = "md-stopped.h5" },
        { "most_move", "number", "what an atom may move in a step", unit = "Å", default = 1 },
        { "progress", "function", "called as progress(fraction, what)" } },
      returns = { { "md.Run", "samples, frames, the last structure" } },
      errors = "when an atom would move too far in a step or is lost (100 Å away where nothing is " ..
        "periodic), or the cell collapses or grows tenfold (the frame is saved); when a checkpoint is of another run",
      reference = "Bussi, Donadio and Parrinello (2007); Bernetti and Bussi (2020); " ..
        "Martyna, Tobias and Klein (1994)",
      example = data .. [[
local run = m.md.run(si, { potential = sw, temperature = { 300, 600 }, steps = 200 })
assert(run.reason == "finished" and run.time[-1] == 200)]] },
    { name = "md.Run:table", summary = "A table of what was sampled.",
      returns = { { "table.Table", "one row a sample" } },
      example = data .. 'assert(#m.md.run(si, { potential = sw, steps = 50 }):table() == 6)' },
    { name = "md.Run:plot", summary = "A figure of a sampled quantity over time.",
      arguments = { { "name", "string", 'such as "pressure"; "temperature" when absent' } },
      returns = { { "plot.Figure", "a line" } },
      example = data .. 'assert(m.md.run(si, { potential = sw, steps = 50 }):plot "potential")' },
    { name = "md.Run:mean", summary = "Mean and standard error of a sampled quantity.",
      arguments = { { "name", "string", 'such as "volume"' },
        { "from", "number", "time in fs from which on samples count; 0 when absent" } },
      returns = { { "number", "the mean" },
        { "number", "its error by blocks; NaN for fewer than 16 samples" } },
      reference = "Flyvbjerg and Petersen, J. Chem. Phys. 91, 461 (1989)",
      example = data .. [[
local mean, error_ = m.md.run(si, { potential = sw, steps = 400 }):mean("temperature", 100)
assert(mean > 100 and error_ > 0)]] },
    { name = "md.quench", summary = "Melts a structure, cools it at a rate, and holds it.",
      arguments = { { "structure", "atoms.Structure", "such as a crystal" } },
      options = { potential,
        { "hot", "number", "where it melts", unit = "K", default = 3000 },
        { "cold", "number", "where it ends", unit = "K", default = 300 },
        { "rate", "number", "of cooling", unit = "K/s", default = 1e13 },
        { "melt", "number", "time at the hot end", unit = "fs", default = 10000 },
        { "hold", "number", "time at the cold end", unit = "fs", default = 5000 },
        { "parts", "integer", "equal steps of temperature that the cooling is done in, 1 to 99",
          default = 9 },
        { "part", "function", "called as part(name, f) instead of f(), to keep results of parts: "
          .. "of a recipe run.step", default = "calls f" },
        { "frames", "integer", "of the hold", default = 20 },
        { "pressure", "number", "throughout", unit = "GPa", default = 0 },
        { "timestep", "number", "of an integration step", unit = "fs", default = 1 },
        { "seed", "integer", "of velocities and noise", default = 1 },
        { "shape", "string", "as for md.run; likewise thermostat_time, barostat_time, "
          .. "compressibility, stop, rescue", default = "isotropic" },
        { "progress", "function", "called as progress(fraction, part)" } },
      returns = { { "md.Quench", "samples of all parts in a row, frames of the hold" } },
      errors = "as md.run; a rule that stops a part ends the quench: see reason and why",
      example = data .. [[
local glass = m.md.quench(si, { potential = sw, rate = 1e16, melt = 50, hold = 50, parts = 3 })
assert(glass.reason == "finished" and glass.temperature[-1] < 2000)]] },
    { name = "md.Quench:plot", summary = "A figure of a sampled quantity over time.",
      arguments = { { "name", "string", 'such as "volume"; "temperature" when absent' } },
      returns = { { "plot.Figure", "a line" } },
      example = data .. [[
local glass = m.md.quench(si, { potential = sw, rate = 1e16, melt = 50, hold = 50, parts = 1 })
assert(glass:plot "volume")]] },
    { name = "md.relax",
      summary = "A local minimum of the energy, or of the enthalpy with the cell.",
      arguments = { { "structure", "atoms.Structure", "the start" } },
      options = { potential,
        { "cell", "string or boolean",
          '"fixed", "isotropic", "orthorhombic" or "triclinic" (true)', default = "fixed" },
        { "pressure", "number", "for a cell that relaxes", unit = "GPa", default = 0 },
        { "method", "string", '"lbfgs" or "fire"', default = "lbfgs" },
        { "force", "number", "converged when no force is longer", unit = "eV/Å", default = 1e-4 },
        { "stress", "number", "and no stress farther from the pressure", unit = "GPa",
          default = 1.6e-4 },
        { "iterations", "integer", "the most allowed", default = 2000 },
        { "fixed", "list of integers", "atoms that stay where they are", default = "none" } },
      returns = { { "md.Relaxed", "structure, energy, what is left of forces; converged" } },
      reference = "FIRE: Bitzek et al., Phys. Rev. Lett. 97, 170201 (2006)",
      example = data .. [[
local relaxed = m.md.relax(crystal(5.3), { potential = sw, cell = "isotropic" })
assert(relaxed.converged and math.abs(relaxed.structure.cell[1][1] - 5.43095) < 1e-4)]] },
    { name = "md.elastic",
      summary = "Elastic constants of a relaxed structure from strained cells.",
      arguments = { { "structure", "atoms.Structure", "relaxed, with its cell" } },
      options = { potential,
        { "strain", "number", "of the cells", default = 1e-3 },
        { "relax", "boolean", "whether atoms relax in them", default = true },
        { "force", "number", "tolerance of that", unit = "eV/Å", default = 1e-7 } },
      returns = { { "md.Elastic", "constants in GPa; bulk and shear modulus" } },
      example = data .. [[
local elastic = m.md.elastic(crystal(5.43094978), { potential = sw })
assert(math.abs(elastic.constants[1][1] - 151.42) < 0.1)]] },
    { name = "md.neb",
      summary = "The path of least energy between two minima, and the saddle on it.",
      arguments = { { "first", "atoms.Structure", "a relaxed minimum" },
        { "last", "atoms.Structure", "another one: the same atoms in the same cell" } },
      options = { potential,
        { "images", "integer", "between the ends", default = 7 },
        { "spring", "number", "constant of the band", unit = "eV/Å^2", default = 1 },
        { "tangent", "string", '"improved", or "bisection", which kinks', default = "improved" },
        { "climb", "boolean", "whether the highest image climbs to the saddle", default = true },
        { "climb_at", "number", "from what force on", unit = "eV/Å", default = 0.5 },
        { "idpp", "boolean", "whether the first path keeps atoms apart", default = true },
        { "force", "number", "converged when no atom's is longer", unit = "eV/Å", default = 0.01 },
        { "iterations", "integer", "the most allowed", default = 1000 },
        { "path", "list", "structures to start from, instead of images" } },
      returns = { { "md.Band", "images, energies, barriers; converged" } },
      errors = "when the ends have different atoms or cells, or are the same",
      reference = "Henkelman and Jonsson, J. Chem. Phys. 113, 9978 (2000); Henkelman, " ..
        "Uberuaga and Jonsson, ibid. 9901; Smidstrup et al., J. Chem. Phys. 140, 214106 (2014)",
      example = hop .. [[
local band = m.md.neb(a, b, { potential = lj, images = 3 })
assert(band.converged and math.abs(band.barrier - band.barrier_back) < 1e-6)]] },
    { name = "md.Band:curve",
      summary = "The energy along the path: cubics through images and slopes.",
      arguments = { { "points", "integer", "between two images; 20 when absent" } },
      returns = { { "array [k]", "distance, Å" }, { "array [k]", "energy, eV" } },
      example = hop .. [[
local x, y = m.md.neb(a, b, { potential = lj, images = 3 }):curve(10)
assert(#x == 41 and #y == 41)]] },
    { name = "md.Band:table", summary = "Distance, energy and slope of the images.",
      returns = { { "table.Table", "one row an image" } },
      example = hop .. "assert(#m.md.neb(a, b, { potential = lj, images = 3 }):table() == 5)" },
    { name = "md.Band:plot", summary = "A figure of the energy along the path.",
      returns = { { "plot.Figure", "a line and points" } },
      example = hop .. "assert(m.md.neb(a, b, { potential = lj, images = 3 }):plot())" },
    { name = "md.dimer", summary = "A saddle near a structure, without knowing where it leads.",
      arguments = { { "structure", "atoms.Structure", "a minimum, or near a saddle" } },
      options = { potential,
        { "mode", "array [n x 3]", "where to look first", default = "random" },
        { "atom", "integer", "around which the random direction is largest", default = "all" },
        { "radius", "number", "how far from that atom others take part", unit = "Å", default = 4 },
        { "push", "number", "moves the start along the mode", unit = "Å", default = 0.3 },
        { "seed", "integer", "of the random direction", default = 1 },
        { "separation", "number", "of the dimer", unit = "Å", default = 0.01 },
        { "force", "number", "converged when no force is longer", unit = "eV/Å", default = 1e-3 },
        { "iterations", "integer", "the most allowed", default = 1000 } },
      returns = { { "md.Saddle", "structure, mode, curvature; converged" } },
      reference = "Henkelman and Jonsson, J. Chem. Phys. 111, 7010 (1999)",
      example = hop .. [[
local saddle = m.md.dimer(a, { potential = lj, push = 0.5,
  mode = { { 0, 0, 0 }, { 0, 0, 0 }, { 0, 0, 0 }, { 0, 0, 0 }, { 0, 0, -1 } } })
assert(saddle.converged and saddle.curvature < 0)]] },
    { name = "md.phonons",
      summary = "Force constants of a relaxed structure by finite displacements.",
      arguments = { { "structure", "atoms.Structure", "relaxed" } },
      options = { potential,
        { "repeat", "integer or list of 3", "cells of the supercell, twice the cutoff wide or more",
          default = 1 },
        { "step", "number", "displacement", unit = "Å", default = 1e-3 } },
      returns = { { "md.Phonons", "frequencies, bands, density of states on demand" } },
      example = data .. [[
local phonons = m.md.phonons(crystal(5.43094978), { potential = sw, ["repeat"] = 2 })
assert(math.abs(phonons:frequencies({ { 0, 0, 0 } }):max() - 17.8327) < 1e-3)]] },
    { name = "md.Phonons:frequencies", summary = "Frequencies at wave vectors.",
      arguments = { { "q", "array [k x 3]", "in reciprocal vectors" } },
      options = { { "unit", "string", '"THz", "cm-1" or "meV"', default = "THz" } },
      returns = { { "array [k x 3 n]", "rising; imaginary ones are negative" } },
      example = data .. [[
local f = m.md.phonons(si, { potential = sw }):frequencies({ { 0, 0, 0 } }, { unit = "cm-1" })
assert(f.shape[2] == 24 and f:max() > 590)]] },
    { name = "md.Phonons:modes", summary = "Frequencies and normal modes at q = 0.",
      options = { { "unit", "string", '"THz", "cm-1" or "meV"', default = "THz" } },
      returns = { { "array [3 n]", "frequencies" },
        { "array [3 n x 3 n]", "mass-weighted modes in columns" } },
      example = data .. [[
local f, e = m.md.phonons(si, { potential = sw }):modes()
assert(#f == 24 and e.shape[1] == 24)]] },
    { name = "md.Phonons:dos", summary = "Density of states, whose integral is 3 n.",
      options = { { "mesh", "integer or list of 3", "points of q", default = 8 },
        { "width", "number", "standard deviation of the Gaussians", unit = "that of the result",
          default = "0.1 THz" },
        { "points", "integer", "of the result", default = 500 },
        { "unit", "string", '"THz", "cm-1" or "meV"', default = "THz" } },
      returns = { { "array [k]", "frequencies" }, { "array [k]", "states per frequency" } },
      example = data .. [[
local x, y = m.md.phonons(si, { potential = sw }):dos { mesh = 2 }
assert(math.abs((y * (x[2] - x[1])):sum() - 24) < 0.1)]] },
    { name = "md.Phonons:path", summary = "Frequencies along lines between wave vectors.",
      arguments = { { "points", "list", "wave vectors in reciprocal vectors" } },
      options = { { "each", "integer", "points of a line", default = 50 },
        { "unit", "string", '"THz", "cm-1" or "meV"', default = "THz" } },
      returns = { { "array [k]", "distance, 1/Å" }, { "array [k x 3 n]", "frequencies" } },
      example = data .. [[
local x, f = m.md.phonons(si, { potential = sw }):path({ { 0, 0, 0 }, { 0.5, 0, 0 } }, { each = 4 })
assert(#x == 5 and f.shape[1] == 5)]] },
    { name = "md.Phonons:plot",
      summary = "A figure of bands along a path, or of the density of states.",
      arguments = { { "points", "list", "wave vectors; none: the density of states" } },
      options = { { "unit", "string", '"THz", "cm-1" or "meV"', default = "THz" } },
      returns = { { "plot.Figure", "lines" } },
      example = data .. [[
local phonons = m.md.phonons(si, { potential = sw })
assert(phonons:plot({ { 0, 0, 0 }, { 0.5, 0, 0 } }) and phonons:plot(nil, { mesh = 2 }))]] },
  },
}
