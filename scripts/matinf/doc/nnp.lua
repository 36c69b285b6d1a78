-- Documentation of module nnp.

-- Files of a small potential for hydrogen, in the folder "H".
local files = [[
m.sys.mkdir "H"
m.sys.write_atomic("H/input.nn", "elements H\ncutoff_type 1\nscale_symmetry_functions\n"
  .. "global_hidden_layers_short 1\nglobal_nodes_short 2\nglobal_activation_short t l\n"
  .. "symfunction_short H 2 H 0.1 0.0 6.0\nsymfunction_short H 3 H H 0.1 1 1 6.0\n")
m.sys.write_atomic("H/scaling.data", "1 1 0.0 2.0 1.0 0.5\n1 2 0.0 2.0 1.0 0.5\n")
m.sys.write_atomic("H/weights.001.data", "0.1\n0.2\n0.3\n0.4\n0.5\n0.6\n0.7\n0.8\n0.9\n")
local pot = m.nnp.read_n2p2("H", { length = "bohr", energy = "hartree" })
local h3 = m.atoms.new { symbols = "H3", positions = { { 0, 0, 0 }, { 0.9, 0, 0 }, { 0, 1, 0.2 } } }
]]

-- Its sheet on two structures that it labelled itself.
local sheet = files .. [[
local far = h3:copy()
far.positions[{ 2, 1 }] = 1.1
h3.info.config_type, far.info.config_type = "near", "far"
for _, s in ipairs { h3, far } do s.energy, s.forces = pot:evaluate(s) end
local sheet = pot:sheet { h3, far }
]]

-- A small potential trained on silicon by Stillinger and Weber.
local trained = [[
local sw, list = m.potentials.stillinger_weber(), {}
for i = 1, 8 do
  local s = m.atoms.bulk("Si", "diamond", { a = 5.25 + 0.05 * i }):rattle { sigma = 0.05, seed = i }
  list[i] = sw:label(s)
end
local set = m.descriptors.symmetry_functions { elements = { "Si" }, cutoff = 4, radial = 4,
  angular = 6 }
local potential = m.nnp.train(list, { descriptors = set, hidden = { 4 }, iterations = 10 })
]]

-- Options of nnp.train and nnp.train_kernel alike.
local shared = {
  descriptors = { "descriptors.SymmetryFunctions", "functions of the elements; those that do not "
    .. "vary are left out", default = "nnp.descriptors" },
  cutoff = { "number", "of the functions made by rule", unit = "Å" },
  core = { "potentials.Potential", "a repulsion at short distances such as potentials.zbl: its part "
    .. "is taken off the labels, and added to what the model gives", default = "none" },
}

local function option(name)
  local o = { name }
  for key, value in pairs(shared[name]) do o[type(key) == "number" and key + 1 or key] = value end
  return o
end

