# gnuplot fit.gp draws fit.svg
set terminal svg size 566,529 enhanced font 'Helvetica,13' background '#ffffff' rounded name 'figure'
set output "./fit.svg"
data = "./fit.dat"

set encoding utf8
set border 31 lw 1 lc rgb '#262626'
set tics in scale 0.8,0.4 textcolor rgb '#262626' front
set xlabel textcolor rgb '#262626'
set ylabel textcolor rgb '#262626'
set title textcolor rgb '#262626'
set errorbars 0.5
set style fill noborder
set multiplot
set lmargin 9
set rmargin 2
set tmargin at screen 0.975431547619
set bmargin at screen 0.337832217262
set title ''
unset logscale x
set xrange [0.92:3.08]
set xtics ('' 1, '' 1.1 1, '' 1.2 1, '' 1.3 1, '' 1.4 1, '' 1.5, '' 1.6 1, '' 1.7 1, '' 1.8 1, '' 1.9 1, '' 2, '' 2.1 1, '' 2.2 1, '' 2.3 1, '' 2.4 1, '' 2.5, '' 2.6 1, '' 2.7 1, '' 2.8 1, '' 2.9 1, '' 3)
set xlabel '' offset 0,0
unset logscale y
set yrange [0.6:9.4]
set ytics ('' 1 1, '' 1.5 1, '2' 2, '' 2.5 1, '' 3 1, '' 3.5 1, '4' 4, '' 4.5 1, '' 5 1, '' 5.5 1, '6' 6, '' 6.5 1, '' 7 1, '' 7.5 1, '8' 8, '' 8.5 1, '' 9 1)
set ylabel 'Intensity' offset -3,0
unset key
set size nosquare
plot data index 0 using 1:2 with lines lw 1.6 lc rgb '#0072B2' dt solid notitle

unset label
unset arrow
unset logscale
set lmargin 9
set rmargin 2
set tmargin at screen 0.323091145833
set bmargin at screen 0.110558035714
set title ''
unset logscale x
set xrange [0.92:3.08]
set xtics ('1.0' 1, '' 1.1 1, '' 1.2 1, '' 1.3 1, '' 1.4 1, '1.5' 1.5, '' 1.6 1, '' 1.7 1, '' 1.8 1, '' 1.9 1, '2.0' 2, '' 2.1 1, '' 2.2 1, '' 2.3 1, '' 2.4 1, '2.5' 2.5, '' 2.6 1, '' 2.7 1, '' 2.8 1, '' 2.9 1, '3.0' 3)
set xlabel 'Energy (eV)' offset 0,0
unset logscale y
set yrange [-0.215:0.115]
set ytics ('−0.2' -0.2, '' -0.18 1, '' -0.16 1, '' -0.14 1, '' -0.12 1, '−0.1' -0.1, '' -0.08 1, '' -0.06 1, '' -0.04 1, '' -0.02 1, '0.0' 0, '' 0.02 1, '' 0.04 1, '' 0.06 1, '' 0.08 1, '0.1' 0.1)
set ylabel 'Residual' offset 0,0
unset key
set size nosquare
set arrow from graph 0, first 0 to graph 1, first 0 nohead front lw 1 lc rgb '#808080' dt (8,5)
plot data index 1 using 1:2 with points pt 7 ps 0.7 lw 1 lc rgb '#0072B2' notitle
unset multiplot
