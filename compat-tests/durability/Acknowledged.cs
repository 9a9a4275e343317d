using System.Globalization;

namespace KafkaCompatBroker.CompatTests.Durability;

/// <summary>
/// What a producer that writes until it is told to stop has printed: a line <c>index partition offset</c> per acknowledged record.
/// </summary>
internal static class Acknowledged
{
    public static async Task Await(Tool producer, int count)
        => await Admin.Until(
            $"{count} records are acknowledged",
            () => producer.HasExited ? throw new ToolFailed(producer.Tail()) : producer.Lines.Count >= count, TimeSpan.FromSeconds(60));

    /// <summary>
    /// Tells the producer to stop and checks that each record it sent was acknowledged where it belongs; how many those are.
    /// </summary>
    public static async Task<int> AllOnceAndInOrder(Tool producer, int partitions)
    {
        producer.CloseInput();
        await producer.WaitForExit();
        Assert.True(producer.ExitCode == 0, producer.Tail());
        var lines = producer.Lines;
        var sent = int.Parse(lines[^1]["sent ".Length..], CultureInfo.InvariantCulture);
        var acknowledged = lines.SkipLast(1).Select(line => line.Split(' ').Select(int.Parse).ToArray()).ToArray();
        Assert.Equal(sent, acknowledged.Length);
        // Record i is the (i / partitions)-th of its partition, so being there once and in order means having exactly that offset.
        Assert.All(acknowledged, ack => Assert.Equal((ack[0] % partitions, ack[0] / partitions), (ack[1], ack[2])));
        return sent;
    }
}
