#!/usr/bin/env bash
# Starts a Java class, or a Kafka command-line tool by its script's name, on one of the class paths in $PEERS.
#   PEERS=folder java.sh NAME CLASS|kafka-… ARGS…        NAME is 3.9, 4.3, clients-2.0.1 …
# CLASSES names a folder that goes before the jars; KAFKA_HEAP_OPTS and KAFKA_OPTS as in Kafka's own scripts.
set -euo pipefail
name=$1 what=$2
shift 2
list=$PEERS/classpath/$name
[[ -f $list ]] || { echo "java.sh: no class path $list" >&2; exit 2; }
classpath=${CLASSES:+$CLASSES:}$(sed "s#^#$PEERS/jars/#" "$list" | paste -sd:)

case $name:$what in
  0.10:kafka-topics | 2.8:kafka-topics) what=kafka.admin.TopicCommand ;;
  *:kafka-topics) what=org.apache.kafka.tools.TopicCommand ;;
  *:kafka-configs) what=kafka.admin.ConfigCommand ;;
  *:kafka-reassign-partitions) what=org.apache.kafka.tools.reassign.ReassignPartitionsCommand ;;
  *:kafka-get-offsets) what=org.apache.kafka.tools.GetOffsetShell ;;
  *:kafka-delete-records) what=org.apache.kafka.tools.DeleteRecordsCommand ;;
  *:kafka-log-dirs) what=org.apache.kafka.tools.LogDirsCommand ;;
  *:kafka-leader-election) what=org.apache.kafka.tools.LeaderElectionCommand ;;
  *:kafka-features) what=org.apache.kafka.tools.FeatureCommand ;;
  3.9:kafka-acls) what=kafka.admin.AclCommand ;;
  4.3:kafka-acls) what=org.apache.kafka.tools.AclCommand ;;
  *:kafka-verifiable-producer) what=org.apache.kafka.tools.VerifiableProducer ;;
  *:kafka-verifiable-consumer) what=org.apache.kafka.tools.VerifiableConsumer ;;
  *:kafka-transactions) what=org.apache.kafka.tools.TransactionsCommand ;;
  *:kafka-producer-perf-test) what=org.apache.kafka.tools.ProducerPerformance ;;
  *:kafka-console-consumer) what=org.apache.kafka.tools.consumer.ConsoleConsumer ;;
  3.9:kafka-console-producer) what=kafka.tools.ConsoleProducer ;;
  4.3:kafka-console-producer) what=org.apache.kafka.tools.ConsoleProducer ;;
  3.9:kafka-dump-log) what=kafka.tools.DumpLogSegments ;;
  4.3:kafka-dump-log) what=org.apache.kafka.tools.DumpLogSegments ;;
esac

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck disable=SC2086
exec "${JAVA:-java}" ${KAFKA_HEAP_OPTS:--Xmx192m} -XX:+UseSerialGC -XX:TieredStopAtLevel=${JIT_LEVEL:-4} -Xshare:auto -Djava.awt.headless=true \
  --add-opens=java.base/java.lang=ALL-UNNAMED --add-opens=java.base/java.nio=ALL-UNNAMED --add-opens=java.base/sun.nio.ch=ALL-UNNAMED \
  -Dlog4j.configuration="file:$here/log4j.properties" -Dlog4j2.configurationFile="$here/log4j2.properties" -Dorg.slf4j.simpleLogger.defaultLogLevel=warn \
  ${KAFKA_OPTS:-} -cp "$classpath" "$what" "$@"
