#!/bin/sh
# Static checks: clang-tidy, cppcheck, and the syntax of core on another architecture.
#   sh tests/lint.sh "INCLUDE FLAGS"       prints what is wrong; fails if anything is
set -u
includes=$1
status=0

echo "clang-tidy"
printf '%s\n' core/*/*.c bindings/*.c .packages/dist/*.c | xargs -P 2 -n 1 sh -c '
  includes=$1; shift
  clang-tidy --quiet "$@" -- -std=gnu11 -fopenmp -DMI_LEVEL=baseline '"$includes"' 2>/dev/null' sh "$includes" || status=1

echo "cppcheck"
cppcheck --quiet --std=c11 --language=c --error-exitcode=1 --inline-suppr --enable=warning,portability \
  --suppressions-list=.cppcheck -I. -DMI_LEVEL=baseline -D__x86_64__ core bindings packaging || status=1

echo "aarch64 syntax of core"
for file in core/*/*.c; do
  aarch64-linux-gnu-gcc -fsyntax-only -std=gnu11 -fopenmp -Wall -Wextra -DMI_LEVEL=baseline -I. \
    $(pkg-config --cflags-only-I openblas lapacke | sed 's/-I/-idirafter /g') -idirafter /usr/include "$file" || status=1
done
exit $status
