using System.Buffers;
using KafkaCompatBroker.Protocol.Compression;

namespace KafkaCompatBroker.Storage.Log;

/// <summary>
/// Gives the decompressed records of a batch, as they come, to who judges them and to who compresses them anew. Once they have become more
/// than <paramref name="outputMaxBytes"/>, for which the batch will be refused, they are only judged, because what is wrong with the
/// records is told first.
/// </summary>
internal sealed class JudgedRecords(
    IDecompressedOutput judge, RecordCompressor compressor, ArrayBufferWriter<byte> output, long outputMaxBytes) : IDecompressedOutput
{
    private Memory<byte> room;

    public bool WantsNoMore => judge.WantsNoMore;

    public Memory<byte> GetMemory(int sizeHint = 0) => room = judge.GetMemory(sizeHint);

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public void Advance(int count)
    {
        if (output.WrittenCount <= outputMaxBytes)
            compressor.Write(room.Span[..count]);
        judge.Advance(count);
    }
}
