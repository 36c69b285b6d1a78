#!/bin/sh
# Makes a relocatable tree of everything matinf needs, or a tarball of it:
#   .packages/dist/dist.sh FOLDER HOST BUILD              the tree
#   .packages/dist/dist.sh FOLDER HOST BUILD TARBALL      the tree and dist/NAME.tar.gz; FOLDER is NAME
#
# Every library comes along, the C library and its loader too: the symbol versions of the system
# that it is built on do not matter where it runs. gnuplot comes along because an unprivileged
# user of a bare system cannot install it.
#   bin/matinf               launcher (.packages/dist/launcher.c)
#   lib/ld.so, lib/*.so*     loader and libraries      lib/programs/   the programs themselves
#   lib/bin/gnuplot          launcher                  lib/lua, share  as `make install` has them
#   share/matinf/fonts       a font for systems without any
set -eu
root=$1 host=$2 build=$3

rm -rf "$root"
env -u MAKEFLAGS -u MAKELEVEL make -s install HOST="$host" BUILD="$build" DESTDIR= PREFIX="$root" \
  >/dev/null
mkdir -p "$root/lib/programs" "$root/lib/bin" "$root/share/doc/licences"
mv "$root/bin/matinf" "$root/lib/programs/matinf"
cp "$(readlink -f "$(command -v gnuplot)")" "$root/lib/programs/gnuplot"
gcc -O2 -Wall -Wextra -static -s -o "$root/bin/matinf" .packages/dist/launcher.c
cp "$root/bin/matinf" "$root/lib/bin/gnuplot"

# name and file of each library that the programs and modules load, once
libraries() {
  for file in "$root"/lib/programs/* "$root"/lib/lua/5.4/matinf/c/*.so; do ldd "$file"; done |
    awk '$2 == "=>" && $3 ~ /^\// { print $1, $3 }' | sort -u
}
libraries | while read -r name file; do
  cp -L "$file" "$root/lib/$name"
  real=$(readlink -f "$file")
  package=$(dpkg -S "$real" "${real#/usr}" 2>/dev/null | head -1 | cut -d: -f1)
  [ -n "$package" ] || continue
  dpkg-query -W -f '${Package} ${Version} (source ${source:Package})\n' "$package"
  cp "/usr/share/doc/$package/copyright" "$root/share/doc/licences/$package"
done | sort -u >"$root/share/doc/libraries.txt"
cp "$(ldd "$root/lib/programs/matinf" | awk '$1 ~ /^\// { print $1 }')" "$root/lib/ld.so"
cp /usr/share/doc/gnuplot-nox/copyright "$root/share/doc/licences/gnuplot-nox"
fonts=$root/share/matinf/fonts
mkdir -p "$fonts"
cp /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf .packages/dist/fonts.conf "$fonts"
cp /usr/share/doc/fonts-dejavu-core/copyright "$root/share/doc/licences/fonts-dejavu-core"
cp LICENSE README.md "$root/share/doc"

chmod -R u+w,a+rX "$root"
find "$root/lib" -type f -name '*.so*' -exec chmod 755 {} + -exec strip --strip-unneeded {} +
strip "$root/lib/programs/"*

if [ $# -gt 3 ]; then
  mkdir -p "$(dirname "$4")"
  tar --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 \
    -C "$(dirname "$root")" -cf - "$(basename "$root")" | gzip -9n >"$4"
fi
