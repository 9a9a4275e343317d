#!/usr/bin/env bash
# Builds the broker and starts it; arguments go to it: run.sh [server.properties] [--override key=value]…
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
dotnet build "$root/src/Broker/Broker.csproj" -c Release --nologo -v quiet -clp:NoSummary
exec dotnet "$root/src/Broker/bin/Release/net10.0/KafkaCompatBroker.dll" "$@"
