local name = { "name", "string", "its path in the file, such as \"entry/data/y\"" }
local missing = "when there is no such object"

return {
  name = "hdf5",
  summary = "HDF5 files: arrays, text, groups, attributes, dimension scales, NeXus data.",
  description = [[
Files are made so that other programs read them without a hint: little-endian numbers, UTF-8 text
of variable length (str in h5py), booleans as h5py's enum, complex numbers as {r, i}. They need HDF5
1.8 or later, carry no times (equal contents are equal bytes) and keep the order of creation.
Names count from the root; "a/b" makes the group a. Indices in slices are 1-based and inclusive.

A file is closed by close(), at the end of `local f <close> = ...`, or when it is collected. To
replace a file whole or not at all, write to another name and rename it, as store.write does.

A file that we wrote ends with a checksum, which is looked at before it is opened: damaged bytes are
an error, never wrong numbers. HDF5 itself and other programs ignore the sum; one that changes the
file cuts it off. Every other file opens in a process of its own, since the HDF5 library crashes or
never returns on some damaged files: that is then an error that says so, and the session goes on.]],
  functions = {
    { name = "hdf5.open", summary = "Opens an HDF5 file.",
      arguments = { { "path", "string", "the file" },
        { "mode", "string",
          "\"r\" reads, \"w\" makes a new file, \"a\" changes one or makes it; default r" } },
      options = { { "patience", "number",
        "processor time that the library may take for one request, in a file of others",
        default = "10 s and 1 s for 2 MB of the file", unit = "s" } },
      returns = { { "hdf5.File", "the open file" } },
      errors = "when it is missing, empty, truncated, damaged, no HDF5 file, or cannot be made",
      example = [[
local f <close> = m.hdf5.open("a.h5", "w")
f:write("x", m.array { 1, 2, 3 }, { units = "eV" })
assert(f:read "x":sum() == 6)]] },
    { name = "hdf5.nxdata",
      summary = "Writes a NeXus data group, found from the root and plotted without a hint.",
      arguments = { { "file", "hdf5.File", "open for writing" },
        { "group", "string", "its path, such as \"entry/data\"" } },
      options = {
        { "signal", "table", "what is plotted: { name =, values =, units =, errors = }" },
        { "axes", "list",
          "for each dimension { name =, values =, units =, errors = }", default = "none" },
        { "title", "string", "the title", default = "none" } },
      reference = "NeXus, NXdata (manual.nexusformat.org)",
      example = [[
local f <close> = m.hdf5.open("spectrum.h5", "w")
m.hdf5.nxdata(f, "entry/data", {
  signal = { name = "counts", values = m.array { 10, 30, 20 }, errors = m.array { 3, 5, 4 } },
  axes = { { name = "energy", values = m.array { 284, 285, 286 }, units = "eV" } } })
assert(f:attribute("/", "default") == "entry")
assert(f:attribute("entry/data", "signal") == "counts")]] },
    { name = "hdf5.File:read", summary = "Reads a dataset, whole or in part.",
      arguments = { name, { "slice", "table",
        "for each dimension an index, {first, last[, step]} or {} (all); "
          .. "negative ones from the end; default all" } },
      options = { { "as", "\"value\", \"array\", \"list\", \"bytes\"",
        "a scalar as an array without dimensions; one dimension as a Lua list; u8 as a string",
        default = '"value"' } },
      returns = { { "array, number, string, boolean or list of strings",
        "a scalar dataset is no array" } },
      errors = "when there is no such dataset, the slice is outside it, or its type is unknown",
      example = [[
local f <close> = m.hdf5.open("a.h5", "w")
f:write("x", m.array { { 1, 2, 3 }, { 4, 5, 6 } })
assert(f:read("x", { 2, { 1, 2 } }):sum() == 9)
assert(f:read("x", { -1, -1 }) == 6)]] },
    { name = "hdf5.File:write", summary = "Writes a dataset; the groups above it are made.",
      arguments = { name, { "value", "array, number, string, boolean or list",
        "what it holds; lists are of integers, numbers, strings or booleans" } },
      options = {
        { "units", "string", "the attribute units", default = "none" },
        { "chunks", "list of integers",
          "lengths of a chunk", default = "contiguous, or <= 1 MB if compressed" },
        { "compress", "integer", "deflate level 1 to 9, after shuffling", default = 0 },
        { "attributes", "table", "more attributes by name", default = "none" },
        { "scales", "list of strings", "for each dimension the dataset that is its scale, or false",
          default = "none" },
        { "bytes", "boolean",
          "a string as a u8 array, which may hold any bytes", default = false } },
      errors = "when it is there already or the file is open for reading",
      example = [[
local f <close> = m.hdf5.open("a.h5", "w")
f:write("x", m.array { 0, 1 }, { units = "nm" })
f:write("g/y", m.array { 5, 6 }, { scales = { "x" }, compress = 4, attributes = { scans = 3 } })
assert(f:attribute("g/y", "scans") == 3 and f:info "g/y".compressed)]] },
    { name = "hdf5.File:attribute",
      summary = "Gets an attribute, or sets it when a value is given.",
      arguments = { { "name", "string", "the object; \"/\" is the root" },
        { "key", "string", "name of the attribute" },
        { "value", "any that write takes", "its new value; default none: get" } },
      returns = { { "array, number, string, boolean or list of strings",
        "its value; nil when there is none" } },
      errors = missing,
      example = [[
local f <close> = m.hdf5.open("a.h5", "w")
f:attribute("/", "title", "C 1s")
assert(f:attribute("/", "title") == "C 1s" and f:attribute("/", "author") == nil)]] },
    { name = "hdf5.File:attributes", summary = "All attributes of an object.",
      arguments = { { "name", "string", "the object; \"/\" is the root" } },
      returns = { { "table", "{ key = value, ... }, without those whose type cannot be read" } },
      errors = missing,
      example = [[
local f <close> = m.hdf5.open("a.h5", "w")
f:write("x", 1.5, { units = "eV" })
assert(f:attributes "x".units == "eV")]] },
    { name = "hdf5.File:info", summary = "Shape and type of a dataset, without reading it.",
      arguments = { name },
      returns = { { "table",
        "{ shape, dtype (\"string\", \"boolean\" too; nil if unreadable), chunks, compressed }" } },
      errors = missing,
      example = [[
local f <close> = m.hdf5.open("a.h5", "w")
f:write("x", m.array { { 1, 2, 3 } })
assert(f:info "x".shape[2] == 3 and f:info "x".dtype == "f64")]] },
    { name = "hdf5.File:group",
      summary = "Makes a group and those above it; content if it is there.",
      arguments = { name },
      example = [[
local f <close> = m.hdf5.open("a.h5", "w")
f:group "a/b"
assert(f:exists "a/b" == "group")]] },
    { name = "hdf5.File:link", summary = "Gives an object a second name.",
      arguments = { { "target", "string", "the object" }, { "name", "string", "the new name" } },
      errors = "when there is no such object or the name is taken",
      example = [[
local f <close> = m.hdf5.open("a.h5", "w")
f:write("x", 1.5)
f:link("x", "g/energy")
assert(f:read "g/energy" == 1.5)]] },
    { name = "hdf5.File:exists", summary = "What is called by a name.",
      arguments = { name },
      returns = { { "string", "\"group\", \"dataset\", \"type\" or nil" } },
      example = [[
local f <close> = m.hdf5.open("a.h5", "w")
f:write("g/x", 1.5)
assert(f:exists "g/x" == "dataset" and f:exists "g/y" == nil)]] },
    { name = "hdf5.File:list", summary = "The names in a group, in the order they were made.",
      arguments = { { "name", "string", "the group; default the root" } },
      returns = { { "list of strings", "the names (sorted where the file keeps no order)" } },
      errors = missing,
      example = [[
local f <close> = m.hdf5.open("a.h5", "w")
f:write("y", 1.5)
f:write("x", 2.5)
assert(table.concat(f:list(), " ") == "y x")]] },
    { name = "hdf5.File:remove", summary = "Removes a dataset, or a group with all in it.",
      arguments = { name },
      errors = missing,
      example = [[
local f <close> = m.hdf5.open("a.h5", "w")
f:write("x", 1.5)
f:remove "x"
assert(f:exists "x" == nil)]] },
    { name = "hdf5.File:close", summary = "Closes the file; closing twice is fine.",
      errors = "when the last bytes cannot be written",
      example = [[
local f = m.hdf5.open("a.h5", "w")
f:close()
local _, err = m.try(f.read, f, "x")
assert(err.message:find "closed")]] },
  },
}
