"""As Copy.java, by librdkafka."""

import os
import sys
import threading
import time

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition

# librdkafka 2.16 waits for ever for a group coordinator that was killed while offsets were on the way to it, whatever time it was given
# (its issues 5456 and 5511). Whoever uses it must then begin anew.
HANGS_AFTER_SECONDS = 30

servers, source, target, name = sys.argv[1:5]
began = None


def say(*words):
    print(*words, flush=True)


def watch():
    while True:
        time.sleep(1)
        since = began
        if since is not None and time.monotonic() - since > HANGS_AFTER_SECONDS:
            say("again because librdkafka hangs")
            os.execv(sys.executable, [sys.executable, *sys.argv])


def patiently(call, *arguments):
    """Some errors leave it to the application to try again."""
    while True:
        try:
            return call(*arguments)
        except KafkaException as failure:
            if not failure.args[0].retriable():
                raise
            say("tries", call.__name__, "again", failure)


def send(producer, messages, prefix):
    failures = []
    for message in messages:
        producer.produce(
            target, prefix + message.value(), message.key(), message.partition(),
            on_delivery=lambda error, _: failures.append(error) if error else None)
    producer.flush()
    if failures:
        raise KafkaException(failures[0])


def send_offsets(producer, offsets, group):
    global began
    began = time.monotonic()
    patiently(producer.send_offsets_to_transaction, offsets, group)
    began = None


def copy(producer, consumer, is_aborted):
    messages = consumer.consume(50, 0.2)
    for message in messages:
        if message.error():
            raise KafkaException(message.error())
    if not messages:
        return
    firsts, nexts = {}, {}
    for message in messages:
        firsts.setdefault(message.partition(), message.offset())
        nexts[message.partition()] = message.offset() + 1
    producer.begin_transaction()
    send(producer, messages, b"never " if is_aborted else b"copy of ")
    say("sent")
    offsets = [TopicPartition(source, partition, offset) for partition, offset in nexts.items()]
    send_offsets(producer, offsets, consumer.consumer_group_metadata())
    say("offsets")
    if is_aborted:
        patiently(producer.abort_transaction)
        for partition, offset in firsts.items():
            consumer.seek(TopicPartition(source, partition, offset))
        say("aborted")
    else:
        patiently(producer.commit_transaction)
        say("committed")


def run():
    common = {"bootstrap.servers": servers, "log_level": 0}
    producer = Producer(common | {"transactional.id": name, "linger.ms": 0})
    consumer = Consumer(common | {
        "group.id": name, "group.instance.id": name, "enable.auto.commit": False, "auto.offset.reset": "earliest",
        "isolation.level": "read_committed", "fetch.wait.max.ms": 100})
    try:
        patiently(producer.init_transactions)
        consumer.subscribe([source])
        turn = 0
        while True:
            turn += 1
            copy(producer, consumer, turn % 5 == 0)
    except KafkaException as failure:
        say("again", failure)
    finally:
        consumer.close()


threading.Thread(target=watch, daemon=True).start()
while True:
    began = None
    run()
