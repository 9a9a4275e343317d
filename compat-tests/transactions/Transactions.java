import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.ProducerFencedException;

/** Transactions of Java clients, compiled once against the oldest that has them and run on each. Values are numbers from 0 on. */
public final class Transactions {
    public static void main(String[] args) throws Exception {
        String command = args[0], brokers = args[1];
        switch (command) {
            case "write" -> write(brokers, args[2], Integer.parseInt(args[3]), args[4], Integer.parseInt(args[5]), Integer.parseInt(args[6]));
            case "read" -> read(brokers, args[2], Integer.parseInt(args[3]), args[4]);
            case "copy" -> copy(brokers, args[2], Integer.parseInt(args[3]), args[4], args[5]);
            case "fence" -> fence(brokers, args[2], args[3]);
            case "leave" -> leave(brokers, args[2], args[3], Integer.parseInt(args[4]));
            default -> throw new IllegalArgumentException(command);
        }
    }

    /** Writes numbered values in transactions, of which each third is aborted; prints how many values were committed. */
    private static void write(String brokers, String topic, int partitions, String id, int transactions, int size) throws Exception {
        int next = 0;
        try (KafkaProducer<byte[], byte[]> producer = producer(brokers, id, 60_000)) {
            producer.initTransactions();
            for (int i = 0; i < transactions; i++) {
                boolean isAborted = i % 3 == 1;
                producer.beginTransaction();
                for (int j = 0; j < size; j++) {
                    int value = isAborted ? -1 : next++;
                    producer.send(new ProducerRecord<>(topic, j % partitions, null, bytes(Integer.toString(value))));
                }
                // What has not been sent yet would not be sent any more, and nothing of the transaction be in the log.
                producer.flush();
                if (isAborted)
                    producer.abortTransaction();
                else
                    producer.commitTransaction();
            }
        }
        System.out.println("committed " + next);
    }

