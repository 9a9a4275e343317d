using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using KafkaCompatBroker.Protocol.RecordBatches;

namespace KafkaCompatBroker.Tests.Bench;

/// <summary>
/// What concurrent producers see of a broker, any Kafka, on a topic with <c>flush.messages=1</c>: each has a connection of its own and one
/// record of 100 bytes under way, and partitions are shared out among them. Appends a second, the 50th and 99th percentile of their times,
/// the flushes that the broker has asked for meanwhile (where <c>count-flushes.c</c> counts them), and those that reached the device.
/// </summary>
internal sealed class FlushedProduces(string host, int port, string topic, int partitionCount, short acks, string device, string? counts)
{
    /// <summary>Before it, nothing is counted.</summary>
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(0.7);

    /// <param name="args">
    /// HOST:PORT TOPIC PARTITIONS SECONDS DEVICE, the last as in /proc/diskstats; then maybe the file in which flushes are counted.
    /// </param>
    public static void Print(IReadOnlyList<string> args)
    {
        var address = args[0].Split(':');
        var port = int.Parse(address[1], CultureInfo.InvariantCulture);
        var partitionCount = int.Parse(args[2], CultureInfo.InvariantCulture);
        var span = TimeSpan.FromSeconds(double.Parse(args[3], CultureInfo.InvariantCulture));
        foreach (var acks in new short[] { 1, -1 })
        {
            foreach (var producerCount in new[] { 1, 10, 100 })
            {
                var produces = new FlushedProduces(
                    address[0], port, args[1], partitionCount, acks, args[4], args.Count > 5 ? args[5] : null);
                Console.WriteLine(produces.Run(producerCount, span));
            }
        }
    }

    private string Run(int producerCount, TimeSpan span)
    {
        var times = new List<long>[producerCount];
        var begin = Stopwatch.GetTimestamp() + (long)(WarmUp.TotalSeconds * Stopwatch.Frequency);
        var end = begin + (long)(span.TotalSeconds * Stopwatch.Frequency);
        var producers = Enumerable.Range(0, producerCount).Select(number => new Thread(() =>
            times[number] = Produce(number % partitionCount, begin, end))).ToList();
        producers.ForEach(producer => producer.Start());
        Thread.Sleep(WarmUp);
        var (flushesBefore, callsBefore) = (DeviceFlushes(), FlushCalls());
        Thread.Sleep(span);
        var (flushes, calls) = (DeviceFlushes() - flushesBefore, FlushCalls() - callsBefore);
        producers.ForEach(producer => producer.Join());
        var all = times.SelectMany(each => each).Order().ToList();
        return string.Create(
            CultureInfo.InvariantCulture,
            $"partitions={partitionCount,3} acks={acks,2} producers={producerCount,3} appends/s={all.Count / span.TotalSeconds,6:F0} "
            + $"p50={Milliseconds(all, 0.5),6:F2} ms p99={Milliseconds(all, 0.99),6:F2} ms "
            + $"fdatasyncs/s={calls / span.TotalSeconds,5:F0} device flushes/s={flushes / span.TotalSeconds,5:F0}");
    }

    /// <summary>The times of those that began behind the warm-up.</summary>
    private List<long> Produce(int partition, long begin, long end)
    {
        var times = new List<long>();
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(host, port);
        var request = Request(partition);
        var answer = new byte[4096];
        for (long started; (started = Stopwatch.GetTimestamp()) < end;)
        {
            socket.Send(request);
            Receive(socket, answer.AsSpan(0, 4));
            var frame = answer.AsSpan(0, BinaryPrimitives.ReadInt32BigEndian(answer));
            Receive(socket, frame);
            // Correlation id, one topic with its name, one partition with its index.
            var error = BinaryPrimitives.ReadInt16BigEndian(frame[(4 + 4 + 2 + topic.Length + 4 + 4)..]);
            if (error != 0)
                throw new InvalidOperationException($"partition {partition} answered {(KafkaError)error}");
            if (started >= begin)
                times.Add(Stopwatch.GetTimestamp() - started);
        }
        return times;
    }

    private static void Receive(Socket socket, Span<byte> into)
    {
        while (into.Length > 0)
        {
            var count = socket.Receive(into);
            if (count == 0)
                throw new InvalidOperationException("the broker has closed the connection");
            into = into[count..];
        }
    }

    /// <summary>Produce v3 with its size.</summary>
    private byte[] Request(int partition)
    {
        var builder = new RecordBatchBuilder();
        builder.Append(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), null, new byte[100]);
        var records = builder.Build();
        var bytes = new List<byte>();
        void Int16(short value) => bytes.AddRange([(byte)(value >> 8), (byte)value]);
        void Int32(int value) => bytes.AddRange([(byte)(value >> 24), (byte)(value >> 16), (byte)(value >> 8), (byte)value]);
        void Text(string value)
        {
            Int16((short)value.Length);
            bytes.AddRange(Encoding.ASCII.GetBytes(value));
        }
        Int16(0);
        Int16(3);
        Int32(1);
        Text("bench");
        Int16(-1);
        Int16(acks);
        Int32(30_000);
        Int32(1);
        Text(topic);
        Int32(1);
        Int32(partition);
        Int32(records.Length);
        bytes.AddRange(records);
        var size = bytes.Count;
        return [(byte)(size >> 24), (byte)(size >> 16), (byte)(size >> 8), (byte)size, .. bytes];
    }

    private static double Milliseconds(List<long> sorted, double part)
        => Stopwatch.GetElapsedTime(0, sorted[Math.Min(sorted.Count - 1, (int)(sorted.Count * part))]).TotalMilliseconds;

    private long FlushCalls()
    {
        if (counts is null)
            return 0;
        using var file = File.OpenRead(counts);
        var bytes = new byte[sizeof(long)];
        file.ReadExactly(bytes);
        return BinaryPrimitives.ReadInt64LittleEndian(bytes);
    }

    /// <summary>Flush requests that the device has completed.</summary>
    private long DeviceFlushes()
        => File.ReadLines("/proc/diskstats").Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(fields => fields[2] == device).Select(fields => long.Parse(fields[18], CultureInfo.InvariantCulture)).Single();
}
