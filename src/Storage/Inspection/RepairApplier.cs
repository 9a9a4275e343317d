using System.Buffers;
using System.Text;
using KafkaCompatBroker.Storage.Checkpoints;
using KafkaCompatBroker.Storage.Log;
using KafkaCompatBroker.Storage.Producers;
using KafkaCompatBroker.Storage.Segments;

namespace KafkaCompatBroker.Storage.Inspection;

/// <summary>
/// Carries out one <see cref="RepairStep"/>. Durable on return; a crash in between leaves what the next start or the next repair mends.
/// Indexes get the spacing of Kafka's defaults, because the topic's settings are not in its folder.
/// </summary>
internal sealed class RepairApplier(IDisk disk, TimeProvider time)
{
    private const int BufferBytes = 256 * 1024;

    public void Apply(RepairStep step)
    {
        switch (step)
        {
            case RepairStep.CutLog cut:
                Cut(cut.Path, cut.Position);
                break;
            case RepairStep.LeaveOutDamage damage:
                LeaveOut(damage);
                break;
            case RepairStep.RebuildIndexes indexes:
                RebuildIndexes(indexes.Directory, indexes.BaseOffset);
                break;
            case RepairStep.RebuildTransactionIndexes transactions:
                RebuildTransactionIndexes(transactions.Directory);
                break;
            case RepairStep.RebuildLeaderEpochs epochs:
                RebuildLeaderEpochs(epochs);
                break;
            case RepairStep.DeleteFile file:
                disk.DeleteFile(file.Path);
                disk.FlushDirectory(Path.GetDirectoryName(file.Path)!);
                break;
            case RepairStep.LowerOffset row:
                Lower(row);
                break;
        }
    }

    private void Cut(string path, long position) => disk.Open(path, DiskOpenMode.Existing).Use(file =>
    {
        file.SetLength(position);
        file.Flush();
        return 0;
    });

    private void LeaveOut(RepairStep.LeaveOutDamage damage)
    {
        // What has this ending is deleted by a start, should this be cut short.
        var copyPath = damage.Path + LogFileNames.CleanedSuffix;
        var written = disk.LastWriteTime(damage.Path);
        disk.DeleteFile(copyPath);
        var (from, to) = (disk.Open(damage.Path, DiskOpenMode.ReadOnly), disk.Open(copyPath, DiskOpenMode.CreateNew));
        try
        {
            CopySound(from, to, damage.BaseOffset, damage.FirstOffset);
            to.Flush();
        }
        finally
        {
            from.Release();
            to.Release();
        }
        // Without them a start builds the indexes anew, and with those of before it would look in the wrong places.
        foreach (var suffix in (string[])[LogFileNames.IndexSuffix, LogFileNames.TimeIndexSuffix])
            disk.DeleteFile(Path.Combine(damage.Directory, LogFileNames.OfOffset(damage.BaseOffset, suffix)));
        disk.FlushDirectory(damage.Directory);
        disk.SetLastWriteTime(copyPath, written);
        disk.Rename(copyPath, damage.Path);
        disk.FlushDirectory(damage.Directory);
    }

    private static void CopySound(IDiskFile from, IDiskFile to, long baseOffset, long nextOffset)
    {
        var (end, written) = (from.Length, 0L);
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        var piece = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            for (long position = 0; position >= 0;)
            {
                var scanner = new BatchScanner(from, position, end, buffer);
                while (scanner.MoveNext())
                {
                    if (BatchCheck.FaultOf(from, scanner, baseOffset, nextOffset) is not null)
                        continue;
                    nextOffset = scanner.Header.NextOffset;
                    for (var copied = 0; copied < scanner.SizeInBytes;)
                    {
                        var wanted = Math.Min(piece.Length, scanner.SizeInBytes - copied);
                        var read = from.Read(scanner.Position + copied, piece.AsSpan(0, wanted));
                        Invariant.Holds(read == wanted);
                        to.Write(written, piece.AsSpan(0, read));
                        (copied, written) = (copied + read, written + read);
                    }
                }
                position = scanner.Position < end
                    ? BatchSearch.FindSound(from, scanner.Position + 1, end, baseOffset, nextOffset)
                    : -1;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
            ArrayPool<byte>.Shared.Return(piece);
        }
    }

