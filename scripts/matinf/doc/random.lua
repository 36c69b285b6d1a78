local size = { "n", "integer or list of integers", "length or shape; nothing for a single number" }
local bounds = { "bounds", "list of {low, high}", "the box, one pair a dimension",
  default = "0 to 1 in each" }
local seed = { "seed", "integer", "another seed gives another set of points", default = 1 }
local dimensions = { "d", "integer", "number of dimensions; may be nil when bounds are given" }

return {
  name = "random",
  summary = "Random numbers from named streams, and samplers that fill a box.",
  description = [[
A stream is named by seed, stage and item. Streams of different names are independent, and a stream
always gives the same numbers: work that takes the stream of its item has the same result in any
order, on any number of threads and at any instruction set level. The generator is Philox4x64-10
(Salmon et al., SC11 (2011)).

Parameters of a distribution may be arrays: then nothing is given for n, and the result has their
shape. Indices are 1-based.]],
  functions = {
    {
      name = "random.generator",
      summary = "A generator at the start of the stream of this name.",
      options = { { "seed", "integer", "the seed of the study", default = 1 },
        { "stage", "string or integer", "what the numbers are for", default = 0 },
        { "item", "integer", "which of many like things they are for", default = 0 } },
      returns = { { "random.Generator", "the generator" } },
      example = [[
local a = m.random.generator { seed = 7, stage = "bootstrap", item = 3 }
local b = m.random.generator { seed = 7, stage = "bootstrap", item = 3 }
assert(a:uniform() == b:uniform())]],
    },
    {
      name = "random.Generator:uniform",
      summary = "Numbers evenly distributed from low (included) to high (excluded).",
      arguments = { size },
      options = { { "low", "number or array", "lower end", default = 0 },
        { "high", "number or array", "upper end", default = 1 } },
      returns = { { "number or array", "the numbers" } },
      example = [[
local x = m.random.generator { seed = 1 }:uniform({ 2, 3 }, { low = 5, high = 6 })
assert(x.shape[2] == 3 and m.array.min(x) >= 5 and m.array.max(x) < 6)]],
    },
    {
      name = "random.Generator:normal",
      summary = "Normally distributed numbers (ziggurat method).",
      arguments = { size },
      options = { { "mean", "number or array", "mean", default = 0 },
        { "sigma", "number or array", "standard deviation", default = 1 } },
      returns = { { "number or array", "the numbers" } },
      reference = "Marsaglia and Tsang, J. Stat. Softw. 5(8) (2000)",
      example = [[
local x = m.random.generator { seed = 1 }:normal(10000, { mean = 3 })
assert(math.abs(m.array.mean(x) - 3) < 0.05)]],
    },
    {
      name = "random.Generator:exponential",
      summary = "Exponentially distributed numbers.",
      arguments = { size },
      options = { { "mean", "number or array", "mean", default = 1 } },
      returns = { { "number or array", "the numbers" } },
      example = [[
assert(m.random.generator { seed = 1 }:exponential() > 0)]],
    },
    {
      name = "random.Generator:gamma",
      summary = "Gamma distributed numbers: mean shape * scale, variance shape * scale^2.",
      arguments = { size },
      options = { { "shape", "number or array", "shape parameter", default = "required" },
        { "scale", "number or array", "scale parameter", default = 1 } },
      returns = { { "number or array", "the numbers" } },
      reference = "Marsaglia and Tsang, ACM Trans. Math. Softw. 26 (2000) 363",
      example = [[
local x = m.random.generator { seed = 1 }:gamma(10000, { shape = 4, scale = 0.5 })
assert(math.abs(m.array.mean(x) - 2) < 0.05)]],
    },
    {
      name = "random.Generator:poisson",
      summary = "Poisson distributed counts, exact for means up to 1e15.",
      arguments = { size },
      options = { { "mean", "number or array", "mean, such as a noiseless spectrum",
        default = "required" } },
      returns = { { "integer or array i64", "the counts" } },
      reference = "Hoermann, Insurance: Math. Econ. 12 (1993) 39",
      example = [[
local counts = m.random.generator { seed = 1 }:poisson(nil, { mean = { 0, 5, 1e6 } })
assert(counts.dtype == "i64" and counts[1] == 0 and math.abs(counts[3] - 1e6) < 6000)]],
    },
    {
      name = "random.Generator:binomial",
      summary = "Numbers of successes in so many trials: thins counts, splits them in two halves.",
      arguments = { size },
      options = { { "trials", "integer or array", "number of trials", default = "required" },
        { "p", "number or array", "chance of a success", default = "required" } },
      returns = { { "integer or array i64", "the numbers of successes" } },
      reference = "Hoermann, J. Stat. Comput. Simul. 46 (1993) 101",
      example = [[
local counts = m.array { 100, 0, 2000 }
local half = m.random.generator { seed = 1 }:binomial(nil, { trials = counts, p = 0.5 })
assert(half[2] == 0 and m.array.all(half:le(counts)))]],
    },
    {
      name = "random.Generator:integer",
      summary = "Integers from low to high, both included, each equally likely.",
      arguments = { size },
      options = { { "low", "integer", "the smallest", default = 1 },
        { "high", "integer", "the largest", default = "required" } },
      returns = { { "integer or array i64", "the integers" } },
      example = [[
local die = m.random.generator { seed = 1 }:integer(600, { high = 6 })
assert(m.array.min(die) == 1 and m.array.max(die) == 6)]],
    },
    {
      name = "random.Generator:choice",
      summary = "Chooses k of the indices 1 to n, all equally likely or by weight.",
      arguments = { { "n", "integer", "how many there are" },
        { "k", "integer", "how many to choose; nothing for a single index" } },
      options = { { "replace", "boolean", "an index may come more than once", default = false },
        { "weights", "array [n]", "chances, not necessarily of sum 1", default = "equal" } },
      returns = { { "integer or array [k] i64", "indices, in random order" } },
      errors = "when there are fewer than k (with a weight above 0) to choose from",
      reference = "Efraimidis and Spirakis, Inf. Process. Lett. 97 (2006) 181",
      example = [[
local g = m.random.generator { seed = 1 }
assert(g:choice(3, nil, { weights = { 0, 1, 0 } }) == 2)
assert(#m.array.unique(g:choice(10, 10)) == 10)]],
    },
    {
      name = "random.Generator:shuffle",
      summary = "Puts a list, or the rows of an array, in random order, in place.",
      arguments = { { "list", "list or array", "what to shuffle" } },
      returns = { { "list or array", "the same" } },
      example = [[
local list = m.random.generator { seed = 1 }:shuffle { "a", "b", "c" }
table.sort(list); assert(table.concat(list) == "abc")]],
    },
    {
      name = "random.Generator:permutation",
      summary = "The indices 1 to n in random order.",
      arguments = { { "n", "integer", "how many" } },
      returns = { { "array [n] i64", "indices" } },
      example = [[
assert(m.array.sum(m.random.generator { seed = 1 }:permutation(100)) == 5050)]],
    },
    {
      name = "random.grid",
      summary = "Every combination of evenly spaced values, the last dimension varying fastest.",
      arguments = { { "counts", "list of integers", "values in each dimension, ends included" } },
      options = { bounds },
      returns = { { "array [n x d]", "the points; n is the product of the counts" } },
      example = [[
local x = m.random.grid({ 2, 3 }, { bounds = { { 0, 1 }, { 10, 20 } } })
assert(#x == 6 and x:get(2, 2) == 15 and x:get(6, 1) == 1)]],
    },
    {
      name = "random.latin_hypercube",
      summary = "n points, one in each of the n slices of every dimension.",
      arguments = { { "n", "integer", "number of points" }, dimensions },
      options = { bounds, seed,
        { "centred", "boolean",
          "in the middle of the slices, not anywhere in them", default = false },
        { "maximin", "integer",
          "take the best of so many designs: its closest points are farthest apart",
          default = 1 } },
      returns = { { "array [n x d]", "the points" } },
      reference = "McKay, Beckman and Conover, Technometrics 21 (1979) 239",
      example = [[
local x = m.random.latin_hypercube(5, 2, { centred = true, seed = 3 })
local column = m.array.sort(x[{ {}, 1 }])
for i = 1, 5 do assert(math.abs(column[i] - (i - 0.5) / 5) < 1e-15) end]],
    },
    {
      name = "random.sobol",
      summary = "Points of the Sobol sequence, scrambled; n = 2^k fills the box most evenly.",
      arguments = { { "n", "integer", "number of points" },
        { "d", "integer", "number of dimensions, at most 256; may be nil when bounds are given" } },
      options = { bounds, seed,
        { "scramble", "\"owen\", \"shift\" or \"none\"",
          "Owen's nested scrambling, one digital shift, or the bare sequence", default = '"owen"' },
        { "first", "integer", "the point of the sequence to begin with", default = 1 } },
      returns = { { "array [n x d]", "the points" } },
      reference = "Joe and Kuo, SIAM J. Sci. Comput. 30 (2008) 2635",
      example = [[
local x = m.random.sobol(8, nil, { bounds = { { 0, 1 }, { 300, 700 } }, seed = 2 })
assert(#x == 8 and m.array.min(x[{ {}, 2 }]) >= 300)
local more = m.random.sobol(8, nil, { bounds = { { 0, 1 }, { 300, 700 } }, seed = 2, first = 9 })
assert(more:get(1, 1) ~= x:get(1, 1))]],
    },
  },
}
