#!/usr/bin/env bash
# Installs what the tests need where it is missing, builds with warnings as errors and runs every test. Goes on after a failure; the last line is the
# total: "N passed, N failed, N skipped". A test that lacks something on this machine skips and says what.
#   test.sh [UNIT|SIMULATION|COMPAT …]      default: all three; UNIT alone installs nothing and builds no more than it needs
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$root" || exit 1
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
passed=0 failed=0 skipped=0
suites=(UNIT SIMULATION COMPAT)
[[ $# -eq 0 ]] || suites=("$@")

only_unit() { [[ ${suites[*]} == UNIT ]]; }

say() { printf '\n== %s\n' "$*"; }

install_packages() {
  local packages=()
  if [[ ${suites[*]} == *COMPAT* ]]; then
    command -v kcat > /dev/null || packages+=(kcat)
    command -v javac > /dev/null || packages+=(openjdk-17-jdk-headless)
    command -v node > /dev/null || packages+=(nodejs)
    command -v npm > /dev/null || packages+=(npm)
    command -v clang > /dev/null || command -v gcc > /dev/null || packages+=(gcc libc6-dev)
    python3.11 -c 'import ensurepip' 2> /dev/null || packages+=(python3.11 python3.11-venv)
    have_peers || command -v mvn > /dev/null || packages+=(maven)
  fi
  [[ ${#packages[@]} -eq 0 ]] && return
  say "installing ${packages[*]}"
  local as_root=()
  [[ $(id -u) -eq 0 ]] || as_root=(sudo)
  "${as_root[@]}" apt-get update -qq < /dev/null
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" < /dev/null \
    || echo "test.sh: could not install all of them; the tests that need them will skip"
}

# As compat-tests/fixture/Peers.cs looks for it.
have_peers() { [[ -n ${KAFKA_PEERS:-} || -d ../shared/peers || -f ${XDG_CACHE_HOME:-$HOME/.cache}/kafkacompatbroker/peers/classpath/clients-2.0.1 ]]; }

fetch_clients() {
  [[ ${suites[*]} == *COMPAT* ]] || return
  if [[ ! -d compat-tests/kafkajs/node_modules/kafkajs ]]; then
    say "installing kafkajs"
    npm ci --prefix compat-tests/kafkajs --no-audit --no-fund < /dev/null || echo "test.sh: no kafkajs; its tests will skip"
  fi
  if ! have_peers; then
    say "fetching Kafka and its clients from Maven Central"
    compat-tests/peers/fetch.sh < /dev/null || echo "test.sh: no Kafka from Maven; the tests that need Java clients will skip"
  fi
}

build() {
  say "building"
  if only_unit; then
    dotnet build tests/Unit/Unit.csproj -c Release -clp:NoSummary -v quiet < /dev/null
    return
  fi
  dotnet build KafkaCompatBroker.sln -c Release -clp:NoSummary -v quiet < /dev/null
}

counter() { grep -o '<Counters [^>]*' "$1" | grep -o " $2=\"[0-9]*\"" | tr -dc 0-9; }

run() { # SUITE PROJECT
  local suite=$1 project=$2 report=$results/$1.trx before=$SECONDS total executed
  [[ " ${suites[*]} " == *" $suite "* ]] || return
  say "$suite"
  dotnet test "$project" -c Release --no-build --results-directory "$results" --logger "trx;LogFileName=$suite.trx" \
    --logger "console;verbosity=normal" < /dev/null
  local exit_code=$?
  if [[ ! -f $report ]]; then
    echo "test.sh: $suite ended without a report (exit code $exit_code): counted as one failure" | tee -a "$results/failures"
    failed=$((failed + 1))
    return
  fi
  total=$(counter "$report" total) executed=$(counter "$report" executed)
  passed=$((passed + $(counter "$report" passed)))
  skipped=$((skipped + total - executed))
  local suite_failed=$((executed - $(counter "$report" passed)))
  # A run that was cut short reports no failed test.
  [[ $exit_code -ne 0 && $suite_failed -eq 0 ]] && suite_failed=1
  failed=$((failed + suite_failed))
  failures "$report" >> "$results/failures"
  echo "$suite took $((SECONDS - before)) s"
}

# What failed and the first lines of why, for the end of the output: the rest is long, and a reader may be shown only the end.
failures() { # REPORT
  awk '
    /<UnitTestResult / { failed = /outcome="Failed"/; lines = 0
      if (failed && match($0, /testName="[^"]*"/)) print "\nFAILED " substr($0, RSTART + 10, RLENGTH - 11) }
    failed && /<Message>/ { telling = 1 }
    failed && telling && lines++ < 30 { print "  " substr($0, 1, 600) }
    /<\/Message>/ { telling = 0 }
  ' "$1" | sed -E 's/<\/?Message>//g; s/&quot;/"/g; s/&lt;/</g; s/&gt;/>/g; s/&#xA;/ /g; s/&amp;/\&/g'
}

install_packages
fetch_clients
if build; then
  run UNIT tests/Unit/Unit.csproj
  run SIMULATION tests/Simulation/Simulation.csproj
  run COMPAT compat-tests/Compat.csproj
else
  echo "test.sh: the build failed: counted as one failure"
  failed=1
fi

[[ -s $results/failures ]] && say "failed" && cat "$results/failures"
say "all took $SECONDS s"
echo "$passed passed, $failed failed, $skipped skipped"
[[ $failed -eq 0 ]]
