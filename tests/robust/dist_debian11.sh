#!/bin/sh
# The tarball of `make dist` on a bare Debian 11, as an unprivileged user: figures in all formats,
# a fenced run of a recipe, its report. As root, with debootstrap and the network (about 5 minutes):
#   sh tests/robust/dist_debian11.sh dist/matinf-VERSION-linux-x86_64.tar.gz [SUITE]
set -eu
tarball=$1 suite=${2:-bullseye}
root=$(mktemp -d)
chmod 755 "$root"
trap 'umount "$root/proc" "$root/dev" 2>/dev/null; rm -rf --one-file-system "$root"' EXIT

debootstrap --variant=minbase "$suite" "$root" >"$root.log" 2>&1 ||
  { tail -3 "$root.log"; exit 1; }
rm -f "$root.log"
mkdir -p "$root/home/user"
tar -xzf "$tarball" -C "$root/home/user"
chown -R 1000:1000 "$root/home/user"
mount -t proc proc "$root/proc"
mount --bind /dev "$root/dev"

cat >"$root/home/user/try.sh" <<'END'
set -eu
cd /home/user
ln -s matinf-*/bin/matinf matinf
./matinf -e 'assert(m.linalg.norm { 3, 4 } == 5)'
./matinf -e 'local f = m.plot.figure { title = "x" }
  f:line({ 1, 2 }, { 3, 4 })
  for _, format in ipairs { "svg", "pdf", "png" } do f:save("figure." .. format) end'
./matinf run xps_peaks --out run
for file in figure.svg figure.pdf figure.png run/report.html run/figures/fit.svg; do
  test -s "$file"
done
test ! -w /etc
END
chroot --userspec=1000:1000 "$root" /usr/bin/env -i HOME=/home/user PATH=/usr/bin:/bin \
  sh /home/user/try.sh
echo "ok: $(basename "$tarball") runs on $suite"
