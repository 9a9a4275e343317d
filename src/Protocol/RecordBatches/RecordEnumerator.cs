using KafkaCompatBroker.Protocol.Compression;

namespace KafkaCompatBroker.Protocol.RecordBatches;

/// <summary>
/// Walks the records of one batch without allocating, and checks the shape of each as it goes: lengths inside the record, the record inside
/// the batch, header counts. Stops at the first that is malformed with <see cref="Error"/> set; whoever reads bytes of others looks at it
/// after the walk.
/// </summary>
public ref struct RecordEnumerator
{
    private readonly long baseOffset;
    private readonly long baseTimestamp;
    private readonly long logAppendTime;
    private readonly int recordCount;
    private ReadOnlySpan<byte> rest;
    private int read;
    // The current record's fields; a Record is made of them only for whoever asks.
    private ReadOnlySpan<byte> key, value, headers;
    private long timestampDelta;
    private int offsetDelta, sizeInBytes, headerCount;
    private bool hasKey, hasValue;

    internal RecordEnumerator(RecordBatch batch, ReadOnlySpan<byte> records)
    {
        (baseOffset, baseTimestamp, recordCount) = (batch.BaseOffset, batch.BaseTimestamp, batch.RecordCount);
        logAppendTime = batch.TimestampType == TimestampType.LogAppendTime ? batch.MaxTimestamp : -1;
        rest = records;
    }

    /// <summary>For whoever takes shapes alone, of records that may end in the middle of one.</summary>
    internal RecordEnumerator(ReadOnlySpan<byte> records, int recordCount)
    {
        this.recordCount = recordCount;
        rest = records;
    }

    /// <summary>For records that come in pieces, of which some are there.</summary>
    internal RecordEnumerator(long baseOffset, long baseTimestamp, long logAppendTime, ReadOnlySpan<byte> records, int recordCount)
    {
        (this.baseOffset, this.baseTimestamp, this.logAppendTime) = (baseOffset, baseTimestamp, logAppendTime);
        this.recordCount = recordCount;
        rest = records;
    }

    public readonly Record Current
    {
        get
        {
            var timestamp = logAppendTime >= 0 ? logAppendTime : baseTimestamp + timestampDelta;
            return new Record(
                baseOffset + offsetDelta, offsetDelta, timestamp, sizeInBytes, key, hasKey, value, hasValue, headerCount, headers);
        }
    }

    /// <summary>The current record without its key and value, for whoever needs no more.</summary>
    public readonly RecordShape CurrentShape => new(timestampDelta, offsetDelta, hasKey);

    /// <summary>What is wrong with the batch's records; null while nothing is.</summary>
    public string? Error { get; private set; }

    /// <summary>Of the current record, with its length.</summary>
    internal readonly int SizeInBytes => sizeInBytes;

    public readonly RecordEnumerator GetEnumerator() => this;

    public bool MoveNext()
    {
        if (Error is not null)
            return false;
        if (read == recordCount)
        {
            if (!rest.IsEmpty)
                Error = "bytes follow the last record";
            return false;
        }
        if (rest.IsEmpty)
            Error = "fewer records than the batch declares";
        else if (!TryReadRecord())
            Error ??= "a field of a record does not fit into it";
        if (Error is not null)
            return false;
        read++;
        return true;
    }

    private bool TryReadRecord()
    {
        var before = rest.Length;
        if (!Varint.TryReadInt32(ref rest, out var length) || length < 0 || length > rest.Length)
            return Fail("a record's length goes beyond its batch");
        var record = rest[..length];
        rest = rest[length..];
        sizeInBytes = before - rest.Length;
        if (record.IsEmpty)
            return false;
        record = record[1..];
        if (!Varint.TryReadInt64(ref record, out timestampDelta) || !Varint.TryReadInt32(ref record, out offsetDelta)
            || !TryReadBytes(ref record, out key, out hasKey) || !TryReadBytes(ref record, out value, out hasValue)
            || !Varint.TryReadInt32(ref record, out headerCount))
            return false;
        headers = record;
        return headerCount == 0 && record.IsEmpty || HeadersFit(record, headerCount) || Fail("a record's headers do not fit into it");
    }

    private bool Fail(string error)
    {
        Error = error;
        return false;
    }

    private static bool TryReadBytes(scoped ref ReadOnlySpan<byte> record, out ReadOnlySpan<byte> bytes, out bool present)
    {
        bytes = default;
        present = false;
        if (!Varint.TryReadInt32(ref record, out var length) || length < -1 || length > record.Length)
            return false;
        present = length >= 0;
        if (!present)
            return true;
        bytes = record[..length];
        record = record[length..];
        return true;
    }

    /// <summary>Whether exactly that many headers fill the rest of the record, each with a key.</summary>
    private static bool HeadersFit(ReadOnlySpan<byte> headers, int headerCount)
    {
        // Each header takes two bytes at least.
        if (headerCount < 0 || headerCount > headers.Length / 2)
            return false;
        for (var i = 0; i < headerCount; i++)
        {
            if (!TryReadBytes(ref headers, out _, out var hasKey) || !hasKey || !TryReadBytes(ref headers, out _, out _))
                return false;
        }
        return headers.IsEmpty;
    }
}
