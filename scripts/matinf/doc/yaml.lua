local load_options = {
  { "file", "string", "name of the file, shown in errors", default = "none" },
  { "places", "boolean", "also return where every value and key stands", default = "false" },
  { "tags", "string", '"reject" raises for tags outside the core schema, "ignore" skips them',
    default = '"reject"' },
}

return {
  name = "yaml",
  summary = "YAML 1.2 documents as Lua values, and back.",
  description = [[
The core schema of YAML 1.2: `No`, `Y` and `on` are text (chemical symbols stay what they are),
`010` is ten and `0o10` eight; infinity and not-a-number come only from `.inf` and `.nan`; null is
yaml.null. Refused, with line and column: keys that stand twice or are not text, the merge key `<<`,
tags that build objects, integers beyond 64 bits, numbers beyond 1.8e308, aliases that make a
cycle, more than 64 levels, 16 MiB or 1,000,000 values (aliases expanded). An alias is the same
table as what it names. Errors have the kind "configuration" and the fields file, line, column.]],
  functions = {
    { name = "yaml.load", summary = "Reads a document.",
      arguments = { { "text", "string", "the document" } }, options = load_options,
      returns = { { "any", "its value; yaml.null when there is none" },
        { "table", "with places: places[container][key] = { line, column, key_line, "
          .. "key_column, text }, text being that of a plain scalar; places.root is the place of "
          .. "the whole value" } },
      errors = "when the text is not one valid document",
      example = [[
local v, places = m.yaml.load("element: No\nrange: [281, 294]", { places = true })
assert(v.element == "No" and v.range[2] == 294 and places[v].range.line == 2)]] },
    { name = "yaml.load_all", summary = "Reads all documents of a text.",
      arguments = { { "text", "string", "documents separated by ---" } }, options = load_options,
      returns = { { "list", "their values" }, { "table", "with places: as yaml.load gives them; "
        .. "places[list][i] is the place of a whole value" } },
      errors = "when a document is not valid",
      example = [[local all = m.yaml.load_all "a: 1\n---\nb: 2";
        assert(#all == 2 and all[2].b == 2)]] },
    { name = "yaml.read", summary = "Reads a file that holds one document.",
      arguments = { { "path", "string", "the file" } }, options = load_options,
      returns = { { "any", "its value" }, { "table", "with places: see yaml.load" } },
      errors = "when it cannot be read or is not one valid document",
      example = [[m.sys.write_atomic("a.yaml", "x: 0o10"); assert(m.yaml.read("a.yaml").x == 8)]] },
    { name = "yaml.dump",
      summary = "Writes a value as a document that reads back as the same value.",
      description = [[
Block style; arrays and lists of numbers are flow lists. Text that would read as something else is
quoted. Keys keep the order of yaml.keys, so the same value gives the same text. An empty table is a
map unless yaml.list marked it. There are no anchors: a table that stands twice is written twice.]],
      arguments = { { "value", "any", "scalars, yaml.null, arrays, lists, maps with text keys" } },
      returns = { { "string", "the document" } },
      errors = "for functions, keys that are not text, text that is not UTF-8, more than 64 levels",
      example = [[assert(m.yaml.dump { element = "No", n = "1" } == 'element: No\nn: "1"\n')]] },
    { name = "yaml.is_list",
      summary = "Tells whether a value is a list: a loaded one, or a table with keys 1..n.",
      arguments = { { "value", "any", "what to ask about" } },
      returns = { { "boolean", "true for a list" } },
      example = [[
assert(m.yaml.is_list(m.yaml.load "[]") and not m.yaml.is_list(m.yaml.load "{}"))]] },
    { name = "yaml.is_map", summary = "Tells whether a value is a map: a table that is no list.",
      arguments = { { "value", "any", "what to ask about" } },
      returns = { { "boolean", "true for a map" } },
      example = [[
assert(m.yaml.is_map { a = 1 } and not m.yaml.is_map { 1 } and not m.yaml.is_map "a")]] },
    { name = "yaml.list", summary = "Marks a table as a list, so that an empty one is written [].",
      arguments = { { "t", "table", "the table, changed in place" } },
      returns = { { "table", "the same table" } },
      example = [[assert(m.yaml.dump(m.yaml.list {}) == "[]\n")]] },
    { name = "yaml.map", summary = "Marks a table as a map and remembers the order of its keys.",
      arguments = { { "t", "table", "the table, changed in place" },
        { "keys", "list of strings", "the order; sorted when absent" } },
      returns = { { "table", "the same table" } },
      example = [[
assert(m.yaml.dump(m.yaml.map({ a = 1, b = 2 }, { "b", "a" })) == "b: 2\na: 1\n")]] },
    { name = "yaml.keys",
      summary = "Lists the keys of a map in the order of the document, later ones sorted behind.",
      arguments = { { "map", "table", "a map" } }, returns = { { "list of strings", "its keys" } },
      errors = "when a key is not text",
      example = [[local v = m.yaml.load "{z: 1, a: 2}"; v.k = 3;
        assert(table.concat(m.yaml.keys(v)) == "zak")]] },
  },
}
