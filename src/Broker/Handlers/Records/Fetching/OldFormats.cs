using KafkaCompatBroker.Protocol.Wire;
using KafkaCompatBroker.Replication.Partitions;
using KafkaCompatBroker.Storage.Log;
using KafkaCompatBroker.Storage.Reading;

namespace KafkaCompatBroker.Broker.Handlers.Records.Fetching;

/// <summary>
/// What clients of before KIP-98 are given: records in the format that they know. Their first batch is turned at once, to know whether it
/// can be and how long it becomes; the others while they are sent.
/// </summary>
internal static class OldFormats
{
    /// <summary>
    /// The records that were read, of which there are some; their reference is taken over. Or why the client cannot have them.
    /// </summary>
    public static KafkaError TryTurn(FetchRequest request, in FetchRead read, out RecordBytes turned)
    {
        turned = RecordBytes.Empty;
        var (partition, log) = (read.Partition!, read.Outcome.Snapshot!.Leadership.Log!);
        KafkaError error;
        DownConvertedRecords? records = null;
        try
        {
            error = DownConvertedRecords.TryTurn(
                read.Outcome.Records, request.RecordsV1 ? (sbyte)1 : (sbyte)0, read.Request.FetchOffset, FailureOf(partition, log),
                out records);
        }
        catch (DiskError failure)
        {
            partition.ReadFailed(log, failure);
            // What such a client takes for a lost disk.
            error = KafkaError.NotLeaderOrFollower;
        }
        if (records is null)
            read.Outcome.Release();
        else
            turned = new RecordBytes(records);
        return error;
    }

    private static Action<DiskError> FailureOf(Partition partition, ReadOnlyLog log) => failure => partition.ReadFailed(log, failure);
}
