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
            BatchHeaders.Visit(segment.File, segment.SizeInBytes, (position, header)
                => segment.IndexBatch((int)position, header.SizeInBytes, header.LastOffset, header.MaxTimestamp));
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
        var options = OptionsFor(directory);
        var segments = BatchHeaders.SegmentsIn(disk, directory).ConvertAll(baseOffset => LogSegment.Open(options, baseOffset));
        try
        {
            var producers = new ProducerStates(time, static () => long.MaxValue, new ProducerBudget(int.MaxValue));
            var snapshots = new ProducerSnapshotFiles(
                disk, directory, NoLog.Instance, disk.List(directory).Select(entry => entry.Name));
            TransactionReindex.Run(segments, 0, snapshots, producers);
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
        foreach (var baseOffset in BatchHeaders.SegmentsIn(disk, step.Directory))
        {
            var path = Path.Combine(step.Directory, LogFileNames.OfOffset(baseOffset, LogFileNames.LogSuffix));
            epochs = disk.Open(path, DiskOpenMode.ReadOnly).Use(file =>
            {
                var found = epochs;
                BatchHeaders.Visit(file, file.Length, (_, header) =>
                {
                    if (header.PartitionLeaderEpoch > found.LatestEpoch)
                        found = found.With(header.PartitionLeaderEpoch, header.BaseOffset);
                });
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
}
