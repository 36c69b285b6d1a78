-- m.sys: the machine and this process (matinf.c.sys), files (matinf.c.file), child processes
-- (matinf.c.spawn).

local M = {}
for _, part in ipairs { "sys", "file", "spawn" } do
  for name, f in pairs(require("matinf.c." .. part)) do M[name] = f end
end
return M
