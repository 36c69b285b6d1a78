return {
  name = "hash",
  summary = "BLAKE2b sums (32 bytes, as 64 hexadecimal digits) of text, files and values.",
  functions = {
    { name = "hash.blake2b", summary = "Sums a text.",
      arguments = { { "text", "string", "any bytes" } },
      returns = { { "string", "64 hexadecimal digits" } },
      reference = "RFC 7693 (2015)",
      example = [[assert(m.hash.blake2b(""):find "^0e5751c026e543b2")]] },
    { name = "hash.file", summary = "Sums the bytes of a file, whatever its size.",
      arguments = { { "path", "string", "the file" } },
      returns = { { "string", "64 hexadecimal digits" } },
      errors = "when it cannot be read",
      example = [[m.sys.write_atomic("a", "abc");
        assert(m.hash.file("a") == m.hash.blake2b("abc"))]] },
    { name = "hash.tree",
      summary = "Sums a value: a tree of tables, arrays, text, numbers, booleans, yaml.null.",
      description = [[
Equal values have equal sums: the order of keys does not matter, numbers that are equal in Lua are
the same (1 and 1.0, 0 and -0.0), every not-a-number is the same, metatables do not count. Arrays
are told by dtype, shape and bytes, so a view has the sum of its copy; their -0 and 0, and the kinds
of not-a-number in them, differ. Keys are text or integers.]],
      arguments = { { "value", "any", "the tree" } },
      returns = { { "string", "64 hexadecimal digits" } },
      errors = "for functions and other values that cannot be stored, and for cycles",
      example = [[
assert(m.hash.tree { a = 1, b = { 2 } } == m.hash.tree { b = { 2.0 }, a = 1 })]] },
  },
}
