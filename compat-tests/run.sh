#!/usr/bin/env bash
# Runs one client family's tests: run.sh kcat|dotnet|kafkajs|java|tools|goclients|pyclients|durability|differential
# BROKER_UNDER_TEST=kafka runs them against a real Kafka 3.9 instead of ours.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
declare -A namespaces=([kafkajs]=KafkaJs [goclients]=GoClients [pyclients]=PyClients)
family=${namespaces[$1]:-${1^}}
exec dotnet test "$here/Compat.csproj" -c Release --nologo --logger "console;verbosity=normal" --filter "FullyQualifiedName~KafkaCompatBroker.CompatTests.$family."
