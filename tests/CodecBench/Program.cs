using KafkaCompatBroker.Kernel.Checksums;
using KafkaCompatBroker.Protocol.Compression;
using KafkaCompatBroker.Tests.CodecBench;

// dotnet run -c Release --project tests/CodecBench      megabytes of records a second, under the JIT
// tests/CodecBench/jit-and-native.sh                    the same program under the JIT and as one native file, in turn
int[] sizes = [1024, 16 * 1024, 256 * 1024];
var only = args.FirstOrDefault() ?? "";
var sink = 0L;
foreach (var size in sizes)
{
    var bytes = Records.OfBytes(size);
    Report($"crc-32c {size / 1024} KiB", bytes.Length, () => sink += Crc32C.Compute(bytes));
}
foreach (var codec in Enum.GetValues<CompressionType>().Except([CompressionType.None]))
{
    foreach (var size in sizes)
    {
        var batch = new CompressedBatch(codec, size);
        var name = $"{codec} {size / 1024} KiB".ToLowerInvariant();
        Report($"{name} validate", batch.RecordsBytes, () => sink += batch.Validate());
        Report($"{name} compress to {100 * batch.Compress() / batch.RecordsBytes} %", batch.RecordsBytes, () => sink += batch.Compress());
    }
}
return sink == 0 ? 1 : 0;

void Report(string name, int bytes, Action operation)
{
    if (name.Contains(only, StringComparison.Ordinal))
        Console.WriteLine($"{name,-36} {Timing.MegabytesPerSecond(bytes, operation),8:F0} MB/s");
}
