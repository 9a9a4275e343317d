#!/usr/bin/env bash
# Starts ZooKeeper and three brokers on this machine, prints where they listen, and ends them all on Ctrl-C.
#   cluster.sh [FOLDER]      FOLDER keeps the data for the next start; without it the data are temporary
# Ports: brokers 9092 to 9094, or three from KAFKA_PORT on; ZooKeeper 2181, or ZOOKEEPER_PORT. The brokers are those that publish.sh has
# written, else they are built and run on the installed .NET.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
first_port=${KAFKA_PORT:-9092} zookeeper_port=${ZOOKEEPER_PORT:-2181}
peers=${KAFKA_PEERS:-${XDG_CACHE_HOME:-$HOME/.cache}/kafkacompatbroker/peers}
pids=()

fail() {
  echo "cluster.sh: $*" >&2
  exit 1
}

# Brokers end before ZooKeeper does, which they need for an orderly end. Temporary data stay when something went wrong.
stop_all() {
  local status=$?
  trap - EXIT INT TERM
  if [[ ${#pids[@]} -gt 0 ]]; then
    echo "stopping"
    kill "${pids[@]:1}" 2> /dev/null || true
    wait "${pids[@]:1}" 2> /dev/null || true
    kill "${pids[0]}" 2> /dev/null || true
    wait "${pids[0]}" 2> /dev/null || true
  fi
  [[ -z ${temporary:-} || $status -ne 0 ]] || rm -rf "$temporary"
  exit "$status"
}

# The jars of a ZooKeeper: those of Debian's package, which names what it needs itself, else those that the tests use.
zookeeper_classpath() {
  if [[ -e /usr/share/java/zookeeper.jar ]]; then
    echo /usr/share/java/zookeeper.jar
  elif [[ -e $peers/classpath/3.9 ]]; then
    sed "s#^#$peers/jars/#" "$peers/classpath/3.9" | paste -sd:
  fi
}

# bash's own connection, so that nothing has to be installed for it.
listens() { (exec 3<> "/dev/tcp/127.0.0.1/$1") 2> /dev/null; }

# Waits until PORT is listened on; fails when process PID has ended, or after a minute.
await_port() { # NAME PORT PID LOG
  for ((i = 0; i < 600; i++)); do
    ! listens "$2" || return 0
    kill -0 "$3" 2> /dev/null || { tail -n 5 "$4" >&2; fail "$1 has not started; $4 says why"; }
    sleep 0.1
  done
  fail "$1 does not listen on port $2; see $4"
}

# Each process has a session of its own, so that Ctrl-C comes to this script alone, which ends them in order.
run_apart() { # LOG COMMAND…
  local log=$1
  shift
  setsid "$@" > "$log" 2>&1 < /dev/null &
  pids+=($!)
}

java=${JAVA:-$(command -v java || true)}
classpath=$(zookeeper_classpath)
[[ -n $java && -n $classpath ]] || fail "ZooKeeper is missing; on Debian: apt-get install zookeeper"
for port in "$zookeeper_port" "$first_port" $((first_port + 1)) $((first_port + 2)); do
  ! listens "$port" || fail "port $port is in use; KAFKA_PORT and ZOOKEEPER_PORT name others"
done

broker=("$root"/publish/*/KafkaCompatBroker)
if [[ ! -x ${broker[0]} ]]; then
  command -v dotnet > /dev/null || fail "neither publish/*/KafkaCompatBroker nor the .NET 10 SDK is here; install the SDK"
  dotnet build "$root/src/Broker/Broker.csproj" -c Release --nologo -v quiet -clp:NoSummary
  broker=(dotnet "$root/src/Broker/bin/Release/net10.0/KafkaCompatBroker.dll")
fi

trap stop_all EXIT
trap 'exit 0' INT TERM
if [[ $# -gt 0 ]]; then
  mkdir -p "$1"
  data=$(cd "$1" && pwd)
else
  data=$(mktemp -d) temporary=$data
fi

mkdir -p "$data/zookeeper"
cat > "$data/zoo.cfg" << END
tickTime=2000
dataDir=$data/zookeeper
clientPort=$zookeeper_port
clientPortAddress=127.0.0.1
admin.enableServer=false
END
run_apart "$data/zookeeper.log" "$java" -Xmx128m -cp "$classpath" org.apache.zookeeper.server.quorum.QuorumPeerMain "$data/zoo.cfg"
await_port ZooKeeper "$zookeeper_port" "${pids[0]}" "$data/zookeeper.log"

for id in 1 2 3; do
  run_apart "$data/broker-$id.log" "${broker[@]}" --override "broker.id=$id" \
    --override "listeners=PLAINTEXT://127.0.0.1:$((first_port + id - 1))" --override "log.dirs=$data/broker-$id" \
    --override "zookeeper.connect=127.0.0.1:$zookeeper_port/kafka" \
    --override default.replication.factor=3 --override min.insync.replicas=2 --override offsets.topic.replication.factor=3 \
    --override controlled.shutdown.max.retries=1
done
for id in 1 2 3; do
  await_port "broker $id" $((first_port + id - 1)) "${pids[id]}" "$data/broker-$id.log"
done
echo "brokers   127.0.0.1:$first_port,127.0.0.1:$((first_port + 1)),127.0.0.1:$((first_port + 2))"
echo "ZooKeeper 127.0.0.1:$zookeeper_port/kafka"
echo "data      $data${temporary:+ (deleted at the end)}"
echo "Ctrl-C ends them."
wait -n "${pids[@]}" || true
fail "one of the processes has ended; its log is in $data"
