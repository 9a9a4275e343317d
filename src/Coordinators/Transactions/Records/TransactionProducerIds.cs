using KafkaCompatBroker.Coordinators.Runtime;
using KafkaCompatBroker.Protocol.Messages;

namespace KafkaCompatBroker.Coordinators.Transactions.Records;

/// <summary>The producer ids that records of <c>__transaction_state</c> hold, for who must not give one of them again.</summary>
public static class TransactionProducerIds
{
    /// <summary>−1 where the value is none that is known.</summary>
    public static long Of(ReadOnlySpan<byte> value)
    {
        try
        {
            var bytes = value.ToArray();
            var version = VersionedBytes.VersionOf(bytes);
            if (version is < TransactionLogValue.LowestVersion or > TransactionLogValue.HighestVersion)
                return -1;
            var reader = VersionedBytes.FieldsOf(bytes);
            return TransactionLogValue.Decode(ref reader, version).ProducerId;
        }
        catch (MalformedRequest)
        {
            return -1;
        }
    }
}
