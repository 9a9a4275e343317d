using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;

namespace KafkaCompatBroker.Protocol.Compression;

/// <summary>RFC 1952, from the framework; one member, as all Kafka clients write it.</summary>
internal static class GzipCodec
{
    /// <summary>An empty stream: header, empty block, trailer.</summary>
    private const int LeastBytes = 20;

    public static void Compress(ReadOnlySpan<byte> bytes, IBufferWriter<byte> output, int level)
    {
        using var target = new OutputStream(output);
        using var gzip = new GZipStream(target, new ZLibCompressionOptions { CompressionLevel = level });
        gzip.Write(bytes);
    }

    public static unsafe string? Decompress(ReadOnlySpan<byte> bytes, ref BoundedOutput output)
    {
        if (bytes.Length < LeastBytes)
            return "the gzip stream is cut";
        fixed (byte* start = bytes)
        {
            using var source = new UnmanagedMemoryStream(start, bytes.Length);
            using var gzip = new GZipStream(source, CompressionMode.Decompress);
            try
            {
                if (Copy(gzip, ref output, out var writtenBytes) is { } reason)
                    return reason;
                // The framework takes a cut stream for a short one, so the length at its end is held against what came out.
                return BinaryPrimitives.ReadUInt32LittleEndian(bytes[^sizeof(uint)..]) == (uint)writtenBytes
                    ? null
                    : "the gzip stream is cut";
            }
            catch (InvalidDataException exception)
            {
                return exception.Message;
            }
        }
    }

    private static string? Copy(GZipStream gzip, ref BoundedOutput output, out int writtenBytes)
    {
        writtenBytes = 0;
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
