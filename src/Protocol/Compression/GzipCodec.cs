using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;

namespace KafkaCompatBroker.Protocol.Compression;

/// <summary>RFC 1952, from the framework: one member, as Kafka clients write it, or several.</summary>
internal static class GzipCodec
{
    /// <summary>An empty stream: header, empty block, trailer.</summary>
    private const int LeastBytes = 20;

    public static string? Decompress(ReadOnlySpan<byte> bytes, ref BoundedOutput output)
    {
        if (bytes.Length < LeastBytes)
            return "the gzip stream is cut";
        try
        {
            return Decompress(bytes, ref output, out var writtenBytes) ?? (IsWhole(bytes, writtenBytes) ? null : "the gzip stream is cut");
        }
        catch (InvalidDataException exception)
        {
            return exception.Message;
        }
    }

    private static unsafe string? Decompress(ReadOnlySpan<byte> bytes, ref BoundedOutput output, out long writtenBytes)
    {
        writtenBytes = 0;
        fixed (byte* start = bytes)
        {
            using var source = new UnmanagedMemoryStream(start, bytes.Length);
            using var gzip = new GZipStream(source, CompressionMode.Decompress);
            while (true)
            {
                var piece = output.NextPiece();
                if (piece.IsEmpty)
                    return gzip.ReadByte() < 0 ? null : BoundedOutput.TooLarge;
                var read = gzip.Read(piece);
                if (read == 0)
                    return null;
                output.Advance(read);
                writtenBytes += read;
            }
        }
    }

    /// <summary>
    /// The framework takes a stream that is cut for one that ends. One member says at its end how long its content is. Of several members
    /// none says it for all: one more behind them is read only where they are whole.
    /// </summary>
    private static bool IsWhole(ReadOnlySpan<byte> bytes, long writtenBytes)
    {
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes[^sizeof(uint)..]) == (uint)writtenBytes)
            return true;
        var withMember = new ArrayBufferWriter<byte>(bytes.Length + LeastBytes + 1);
        withMember.Write(bytes);
        RecordCompression.Compress(CompressionType.Gzip, [0], withMember);
        using var source = new MemoryStream(withMember.WrittenSpan.ToArray());
        using var gzip = new GZipStream(source, CompressionMode.Decompress);
        Span<byte> piece = stackalloc byte[1024];
        var countedBytes = 0L;
        while (gzip.Read(piece) is var read and > 0)
            countedBytes += read;
        return countedBytes == writtenBytes + 1;
    }

    internal sealed class Encoder(IBufferWriter<byte> output, int level) : IPieceEncoder
    {
        private readonly GZipStream gzip = new(new OutputStream(output), new ZLibCompressionOptions { CompressionLevel = level });

        public void Write(ReadOnlySpan<byte> piece) => gzip.Write(piece);

        public void End() => gzip.Dispose();

        public void Dispose() => gzip.Dispose();
    }

    /// <summary>A write-only stream over a buffer writer.</summary>
    private sealed class OutputStream(IBufferWriter<byte> output) : Stream
    {
        public override bool CanRead => false;
        public override bool CanSeek => false;
        public override bool CanWrite => true;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }
        public override void Flush() { }
        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => output.Write(buffer.AsSpan(offset, count));
        public override void Write(ReadOnlySpan<byte> buffer) => output.Write(buffer);
    }
}