    private void RebuildIndexes(string directory, long baseOffset)
    {
        var segment = LogSegment.OpenToIndex(OptionsFor(directory), baseOffset);
        try
        {
            foreach (var header in HeadersOf(segment.File, segment.SizeInBytes))
                segment.IndexBatch(header.Position, header.SizeInBytes, header.LastOffset, header.MaxTimestamp);
            segment.AddLastTimeEntry();
            segment.Flush();
            segment.UnloadIndexes();
            segment.PutIndexesInPlace();
        }
        finally
        {
            segment.Close();
        }
        disk.FlushDirectory(directory);
    }

    private void RebuildTransactionIndexes(string directory)
    {
        var segments = BaseOffsetsIn(directory).ConvertAll(baseOffset => LogSegment.Open(OptionsFor(directory), baseOffset));
        try
        {
            var producers = new ProducerStates(time, static () => long.MaxValue, new ProducerBudget(int.MaxValue));
            TransactionReindex.Run(segments, 0, new ProducerSnapshotFiles(disk, directory, NoLog.Instance), producers);
            producers.Release();
        }
        finally
        {
            segments.ForEach(segment => segment.Close());
        }
        disk.FlushDirectory(directory);
    }

    private void RebuildLeaderEpochs(RepairStep.RebuildLeaderEpochs step)
    {
        var epochs = LeaderEpochs.None;
        foreach (var baseOffset in BaseOffsetsIn(step.Directory))
        {
            var path = Path.Combine(step.Directory, LogFileNames.OfOffset(baseOffset, LogFileNames.LogSuffix));
            epochs = disk.Open(path, DiskOpenMode.ReadOnly).Use(file =>
            {
                var found = epochs;
                foreach (var header in HeadersOf(file, file.Length))
                {
                    if (header.Epoch > found.LatestEpoch)
                        found = found.With(header.Epoch, header.BaseOffset);
                }
                return found;
            });
        }
        disk.ReplaceAtomically(step.Path, Encoding.UTF8.GetBytes(epochs.ToCheckpointText()));
    }

    private void Lower(RepairStep.LowerOffset row)
    {
        var checkpoint = new OffsetCheckpointFile(disk, row.Path, NoLog.Instance);
        var offsets = checkpoint.Read();
        offsets[row.Partition] = row.Offset;
        checkpoint.Write(offsets);
    }

    private SegmentOptions OptionsFor(string directory) => new()
    {
        Disk = disk,
        Directory = directory,
        Time = time,
        IndexIntervalBytes = LogConfig.Default.IndexIntervalBytes,
        IndexMaxBytes = LogConfig.Default.SegmentIndexBytes,
    };

    private List<long> BaseOffsetsIn(string directory)
    {
        var found = new List<long>();
        foreach (var entry in disk.List(directory))
        {
            if (LogFileNames.TryParseOffset(entry.Name, LogFileNames.LogSuffix, out var baseOffset))
                found.Add(baseOffset);
        }
        return found;
    }

    private readonly record struct BatchHeader(
        int Position, int SizeInBytes, long BaseOffset, long LastOffset, long MaxTimestamp, LeaderEpoch Epoch);

    /// <summary>Of the whole batches; a repair builds what lies beside a log once the log itself is sound.</summary>
    private static IEnumerable<BatchHeader> HeadersOf(IDiskFile file, long end)
    {
        var (position, buffer) = (0L, new byte[BufferBytes]);
        while (TryReadHeader(file, position, end, buffer, out var header))
        {
            yield return header;
            position = header.Position + header.SizeInBytes;
        }
    }

    private static bool TryReadHeader(IDiskFile file, long position, long end, byte[] buffer, out BatchHeader header)
    {
        var scanner = new BatchScanner(file, position, end, buffer.AsSpan(0, BatchScanner.BufferBytes));
        header = default;
        if (!scanner.MoveNext())
            return false;
        var batch = scanner.Header;
        header = new BatchHeader(
            (int)scanner.Position, scanner.SizeInBytes, batch.BaseOffset, batch.LastOffset, batch.MaxTimestamp, batch.PartitionLeaderEpoch);
        return true;
    }
}