    /** Reads what is committed to the end of the topic; prints the values in the order of partitions and offsets. */
    private static void read(String brokers, String topic, int partitions, String isolation) throws Exception {
        Properties settings = consumerSettings(brokers, null);
        settings.put("isolation.level", isolation);
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(settings)) {
            List<TopicPartition> assignment = new ArrayList<>();
            for (int p = 0; p < partitions; p++)
                assignment.add(new TopicPartition(topic, p));
            consumer.assign(assignment);
            consumer.seekToBeginning(assignment);
            Map<TopicPartition, Long> ends = consumer.endOffsets(assignment);
            long deadline = System.currentTimeMillis() + 60_000;
            StringBuilder lines = new StringBuilder();
            while (!assignment.stream().allMatch(partition -> consumer.position(partition) >= ends.get(partition))) {
                if (System.currentTimeMillis() > deadline)
                    throw new IllegalStateException("the end is not reached: " + ends);
                for (ConsumerRecord<byte[], byte[]> got : poll(consumer))
                    lines.append(got.partition()).append(' ').append(new String(got.value(), StandardCharsets.UTF_8)).append('\n');
            }
            System.out.print(lines);
        }
    }

    /**
     * Consumes a topic in a group, writes each value to another within transactions that hold the offsets too, and aborts each fourth after
     * it has written; begins anew after an error. Ends once it has committed the end of the first topic.
     */
    private static void copy(String brokers, String from, int partitions, String to, String id) throws Exception {
        String group = id + "-group";
        int round = 0;
        while (true) {
            try (KafkaProducer<byte[], byte[]> producer = producer(brokers, id, 120_000);
                    KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(consumerSettings(brokers, group))) {
                producer.initTransactions();
                List<TopicPartition> assignment = new ArrayList<>();
                for (int p = 0; p < partitions; p++)
                    assignment.add(new TopicPartition(from, p));
                consumer.assign(assignment);
                Map<TopicPartition, Long> ends = consumer.endOffsets(assignment);
                while (true) {
                    if (assignment.stream().allMatch(partition -> consumer.position(partition) >= ends.get(partition))) {
                        System.out.println("copied");
                        return;
                    }
                    ConsumerRecords<byte[], byte[]> got = poll(consumer);
                    if (got.isEmpty())
                        continue;
                    producer.beginTransaction();
                    Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
                    Map<TopicPartition, Long> firsts = new HashMap<>();
                    for (ConsumerRecord<byte[], byte[]> record : got) {
                        TopicPartition partition = new TopicPartition(record.topic(), record.partition());
                        firsts.putIfAbsent(partition, record.offset());
                        offsets.put(partition, new OffsetAndMetadata(record.offset() + 1));
                        producer.send(new ProducerRecord<>(to, record.partition(), null, record.value()));
                    }
                    sendOffsets(producer, consumer, offsets, group);
                    if (round++ % 4 == 3) {
                        producer.abortTransaction();
                        firsts.forEach(consumer::seek);
                    } else {
                        producer.commitTransaction();
                        System.out.println("copied " + got.count());
                    }
                }
            } catch (ProducerFencedException fenced) {
                throw fenced;
            } catch (KafkaException again) {
                System.out.println("again " + again);
            }
        }
    }

    /** A second producer of an id takes it over; the first hears that it is fenced. */
    private static void fence(String brokers, String topic, String id) throws Exception {
        try (KafkaProducer<byte[], byte[]> first = producer(brokers, id, 60_000);
                KafkaProducer<byte[], byte[]> second = producer(brokers, id, 60_000)) {
            first.initTransactions();
            first.beginTransaction();
            first.send(new ProducerRecord<>(topic, 0, null, bytes("-1"))).get();
            second.initTransactions();
            second.beginTransaction();
            second.send(new ProducerRecord<>(topic, 0, null, bytes("0"))).get();
            second.commitTransaction();
            try {
                first.commitTransaction();
                System.out.println("not fenced");
            } catch (KafkaException fenced) {
                System.out.println("fenced " + fenced.getClass().getSimpleName());
            }
        }
    }

    /** Leaves a transaction open: the process ends in the middle of it. */
    private static void leave(String brokers, String topic, String id, int timeoutMs) throws Exception {
        KafkaProducer<byte[], byte[]> producer = producer(brokers, id, timeoutMs);
        producer.initTransactions();
        producer.beginTransaction();
        producer.send(new ProducerRecord<>(topic, 0, null, bytes("-1"))).get();
        System.out.println("left open");
        System.out.flush();
        Runtime.getRuntime().halt(0);
    }

    private static KafkaProducer<byte[], byte[]> producer(String brokers, String id, int timeoutMs) {
        Properties settings = new Properties();
        settings.put("bootstrap.servers", brokers);
        settings.put("transactional.id", id);
        settings.put("transaction.timeout.ms", Integer.toString(timeoutMs));
        settings.put("key.serializer", "org.apache.kafka.common.serialization.ByteArraySerializer");
        settings.put("value.serializer", "org.apache.kafka.common.serialization.ByteArraySerializer");
        return new KafkaProducer<>(settings);
    }

    private static Properties consumerSettings(String brokers, String group) {
        Properties settings = new Properties();
        settings.put("bootstrap.servers", brokers);
        if (group != null)
            settings.put("group.id", group);
        settings.put("enable.auto.commit", "false");
        settings.put("auto.offset.reset", "earliest");
        settings.put("isolation.level", "read_committed");
        settings.put("max.poll.records", "100");
        settings.put("key.deserializer", "org.apache.kafka.common.serialization.ByteArrayDeserializer");
        settings.put("value.deserializer", "org.apache.kafka.common.serialization.ByteArrayDeserializer");
        return settings;
    }

    /** Newer clients have dropped the old method, and older ones do not have the new one. */
    private static void sendOffsets(
            KafkaProducer<byte[], byte[]> producer, KafkaConsumer<byte[], byte[]> consumer, Map<TopicPartition, OffsetAndMetadata> offsets, String group)
            throws Exception {
        try {
            for (Method method : KafkaProducer.class.getMethods()) {
                if (!method.getName().equals("sendOffsetsToTransaction"))
                    continue;
                if (method.getParameterTypes()[1] != String.class) {
                    method.invoke(producer, offsets, KafkaConsumer.class.getMethod("groupMetadata").invoke(consumer));
                    return;
                }
            }
            KafkaProducer.class.getMethod("sendOffsetsToTransaction", Map.class, String.class).invoke(producer, offsets, group);
        } catch (java.lang.reflect.InvocationTargetException failure) {
            if (failure.getCause() instanceof RuntimeException cause)
                throw cause;
            throw failure;
        }
    }

    /** poll(long) went with 4.0, poll(Duration) came with 2.0. */
    @SuppressWarnings("unchecked")
    private static ConsumerRecords<byte[], byte[]> poll(KafkaConsumer<byte[], byte[]> consumer) throws Exception {
        try {
            try {
                return (ConsumerRecords<byte[], byte[]>) KafkaConsumer.class.getMethod("poll", Duration.class)
                    .invoke(consumer, Duration.ofMillis(200));
            } catch (NoSuchMethodException old) {
                return (ConsumerRecords<byte[], byte[]>) KafkaConsumer.class.getMethod("poll", long.class).invoke(consumer, 200L);
            }
        } catch (java.lang.reflect.InvocationTargetException failure) {
            if (failure.getCause() instanceof RuntimeException cause)
                throw cause;
            throw failure;
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
