-- YAML loader: what loads is dumped, and loads again to the same dump.
local yaml = require "matinf".yaml

return function(text)
  for _, value in ipairs(yaml.load_all(text, { tags = "ignore", places = true })) do
    local written = yaml.dump(value)
    assert(yaml.dump(yaml.load(written)) == written, written)
  end
end
