#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# All tests, from a fresh clone: installs what is missing, builds with GCC and Clang, with and without the window, with sanitizers.
#
#   tests/run.sh            every phase below, in this order
#   tests/run.sh PHASE ...  only these
#   tests/run.sh long       every test with its full counts, the slow suite included
#   tests/run.sh bench      the benchmarks, as a table
#
# LW_BUILD_DIR names another directory for the builds. The last line is "N passed, N failed, N skipped".
set -uo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
builds=${LW_BUILD_DIR:-$top/build/tests}
jobs=${LW_JOBS:-$(nproc)}
passed=0 failed=0 skipped=0
under=() # what the tests run under: a display, a fixed memory layout
# Results are compared across machines and languages, and numbers are read back: one locale for all.
export LC_ALL=C.UTF-8 MESON_TESTTHREADS=$jobs

fail () { echo "FAILED: $*"; failed=$((failed + 1)); }

# configure NAME OPTION...: a build directory that is set up once and afterwards only told its options again.
configure () {
  local dir=$builds/$1 log=$builds/$1.configure.log
  shift
  mkdir -p "$builds"
  if [ -f "$dir/build.ninja" ]; then
    meson configure "$dir" "$@" >"$log" 2>&1 && return
  else
    rm -rf "$dir"
    meson setup "$dir" "$top" --fatal-meson-warnings -Dtests=true "$@" >"$log" 2>&1 && return
  fi
  tail -n 30 "$log"
  fail "configuring $dir"
  return 1
}

# build NAME [TARGET...]
build () {
  local dir=$builds/$1 log=$builds/$1.build.log
  shift
  # Goes on after an error (-k 0), so that one broken folder does not keep the others from being tested.
  ninja -C "$dir" -j "$jobs" -k 0 "$@" >"$log" 2>&1 && return
  grep -E -A 8 '^FAILED:|error:|warning:' "$log" | head -n 120
  fail "building $dir; all of it in $log"
  return 1
}

# run NAME MESON-TEST-ARGUMENT...: the tests of a build, counted one by one.
run () {
  local dir=$builds/$1 out=$builds/$1.tests.log status counts
  shift
  rm -f "$dir/meson-logs/testlog.json"
  "${under[@]}" meson test -C "$dir" --no-rebuild "$@" >"$out" 2>&1
  status=$?
  if [ ! -s "$dir/meson-logs/testlog.json" ]; then
    if grep -q 'No suitable tests' "$out"; then
      echo "skipped: no test in: $*"
      skipped=$((skipped + 1))
    else
      tail -n 30 "$out"
      fail "meson test $*"
    fi
    return
  fi
  meson introspect "$dir" --tests >"$dir/meson-logs/tests.json"
  if ! counts=$(python3 "$top/tests/summarise.py" "$dir/meson-logs/testlog.json" "$dir/meson-logs/tests.json"); then
    echo "$counts"
    fail "counting the tests of $dir"
    return
  fi
  sed '$d' <<<"$counts"
  local p f s
  read -r p f s < <(tail -n 1 <<<"$counts")
  echo "   of these $p passed, $f failed, $s skipped"
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
  # Whatever Meson objects to and the count did not see is a failure too.
  [ "$status" -eq 0 ] || [ "$f" -gt 0 ] || { tail -n 30 "$out"; fail "meson test $* ended with $status"; }
}

# A screen and a session bus for the tests of widgets; the scripts that drive the whole window bring their own.
display=(xvfb-run --auto-servernum "--server-args=-screen 0 1280x800x24 -nolisten tcp" dbus-run-session --)

phase_core () { # GCC, without GTK: the core and the command line
  CC=gcc configure core -Dwerror=true -Dgui=disabled || return
  build core
  run core --no-suite long --no-suite tsan # those run under their sanitizer
}

phase_window () { # GCC, everything; what the phase core has run is not run again
  CC=gcc configure window -Dwerror=true -Dgui=enabled || return
  build window
  local under=("${display[@]}")
  GSK_RENDERER=cairo LIBGL_ALWAYS_SOFTWARE=1 run window --no-suite core --no-suite cli --no-suite tsan --no-suite long
}

phase_clang () { # Clang, everything, without a warning
  CC=clang configure clang -Dwerror=true -Dgui=enabled || return
  build clang || return
  echo "   of these 1 passed"
  passed=$((passed + 1))
}

phase_asan () { # AddressSanitizer and UndefinedBehaviorSanitizer: the core and the command line
  CC=gcc configure asan -Dgui=disabled -Db_sanitize=address,undefined -Doptimization=1 || return
  build asan
  ASAN_OPTIONS=strict_string_checks=1 LSAN_OPTIONS=suppressions=$top/tests/leaks.supp:print_suppressions=0 UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 \
    run asan --no-suite long --no-suite house --timeout-multiplier 5
}

phase_tsan () { # ThreadSanitizer: the programs of the suite tsan, which use threads without GLib
  CC=gcc configure tsan -Dgui=disabled -Db_sanitize=thread -Doptimization=1 || return
  build tsan
  # GCC 12's runtime gives up under the largest address randomisation of newer kernels.
  local under=(setarch --addr-no-randomize)
  TSAN_OPTIONS=halt_on_error=1 run tsan --suite tsan --timeout-multiplier 5
}

phase_long () {
  CC=gcc configure window -Dwerror=true -Dgui=enabled || return
  build window
  local under=("${display[@]}")
  LW_LONG=1 GSK_RENDERER=cairo LIBGL_ALWAYS_SOFTWARE=1 run window --timeout-multiplier 60
}

phase_bench () { # a release build, one program at a time: the figures of the README
  CC=gcc configure bench -Dgui=disabled --buildtype=release || return
  build bench
  local out=$builds/bench.tests.log count
  meson test -C "$builds/bench" --no-rebuild --benchmark --verbose >"$out" 2>&1 || { tail -n 30 "$out"; fail "the benchmarks"; }
  python3 "$top/tests/bench/table.py" <"$out"
  count=$(grep -c -E '^ *[0-9]+/[0-9]+ .* OK ' "$out")
  echo "   of these $count passed"
  passed=$((passed + count))
}

phases=("$@")
[ ${#phases[@]} -gt 0 ] || phases=(core window clang asan tsan)
for phase in "${phases[@]}"; do
  declare -F "phase_$phase" >/dev/null || { echo "$0: no phase \"$phase\"; there are core window clang asan tsan long bench" >&2; exit 2; }
done

"$top/data/setup.sh" test || fail "installing the packages"
# A language with a decimal comma, for the tests that numbers in files do not care.
mkdir -p "$builds/locale"
ln -sfn /usr/lib/locale/C.utf8 "$builds/locale/C.utf8" # LOCPATH replaces the usual place
[ -d "$builds/locale/de_DE.UTF-8" ] || localedef -i de_DE -f UTF-8 "$builds/locale/de_DE.UTF-8" >/dev/null || fail "making the locale de_DE.UTF-8"
export LOCPATH=$builds/locale
for phase in "${phases[@]}"; do
  echo "== $phase"
  start=$SECONDS
  "phase_$phase"
  echo "   $((SECONDS - start)) s"
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
