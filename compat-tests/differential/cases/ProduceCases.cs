using System.Buffers.Binary;
using KafkaCompatBroker.Kernel.Model;
using KafkaCompatBroker.Protocol.Compression;
using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Protocol.RecordBatches;

namespace KafkaCompatBroker.CompatTests.Differential.Cases;

/// <summary>Records that must be stored and records that must not.</summary>
internal static class ProduceCases
{
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(1.5);

    public static void Produce(Conversation talk, short version)
    {
        var topic = $"produced-{version}";
        Topics.Make(talk, topic, 1);
        void Send(string what, byte[]? records, short acks = -1) => talk.Ask(what, version, Topics.ProduceTo(topic, records, acks: acks));

        Send("good", Topics.Batch());
        Send("acks 1", Topics.Batch(), 1);
        talk.Ask("acks 0", version, Topics.ProduceTo(topic, Topics.Batch(), acks: 0), Silence);
        Send("after acks 0", Topics.Batch());
        Send("acks 2", Topics.Batch(), 2);
        Send("acks -2", Topics.Batch(), -2);
        talk.Ask("timeout -1", version, Topics.ProduceTo(topic, Topics.Batch(), timeoutMs: -1));
        foreach (var codec in new[] { CompressionType.Gzip, CompressionType.Snappy, CompressionType.Lz4 })
            Send($"{codec}", Topics.Batch(codec: codec));
        talk.Ask("Zstd", version, Topics.ProduceTo(version < 3 ? Topics.ForZstd : topic, Topics.Batch(codec: CompressionType.Zstd)));
        talk.Ask("unknown topic", version, Topics.ProduceTo("never-created", Topics.Batch()));
        talk.Ask("partition 99", version, Topics.ProduceTo(topic, Topics.Batch(), 99));
        talk.Ask("partition -1", version, Topics.ProduceTo(topic, Topics.Batch(), -1));
        talk.Ask("topic ..", version, Topics.ProduceTo("..", Topics.Batch()));
        talk.Ask("internal topic", version, Topics.ProduceTo("__consumer_offsets", Topics.Batch()));
        if (version >= 3)
        {
            BadBatches(talk, version, topic);
            Idempotent(talk, version);
        }
        talk.Ask("log end", 1, new ListOffsetsRequest
        {
            ReplicaId = -1,
            Topics = [new() { Name = topic, Partitions = [new() { PartitionIndex = 0, Timestamp = -1 }] }],
        });
        talk.Ask("everything", 11, new FetchRequest
        {
            MaxWaitMs = 0,
            MinBytes = 0,
            Topics = [new() { Topic = topic, Partitions = [new() { Partition = 0, FetchOffset = 0, PartitionMaxBytes = 10_000_000 }] }],
        });
    }

    public static void InitProducerId(Conversation talk, short version)
    {
        var made = talk.Ask("idempotent", version, new InitProducerIdRequest { TransactionalId = null, TransactionTimeoutMs = 60_000 });
        talk.Ask("idempotent, another", version, new InitProducerIdRequest { TransactionalId = null, TransactionTimeoutMs = 60_000 });
        talk.Ask("timeout 0", version, new InitProducerIdRequest { TransactionalId = null, TransactionTimeoutMs = 0 });
        talk.Ask("transactional id is empty", version, new InitProducerIdRequest { TransactionalId = "", TransactionTimeoutMs = 60_000 });
        if (version < 3 || made is null)
            return;
        talk.Ask("its own id and epoch", version, new InitProducerIdRequest
        {
            TransactionalId = null,
            TransactionTimeoutMs = 60_000,
            ProducerId = made.ProducerId,
            ProducerEpoch = made.ProducerEpoch,
        });
        talk.Ask(
            "id without epoch", version,
            new InitProducerIdRequest { TransactionalId = null, TransactionTimeoutMs = 60_000, ProducerId = made.ProducerId });
        talk.Ask(
            "epoch without id", version,
            new InitProducerIdRequest { TransactionalId = null, TransactionTimeoutMs = 60_000, ProducerEpoch = 3 });
        talk.Ask(
            "unknown id", version,
            new InitProducerIdRequest { TransactionalId = null, TransactionTimeoutMs = 60_000, ProducerId = 987_654, ProducerEpoch = 0 });
    }

