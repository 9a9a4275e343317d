#!/usr/bin/env bash
# Writes the broker as one native file without symbols: publish/RID/KafkaCompatBroker. It needs no .NET where it runs.
#   publish.sh [RID]        default: this machine's, such as linux-x64
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
command -v clang > /dev/null || command -v gcc > /dev/null || {
  echo "publish.sh: clang or gcc is needed to link the native file (Debian: apt-get install gcc libc6-dev)" >&2
  exit 1
}
project=$root/src/Broker/Broker.csproj
rid=${1:-$(dotnet msbuild "$project" -getProperty:NETCoreSdkPortableRuntimeIdentifier)}
dotnet publish "$project" -c Release -r "$rid" --nologo -v quiet -clp:NoSummary
# Its symbols stay in bin, for gdb.
install -D -m 755 "$root/src/Broker/bin/Release/net10.0/$rid/publish/KafkaCompatBroker" "$root/publish/$rid/KafkaCompatBroker"
echo "$root/publish/$rid/KafkaCompatBroker"
