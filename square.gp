# gnuplot square.gp draws square.pdf
set terminal pdfcairo size 15cm,10cm enhanced color font 'Helvetica,9.75' fontscale 1 rounded
set output "./square.pdf"
data = "./square.dat"

set encoding utf8
set border 31 lw 1 lc rgb '#262626'
set tics in scale 0.8,0.4 textcolor rgb '#262626' front
set xlabel textcolor rgb '#262626'
set ylabel textcolor rgb '#262626'
set title textcolor rgb '#262626'
set errorbars 0.5
set style fill noborder
set title ''
unset logscale x
set xrange [1:3]
set xtics ('1.0' 1, '' 1.1 1, '' 1.2 1, '' 1.3 1, '' 1.4 1, '1.5' 1.5, '' 1.6 1, '' 1.7 1, '' 1.8 1, '' 1.9 1, '2.0' 2, '' 2.1 1, '' 2.2 1, '' 2.3 1, '' 2.4 1, '2.5' 2.5, '' 2.6 1, '' 2.7 1, '' 2.8 1, '' 2.9 1, '3.0' 3)
set xlabel '' offset 0,0
unset logscale y
set yrange [0.6:9.4]
set ytics ('' 1 1, '' 1.5 1, '2' 2, '' 2.5 1, '' 3 1, '' 3.5 1, '4' 4, '' 4.5 1, '' 5 1, '' 5.5 1, '6' 6, '' 6.5 1, '' 7 1, '' 7.5 1, '8' 8, '' 8.5 1, '' 9 1)
set ylabel '' offset 0,0
unset key
set size nosquare
plot data index 0 using 1:2 with lines lw 1.6 lc rgb '#0072B2' dt solid notitle
