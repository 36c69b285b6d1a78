return {
  name = "elements",
  summary = "The chemical elements, and chemical formulas.",
  description = [[
m.elements.Fe (or get "iron", get(26)) is an element with the fields symbol, name, number, group,
period, mass (u; standard atomic weights of 2021, the conventional value where the standard is an
interval), covalent_radius (Å; Cordero et al. 2008), vdw_radius (Å; Alvarez 2013), electronegativity
(Pauling). What is not known is nil: technetium has no mass. D and T are the isotopes of
hydrogen.]],
  classes = {
    { name = "elements.Element", summary = "A chemical element; what is not known is nil.",
      fields = {
      { "symbol", "string", "such as Fe" }, { "name", "string", "such as iron" },
      { "number", "integer", "atomic number" }, { "group", "integer", "1 to 18" },
      { "period", "integer", "1 to 7" }, { "mass", "number", "standard atomic weight, in u" },
      { "covalent_radius", "number", "in Å" }, { "vdw_radius", "number", "van der Waals, in Å" },
      { "electronegativity", "number", "Pauling's" } } },
  },
  functions = {
    {
      name = "elements.get",
      summary = "Finds an element by symbol, number or name.",
      arguments = { { "key", "string or integer", "\"Fe\", 26 or \"iron\"" } },
      returns = { { "elements.Element", "the element" } },
      errors = "when there is none; the nearest is named",
      reference = "Prohaska et al., Pure Appl. Chem. 94, 573 (2022)",
      example = [[
assert(m.elements.get "Fe".mass == 55.845 and m.elements.get(26).name == "iron")
assert(m.elements.Si.covalent_radius == 1.11 and m.elements.Tc.mass == nil)]],
    },
    {
      name = "elements.list",
      summary = "Lists all elements in the order of their numbers.",
      returns = { { "list of elements.Element", "118 elements" } },
      example = [[assert(m.elements.list()[8].symbol == "O" and #m.elements.list() == 118)]],
    },
    {
      name = "elements.formula",
      summary = "Reads a chemical formula.",
      description = [[
Brackets nest; numbers may be fractions (the dot is a decimal point, so water of crystallisation is
written with · or *); a charge follows ^, and a single one may be a bare + or -. Unicode sub- and
superscripts are read too.]],
      arguments = { { "text", "string",
        "such as \"Ca(OH)2\", \"CuSO4·5H2O\", \"Li0.5CoO2\", \"SO4^2-\"" } },
      returns = { { "elements.Formula",
        "counts { Ca = 1, ... } and charge; prints in Hill's order" } },
      errors = "with the position, when it is no formula",
      example = [[
local f = m.elements.formula "CuSO4·5H2O"
assert(f.counts.H == 10 and f.charge == 0 and tostring(f) == "CuH10O9S")
assert(m.elements.formula "SO₄²⁻".charge == -2)]],
    },
    {
      name = "elements.Formula:hill",
      summary = "Writes the formula in Hill's order: C, H, then the alphabet.",
      arguments = {},
      returns = { { "string", "the formula" } },
      reference = "E. A. Hill, J. Am. Chem. Soc. 22, 478 (1900)",
      example = [[assert(m.elements.formula "CH3CH2OH":hill() == "C2H6O")]],
    },
    {
      name = "elements.Formula:molar_mass",
      summary =
        "Sums the standard atomic weights; the mass of missing or extra electrons is left out.",
      arguments = {},
      returns = { { "number", "molar mass (g/mol)" } },
      errors = "when an element has no standard atomic weight",
      example = [[assert(math.abs(m.elements.formula "Fe2O3":molar_mass() - 159.687) < 1e-3)]],
    },
    {
      name = "elements.Formula:atomic_fractions",
      summary = "Gives the share of each element in the number of atoms.",
      arguments = {},
      returns = { { "table", "symbol to share; the sum is 1" } },
      example = [[assert(m.elements.formula "Fe2O3":atomic_fractions().Fe == 0.4)]],
    },
    {
      name = "elements.Formula:mass_fractions",
      summary = "Gives the share of each element in the mass.",
      arguments = {},
      returns = { { "table", "symbol to share; the sum is 1" } },
      errors = "when an element has no standard atomic weight",
      example =
        [[assert(math.abs(m.elements.formula "Fe2O3":mass_fractions().Fe - 0.6994) < 1e-4)]],
    },
  },
}
