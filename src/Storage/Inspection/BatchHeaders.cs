using System.Buffers;
using KafkaCompatBroker.Protocol.RecordBatches;
using KafkaCompatBroker.Storage.Segments;

namespace KafkaCompatBroker.Storage.Inspection;

/// <summary>Walks the headers of a log that is taken for sound.</summary>
internal static class BatchHeaders
{
    private const int BufferBytes = 64 * 1024;

    /// <summary>Is shown the header of a whole batch, and where it begins.</summary>
    public delegate void Visitor(long position, RecordBatch header);

    public static void Visit(IDiskFile file, long end, Visitor visit)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            var scanner = new BatchScanner(file, 0, end, buffer);
            while (scanner.MoveNext())
                visit(scanner.Position, scanner.Header);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>The base offsets of the segments in a partition's folder, in order.</summary>
    public static List<long> SegmentsIn(IDisk disk, string directory)
    {
        var found = new List<long>();
        foreach (var entry in disk.List(directory))
        {
            if (LogFileNames.TryParseOffset(entry.Name, LogFileNames.LogSuffix, out var baseOffset))
                found.Add(baseOffset);
        }
        return found;
    }
}
