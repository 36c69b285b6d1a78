-- Documentation of module atoms.

local data = [[
local si = m.atoms.new { symbols = "Si2", fractional = { { 0, 0, 0 }, { 0.25, 0.25, 0.25 } },
  cell = { { 0, 2.715, 2.715 }, { 2.715, 0, 2.715 }, { 2.715, 2.715, 0 } } }
]]

local new_one = { "atoms.Structure", "a new one" }

return {
  name = "atoms",
  summary = "Structures of atoms: cells, neighbours, files.",
  description = [[
Positions are Cartesian, in Å; the cell has the vectors a, b, c as rows, so that positions =
fractional x cell. Energies are in eV, forces in eV/Å. The stress is in eV/Å^3 and positive under
tension (a virial is - volume x stress).

A structure is a table: its fields may be read and replaced. positions, numbers, cell, forces and
the like must stay arrays of their shape and dtype.]],
  classes = {
    { name = "atoms.Structure", summary = "Atoms in a cell, and what is known of them.", fields = {
      { "positions", "array [n x 3]", "Å" },
      { "numbers", "array [n] i32", "atomic numbers; 0 for what is no element" },
      { "cell", "array [3 x 3]", "rows a, b, c in Å; zero where there is none" },
      { "periodic", "list of 3 booleans", "along which vectors the structure repeats" },
      { "energy", "number", "eV; nil when unknown" },
      { "forces", "array [n x 3]", "eV/Å; nil when unknown" },
      { "stress", "array [3 x 3]", "eV/Å^3, positive under tension; nil when unknown" },
      { "velocities", "array [n x 3]", "Å/fs; nil when unknown" },
      { "charges", "array [n]", "e; nil when unknown" },
      { "masses", "array [n]", "u; nil for the standard atomic weights" },
      { "info", "table", "further facts of the structure by name" },
      { "arrays", "table", "further values of every atom by name: arrays or lists of strings" },
      { "file", "string", "where it was read; may be nil" },
      { "frame", "integer", "its place in that file, from 1; may be nil" } } },
    { name = "atoms.Neighbours", summary = "Who is near whom; see atoms.Structure:neighbours.",
      fields = {
      { "cutoff", "number", "Å" },
      { "first", "array [n + 1] i64",
        "the neighbours of atom i are rows first[i] to first[i + 1] - 1" },
      { "index", "array [p] i64", "the neighbour" },
      { "images", "array [p x 3] i32", "cells along a, b, c to its image" },
      { "vectors", "array [p x 3]", "from the atom to the neighbour, Å" },
      { "distances", "array [p]", "Å" } } },
  },
  functions = {
    { name = "atoms.new", summary = "Makes a structure.",
      options = {
        { "symbols", "string or list of strings",
          'such as "SiO2" or {"Si", "O", "O"}; "X" is none' },
        { "numbers", "list of integers", "atomic numbers, instead of symbols" },
        { "positions", "array [n x 3]", "Cartesian", unit = "Å" },
        { "fractional", "array [n x 3]", "instead of positions" },
        { "cell", "table or array",
          "3 vectors; 3 lengths; 3 lengths and 3 angles (degrees); 1 length: a cube", unit = "Å",
          default = "none" },
        { "periodic", "boolean or list of 3 booleans", "along which vectors it repeats",
          default = "true with a cell" },
        { "energy", "number", "of the whole", unit = "eV" },
        { "forces", "array [n x 3]", "on every atom", unit = "eV/Å" },
        { "stress", "array [3 x 3]", "positive under tension", unit = "eV/Å^3" },
        { "velocities", "array [n x 3]", "of every atom", unit = "Å/fs" },
        { "charges", "array [n]", "of every atom", unit = "e" },
        { "masses", "array [n]", "of every atom", unit = "u" },
        { "info", "table", "further facts by name" },
        { "arrays", "table", "further values of every atom by name" },
        { "file", "string", "where it comes from" }, { "frame", "integer", "its place there" } },
      returns = { { "atoms.Structure", "the structure" } },
      errors = "when a position is not finite, shapes do not fit, an element is unknown, "
        .. "the cell is flat",
      example = data .. [[assert(#si == 2 and math.abs(si:volume() - 5.43^3 / 4) < 1e-9)]] },
    { name = "atoms.bulk", summary = "A crystal by its prototype.",
      description = [[
Prototypes: alpha-quartz, bcc, beta-cristobalite (ideal), cesiumchloride, diamond, fcc, fluorite,
graphite, hcp, perovskite, rocksalt, sc, wurtzite, zincblende.]],
      arguments = { { "symbols", "string or list of strings",
          'the elements, each once, in the order of the formula: "Si", "NaCl", "SiO", "SrTiO"' },
        { "prototype", "string", "see above" } },
      options = { { "a", "number", "lattice constant; must be given", unit = "Å" },
        { "c", "number", "of hexagonal ones", unit = "Å", default = "the ideal ratio" },
        { "cubic", "boolean", "the conventional cell instead of the primitive one",
          default = false } },
      returns = { { "atoms.Structure", "the cell" } },
      reference = "quartz: Levien, Prewitt, Weidner, Am. Mineral. 65, 920 (1980)",
      example = [[
local si = m.atoms.bulk("Si", "diamond", { a = 5.43, cubic = true })
assert(#si == 8 and si:neighbours { cutoff = 5 }:count()[1] == 28)]] },
    { name = "atoms.read", summary = "Reads the structures of a file.",
      description = [[
Formats: extxyz; n2p2 (input.data); VASP's poscar (CONTCAR too), xdatcar, outcar, vasprun, ml_ab; qe
(output of pw.x); cp2k (output); lammps_data, lammps_dump; cif; h5md. The format is known from the
name of the file or from its first lines; gz files are uncompressed. Steps whose electrons did not
converge are refused. Energies of VASP are those for sigma -> 0, the free energy is in info.
Energy, forces and stress are found under their usual names (energy, REF_energy, free_energy;
forces, force, REF_forces; stress, virial, ...); of several the first is taken, the others stay in
info and arrays. Six numbers of a stress are xx yy zz yz xz xy unless options.stress says otherwise:
{ "name in the file", order = "xx yy zz xy xz yz", unit = "kbar", positive = "compression" }.]],
      arguments = { { "file", "string", "path" } },
      options = {
        { "format", "string", "where the name says nothing", default = "found out" },
        { "frames", "integer or {first, last, step}", "which structures", default = "all" },
        { "require", "list of strings", "labels that every structure must have" },
        { "energy", "string", "name of the energy in the file" },
        { "forces", "string", "name of the forces in the file" },
        { "stress", "string or table", "name, order, unit and sign of the stress" },
        { "species", "list of strings", "elements by type, where the file has only types" } },
      returns = { { "list of atoms.Structure", "with file and frame" } },
      errors = "with file, line, frame and atom: what was expected there",
      example = data .. [[
si.energy = -10.8
m.atoms.write("si.xyz", { si, si })
local list = m.atoms.read("si.xyz", { require = { "energy" } })
assert(#list == 2 and list[2].energy == -10.8)]] },
    { name = "atoms.write", summary = "Writes structures to a file, whole or not at all.",
      description = [[
Formats: extxyz (.xyz, .extxyz), n2p2 (input.data), poscar, lammps_dump (.lammpstrj, .dump),
lammps_data (.data, .lmp), cif, h5md (.h5, .h5md). A name that ends in .gz is compressed. Positions
come back bit by bit, but for cif, which has fractional coordinates. Only extxyz keeps info and
arrays.]],
      arguments = { { "file", "string", "path; its end says the format" },
        { "structures", "atoms.Structure or list of atoms.Structure", "what to write" } },
      options = {
        { "format", "string", "where the name says nothing", default = "by the name" },
        { "decimals", "integer", "of every number of an atom, 0 to 17",
          default = "as many as read back exactly" } },
      returns = {},
      example = data .. [[
m.atoms.write("si.extxyz.gz", si)
assert(m.atoms.read("si.extxyz.gz")[1].positions:equal(si.positions))]] },
    { name = "atoms.Structure:symbols", summary = "The symbols of the atoms.",
      returns = { { "list of strings",
        'where the number is 0, the name in arrays.species or "X"' } },
      example = data .. [[assert(si:symbols()[2] == "Si")]] },
    { name = "atoms.Structure:formula", summary = "The composition in the order of Hill.",
      returns = { { "string", 'such as "O2Si"' } },
      example = data .. [[assert(si:formula() == "Si2")]] },
    { name = "atoms.Structure:volume", summary = "The volume of the cell.",
      returns = { { "number", "Å^3; nil when a cell vector is missing" } },
      example = data .. [[assert(math.abs(si:volume() - 2 * 2.715^3) < 1e-9)]] },
    { name = "atoms.Structure:cell_parameters", summary = "Lengths and angles of the cell.",
      returns = { { "number", "a, Å" }, { "number", "b, Å" }, { "number", "c, Å" },
        { "number", "alpha, between b and c, degrees" }, { "number", "beta" },
        { "number", "gamma" } },
      example = data .. [[
local a, b, c, alpha = si:cell_parameters()
assert(math.abs(a - 5.43 / 2^0.5) < 1e-9 and math.abs(alpha - 60) < 1e-9)]] },
    { name = "atoms.Structure:fractional", summary = "Positions in units of the cell vectors.",
      returns = { { "array [n x 3]", "fractional coordinates; Å where a cell vector is missing" } },
      example = data .. [[assert(math.abs(si:fractional()[2][3] - 0.25) < 1e-12)]] },
    { name = "atoms.Structure:wrap", summary = "Moves the atoms into the cell.",
      description = "Along vectors that are not periodic nothing is moved.",
      returns = { new_one },
      example = data .. [[
si.positions = si.positions - 100
local f = si:wrap():fractional()
assert(f:min() > -1e-9 and f:max() < 1 + 1e-9)]] },
    { name = "atoms.Structure:copy", summary = "A structure of its own with everything the same.",
      returns = { new_one },
      example = data .. [[
local other = si:copy()
other.positions[1][1] = 7
assert(si.positions[1][1] == 0)]] },
    { name = "atoms.Structure:supercell",
      summary = "The structure repeated along its cell vectors.",
      description = [[
Energy, forces and stress of the old structure are not carried over, here and in strain and rattle;
velocities, masses, charges and arrays are repeated.]],
      arguments = { { "repeats", "integer, list of 3 integers or 3 x 3 of them",
        "how often, or rows: the new vectors in terms of the old; determinant > 0" } },
      returns = { new_one },
      example = data .. [[
assert(#si:supercell { 2, 2, 1 } == 8)
assert(#si:supercell { { -1, 1, 1 }, { 1, -1, 1 }, { 1, 1, -1 } } == 8) -- the cube]] },
    { name = "atoms.Structure:strain", summary = "Deforms cell and positions by 1 + strain.",
      arguments = { { "strain", "number, list of 6 numbers or array [3 x 3]",
        "hydrostatic; xx yy zz yz xz xy, where shear is twice the component; a matrix" } },
      returns = { new_one },
      example = data .. [[
assert(math.abs(si:strain(0.01):volume() / si:volume() - 1.01^3) < 1e-12)]] },
    { name = "atoms.Structure:rattle", summary = "Displaces every coordinate by normal noise.",
      options = { { "sigma", "number", "standard deviation; must be given", unit = "Å" },
        { "seed", "integer", "of the noise", default = 1 } },
      returns = { new_one },
      example = data .. [[
local shaken = si:rattle { sigma = 0.1, seed = 7 }
assert(shaken.positions:equal(si:rattle { sigma = 0.1, seed = 7 }.positions))]] },
    { name = "atoms.Structure:standardize",
      summary = "Turns the structure so that a is along x and b in the xy plane.",
      description = "Velocities, forces and stress turn with it. LAMMPS needs such cells.",
      returns = { new_one },
      example = data .. [[assert(si:standardize().cell[1][2] == 0)]] },
    { name = "atoms.Structure:minimal_distance",
      summary = "The least distance between two atoms, images included.",
      returns = { { "number", "Å; nil when there is only one atom and no image" } },
      example = data .. [[assert(math.abs(si:minimal_distance() - 5.43 * 3^0.5 / 4) < 1e-12)]] },
    { name = "atoms.Structure:neighbours", summary = "All neighbours of all atoms within a cutoff.",
      description = [[
Images of the atoms count, and so does an atom's own image where the cell is smaller than the
cutoff. Neighbours of an atom come by atomic number, then index, then image; distances are strictly
less than the cutoff.]],
      options = { { "cutoff", "number", "greatest distance; must be given", unit = "Å" },
        { "overlap", "boolean", "atoms may be closer than 0.001 Å", default = false } },
      returns = { { "atoms.Neighbours", "first, index, images, vectors, distances" } },
      errors = "when two atoms overlap (closer than 0.001 Å), naming them",
      example = data .. [[
local near = si:neighbours { cutoff = 2.5 }
assert(near:count()[1] == 4 and math.abs(near.distances[1] - 5.43 * 3^0.5 / 4) < 1e-9)]] },
    { name = "atoms.Neighbours:count", summary = "How many neighbours each atom has.",
      returns = { { "array [n] i64", "the numbers" } },
      example = data .. [[assert(si:neighbours { cutoff = 5 }:count()[2] == 28)]] },
    { name = "atoms.Neighbours:of", summary = "The neighbours of one atom.",
      arguments = { { "i", "integer", "the atom, from 1" } },
      returns = { { "table", "arrays index, images, vectors, distances" } },
      example = data .. [[
local near = si:neighbours { cutoff = 2.5 }:of(1)
assert(near.index[1] == 2 and #near.distances == 4)]] },
  },
}