return {
  name = "nnp",
  summary = "Neural-network potentials of Behler and Parrinello, and committees of them.",
  description = [[
The energy is the sum over the atoms of networks whose inputs are symmetry functions (see
descriptors): E = sum N_e(G). Files of n2p2 and RuNNer are read and written; energies and forces are
those of n2p2. Everything here is in Å and eV; n2p2's files have no units of their own, so reading
them takes theirs.

A committee is evaluated as one potential: energies and forces are the means of its members,
deviations are root mean squares about the mean (divided by the number of members).]],
  classes = {
    { name = "nnp.Potential", summary = "A potential or a committee; see nnp.read_n2p2.", fields = {
      { "descriptors", "descriptors.SymmetryFunctions", "lengths in Å" },
      { "networks", "table", "by symbol: hidden (widths), activation (n2p2's letters); or the "
        .. "kernel, length, power and points of nnp.train_kernel" },
      { "fan_in", "boolean", "sums of nodes are divided by the number of inputs" },
      { "members", "list of tables",
        "parameters by symbol, scaling, atom_energy, normalisation" },
      { "length_unit", "number", "unit of the members' numbers, Å" },
      { "energy_unit", "number", "unit of the members' numbers, eV" },
      { "core", "potentials.Potential", "whose part is added to the networks', or nil" },
      { "posterior", "table", "of a Gaussian process: factor, prior, amplitude (eV), noise by kind "
        .. "of label (eV/atom, eV/Å, eV/atom), log_likelihood; or nil" },
      { "unknown", "list of strings", "keywords in input.nn that were not understood, or nil" },
      { "network", "userdata", "what evaluates the networks" },
      { "kernel", "userdata", "what evaluates the whole" } } },
    { name = "nnp.Extrapolation", summary = "Where structures leave the range of the training data.",
      fields = {
      { "structures", "integer", "how many were looked at" },
      { "frames", "list of integers", "those that leave the range" },
      { "atoms", "list of integers", "how many atoms of each of these" },
      { "rows", "array [r x 8]",
        "function, frames, atoms, least, most, worst frame, its atom, excess in widths of the range" },
      { "low", "array", "range of every function" },
      { "high", "array", "range of every function" },
      { "functions", "descriptors.SymmetryFunctions", "what the rows count" } } },
    { name = "nnp.Sheet", summary = "How well a potential predicts; see nnp.Potential:sheet.",
      fields = {
      { "energies", "array [k x 2]", "reference and prediction of every structure, eV/atom" },
      { "forces", "array [q x 2]", "likewise of every force component, eV/Å; nil without forces" },
      { "components", "array [k]", "how many of these belong to each structure" },
      { "types", "list of strings", "info.config_type of the structures" },
      { "extrapolation", "nnp.Extrapolation", "where they leave the range of the training data" },
      { "energy_spread", "array [k]", "deviation within a committee or of a "
        .. "Gaussian process, eV/atom; else nil" },
      { "force_spread", "array [q]", "likewise of the forces, eV/Å" },
      { "solids", "list of tables", "of the crystal, by the potential and the reference: name, "
        .. "converged, atoms, volume (Å^3/atom), energy (eV/atom), curve (volume, energy, outside: "
        .. "atoms out of range), constants, bulk, shear (GPa), optical (at Γ, THz)" } } },
  },
  functions = {
    { name = "nnp.read_n2p2", summary = "Reads a potential from the files of n2p2 or RuNNer.",
      arguments = { { "folders", "string or list of strings",
        "with input.nn, scaling.data, weights.NNN.data, perhaps each .gz; several make a committee" },
        { "options", "table", "see below" } },
      options = {
        { "length", "string or number", '"Å", "bohr", or a number of Å', default = "Å" },
        { "energy", "string or number", '"eV", "hartree", or a number of eV', default = "eV" } },
      returns = { { "nnp.Potential", "ready to evaluate" } },
      errors = "when a file is missing or not as expected; for potentials with charges (3G, 4G)",
      reference = "Singraber et al., J. Chem. Theory Comput. 15, 1827 (2019)",
      example = files .. 'assert(#pot.members == 1 and math.abs(pot.descriptors.cutoff - 3.175) < 1e-3)' },
    { name = "nnp.n2p2_options", summary = "Options of nnp.train from n2p2's settings.",
      description = [[
Symmetry functions, widths, activation, the Kalman filter and its epochs are those of input.nn.
Means and spreads for scaling and normalisation are taken from the structures that are trained on.]],
      arguments = { { "folder", "string", "with input.nn, perhaps .gz" },
        { "options", "table", "see below" } },
      options = {
        { "length", "string or number", '"Å", "bohr", or a number of Å', default = "Å" } },
      returns = { { "table", "method = \"kalman\", descriptors, hidden, activation, iterations, "
        .. "validation, kalman; to be changed as one likes" } },
      errors = "when the file asks for another way of training",
      example = files .. [[
local o = m.nnp.n2p2_options("H", { length = "bohr" })
assert(o.method == "kalman" and #o.descriptors.functions == 2)]] },
    { name = "nnp.descriptors", summary = "Symmetry functions for structures by rule.",
      description = [[
The cutoff is the radius within which an atom has 32 neighbours on average, the grid of distances
starts at 0.75 of the closest distance of two atoms: one rule for all substances. Radial functions
of type 2 and angular ones of type 9 (zeta 1, 2, 4, 16), each for one shell of neighbours.]],
      arguments = { { "structures", "list of atoms.Structure", "what shall be described" },
        { "options", "table", "see below" } },
      options = {
        { "cutoff", "number", "instead of the rule", unit = "Å" },
        { "radial", "integer", "radial functions for each element", default = 10 },
        { "angular", "integer", "angular functions for each pair of elements, a multiple of 8",
          default = 48 },
        { "centered", "integer", "more angular functions for each pair, a multiple of 8, that see "
          .. "neighbours at all distances at once, nearer ones more or less", default = 0 } },
      returns = { { "descriptors.SymmetryFunctions", "functions of all elements there" } },
      errors = "when no two atoms are near each other",
      reference = "Behler, J. Chem. Phys. 134, 074106 (2011)",
      example = [[
local si = m.atoms.bulk("Si", "diamond", { a = 5.43, cubic = true })
local set = m.nnp.descriptors { si }
assert(#set.functions == 58 and math.abs(set.cutoff - 5.4) < 0.3)
assert(#m.nnp.descriptors({ si }, { centered = 24 }).functions == 82)]] },
    { name = "nnp.train", summary = "Trains a potential, or a committee, on labelled structures.",
      arguments = { { "structures", "list of atoms.Structure",
        "with energies; forces and stresses are used when all structures have them; info.weight "
        .. "(1) (positive) weights a structure's squared errors, info.config_type spreads the validation" } },
      options = {
        option "descriptors", option "cutoff",
        { "hidden", "list", "widths of the hidden layers", default = "{20, 20}" },
        { "activation", "string", '"tanh", "softplus", "logistic" or "gaussian"', default = "tanh" },
        { "validation", "number", "share of the structures held out: they choose the iteration "
          .. "that is kept; every member of a committee has others", default = 0.1 },
        { "seed", "integer", "of the splits and of the first weights", default = 1 },
        { "members", "integer", "potentials in the committee", default = 1 },
        { "method", "string", '"gauss-newton" (Levenberg-Marquardt on all residuals) or "kalman" '
          .. "(one energy or force component after the other)", default = "gauss-newton" },
        { "iterations", "integer", "most steps, or epochs of the filter", default = "40, 20" },
        { "patience", "integer", "stop after so many without a better validation", default = 10 },
        { "energy_scale", "number", "the error of an energy that counts as one", default = 1e-3,
          unit = "eV/atom" },
        { "force_scale", "number", "likewise of a force component", default = 0.1, unit = "eV/Å" },
        { "stress_scale", "number", "likewise of the virial", default = 0.02, unit = "eV/atom" },
        { "prior", "number", "times the sum of squares of the parameters is added", default = 1 },
        { "memory", "number", "for kept descriptors; what does not fit is computed again",
          default = 270, unit = "MB" },
        { "checkpoint", "string", "path to which CHECKPOINT.SEED.h5 is written after every "
          .. "iteration, and from which the same training goes on", default = "none" },
        option "core",
        { "kalman", "table", "epsilon, q0, qtau, qmin, eta, etatau, etamax, force_weight, "
          .. "force_fraction, threshold, trials of the filter", default = "as n2p2 recommends" } },
      returns = { { "nnp.Potential", "with training: curves (a member: best_at, rows of energy, "
        .. "force and virial errors, held_ for the validation), pruned (functions that did not "
        .. "vary)" } },
      errors = "when a structure has no energy, or lacks forces or stress that others have",
      reference = "Marquardt, J. SIAM 11, 431 (1963); Singraber et al., J. Chem. Theory Comput. "
        .. "15, 3075 (2019)",
      example = [[
local sw, list = m.potentials.stillinger_weber(), {}
for i = 1, 8 do
  local s = m.atoms.new { symbols = "Si2", cell = { 6, 6, 6 },
    positions = { { 0, 0, 0 }, { 2 + 0.1 * i, 0.2, 0 } } }
  s.energy, s.forces = sw:evaluate(s)
  list[i] = s
end
local set = m.descriptors.symmetry_functions { elements = { "Si" }, cutoff = 4, radial = 4,
  angular = 0 }
local potential = m.nnp.train(list, { descriptors = set, hidden = { 4 }, iterations = 20 })
local energy = potential:evaluate(list[3])
assert(math.abs(energy - list[3].energy) < 0.05)]] },
    { name = "nnp.train_kernel",
      summary = "Fits a kernel-ridge or Gaussian-process potential to labelled structures.",
      description = [[
Symmetry functions with another model: E = sum over atoms of sum_m alpha_m k(g, s_m), where the
reference environments s are atoms of the structures, chosen by farthest-point sampling, and g are
symmetry functions over their ranges. Kernels: "gaussian", exp(-|g-s|^2/(2 length^2)), or
"polynomial", the normalised (length^2 + g.s)^power. The fit is regularised least squares of
energies, forces and stresses by QR. How large residuals are taken to be is chosen by the structures
held out, whose errors shall be least (model "ridge"; squares of errors over those of a first try are
summed; 1 meV/atom of an energy counts as 0.1 eV/Å of a force and 20 meV/atom of a virial), or for
each kind by the likelihood ("gp"); then all structures are fitted. Energies are better with
"ridge", since a likelihood listens to the many forces; with "gp", evaluate{deviation = true} gives
the standard deviation of the energy, which grows away from the reference environments; forces have
none.

A fit takes time by the square of the points, an evaluation by their number: 2000 points on 13,000
atoms of silicon took 41 to 50 CPU s on one thread and 310 MB; an atom takes
40 us, three times as long as with a committee of four networks. The potential is an nnp.Potential
and used like any; n2p2's files cannot hold it.]],
      arguments = { { "structures", "list of atoms.Structure", "as for nnp.train" } },
      options = {
        option "descriptors", option "cutoff",
        { "model", "string", '"ridge" or "gp"', default = "ridge" },
        { "kernel", "string", '"gaussian" or "polynomial"', default = "gaussian" },
        { "length", "number", "in units of the root mean square distance of two environments",
          default = 4 },
        { "power", "integer", "of the polynomial, 1 to 64", default = 4 },
        { "points", "integer", "reference environments in all, shared evenly by the elements",
          default = 2000 },
        { "validation", "number", "share of the structures held out", default = 0.1 },
        { "seed", "integer", "of the split, and so of the regularisation; nothing else is drawn",
          default = 1 },
        option "core",
        { "progress", "function", "called with the fraction done (or nil) and what is done",
          default = "none" } },
      returns = { { "nnp.Potential", "with training: errors of all structures, held_errors of those "
        .. "held out before they were fitted, too (root mean squares: energy eV/atom, force eV/Å, "
        .. "virial eV/atom), regularisation (by kind of label, in units of the amplitude), "
        .. "structures, validation, messages (functions left out)" } },
      errors = "as nnp.train; model \"ridge\" with too few structures to hold one out",
      reference = "Quinonero-Candela and Rasmussen, J. Mach. Learn. Res. 6, 1939 (2005); Bartok "
        .. "and Csanyi, Int. J. Quantum Chem. 115, 1051 (2015)",
      example = [[
local sw, list = m.potentials.stillinger_weber(), {}
for i = 1, 6 do
  local s = m.atoms.bulk("Si", "diamond", { a = 5.25 + 0.05 * i }):rattle { sigma = 0.05, seed = i }
  list[i] = sw:label(s)
end
local set = m.descriptors.symmetry_functions { elements = { "Si" }, cutoff = 4, radial = 4,
  angular = 6 }
local potential = m.nnp.train_kernel(list, { descriptors = set, points = 10,
  model = "gp" })
local energy, forces, virial, _, more = potential:evaluate(list[1], { deviation = true })
assert(more.energy_deviation > 0)]] },
    { name = "nnp.load", summary = "Reads a potential that Potential:save wrote.",
      arguments = { { "path", "string", "file" } },
      returns = { { "nnp.Potential", "ready to evaluate" } },
      errors = "when the file is damaged or holds something else",
      example = files .. [[
pot:save "h.nnp.h5"
assert(m.nnp.load "h.nnp.h5":evaluate(h3) == pot:evaluate(h3))]] },
    { name = "nnp.Potential:evaluate", summary = "Energy, forces and virial of a structure.",
      arguments = { { "structure", "atoms.Structure", "with elements of the potential only" },
        { "options", "table", "see below" } },
      options = {
        { "forces", "boolean", "also forces and virial", default = true },
        { "deviation", "boolean", "also by how much the members of a committee disagree",
          default = false },
        { "extrapolation", "boolean", "also which functions are out of their range",
          default = false } },
      returns = { { "number", "energy, eV" }, { "array [n x 3]", "forces, eV/Å" },
        { "array [3 x 3]", "virial, eV: -dE/d strain; the stress is -virial / volume" },
        { "array [n]", "energies of the atoms, eV" },
        { "table", "energy, energies, forces, virial; energy_deviation, force_deviation [n x 3]; "
          .. "extrapolation (rows function, count, least, most, atom, excess), outside [n]" } },
      errors = "when an atom's element is unknown, atoms overlap, or the energy is not finite",
      example = files .. [[
local e, f, v, energies, more = pot:evaluate(h3, { extrapolation = true })
assert(#more.extrapolation == 0 and math.abs(energies:sum() - e) < 1e-9 and f:sum(1):abs():max() < 1e-9)]] },
    { name = "nnp.Potential:extrapolation",
      summary = "Which structures leave the range of the training data, in which functions.",
      arguments = { { "structures", "atoms.Structure or list", "what to look at" } },
      returns = { { "nnp.Extrapolation", "one row a function, however many atoms it concerns" } },
      errors = "as Potential:evaluate",
      example = files .. "assert(#pot:extrapolation(h3).frames == 0)" },
    { name = "nnp.Potential:sheet",
      summary = "A validation sheet: errors on labelled structures, and properties of a crystal.",
      arguments = { { "structures", "list of atoms.Structure",
        "with energies, and all or none with forces; best ones that training has not seen" } },
      options = {
        { "crystal", "atoms.Structure", "whose cell is relaxed, and then E(V) (lengths up to 4 % "
          .. "shorter and longer), elastic constants and Γ frequencies", default = "none" },
        { "reference", "potential", "of any class, whose crystal stands beside",
          default = "none" } },
      returns = { { "nnp.Sheet", "errors, tables and figures" } },
      errors = "when an energy is missing, or forces of some structures; as Potential:evaluate",
      example = sheet .. [[
assert(sheet.energies.shape[1] == 2 and sheet:errors().energy < 1e-9)]] },
    { name = "nnp.Sheet:errors", summary = "Root mean square errors and their own errors.",
      description = [[
The error of an error comes from its differences between structures, since forces in one structure
are not independent of each other; it is not a number for a single structure.]],
      arguments = { { "type", "string", "configuration type; all when absent" } },
      returns = { { "table", "structures; energy, energy_error, energy_spread (eV/atom); force, "
        .. "force_error, force_spread (eV/Å); spreads are root mean squares over a committee" } },
      errors = "when no structure is of the type",
      example = sheet .. 'assert(sheet:errors("near").structures == 1)' },
    { name = "nnp.Sheet:table", summary = "Errors by configuration type.",
      returns = { { "table.Table", "one row a type, the last for all" } },
      example = sheet .. "assert(#sheet:table() == 3)" },
    { name = "nnp.Sheet:properties", summary = "What the potential says about the crystal.",
      returns = { { "table.Table", "volume, energy, elastic constants, frequencies at Γ" } },
      errors = "when the sheet was made without a crystal",
      example = trained .. [[
local si = m.atoms.bulk("Si", "diamond", { a = 5.4 })
local sheet = potential:sheet({ list[3] }, { crystal = si, reference = sw })
local t = sheet:properties()
assert(math.abs(t:column "reference"[1] - 20.02) < 0.01)]] },
    { name = "nnp.Sheet:plot", summary = "A figure of the sheet.",
      arguments = { { "kind", "string",
        '"energies" or "forces" (parity), "volume" (E(V) of the crystal)' } },
      returns = { { "plot.Figure", "parity plots are square" } },
      errors = "when there are no forces or no crystal",
      example = sheet .. 'assert(sheet:plot "energies" and sheet:plot "forces")' },
    { name = "nnp.Potential:range", summary = "The range of every symmetry function in training.",
      returns = { { "array [f]", "least values" }, { "array [f]", "greatest values" } },
      example = files .. "local low, high = pot:range(); assert(low[1] == 0 and high[1] == 2)" },
    { name = "nnp.Potential:save", summary = "Writes the potential in matinf's own format (HDF5).",
      arguments = { { "path", "string", "file" } },
      example = files .. 'pot:save "h.nnp.h5"; assert(m.sys.exists "h.nnp.h5")' },
    { name = "nnp.Potential:with_core",
      summary = "The same networks with a core: a classical potential whose part is added.",
      description = "For potentials read from n2p2's files that were trained without the core's "
        .. "part. Training with the option core gives a potential that has it.",
      arguments = { { "core", "potentials.Potential or nil",
        "such as potentials.zbl; nil takes the core away" } },
      returns = { { "nnp.Potential", "a new one" } },
      example = files .. [[
local whole = pot:with_core(m.potentials.zbl { elements = { "H" }, outer = 0.95 })
assert(whole:evaluate(h3) > pot:evaluate(h3))]] },
    { name = "nnp.Potential:write_n2p2", summary = "Writes n2p2's files.",
      arguments = { { "folder", "string",
        "made when missing; a committee is written into its folders nnp-1, nnp-2, ..." } },
      returns = { { "string or nil", "a warning, printed too, when the potential has a core, which "
        .. "n2p2's files cannot hold" } },
      errors = "when the functions do not share one cutoff function",
      example = files .. [[
pot:write_n2p2 "again"
local twin = m.nnp.read_n2p2("again", { length = "bohr", energy = "hartree" })
assert(math.abs(twin:evaluate(h3) - pot:evaluate(h3)) < 1e-9)]] },
    { name = "nnp.Extrapolation:table", summary = "One row a symmetry function out of its range.",
      returns = { { "table.Table", "function, frames, atoms, values met, range, the worst case" } },
      example = files .. "assert(#pot:extrapolation(h3):table() == 0)" },
    { name = "nnp.Extrapolation:extract", summary = "The structures that leave the range.",
      arguments = { { "structures", "list of atoms.Structure", "those that were looked at" } },
      returns = { { "list of atoms.Structure", "in their order" } },
      example = files .. [[
local close = h3:copy()
close.positions[{ 2, 1 }] = 0.1
local report = pot:extrapolation { h3, close, close }
assert(#report:extract { h3, close, close } == #report.frames)]] },
  },
}
