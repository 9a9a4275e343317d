#!/usr/bin/env bash
# The bench under the JIT and as one native file, each three times in turn; per line the median of each, in megabytes a second, and how fast the
# native file is beside the JIT.
#   jit-and-native.sh [TEXT]        only measurements whose name contains the text
# IlcInstructionSet=x86-64-v4 in the environment compiles for newer processors than the broker is published for.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
rid=$(dotnet msbuild "$here/CodecBench.csproj" -getProperty:NETCoreSdkPortableRuntimeIdentifier)
dotnet build "$here/CodecBench.csproj" -c Release --nologo -v quiet -clp:NoSummary
dotnet publish "$here/CodecBench.csproj" -c Release -r "$rid" --nologo -v quiet -clp:NoSummary
for round in 1 2 3; do
  dotnet "$here/bin/Release/net10.0/CodecBench.dll" "$@" > "$results/jit.$round"
  "$here/bin/Release/net10.0/$rid/publish/CodecBench" "$@" > "$results/native.$round"
done
# The median of the rounds, line by line.
median() {
  paste "$results/$1".? | awk '{
    count = 0
    for (i = 1; i <= NF; i++) if ($i == "MB/s") value[count++] = $(i - 1) + 0
    for (i = 0; i < count; i++) for (j = i + 1; j < count; j++) if (value[j] < value[i]) { swap = value[i]; value[i] = value[j]; value[j] = swap }
    print value[int(count / 2)]
  }'
}
printf '%-36s %8s %8s %8s\n' '' JIT native ratio
paste -d '|' <(sed 's/ *[0-9]* MB\/s$//' "$results/jit.1") <(median jit) <(median native) \
  | awk -F '|' '{ printf "%-36s %8.0f %8.0f %8.2f\n", $1, $2, $3, $3 / $2 }'
