import java.io.BufferedOutputStream;
import java.io.PrintStream;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;

/** The driver for Java clients, compiled once against the oldest and run on each. */
public final class Driver {
    private static final long BASE_TIMESTAMP_MS = 1_600_000_000_000L;
    private static final byte[] PATTERN = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
    private static final PrintStream OUT = new PrintStream(new BufferedOutputStream(System.out, 1 << 16), false);

    public static void main(String[] args) throws Exception {
        String command = args[0], brokers = args[1];
        switch (command) {
            case "produce" -> produce(brokers, args[2].split(","), Integer.parseInt(args[3]), Integer.parseInt(args[4]), Integer.parseInt(args[5]));
            case "verify" -> verify(brokers, args[2].split(","), Integer.parseInt(args[3]), Integer.parseInt(args[4]));
            case "member" -> member(brokers, args[2], args[3]);
            case "acked" -> acked(brokers, args[2], Integer.parseInt(args[3]), Integer.parseInt(args[4]));
            default -> throw new IllegalArgumentException(command);
        }
        OUT.flush();
    }

    /** Topics are given as codec=topic. */
    private static void produce(String brokers, String[] topics, int partitions, int from, int to) throws Exception {
        for (String pair : topics) {
            String codec = pair.substring(0, pair.indexOf('=')), topic = pair.substring(pair.indexOf('=') + 1);
            Properties settings = producerSettings(brokers);
            settings.put("compression.type", codec);
            AtomicReference<Exception> failure = new AtomicReference<>();
            try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(settings)) {
                for (int i = from; i < to; i++) {
                    final int index = i;
                    producer.send(record(topic, partitions, i), (metadata, error) -> {
                        if (error != null)
                            failure.compareAndSet(null, error);
                        else if (metadata.offset() != index / partitions)
                            failure.compareAndSet(null, new IllegalStateException("record " + index + " got offset " + metadata.offset()));
                    });
                }
            }
            if (failure.get() != null)
                throw failure.get();
        }
    }

    private static void verify(String brokers, String[] topics, int partitions, int to) throws Exception {
        for (String pair : topics) {
            String topic = pair.substring(pair.indexOf('=') + 1);
            try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(consumerSettings(brokers, null))) {
                List<TopicPartition> assignment = new ArrayList<>();
                for (int p = 0; p < partitions; p++)
                    assignment.add(new TopicPartition(topic, p));
                consumer.assign(assignment);
                consumer.seekToBeginning(assignment);
                long[] next = new long[partitions];
                int left = to;
                long deadline = System.currentTimeMillis() + 60_000;
                while (left > 0) {
                    if (System.currentTimeMillis() > deadline)
                        throw new IllegalStateException(topic + ": " + left + " records are missing; next offsets are " + Arrays.toString(next));
                    for (ConsumerRecord<byte[], byte[]> got : poll(consumer)) {
                        check(got, topic, partitions, next[got.partition()]++);
                        left--;
                    }
                }
                for (int p = 0; p < partitions; p++) {
                    long end = consumer.endOffsets(Collections.singleton(assignment.get(p))).get(assignment.get(p));
                    if (end != next[p])
                        throw new IllegalStateException(topic + "-" + p + " ends at " + end + ", wanted " + next[p]);
                }
            }
        }
        OUT.println("verified " + to);
    }

    private static void member(String brokers, String topic, String groupId) throws Exception {
        Properties settings = consumerSettings(brokers, groupId);
        Thread leave;
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(settings)) {
            boolean[] leaving = {false};
            leave = new Thread(() -> {
                try {
                    while (System.in.read() >= 0) { }
                } catch (java.io.IOException closed) { }
                leaving[0] = true;
                consumer.wakeup();
            });
            leave.setDaemon(true);
            leave.start();
            consumer.subscribe(Collections.singletonList(topic), new ConsumerRebalanceListener() {
                @Override public void onPartitionsRevoked(Collection<TopicPartition> partitions) { }
                @Override public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
                    OUT.println("assigned " + partitions.size());
                    OUT.flush();
                }
            });
            while (!leaving[0]) {
                for (ConsumerRecord<byte[], byte[]> got : poll(consumer))
                    OUT.println(got.partition() + " " + got.offset());
                OUT.flush();
                try {
                    consumer.commitSync();
                } catch (org.apache.kafka.clients.consumer.CommitFailedException | org.apache.kafka.common.errors.RetriableException rebalancing) { }
            }
        } catch (org.apache.kafka.common.errors.WakeupException leaving) { }
    }

    /** Produces with idempotence until standard input ends, with a pause behind each 20 records, printing each acknowledged record as "index partition offset"; last the number of records sent. */
    private static void acked(String brokers, String topic, int partitions, int pauseMs) throws Exception {
        Properties settings = producerSettings(brokers);
        settings.put("enable.idempotence", "true");
        settings.put("linger.ms", "2");
        settings.put("request.timeout.ms", "5000");
        settings.put("delivery.timeout.ms", "300000");
        settings.put("max.block.ms", "300000");
        // What waits for a broker that is down for most of the time must not wait for longer than the delivery may take.
        settings.put("buffer.memory", "1048576");
        settings.put("retries", Integer.toString(Integer.MAX_VALUE));
        settings.put("reconnect.backoff.max.ms", "200");
        boolean[] done = {false};
        Thread stop = new Thread(() -> {
            try {
                while (System.in.read() >= 0) { }
            } catch (java.io.IOException closed) { }
            done[0] = true;
        });
        stop.setDaemon(true);
        stop.start();
        AtomicReference<Exception> failure = new AtomicReference<>();
        int i = 0;
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(settings)) {
            for (; !done[0] && failure.get() == null; i++) {
                final int index = i;
                producer.send(record(topic, partitions, i), (metadata, error) -> {
                    if (error != null) {
                        failure.compareAndSet(null, error);
                        return;
                    }
                    OUT.println(index + " " + metadata.partition() + " " + metadata.offset());
                    if (index % 64 == 0)
                        OUT.flush();
                });
                if (i % 20 == 0)
                    Thread.sleep(pauseMs);
            }
        }
        if (failure.get() != null)
            throw failure.get();
        OUT.println("sent " + i);
    }

    private static ProducerRecord<byte[], byte[]> record(String topic, int partitions, int i) {
        ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(topic, i % partitions, timestamp(i), key(i), value(i));
        record.headers().add("index", bytes(Integer.toString(i)));
        if (i % 5 == 0)
            record.headers().add("null", null);
        if (i % 3 == 0)
            record.headers().add("index", bytes("again"));
        return record;
    }

    private static void check(ConsumerRecord<byte[], byte[]> got, String topic, int partitions, long offset) {
        int i = (int) (offset * partitions + got.partition());
        StringBuilder headers = new StringBuilder();
        for (Header header : got.headers())
            headers.append(header.key()).append('=').append(header.value() == null ? "null" : new String(header.value(), StandardCharsets.UTF_8)).append(';');
        String expected = "index=" + i + ";" + (i % 5 == 0 ? "null=null;" : "") + (i % 3 == 0 ? "index=again;" : "");
        if (got.offset() != offset || got.timestamp() != timestamp(i) || !Arrays.equals(got.key(), key(i)) || !Arrays.equals(got.value(), value(i))
                || !headers.toString().equals(expected))
            throw new IllegalStateException(topic + "-" + got.partition() + ", offset " + offset + " wanted: got offset " + got.offset() + ", timestamp " + got.timestamp()
                    + ", headers " + headers + ", value " + (got.value() == null ? null : new String(got.value(), StandardCharsets.UTF_8)));
    }

    /** Rising for the most part, not always. */
    private static long timestamp(int i) {
        return BASE_TIMESTAMP_MS + i * 10L - (i % 7) * 25L;
    }

    private static byte[] key(int i) {
        return i % 11 == 0 ? null : bytes("key-" + i % 1000);
    }

    private static byte[] value(int i) {
        if (i % 101 == 0)
            return null;
        byte[] start = bytes("value-" + i + " ");
        byte[] value = Arrays.copyOf(start, start.length + (int) (i * 7919L % 120));
        for (int at = start.length; at < value.length; at++)
            value[at] = PATTERN[(at + i) % PATTERN.length];
        return value;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static Properties producerSettings(String brokers) {
        Properties settings = new Properties();
        settings.put("bootstrap.servers", brokers);
        settings.put("acks", "all");
        settings.put("linger.ms", "5");
        settings.put("key.serializer", "org.apache.kafka.common.serialization.ByteArraySerializer");
        settings.put("value.serializer", "org.apache.kafka.common.serialization.ByteArraySerializer");
        return settings;
    }

    static Properties consumerSettings(String brokers, String groupId) {
        Properties settings = new Properties();
        settings.put("bootstrap.servers", brokers);
        settings.put("key.deserializer", "org.apache.kafka.common.serialization.ByteArrayDeserializer");
        settings.put("value.deserializer", "org.apache.kafka.common.serialization.ByteArrayDeserializer");
        settings.put("auto.offset.reset", "earliest");
        settings.put("enable.auto.commit", "false");
        settings.put("check.crcs", "true");
        if (groupId != null) {
            settings.put("group.id", groupId);
            settings.put("session.timeout.ms", "6000");
            settings.put("heartbeat.interval.ms", "500");
        }
        return settings;
    }

    /** poll(long) went with 4.0, poll(Duration) came with 2.0. */
    @SuppressWarnings("unchecked")
    static ConsumerRecords<byte[], byte[]> poll(KafkaConsumer<byte[], byte[]> consumer) throws Exception {
        try {
            return (ConsumerRecords<byte[], byte[]>) POLL.invoke(consumer, POLL.getParameterTypes()[0] == long.class ? (Object) 200L : Duration.ofMillis(200));
        } catch (java.lang.reflect.InvocationTargetException failure) {
            throw failure.getCause() instanceof RuntimeException cause ? cause : failure;
        }
    }

    private static final Method POLL = findPoll();

    private static Method findPoll() {
        try {
            return KafkaConsumer.class.getMethod("poll", Duration.class);
        } catch (NoSuchMethodException older) {
            try {
                return KafkaConsumer.class.getMethod("poll", long.class);
            } catch (NoSuchMethodException impossible) {
                throw new IllegalStateException(impossible);
            }
        }
    }
}
