-- circuit.draw: every element once, branches apart, values with their units, well-formed SVG.
local lu = require "luaunit"
local m = require "matinf"

local function texts(svg)
  local list = {}
  for words in svg:gmatch "<text[^>]*>([^<]*)</text>" do list[#list + 1] = words end
  return list
end

TestDraw = {}

function TestDraw.test_every_element_has_its_name()
  local circuit = m.circuit.parse "R0-p(R1,C1)-p(R2-Wo1,CPE1)-L1"
  local svg = m.circuit.draw(circuit):svg()
  local seen = {}
  for _, words in ipairs(texts(svg)) do seen[words] = (seen[words] or 0) + 1 end
  for _, name in ipairs { "R0", "R1", "C1", "R2", "Wo1", "CPE1", "L1" } do
    lu.assertEquals(seen[name], 1, name)
  end
  lu.assertEquals(seen.Wo, 1) -- in its box
  local _, opened = svg:gsub("<g ", "")
  local _, closed = svg:gsub("</g>", "")
  lu.assertEquals(opened, closed)
end

function TestDraw.test_values()
  local circuit = m.circuit.parse "R0-p(R1,CPE1)"
  local p = { R0 = 12.3456, R1 = 4.7e4, CPE1_Q = 1.5e-5, CPE1_a = 0.9 }
  local svg = m.circuit.draw(circuit, p):svg()
  for _, words in ipairs { "12.35 Ω", "47 kΩ", "Q 1.5e-05 S sᵃ", "a 0.9" } do
    lu.assertStrContains(svg, words)
  end
  lu.assertStrContains(tostring(select(2, m.try(m.circuit.draw, circuit, { 1, 2 }))), "4 numbers")
end

-- The picture grows with what stands in series and with what stands in parallel.
function TestDraw.test_sizes()
  local function size(text)
    local w, h = m.circuit.draw(m.circuit.parse(text)):svg():match 'width="([%d.]+)" height="([%d.]+)"'
    return tonumber(w), tonumber(h)
  end
  local w1, h1 = size "R1"
  local w2, h2 = size "R1-C1"
  local w3, h3 = size "p(R1,C1,L1)"
  lu.assertTrue(w2 > w1 + 50 and h2 == h1)
  lu.assertTrue(h3 > 2.5 * h1 and w3 < w2)
end

function TestDraw.test_refusals()
  local circuit = m.circuit.parse "R1-C1"
  local message = require "tests.support".message
  lu.assertStrContains(message(m.circuit.draw, circuit, m.array.zeros(2, 0)), "2 numbers")
  lu.assertStrContains(message(m.circuit.draw, circuit, print), "expected")
  lu.assertStrContains(message(m.circuit.residuals, circuit, circuit), "circuit.Spectrum")
  lu.assertStrContains(message(m.circuit.reject, "x"), "circuit.Spectrum")
end

function TestDraw.test_saving()
  local drawing = m.circuit.draw(m.circuit.parse "R1-C1")
  local path = os.tmpname() .. ".svg"
  drawing:save(path)
  lu.assertEquals(m.sys.read(path), drawing:svg())
  lu.assertStrContains(tostring(select(2, m.try(drawing.save, drawing, "a.png"))), "ends in .svg")
  lu.assertStrContains(tostring(select(2, m.try(m.circuit.draw, "R0"))), "circuit.Circuit expected")
end

local message = require "tests.support".message

TestFigures = {}

-- Nyquist, Bode and residuals take data and fits alike.
function TestFigures.test_data_and_fits_in_every_form()
  local f = m.array.logspace(0, 4, 20)
  local s = m.circuit.spectrum(f, m.circuit.parse("R0-p(R1,C1)"):evaluate({ 10, 100, 1e-5 }, f))
  local fit = m.circuit.fit("R0-p(R1,C1)", s)
  for _, name in ipairs { "nyquist", "bode", "residuals" } do
    local draw = m.circuit[name]
    local picture = draw(s, fit):svg()
    for _, form in ipairs { { s, fit }, { { spectrum = s, fit = fit } },
      { spectrum = s, fit = fit } } do
      lu.assertTrue(draw(form):svg() == picture, name)
    end
    local two = draw { s, fit, { spectrum = s, fit = fit, label = "again" } }:svg()
    lu.assertStrContains(two, "again")
    lu.assertStrContains(message(draw, { fit, s }), "curves[1]")
    lu.assertStrContains(message(draw, { s, fit, fit }), "curves[3]")
    lu.assertStrContains(message(draw, {}), "list of curves")
    lu.assertStrContains(message(draw, s, s), "circuit.Fit")
    lu.assertStrContains(message(draw, { { spectrum = s, fits = fit } }), "did you mean 'fit'?")
  end
  lu.assertStrContains(m.circuit.residuals({ s, fit }, { noise = 0.01 }):svg(), "2 σ")
  lu.assertStrContains(message(m.circuit.residuals, s), "a circuit.Fit of each spectrum")
  lu.assertStrContains(message(m.circuit.residuals, { s, fit }, { nose = 1 }), "noise")
end

os.exit(lu.LuaUnit.run())
