import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;

/**
 * What a first program with Kafka does: a producer with a callback for each record, and a consumer of each kind, each in a thread of its own. Prints
 * "acknowledged PARTITION OFFSET VALUE", "read KIND PARTITION OFFSET VALUE" and "error WHO WHAT". When standard input ends, the producer prints "sent N" and
 * the consumers end, which happens when they have read all of it.
 */
public final class Walkthrough {
    private static final PrintStream OUT = new PrintStream(new BufferedOutputStream(System.out, 1 << 16), true);
    private static final long PATIENCE_MS = 60_000;

    private static final AtomicBoolean stopping = new AtomicBoolean();
    /** How many records there are to read, once it is known. */
    private static volatile int sent = Integer.MAX_VALUE;
    private static volatile long stoppedAt = Long.MAX_VALUE;

    interface Work {
        void run() throws Exception;
    }

    public static void main(String[] args) throws Exception {
        String brokers = args[0], topic = args[1];
        List<Thread> threads = new ArrayList<>();
        threads.add(start("producer", () -> produce(brokers, topic)));
        for (String kind : List.of("auto", "manual", "partition", "assign"))
            threads.add(start(kind, () -> consume(kind, brokers, topic)));
        try {
            while (System.in.read() >= 0) { }
        } catch (IOException closed) { }
        stopping.set(true);
        for (Thread thread : threads)
            thread.join();
    }

    private static Thread start(String who, Work work) {
        Thread thread = new Thread(() -> {
            try {
                work.run();
            } catch (Exception failure) {
                OUT.println("error " + who + " " + failure);
            }
        });
        thread.start();
        return thread;
    }

    /** Without a partition: the library chooses by the key. */
    private static void produce(String brokers, String topic) throws Exception {
        Properties settings = Driver.producerSettings(brokers);
        settings.put("enable.idempotence", "true");
        settings.put("retries", Integer.toString(Integer.MAX_VALUE));
        settings.put("max.in.flight.requests.per.connection", "1");
        settings.put("metadata.max.age.ms", "2000");
        int i = 0;
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(settings)) {
            for (; !stopping.get(); i++) {
                String value = Integer.toString(i);
                producer.send(new ProducerRecord<>(topic, bytes("key-" + i), bytes(value)), (metadata, error) -> OUT.println(error != null
                    ? "error producer " + value + " " + error
                    : "acknowledged " + metadata.partition() + " " + metadata.offset() + " " + value));
                if (i % 20 == 0)
                    Thread.sleep(100);
            }
        }
        OUT.println("sent " + i);
        stoppedAt = System.currentTimeMillis();
        sent = i;
    }

    private static void consume(String kind, String brokers, String topic) throws Exception {
        Properties settings = Driver.consumerSettings(brokers, kind.equals("assign") ? null : topic + "-" + kind);
        settings.put("enable.auto.commit", Boolean.toString(kind.equals("auto")));
        settings.put("auto.commit.interval.ms", "1000");
        settings.put("metadata.max.age.ms", "2000");
        int read = 0;
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(settings)) {
            List<TopicPartition> assigned = new ArrayList<>();
            if (!kind.equals("assign"))
                consumer.subscribe(Collections.singletonList(topic));
            while (read < sent) {
                if (System.currentTimeMillis() - stoppedAt > PATIENCE_MS)
                    throw new IllegalStateException("read " + read + " of " + sent);
                if (kind.equals("assign"))
                    assignAll(consumer, topic, assigned);
                ConsumerRecords<byte[], byte[]> records = Driver.poll(consumer);
                for (TopicPartition partition : records.partitions()) {
                    List<ConsumerRecord<byte[], byte[]>> of = records.records(partition);
                    for (ConsumerRecord<byte[], byte[]> got : of)
                        OUT.println("read " + kind + " " + got.partition() + " " + got.offset() + " " + new String(got.value(), StandardCharsets.UTF_8));
                    read += of.size();
                    if (kind.equals("partition"))
                        consumer.commitSync(Collections.singletonMap(partition, new OffsetAndMetadata(of.get(of.size() - 1).offset() + 1)));
                }
                if (kind.equals("manual") && !records.isEmpty())
                    consumer.commitSync();
            }
        }
    }

    /** Takes partitions that are new as well, each from its beginning; those that it has go on where they are. */
    private static void assignAll(KafkaConsumer<byte[], byte[]> consumer, String topic, List<TopicPartition> assigned) {
        List<TopicPartition> fresh = new ArrayList<>();
        for (PartitionInfo info : consumer.partitionsFor(topic)) {
            TopicPartition partition = new TopicPartition(topic, info.partition());
            if (!assigned.contains(partition))
                fresh.add(partition);
        }
        if (fresh.isEmpty())
            return;
        assigned.addAll(fresh);
        consumer.assign(assigned);
        consumer.seekToBeginning(fresh);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
