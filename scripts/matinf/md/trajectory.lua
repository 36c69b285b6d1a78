-- A trajectory file that grows while a run goes on.
--
-- Frames are appended as extended XYZ with all digits, each in one write: a run that is killed
-- leaves whole frames. A run that goes on from a checkpoint first cuts off what was written after
-- that, so that its file ends with the bytes of one that was never interrupted. H5MD files, which a
-- kill could spoil, are made of that when the run ends (its frames must fit in memory then).

local e = require "matinf.error"

local M = {}
local Trajectory = {}
Trajectory.__index = Trajectory

local PIECE = 2 ^ 20 -- bytes copied at a time

local function fail(path, err) e.at(path, nil, nil, "cannot write the trajectory: %s", err) end

local function must(path, value, err)
  if not value then fail(path, err) end
  return value
end

-- Keeps the first `length` bytes of the file.
local function cut(path, length)
  local from = io.open(path, "rb")
  local beside = path .. ".cut"
  local to <close> = must(beside, io.open(beside, "wb"))
  local left = length
  while left > 0 do
    local piece = from and from:read(math.min(left, PIECE))
    if not piece then
      e.at(path, nil, nil, "%d bytes of the trajectory expected that the checkpoint goes on from",
        length)
    end
    must(beside, to:write(piece))
    left = left - #piece
  end
  if from then from:close() end
  must(beside, to:close())
  must(path, os.rename(beside, path))
end

--- A trajectory at the path (.extxyz or .xyz; .h5 for H5MD), empty, or with `length` bytes of
--- frames that are there already.
function M.open(path, length, called)
  local h5md = type(path) == "string" and path:lower():find "%.h5$"
  if type(path) ~= "string" or not (h5md or path:lower():find "%.e?x?t?xyz$") then
    e.argument("trajectory", called, "path that ends in .extxyz, .xyz or .h5", path)
  end
  local self = setmetatable({ path = path, growing = h5md and path .. ".growing.extxyz" or path,
    h5md = h5md, length = length or 0 }, Trajectory)
  if length then cut(self.growing, length) end
  self.file = must(self.growing, io.open(self.growing, length and "ab" or "wb"))
  self.file:setvbuf "no"
  return self
end

function Trajectory:append(frame)
  local text = require "matinf.atoms.extxyz".text({ frame }, {})
  must(self.growing, self.file:write(text))
  self.length = self.length + #text
end

--- Ends the trajectory.
function Trajectory:close()
  must(self.growing, self.file:close())
  if not self.h5md then return end
  local m = require "matinf"
  if self.length > 0 then
    m.atoms.write(self.path, m.atoms.read(self.growing), { format = "h5md" })
  end
  os.remove(self.growing)
end

return M
