import java.time.Duration;
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

/**
 * Copies a topic until it is killed: consume, transform, produce, with the offsets in the transaction. Each fifth transaction is aborted on
 * purpose, with records of its own. Prints each step when it is taken, and what made it begin anew.
 */
public final class Copy {
    public static void main(String[] args) throws Exception {
        String servers = args[0], from = args[1], to = args[2], id = args[3];
        while (true) {
            try (KafkaProducer<String, String> producer = producer(servers, id); KafkaConsumer<String, String> consumer = consumer(servers, id)) {
                producer.initTransactions();
                consumer.subscribe(List.of(from));
                for (int round = 1; ; round++)
                    copy(producer, consumer, to, round % 5 == 0);
            } catch (KafkaException again) {
                System.out.println("again " + again);
            }
        }
    }

    private static void copy(KafkaProducer<String, String> producer, KafkaConsumer<String, String> consumer, String to, boolean isAborted) {
        ConsumerRecords<String, String> got = consumer.poll(Duration.ofMillis(200));
        if (got.isEmpty())
            return;
        producer.beginTransaction();
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        Map<TopicPartition, Long> firsts = new HashMap<>();
        for (ConsumerRecord<String, String> record : got) {
            TopicPartition partition = new TopicPartition(record.topic(), record.partition());
            firsts.putIfAbsent(partition, record.offset());
            offsets.put(partition, new OffsetAndMetadata(record.offset() + 1));
            String value = (isAborted ? "never " : "copy of ") + record.value();
            producer.send(new ProducerRecord<>(to, record.partition(), record.key(), value));
        }
        producer.flush();
        System.out.println("sent");
        producer.sendOffsetsToTransaction(offsets, consumer.groupMetadata());
        System.out.println("offsets");
        if (isAborted) {
            producer.abortTransaction();
            firsts.forEach(consumer::seek);
            System.out.println("aborted");
        } else {
            producer.commitTransaction();
            System.out.println("committed");
        }
    }

    private static KafkaProducer<String, String> producer(String servers, String id) {
        Properties settings = new Properties();
        settings.put("bootstrap.servers", servers);
        settings.put("transactional.id", id);
        settings.put("key.serializer", "org.apache.kafka.common.serialization.StringSerializer");
        settings.put("value.serializer", "org.apache.kafka.common.serialization.StringSerializer");
        return new KafkaProducer<>(settings);
    }

    private static KafkaConsumer<String, String> consumer(String servers, String id) {
        Properties settings = new Properties();
        settings.put("bootstrap.servers", servers);
        settings.put("group.id", id);
        // Who comes back under it has its partitions at once.
        settings.put("group.instance.id", id);
        settings.put("enable.auto.commit", "false");
        settings.put("auto.offset.reset", "earliest");
        settings.put("isolation.level", "read_committed");
        settings.put("max.poll.records", "50");
        settings.put("key.deserializer", "org.apache.kafka.common.serialization.StringDeserializer");
        settings.put("value.deserializer", "org.apache.kafka.common.serialization.StringDeserializer");
        return new KafkaConsumer<>(settings);
    }
}
