using System.Text.Json;
using KafkaCompatBroker.Coordinators.Runtime;
using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Protocol.Wire;

namespace KafkaCompatBroker.Coordinators.Transactions.Records;

/// <summary>The bytes of <c>__transaction_state</c> for people to read; see <see cref="VersionedJson"/>.</summary>
public static class TransactionRecordJson
{
    /// <summary>Null where the bytes are no such key.</summary>
    public static string? Key(ReadOnlySpan<byte> key) => VersionedJson.Key(key, TransactionKey);

    /// <summary>Null where the bytes are no such value.</summary>
    public static string? Value(ReadOnlySpan<byte> value) => VersionedJson.Value(value, TransactionValue);

    private static void TransactionKey(Utf8JsonWriter json, WireReader reader, short type)
    {
        if (type is >= TransactionLogKey.LowestVersion and <= TransactionLogKey.HighestVersion)
            json.WriteString("transactionalId", TransactionLogKey.Decode(ref reader, type).TransactionalId);
    }

    private static void TransactionValue(Utf8JsonWriter json, WireReader reader, short version)
    {
        if (version is < TransactionLogValue.LowestVersion or > TransactionLogValue.HighestVersion)
            return;
        var value = TransactionLogValue.Decode(ref reader, version);
        json.WriteNumber("producerId", value.ProducerId);
        json.WriteNumber("producerEpoch", value.ProducerEpoch);
        json.WriteNumber("transactionTimeoutMs", value.TransactionTimeoutMs);
        json.WriteNumber("transactionStatus", value.TransactionStatus);
        json.WriteStartArray("transactionPartitions");
        foreach (var topic in value.TransactionPartitions ?? [])
        {
            json.WriteStartObject();
            json.WriteString("topic", topic.Topic);
            json.WriteStartArray("partitionIds");
            foreach (var partition in topic.PartitionIds)
                json.WriteNumberValue(partition);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteNumber("transactionLastUpdateTimestampMs", value.TransactionLastUpdateTimestampMs);
        json.WriteNumber("transactionStartTimestampMs", value.TransactionStartTimestampMs);
    }
}
