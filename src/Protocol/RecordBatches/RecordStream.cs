using System.Buffers;
using KafkaCompatBroker.Protocol.Compression;

namespace KafkaCompatBroker.Protocol.RecordBatches;

/// <summary>What a walk over a batch says of each record, without its key and value.</summary>
public readonly record struct RecordShape(long TimestampDelta, int OffsetDelta, bool HasKey);

/// <summary>Is told of the records of a batch one by one, in order.</summary>
public interface IRecordVisitor
{
    /// <summary>False ends the walk.</summary>
    bool Visit(in RecordShape record);
}

/// <summary>
/// Walks the records of a compressed batch while they are decompressed, in the pieces in which they come: keys and values are passed over
/// and nothing is kept, so it takes one buffer however large the records are. Holds the records to the same shape as
/// <see cref="RecordEnumerator"/>. Dispose gives the buffer back.
/// </summary>
public sealed class RecordStream<TVisitor>(TVisitor visitor, int recordCount) : IDecompressedOutput, IDisposable
    where TVisitor : struct, IRecordVisitor
{
    /// <summary>Where the next byte belongs, in the order of a record's fields.</summary>
    private enum Field
    {
        Length,
        Attributes,
        TimestampDelta,
        OffsetDelta,
        KeyLength,
        ValueLength,
        HeaderCount,
        HeaderKeyLength,
        HeaderValueLength,
    }

    private TVisitor visitor = visitor;
    private byte[] buffer = [];
    private Field field;
    /// <summary>Bytes of a key, a value or a header that are still to be passed over.</summary>
    private int toSkip;
    /// <summary>Bytes of the current record that are still to come.</summary>
    private int leftInRecord;
    private int read;
    private int headersLeft;
    private long timestampDelta;
    private int offsetDelta;
    private bool hasKey;
    /// <summary>What has come of a varint that is cut by the end of a piece.</summary>
    private ulong varint;
    private int varintBytes;

    public TVisitor Visitor => visitor;

    /// <summary>What is wrong with the records; null while nothing is.</summary>
    public string? Error { get; private set; }

    /// <summary>The visitor has ended the walk.</summary>
    public bool IsEnded { get; private set; }

    /// <inheritdoc/>
    public bool WantsNoMore => Error is not null || IsEnded;

    /// <summary>
    /// There are no more bytes; false when the records are not as many as the batch says, whole and with nothing behind them.
    /// </summary>
    public bool TryFinish()
    {
        if (!WantsNoMore && (read < recordCount || field != Field.Length || varintBytes > 0))
            Error = "fewer records than the batch declares";
        return Error is null;
    }

    public Memory<byte> GetMemory(int sizeHint = 0) => Room(sizeHint);

    public Span<byte> GetSpan(int sizeHint = 0) => Room(sizeHint);

    /// <summary>So many bytes have been written to what was given out last.</summary>
    public void Advance(int count)
    {
        ReadOnlySpan<byte> piece = buffer.AsSpan(0, count);
        while (!piece.IsEmpty && !WantsNoMore)
        {
            if (toSkip > 0)
                Skip(ref piece);
            else if (TakeWhole(ref piece))
                continue;
            else if (field == Field.Attributes)
                Take(piece[0], 1, ref piece);
            else if (TryReadVarint(ref piece, out var value, out var bytes))
                Take(value, bytes);
        }
    }

    public void Dispose()
    {
        if (buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(buffer);
        buffer = [];
    }

    /// <summary>
    /// Takes the records that lie in the piece whole, as nearly all do. Whatever is next, a faulty record too, is left to the walk field by
    /// field.
    /// </summary>
    private bool TakeWhole(ref ReadOnlySpan<byte> piece)
    {
        if (field != Field.Length || varintBytes > 0)
            return false;
        var takenBytes = 0;
        var records = new RecordEnumerator(piece, recordCount - read);
        while (!IsEnded && records.MoveNext())
        {
            takenBytes += records.SizeInBytes;
            read++;
            IsEnded = !visitor.Visit(records.CurrentShape);
        }
        piece = piece[takenBytes..];
        return takenBytes > 0;
    }

    private byte[] Room(int sizeHint)
    {
        if (buffer.Length >= Math.Max(sizeHint, 1))
            return buffer;
        Dispose();
        return buffer = ArrayPool<byte>.Shared.Rent(Math.Max(sizeHint, 1));
    }

    private void Skip(ref ReadOnlySpan<byte> piece)
    {
        var count = Math.Min(toSkip, piece.Length);
        toSkip -= count;
        piece = piece[count..];
        if (toSkip == 0)
            EndIfWhole();
    }

    private void Take(long value, int bytes, ref ReadOnlySpan<byte> piece)
    {
        piece = piece[1..];
        Take(value, bytes);
    }

    /// <summary>Takes the value of the field that is next.</summary>
    private void Take(long value, int bytes)
    {
        if (field == Field.Length)
        {
            Begin(value);
            return;
        }
        leftInRecord -= bytes;
        switch (field)
        {
            case Field.Attributes:
                break;
            case Field.TimestampDelta:
                timestampDelta = value;
                break;
            case Field.OffsetDelta:
                offsetDelta = (int)value;
                break;
            case Field.KeyLength:
                hasKey = value >= 0;
                SkipBytes(value, mayBeNull: true);
                break;
            case Field.ValueLength or Field.HeaderValueLength:
                SkipBytes(value, mayBeNull: true);
                break;
            case Field.HeaderKeyLength:
                SkipBytes(value, mayBeNull: false);
                break;
            case Field.HeaderCount:
                headersLeft = (int)value;
                // Each header takes two bytes at least.
                if (value < 0 || value > leftInRecord / 2)
                    Error = "a record's headers do not fit into it";
                break;
        }
        if (leftInRecord < 0)
            Error = "a field of a record does not fit into it";
        if (Error is null)
            MoveOn();
    }

    private void Begin(long length)
    {
        if (read == recordCount)
            Error = "bytes follow the last record";
        else if (length <= 0)
            Error = "a record's length goes beyond its batch";
        leftInRecord = (int)length;
        field = Field.Attributes;
    }

    private void MoveOn()
    {
        if (field == Field.HeaderValueLength)
            headersLeft--;
        field = field switch
        {
            Field.HeaderCount or Field.HeaderValueLength => headersLeft > 0 ? Field.HeaderKeyLength : Field.Length,
            _ => field + 1,
        };
        if (toSkip == 0)
            EndIfWhole();
    }

    private void SkipBytes(long length, bool mayBeNull)
    {
        if (length < (mayBeNull ? -1 : 0) || length > leftInRecord)
        {
            Error = "a field of a record does not fit into it";
            return;
        }
        toSkip = (int)Math.Max(length, 0);
        leftInRecord -= toSkip;
    }

    private void EndIfWhole()
    {
        if (field != Field.Length)
            return;
        if (leftInRecord != 0)
        {
            Error = "a field of a record does not fit into it";
            return;
        }
        read++;
        IsEnded = !visitor.Visit(new RecordShape(timestampDelta, offsetDelta, hasKey));
    }

    private bool TryReadVarint(ref ReadOnlySpan<byte> piece, out long value, out int bytes)
    {
        var isLong = field == Field.TimestampDelta;
        if (varintBytes == 0 && piece.Length >= Varint.Int64MaxBytes)
        {
            var before = piece.Length;
            if (!(isLong ? Varint.TryReadInt64(ref piece, out value) : TryReadInt32(ref piece, out value)))
                Error = "a field of a record does not fit into it";
            bytes = before - piece.Length;
            return Error is null;
        }
        return TryReadVarintByteByByte(ref piece, isLong, out value, out bytes);
    }

    /// <summary>Near the end of a piece, where the rest may come with the next one.</summary>
    private bool TryReadVarintByteByByte(ref ReadOnlySpan<byte> piece, bool isLong, out long value, out int bytes)
    {
        (value, bytes) = (0, 0);
        while (!piece.IsEmpty)
        {
            var next = piece[0];
            piece = piece[1..];
            varint |= (ulong)(next & 0x7f) << (7 * varintBytes++);
            if (next < 0x80)
            {
                value = (long)(varint >> 1) ^ -(long)(varint & 1);
                bytes = varintBytes;
                (varint, varintBytes) = (0, 0);
                if (!isLong && (bytes > Varint.Int32MaxBytes || value is < int.MinValue or > int.MaxValue))
                    break;
                return true;
            }
            if (varintBytes == (isLong ? Varint.Int64MaxBytes : Varint.Int32MaxBytes))
                break;
            if (piece.IsEmpty)
                return false;
        }
        Error = "a field of a record does not fit into it";
        return false;
    }

    private static bool TryReadInt32(ref ReadOnlySpan<byte> piece, out long value)
    {
        var isRead = Varint.TryReadInt32(ref piece, out var narrow);
        value = narrow;
        return isRead;
    }
}
