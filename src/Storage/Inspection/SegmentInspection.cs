using System.Buffers;
using System.Globalization;
using KafkaCompatBroker.Protocol.RecordBatches;
using KafkaCompatBroker.Storage.Segments;

namespace KafkaCompatBroker.Storage.Inspection;

/// <summary>
/// One pass over the batches of a segment, beside which its indexes are read. Behind damage it looks for the next sound batch and goes on
/// there, so that everything wrong with a segment is named at once.
/// </summary>
internal sealed class SegmentInspection
{
    private const int BufferBytes = 256 * 1024;
    /// <summary>A file that is all damage does not fill the screen.</summary>
    private const int FaultsMax = 20;

    private readonly InspectionOptions options;
    private readonly PartitionTrail trail;
    private readonly string directory;
    private readonly long baseOffset;
    private readonly bool isActive;
    private readonly string path;
    /// <summary>The least offset that may begin the segment.</summary>
    private readonly long firstOffset;
    private readonly List<Finding> faults = [];
    private int faultCount;
    /// <summary>Where the first unsound byte is behind which no sound batch has been found yet.</summary>
    private long tailPosition = -1;
    private byte[] wholeBatch = [];

    private SegmentInspection(InspectionOptions options, PartitionTrail trail, string directory, long baseOffset, bool isActive)
    {
        (this.options, this.trail, this.directory, this.baseOffset, this.isActive) = (options, trail, directory, baseOffset, isActive);
        path = Path.Combine(directory, LogFileNames.OfOffset(baseOffset, LogFileNames.LogSuffix));
        firstOffset = trail.NextOffset;
    }

    /// <summary>Reads a segment and adds what it says to the partition's trail.</summary>
    /// <param name="isActive">It is the last one of its log.</param>
    public static void Run(InspectionOptions options, PartitionTrail trail, string directory, long baseOffset, bool isActive)
        => new SegmentInspection(options, trail, directory, baseOffset, isActive).Run();

