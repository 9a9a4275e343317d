using KafkaCompatBroker.Protocol.RecordBatches;
using KafkaCompatBroker.Storage.Log;
using KafkaCompatBroker.Storage.Producers;

namespace KafkaCompatBroker.Tests.Simulation.Recovery;

/// <summary>Compares a reopened log with its history, by its public reads only.</summary>
internal static class LogCheck
{
    /// <summary>All batches, read segment after segment.</summary>
    public static List<byte[]> ReadAll(PartitionLog log)
    {
        var batches = new List<byte[]>();
        for (var offset = log.LogStartOffset; offset < log.LogEndOffset;)
        {
            var bytes = Read(log, offset, int.MaxValue);
            var readAt = offset;
            foreach (var batch in new RecordBatchEnumerator(bytes))
            {
                Assert.True(batch.HasValidCrc, $"wrong checksum at offset {batch.BaseOffset}");
                Assert.True(batch.BaseOffset == offset, $"expected offset {offset}, found {batch.BaseOffset}");
                batches.Add(bytes.AsSpan(..batch.SizeInBytes).ToArray());
                bytes = bytes[batch.SizeInBytes..];
                offset = batch.NextOffset;
            }
            Assert.True(offset > readAt, $"no whole batch to read at offset {offset} of {log.LogEndOffset}");
        }
        return batches;
    }

    /// <summary>Nothing invented; all durable batches there; after a mere kill all acknowledged ones.</summary>
    public static void AgreesWith(LogHistory history, List<byte[]> survived, bool powerLost)
    {
        foreach (var batch in survived)
            Assert.True(history.WasGiven(batch), $"batch at offset {new RecordBatch(batch).BaseOffset} was never appended");
        var mustHave = powerLost ? history.DurableOffset : Math.Min(history.LogEndOffset, history.TruncatingTo ?? long.MaxValue);
        var index = 0;
        foreach (var batch in history.Acknowledged)
        {
            if (new RecordBatch(batch).NextOffset > mustHave)
                break;
            Assert.True(index < survived.Count && survived[index].AsSpan().SequenceEqual(batch),
                $"batch at offset {new RecordBatch(batch).BaseOffset} is lost or changed; "
                + $"promised up to {mustHave}, powerLost={powerLost}");
            index++;
        }
        var most = history.Acknowledged.Count + 1;
        Assert.True(powerLost || survived.Count <= most, "a kill brought batches back");
    }

    /// <summary>Every offset is found by the offset index, every timestamp by the time index.</summary>
    public static void IndexesAgree(PartitionLog log, List<byte[]> batches)
    {
        foreach (var bytes in batches)
        {
            var batch = new RecordBatch(bytes);
            for (var offset = batch.BaseOffset; offset < batch.NextOffset; offset++)
                Assert.Equal(batch.BaseOffset, new RecordBatch(Read(log, offset, 1)).BaseOffset);
            var first = batches.First(candidate => new RecordBatch(candidate).MaxTimestamp >= new RecordBatch(bytes).MaxTimestamp);
            var found = log.OffsetForTimestamp(batch.MaxTimestamp);
            Assert.True(
                found is { } mark && mark.Offset == new RecordBatch(first).BaseOffset,
                $"timestamp {batch.MaxTimestamp} is found at {found?.Offset}, not at {new RecordBatch(first).BaseOffset}");
        }
    }

    /// <summary>What is known of the producers is what the batches say; of the window at least the last one is there.</summary>
    public static void ProducersAgree(PartitionLog log, List<byte[]> batches)
    {
        var expected = batches.GroupBy(
            bytes => new RecordBatch(bytes).Producer.ProducerId).ToDictionary(group => group.Key, group => group.ToList());
        Assert.Equal(expected.Keys.Order(), log.ProducerStates.Producers.Select(producer => producer.ProducerId).Order());
        foreach (var producer in log.ProducerStates.Producers)
        {
            var written = expected[producer.ProducerId].TakeLast(ProducerState.WindowBatches).Select(
                bytes => (new RecordBatch(bytes).BaseSequence, new RecordBatch(bytes).BaseOffset)).ToList();
            var window = producer.Window.ToArray().Select(batch => (batch.BaseSequence, batch.FirstOffset)).ToList();
            Assert.NotEmpty(window);
            Assert.Equal(written.TakeLast(window.Count), window);
            var last = new RecordBatch(expected[producer.ProducerId][^1]);
            Assert.Equal((last.Producer.Epoch, last.LastSequence), (producer.Epoch, producer.LastSequence));
        }
    }

    /// <summary>A repeat of each producer's last batch gets the offset it had.</summary>
    public static void RepeatsAreKnown(PartitionLog log, List<byte[]> batches, LeaderEpoch epoch)
    {
        foreach (var bytes in batches.GroupBy(bytes => new RecordBatch(bytes).Producer.ProducerId).Select(group => group.Last()))
        {
            var repeat = bytes.ToArray();
            new MutableRecordBatch(repeat).SetBaseOffset(0);
            var answer = log.AppendAsLeader(repeat, epoch);
            Assert.True(
                answer.IsDuplicate && answer.FirstOffset == new RecordBatch(bytes).BaseOffset,
                $"a repeat of the batch at {new RecordBatch(bytes).BaseOffset} was answered {answer}");
        }
    }

    private static byte[] Read(PartitionLog log, long offset, int maxBytes)
    {
        var result = log.Read(offset, maxBytes, log.LogEndOffset, atLeastOneBatch: true);
        Assert.Equal(KafkaError.None, result.Error);
        if (result.Slice is not { } slice)
            return [];
        var bytes = new byte[slice.Length];
        slice.File.Read(slice.Position, bytes);
        slice.File.Release();
        return bytes;
    }
}
