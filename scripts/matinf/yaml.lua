-- m.yaml: reading (matinf.c.yaml) and writing (yaml/dump.lua) YAML 1.2, lists and maps
-- (yaml/kind.lua).

local c = require "matinf.c.yaml"
local e = require "matinf.error"
local kind = require "matinf.yaml.kind"

local MOST_BYTES = 16 << 20

local M = { null = c.null, load = c.load, load_all = c.load_all,
  is_list = kind.is_list, is_map = kind.is_map, list = kind.list, map = kind.map, keys = kind.keys }

--- yaml.load of a file.
function M.read(path, options)
  local all = e.options(options, "yaml.read", { "file", "places", "tags" })
  all.file = all.file or path
  return c.load(require "matinf.c.sys".read(path, MOST_BYTES), all)
end

--- The value as a document that reads back as the same value.
function M.dump(value) return require "matinf.yaml.dump"(value) end

return M
