using KafkaCompatBroker.Storage.Segments;

namespace KafkaCompatBroker.Storage.Inspection;

/// <summary>
/// Reads the entries of one size in an index file one after another, a bufferful at a time. Owns the file; dispose closes it.
/// </summary>
internal sealed class EntryReader(IDiskFile file, int entryBytes) : IDisposable
{
    private const int BufferedEntries = 512;

    private readonly byte[] buffer = new byte[BufferedEntries * entryBytes];
    private int bufferedEntries;
    private int inBuffer = -1;

    /// <summary>Which entry is the current one, from 0.</summary>
    public long Number { get; private set; } = -1;
    public long Position => Number * entryBytes;
    public ReadOnlySpan<byte> Current => buffer.AsSpan(inBuffer * entryBytes, entryBytes);
    public bool IsZero => !Current.ContainsAnyExcept((byte)0);
    /// <summary>Bytes at the end that make no whole entry.</summary>
    public long CutBytes { get; } = file.Length % entryBytes;

    public bool MoveNext()
    {
        Number++;
        if (++inBuffer < bufferedEntries)
            return true;
        bufferedEntries = file.Read(Position, buffer) / entryBytes;
        inBuffer = 0;
        return bufferedEntries > 0;
    }

    /// <summary>
    /// Whether there are only zero bytes from the current entry on, as a broker that was killed leaves what it preallocated.
    /// </summary>
    public bool OnlyZerosFollow() => ZeroBytes.AreAll(file, Position, file.Length);

    public void Dispose() => file.Release();
}