    private static void BadBatches(Conversation talk, short version, string topic)
    {
        void Send(string what, byte[]? records) => talk.Ask($"batch: {what}", version, Topics.ProduceTo(topic, records), Silence * 4);
        // Where only one of the two stores it, later offsets in that partition differ as well.
        var disputed = $"disputed-{version}";
        Topics.Make(talk, disputed, 1);
        void Dispute(string what, byte[]? records)
            => talk.Ask($"disputed batch: {what}", version, Topics.ProduceTo(disputed, records), Silence * 4);
        Send("bad checksum", Edited(batch => batch[^1] ^= 1, seal: false));
        foreach (var magic in (sbyte[])[0, 1, 3, 127, -1])
            Send($"magic {magic}", Edited(batch => batch[BatchLayout.MagicAt] = (byte)magic, seal: false));
        Send("two", [.. Topics.Batch(), .. Topics.Batch()]);
        Send("none", []);
        talk.Ask("disputed batch: null", version, Topics.ProduceTo(disputed, null), Silence);
        Send("11 bytes", Topics.Batch()[..11]);
        Send("one byte short", Topics.Batch()[..^1]);
        Dispute("five bytes more", [.. Topics.Batch(), 1, 2, 3, 4, 5]);
        Send("length +10", Edited(batch => AddInt32(batch, BatchLayout.BatchLengthAt, 10), seal: false));
        Dispute("length -1", Edited(batch => AddInt32(batch, BatchLayout.BatchLengthAt, -1), seal: false));
        Send("length 13", Edited(batch => SetInt32(batch, BatchLayout.BatchLengthAt, 13), seal: false));
        Send("length negative", Edited(batch => SetInt32(batch, BatchLayout.BatchLengthAt, -7), seal: false));
        Send("base offset 5", Edited(batch => batch[7] = 5));
        Send("base offset -1", Edited(batch => batch.AsSpan(0, 8).Fill(255)));
        foreach (var count in (int[])[0, -1, 1, 3, int.MaxValue])
            Send($"record count {count}", Edited(batch => SetInt32(batch, BatchLayout.RecordCountAt, count)));
        foreach (var delta in (int[])[-1, 0, 5, int.MaxValue])
            Send($"last offset delta {delta}", Edited(batch => SetInt32(batch, BatchLayout.LastOffsetDeltaAt, delta)));
        Send("control", Topics.Batch(control: true));
        Send("transactional without id", Topics.Batch(transactional: true));
        Send("LogAppendTime", Edited(batch => batch[BatchLayout.AttributesAt + 1] |= BatchLayout.LogAppendTimeBit));
        Dispute("codec 7", Edited(batch => batch[BatchLayout.AttributesAt + 1] |= 7));
        foreach (var codec in new[] { CompressionType.Gzip, CompressionType.Snappy, CompressionType.Lz4, CompressionType.Zstd })
            Dispute($"raw bytes said to be {codec}", Edited(batch => batch[BatchLayout.AttributesAt + 1] |= (byte)codec));
        Send("unknown attribute bits", Edited(batch => batch[BatchLayout.AttributesAt] = 0x55));
        Send("leader epoch 99", Edited(batch => SetInt32(batch, BatchLayout.PartitionLeaderEpochAt, 99), seal: false));
        Send("timestamp -5", Topics.Batch(-5));
        Send("max timestamp lies", Edited(batch => batch[BatchLayout.MaxTimestampAt + 7] ^= 0x10));
        Send("too large", Topics.Batch(records: 60_000));
        // The first record starts behind the header: its length, attributes, timestamp delta, offset delta, key length …
        Send("record length 1 more", Edited(batch => batch[BatchLayout.HeaderBytes] += 2));
        Send("record length negative", Edited(batch => batch[BatchLayout.HeaderBytes] = 1));
        Dispute("offset delta 3", Edited(batch => batch[BatchLayout.HeaderBytes + 3] = 6));
        Send("key length -2", Edited(batch => batch[BatchLayout.HeaderBytes + 4] = 3));
    }

    private static void Idempotent(Conversation talk, short version)
    {
        var topic = $"idempotent-{version}";
        Topics.Make(talk, topic, 1);
        var producerId = talk.Ask(
            "producer id", 4, new InitProducerIdRequest { TransactionalId = null, TransactionTimeoutMs = 60_000 })!.ProducerId;
        void Send(string what, int sequence, short epoch = 0, long? id = null)
            => talk.Ask(
                $"idempotent: {what}", version,
                Topics.ProduceTo(topic, Topics.Batch(producer: new ProducerIdAndEpoch(id ?? producerId, epoch), baseSequence: sequence)));
        for (var sequence = 0; sequence < 14; sequence += 2)
            Send($"sequence {sequence}", sequence);
        Send("last again", 12);
        Send("fifth last again", 4);
        Send("sixth last again", 2);
        Send("first again", 0);
        Send("gap", 20);
        Send("sequence -1", -1);
        Send("half of the last again", 13);
        Send("new epoch, sequence 5", 5, 1);
        Send("new epoch", 0, 1);
        Send("old epoch", 14);
        Send("epoch -1", 14, -1);
        Send("next of the new epoch", 2, 1);
        Send("unknown producer, sequence 17", 17, 0, producerId + 500);
        Send("unknown producer, sequence 0", 0, 0, producerId + 501);
        Send("sequence near the end", int.MaxValue - 1, 0, producerId + 502);
        Send("sequence wraps", 0, 0, producerId + 502);
    }

    private static byte[] Edited(Action<byte[]> edit, bool seal = true)
    {
        var batch = Topics.Batch();
        edit(batch);
        if (seal)
            new MutableRecordBatch(batch).UpdateCrc();
        return batch;
    }

    private static void SetInt32(byte[] batch, int at, int value) => BinaryPrimitives.WriteInt32BigEndian(batch.AsSpan(at), value);

    private static void AddInt32(byte[] batch, int at, int more)
        => SetInt32(batch, at, BinaryPrimitives.ReadInt32BigEndian(batch.AsSpan(at)) + more);
}