    private void Run()
    {
        using var offsets = new OffsetIndexInspection(options, directory, baseOffset, isActive);
        using var times = new TimeIndexInspection(options, directory, baseOffset, isActive);
        offsets.Begin();
        times.Begin();
        trail.Transactions.BeginSegment(baseOffset);
        var file = options.Disk.Open(path, DiskOpenMode.ReadOnly);
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            Walk(file, buffer, offsets, times);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
            file.Release();
        }
        offsets.End(trail.NextOffset);
        times.End(trail.NextOffset);
        trail.Transactions.EndSegment();
        TellOfFaults();
    }

    private void Walk(IDiskFile file, byte[] buffer, OffsetIndexInspection offsets, TimeIndexInspection times)
    {
        var end = file.Length;
        var records = options.IsDeep ? new RecordInspection(path, options.Visitor) : null;
        for (long from = 0; from >= 0;)
        {
            var scanner = new BatchScanner(file, from, end, buffer);
            while (scanner.MoveNext())
            {
                options.Progress(scanner.SizeInBytes);
                var fault = Describe(file, scanner);
                options.Visitor?.OnBatch(path, scanner.Position, scanner.Header, fault);
                if (fault is not null)
                {
                    Stop(offsets, times);
                    AddFault(fault, scanner.Position, scanner.Header.BaseOffset);
                    continue;
                }
                offsets.Visit(scanner.Position, trail.NextOffset);
                times.Visit(scanner.Header);
                if (records is not null || scanner.Header.IsControl)
                    LookInto(file, scanner, records);
                TakeSound(scanner.Header, scanner.Position);
            }
            from = -1;
            if (scanner.Position < end && isActive && options.MayBePreallocated && ZeroBytes.AreAll(file, scanner.Position, end))
                TellOfUnwritten(scanner.Position, end);
            else if (scanner.Position < end)
            {
                Stop(offsets, times);
                AddFault(BatchSearch.Describe(file, scanner.Position, end), scanner.Position, trail.NextOffset);
                from = BatchSearch.FindSound(file, scanner.Position + 1, end, baseOffset, trail.NextOffset);
                options.Progress((from < 0 ? end : from) - scanner.Position);
            }
        }
    }

    private void TellOfUnwritten(long position, long end)
    {
        trail.UnwrittenBytes = end - position;
        options.Report(new Finding(
            path,
            $"{end - position} zero bytes follow the last batch: preallocated, or lost with the power; the next start cuts them off")
        {
            Kind = FindingKind.Note,
            Position = position,
        });
        options.Progress(end - position);
    }

    private void Stop(OffsetIndexInspection offsets, TimeIndexInspection times)
    {
        offsets.Stop();
        times.Stop();
        trail.Transactions.StopSegment();
    }

    private void TakeSound(RecordBatch header, long position)
    {
        tailPosition = -1;
        if (header.BaseOffset > trail.NextOffset && !header.IsLegacy)
            trail.Transactions.HasHoles = true;
        if (trail.Epochs.Visit(header) is { } fault)
            options.Report(new Finding(path, fault) { Position = position, Offset = header.BaseOffset });
        if (!header.IsControl)
            trail.Transactions.Visit(header);
        trail.BatchCount++;
        trail.NextOffset = header.NextOffset;
    }

    private string? Describe(IDiskFile file, BatchScanner batch) => BatchCheck.FaultOf(file, batch, baseOffset, trail.NextOffset) switch
    {
        null => null,
        BatchFault.Checksum => string.Create(
            CultureInfo.InvariantCulture,
            $"the batch's checksum is wrong: its header says 0x{batch.Header.Crc:x8}, its bytes 0x{BatchCheck.ComputeCrc(file, batch):x8}"),
        _ => string.Create(
            CultureInfo.InvariantCulture,
            $"the batch's offsets {batch.Header.BaseOffset} to {batch.Header.LastOffset} cannot follow {trail.NextOffset - 1}"),
    };

    /// <summary>
    /// Holds the records against the header. A producer may have sent what is wrong there, so nothing is dropped for it. A marker's are
    /// read always, because what its transaction came to is in them.
    /// </summary>
    private void LookInto(IDiskFile file, BatchScanner batch, RecordInspection? records)
    {
        if (batch.SizeInBytes > Limits.DecompressedBatchBytes)
            return;
        if (wholeBatch.Length < batch.SizeInBytes)
            wholeBatch = new byte[Math.Max(batch.SizeInBytes, 2 * wholeBatch.Length)];
        var bytes = wholeBatch.AsSpan(0, batch.SizeInBytes);
        if (file.Read(batch.Position, bytes) < bytes.Length)
            return;
        var whole = new RecordBatch(bytes);
        if (whole.IsControl)
            trail.Transactions.Visit(whole);
        if (records?.FaultOf(whole) is { } fault)
            options.Report(new Finding(path, fault) { Position = batch.Position, Offset = whole.BaseOffset });
    }

    private void AddFault(string what, long position, long offset)
    {
        if (tailPosition < 0)
            tailPosition = position;
        if (++faultCount <= FaultsMax)
            faults.Add(new Finding(path, what) { Position = position, Offset = offset });
    }

    /// <summary>Only now it is known whether a sound batch lies behind them.</summary>
    private void TellOfFaults()
    {
        foreach (var fault in faults)
        {
            var isTail = tailPosition >= 0 && fault.Position >= tailPosition;
            options.Report(fault with
            {
                Kind = isTail && isActive && options.IsInUse ? FindingKind.Note : FindingKind.Damage,
                Remedy = isTail
                    ? new RepairStep.CutLog(path, tailPosition)
                    : new RepairStep.LeaveOutDamage(path, directory, baseOffset, firstOffset),
            });
        }
        if (faultCount > FaultsMax)
            options.Report(new Finding(path, $"{faultCount - FaultsMax} more batches are unsound"));
    }
}
