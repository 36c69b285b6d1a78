-- Documentation of module descriptors.

local set = [[
local sf = m.descriptors.symmetry_functions { elements = { "Si" }, cutoff = 5.5, radial = 8, angular = 18 }
]]

local silicon = set .. [[
local si = m.atoms.new { symbols = "Si2", fractional = { { 0, 0, 0 }, { 0.25, 0.25, 0.26 } },
  cell = { { 0, 2.715, 2.715 }, { 2.715, 0, 2.715 }, { 2.715, 2.715, 0 } } }
]]

return {
  name = "descriptors",
  summary = "Structures as vectors of numbers: atom-centred symmetry functions.",
  description = [[
Symmetry functions (J. Behler, J. Chem. Phys. 134, 074106 (2011)) describe the surroundings of an atom by
sums over its neighbours that do not change when the structure is moved, rotated or atoms of an
element are exchanged. All types of n2p2 are there, in its definitions and its order:

  2           sum over j of exp(-eta (r - rs)^2) fc(r)
  3           2^(1-zeta) sum over j < k of (1 + lambda cos theta)^zeta
              exp(-eta ((rij-rs)^2 + (rik-rs)^2 + (rjk-rs)^2)) fc(rij) fc(rik) fc(rjk)
  9           as 3 without rjk
  12, 13      as 2, 3 over all elements, weighted with Z_j and Z_j Z_k
  20          sum over j of C(r)
  21          sum over j < k of C(rij) C(rik) C(rjk) C(theta)
  22          as 21 without rjk
  23, 24, 25  as 20, 21, 22, weighted

fc is one of hard, cos, tanhu, tanh, exp, poly1 to poly4 (0 to 8 in n2p2's files), C a function of
compact support between rl and rc (radial) or left and right (angles), with the core e, p1 to p4 or
p1a to p4a.]],
  classes = {
    { name = "descriptors.SymmetryFunctions",
      summary = "A set of symmetry functions; see descriptors.symmetry_functions.", fields = {
      { "elements", "list of strings", "symbols by rising atomic number" },
      { "numbers", "array i32", "their atomic numbers" },
      { "functions", "array [f x 15]", "the functions, sorted; Å" },
      { "first", "list of integers",
        "functions of element k are first[k] to first[k + 1] - 1" },
      { "cutoff", "number", "the largest cutoff, Å" },
      { "messages", "list of strings", "what choose left out, and why; nil when nothing" } } },
  },
  functions = {
    { name = "descriptors.symmetry_functions",
      summary = "A set of symmetry functions, by rule or from a list.",
      options = {
        { "elements", "list of strings", "symbols" },
        { "cutoff", "number", "rc of all functions of a rule", unit = "Å" },
        { "radial", "integer", "functions of type 2 for each centre and element", default = 8 },
        { "angular", "integer",
          "angular functions for each centre and pair of elements; a multiple of 2 x #zeta",
          default = 18 },
        { "scheme", "string",
          '"shifted", "centered" (Gastegger et al.), "imbalzano" (Imbalzano et al.), or "shells": '
          .. "shifted angular functions too",
          default = "shifted" },
        { "nearest", "number", "where the grid of distances starts", unit = "Å", default = 1 },
        { "zeta", "list of numbers", "exponents of the angular functions",
          default = "{1, 4, 16}" },
        { "angular_type", "integer", "3 or 9", default = 3 },
        { "cutoff_function", "string", "hard, cos, tanhu, tanh, exp, poly1 to poly4",
          default = "poly2" },
        { "alpha", "number", "fc is 1 below alpha rc", default = 0 },
        { "functions", "list of tables",
          "instead of a rule: type, center, neighbors, rc and the parameters of the type" } },
      returns = { { "descriptors.SymmetryFunctions", "sorted as n2p2 sorts them" } },
      errors = "when a parameter is missing or not possible",
      reference = "Gastegger et al., J. Chem. Phys. 148, 241709 (2018); Imbalzano et al., ibid. 241730",
      example = set .. [[
assert(sf:count "Si" == 26)
local one = m.descriptors.symmetry_functions { elements = { "O", "H" }, functions = {
  { type = 2, center = "O", neighbors = { "H" }, eta = 0.5, rs = 0, rc = 6, cutoff = "cos" },
  { type = 3, center = "O", neighbors = { "H", "H" }, eta = 0.1, lambda = 1, zeta = 2, rc = 6 } } }
assert(one:count() == 2)]] },
    { name = "descriptors.SymmetryFunctions:compute",
      summary = "Values of the symmetry functions of every atom.",
      arguments = { { "structure", "atoms.Structure", "with elements of the set only" } },
      returns = { { "array [n x most]",
        "one row an atom; 0 where its element has fewer functions than the others" } },
      errors = "when an atom's element is not in the set",
      example = silicon .. "local g = sf:compute(si); assert(g.shape[1] == 2 and g.shape[2] == 26)" },
    { name = "descriptors.SymmetryFunctions:differentiate",
      summary = "Values and their derivatives by the positions and the strain.",
      arguments = { { "structure", "atoms.Structure", "with elements of the set only" } },
      returns = { { "table",
        "values; centers, atoms, functions [p] and gradients [p x 3] in 1/Å: d G of the centre's "
        .. "function by the atom's position, all others zero; strain [n x most x 6]: by the strain, "
        .. "xx yy zz yz xz xy" } },
      errors = "when an atom's element is not in the set",
      example = silicon .. [[
local d = sf:differentiate(si)
assert(d.gradients.shape[2] == 3 and d.strain.shape[3] == 6)
local total = d.gradients:sum(1)
assert(total:abs():max() < 1e-10) -- moving all atoms changes nothing]] },
    { name = "descriptors.SymmetryFunctions:count", summary = "How many functions there are.",
      arguments = { { "element", "string", "of this element; of all without it" } },
      returns = { { "integer", "number of functions" } },
      example = set .. 'assert(sf:count "Si" == sf:count())' },
    { name = "descriptors.SymmetryFunctions:list", summary = "The functions as tables.",
      returns = { { "list of tables", "as descriptors.symmetry_functions takes them" } },
      example = set .. 'assert(sf:list()[1].type == 2 and sf:list()[26].cutoff == "poly2")' },
    { name = "descriptors.SymmetryFunctions:table", summary = "The functions as a table.",
      returns = { { "table.Table", "one row a function" } },
      example = set .. "assert(#sf:table() == 26)" },
    { name = "descriptors.SymmetryFunctions:choose",
      summary = "Fewer functions: those that tell the atoms of structures apart best.",
      arguments = { { "structures", "atoms.Structure or list", "typical ones" },
        { "options", "table", "see below" } },
      options = {
        { "keep", "integer", "at most so many for each element", default = "all" },
        { "method", "string", '"cur" (leading singular vectors) or "fps" (farthest points)',
          default = "cur" },
        { "least_range", "number",
          "functions whose range is less than this part of their largest value are constant",
          default = 1e-6 } },
      returns = { { "descriptors.SymmetryFunctions",
        "without constant functions; messages says what was left out" } },
      reference = "Imbalzano et al., J. Chem. Phys. 148, 241730 (2018)",
      example = silicon .. [[
local list = {}
for i = 1, 5 do
  list[i] = si:copy()
  list[i].positions[{ 2, 1 }] = 1.2 + 0.1 * i
end
assert(sf:choose(list, { keep = 10 }):count "Si" == 10)]] },
  },
}
