-- Loaded only when the step runs.
return { by = function(x, factor) return x * factor end }
