using System.Globalization;
using KafkaCompatBroker.Coordinators.Runtime;
using KafkaCompatBroker.Protocol.Messages;

namespace KafkaCompatBroker.Coordinators.Transactions.Records;

/// <summary>
/// The bytes of <c>__transaction_state</c>: a version, then the fields, in key and value alike. Written as Kafka 3.9 writes them without
/// KRaft (version 0), but for what only producers of transactions of version 2 bring about, which is flexible (version 1).
/// </summary>
internal sealed class TransactionRecordCodec : ICoordinatorCodec<TransactionRecord>
{
    private const short KeyVersion = 0;
    private const short ValueVersion = 0, FlexibleValueVersion = 1;

    /// <summary>The version of transactions whose producers raise their epochs. KIP-890.</summary>
    private const short EpochRaising = 2;

    public KeyedBytes? Encode(TransactionRecord record)
    {
        if (!VersionedBytes.Fits(record.TransactionalId))
            return null;
        var key = VersionedBytes.Of(new TransactionLogKey { TransactionalId = record.TransactionalId }, KeyVersion);
        return new KeyedBytes(key, record.Value is { } value ? VersionedBytes.Of(ToValue(value), VersionOf(value)) : null);
    }

    private static short VersionOf(TransactionMetadata transaction) => transaction.RaisesEpoch ? FlexibleValueVersion : ValueVersion;

    public TransactionRecord? Decode(byte[] key, byte[]? value, out string? unknown)
    {
        unknown = null;
        try
        {
            var version = VersionedBytes.VersionOf(key);
            if (version != KeyVersion)
            {
                unknown = string.Create(CultureInfo.InvariantCulture, $"key version {version}");
                return null;
            }
            var reader = VersionedBytes.FieldsOf(key);
            return Decode(TransactionLogKey.Decode(ref reader, version).TransactionalId, value, out unknown);
        }
        catch (MalformedRequest malformed)
        {
            unknown = $"form: {malformed.Message}";
            return null;
        }
    }

    private static TransactionRecord? Decode(string transactionalId, byte[]? bytes, out string? unknown)
    {
        unknown = null;
        if (bytes is null)
            return new TransactionRecord(transactionalId, null);
        var version = VersionedBytes.VersionOf(bytes);
        if (version is < TransactionLogValue.LowestVersion or > TransactionLogValue.HighestVersion)
        {
            unknown = string.Create(CultureInfo.InvariantCulture, $"value version {version}");
            return null;
        }
        var reader = VersionedBytes.FieldsOf(bytes);
        var value = TransactionLogValue.Decode(ref reader, version);
        var state = (TransactionState)value.TransactionStatus;
        if (!Enum.IsDefined(state))
        {
            unknown = string.Create(CultureInfo.InvariantCulture, $"state {value.TransactionStatus}");
            return null;
        }
        return new TransactionRecord(transactionalId, new TransactionMetadata
        {
            Producer = new(value.ProducerId, value.ProducerEpoch),
            Last = version < FlexibleValueVersion ? ProducerIdAndEpoch.None : new(value.PreviousProducerId, -1),
            NextProducerId = value.NextProducerId,
            RaisesEpoch = value.ClientTransactionVersion >= EpochRaising,
            TimeoutMs = value.TransactionTimeoutMs,
            State = state,
            Partitions = TransactionMetadata.NoPartitions.Union((value.TransactionPartitions ?? []).SelectMany(
                topic => topic.PartitionIds, (topic, partition) => new TopicPartition(topic.Topic, partition))),
            LastUpdateMs = value.TransactionLastUpdateTimestampMs,
            StartMs = value.TransactionStartTimestampMs,
        });
    }

    private static TransactionLogValue ToValue(TransactionMetadata transaction) => new()
    {
        ProducerId = transaction.Producer.ProducerId,
        PreviousProducerId = transaction.RaisesEpoch ? transaction.Last.ProducerId : TransactionMetadata.NoProducerId,
        NextProducerId = transaction.NextProducerId,
        ClientTransactionVersion = transaction.RaisesEpoch ? EpochRaising : (short)0,
        ProducerEpoch = transaction.Producer.Epoch,
        TransactionTimeoutMs = transaction.TimeoutMs,
        TransactionStatus = (sbyte)transaction.State,
        TransactionPartitions = transaction.State == TransactionState.Empty
            ? null
            : [.. transaction.Partitions.GroupBy(partition => partition.Topic, StringComparer.Ordinal).Select(
                topic => new TransactionLogValue.PartitionsSchema
                {
                    Topic = topic.Key,
                    PartitionIds = [.. topic.Select(partition => partition.Partition)],
                })],
        TransactionLastUpdateTimestampMs = transaction.LastUpdateMs,
        TransactionStartTimestampMs = transaction.StartMs,
    };
}
