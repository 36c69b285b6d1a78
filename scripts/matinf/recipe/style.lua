-- The style sheet of a report: for the screen and for paper.
return [[

:root { color: #1d2429; background: #fff; font: 16px/1.55 system-ui, sans-serif; }
body { margin: 0; }
main { max-width: 56rem; margin: 0 auto; padding: 2.5rem 1.25rem 4rem; }
header { border-bottom: 1px solid #d5dadd; margin-bottom: 1.5rem; }
.name { margin: 0; color: #5c6770; font-size: .875rem; letter-spacing: .02em; }
h1 { margin: .15rem 0 1rem; font-size: 1.7rem; line-height: 1.25; font-weight: 600; }
h2 { margin: 2.2rem 0 .7rem; font-size: 1.1rem; font-weight: 600; }
.answer { border-left: 4px solid #0072b2; background: #f3f7fa; padding: .2rem 1.25rem .4rem; }
.answer h2 { margin: .6rem 0 .2rem; font-size: .875rem; color: #0072b2; }
.answer p { margin: .2rem 0 .6rem; font-size: 1.125rem; }
.warning { border-left: 4px solid #d55e00; background: #fdf4ee; padding: .5rem 1.25rem;
  white-space: pre-wrap; }
figure { margin: 0 0 2rem; text-align: center; }
figure svg { max-width: 100%; height: auto; }
figcaption, .caption { color: #414b53; font-size: .875rem; text-align: left; }
figcaption { margin-top: .4rem; }
.caption { margin: 0 0 .3rem; }
.wide { overflow-x: auto; margin-bottom: 1.5rem; }
table { border-collapse: collapse; font-size: .875rem; font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .9rem .3rem 0; border-bottom: 1px solid #e6e9eb; text-align: left;
  vertical-align: top; }
th:last-child, td:last-child { padding-right: 0; }
th { font-weight: 600; border-bottom-color: #8d979e; white-space: nowrap; }
.number { text-align: right; white-space: nowrap; }
.text td { overflow-wrap: anywhere; }
td:first-child, .text td:nth-child(n+3):not(:last-child) { white-space: nowrap;
  overflow-wrap: normal; }
pre { font-size: .8125rem; white-space: pre-wrap; }
.file { color: #7a858d; font-size: .75rem; white-space: nowrap; }
.provenance { color: #414b53; }
.provenance tr:first-child { display: none; }
@media print {
  :root { font-size: 10pt; }
  main { max-width: none; padding: 0; }
  figure, tr, .answer { break-inside: avoid; }
  h2, .caption { break-after: avoid; }
  .wide { overflow: visible; }
}
]]
