using System.Text;
using KafkaCompatBroker.Protocol.Compression;
using KafkaCompatBroker.Protocol.RecordBatches;

namespace KafkaCompatBroker.Tests.CodecBench;

/// <summary>Records as services send them: JSON of about 250 bytes whose names repeat and whose values do not.</summary>
internal static class Records
{
    private static readonly string[] Events = ["page_view", "add_to_cart", "checkout", "search", "login"];

    /// <summary>A batch whose records take about so many bytes before they are compressed.</summary>
    public static byte[] Batch(CompressionType codec, int recordsBytes)
    {
        var random = new Random(1);
        var builder = new RecordBatchBuilder { CompressionType = codec };
        do
            builder.Append(1_700_000_000_000 + builder.RecordCount, null, Value(random));
        while (builder.SizeInBytes < recordsBytes - 300);
        return builder.Build();
    }

    public static byte[] OfBytes(int bytes)
    {
        var random = new Random(1);
        return [.. Enumerable.Repeat(0, 1 + bytes / 200).SelectMany(_ => Value(random)).Take(bytes)];
    }

    private static byte[] Value(Random random) => Encoding.UTF8.GetBytes(
        $$"""
        {"event":"{{Events[random.Next(Events.Length)]}}","user":{{random.Next(1_000_000)}},"session":"{{random.NextInt64():x16}}",
        "url":"https://shop.example/products/{{random.Next(5000)}}?ref={{random.Next(50)}}","price":{{random.Next(100_000) / 100.0}},
        "agent":"Mozilla/5.0 (X11; Linux x86_64)","time":{{1_700_000_000_000 + random.Next(1_000_000)}}}
        """);
}
