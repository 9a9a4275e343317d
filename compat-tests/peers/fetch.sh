#!/usr/bin/env bash
# Fetches real Kafka and its Java clients from Maven Central into a cache outside the repository, in the layout that java.sh reads:
# jars/ and, per name, classpath/NAME with one jar's file name a line. Does nothing for names that are there.
#   fetch.sh [FOLDER]        default ${XDG_CACHE_HOME:-~/.cache}/kafkacompatbroker/peers
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
peers=${1:-${XDG_CACHE_HOME:-$HOME/.cache}/kafkacompatbroker/peers}
mkdir -p "$peers/jars" "$peers/classpath"

fetch() { # NAME PROFILE ARTIFACT VERSION
  local name=$1 profile=$2 artifact=$3 version=$4 folder
  [[ -f $peers/classpath/$name ]] && return
  folder=$(mktemp -d)
  mvn --batch-mode --quiet -f "$here/pom.xml" -P "$profile" -Dpeer.artifact="$artifact" -Dpeer.version="$version" \
    org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$folder"
  cp -n "$folder"/*.jar "$peers/jars/"
  (cd "$folder" && ls -- *.jar) > "$peers/classpath/$name.part"
  mv "$peers/classpath/$name.part" "$peers/classpath/$name"
  rm -r "$folder"
  echo "fetched $name"
}

fetch 3.9 tools-3.9 kafka_2.13 3.9.2
fetch 4.3 tools-4.3 kafka_2.13 4.3.0
fetch clients-0.11.0.3 clients kafka-clients 0.11.0.3
fetch clients-2.0.1 clients kafka-clients 2.0.1
