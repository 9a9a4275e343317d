using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace KafkaCompatBroker.Tests.Bench;

/// <summary>
/// How long a broker that is a program of its own takes from its start to its first answer to a Metadata request that names the broker, and
/// how much memory it then holds at rest: on an empty folder, and on the one that it has left.
/// </summary>
internal sealed partial class BrokerStart(IReadOnlyList<string> command) : IDisposable
{
    private const int StartCount = 21;
    private const int Sigterm = 15;
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    // Metadata v1 for no topic: size, api key 3, version 1, correlation id 1, client id "probe", an empty array.
    private static readonly byte[] MetadataRequest = [0, 0, 0, 19, 0, 3, 0, 1, 0, 0, 0, 1, 0, 5, .. "probe"u8, 0, 0, 0, 0];

    private readonly string folder = Directory.CreateTempSubdirectory("kafka-start-").FullName;
    private readonly int port = FreePort();

    public static void Print(IReadOnlyList<string> command)
    {
        Console.WriteLine($"{new FileInfo(command[^1]).Length / 1e6:F1} MB, {StartCount} starts each; min, median, max");
        using var start = new BrokerStart(command);
        start.Print("empty folder", () => Directory.Delete(start.folder, recursive: true));
        start.Print("own data", () => { });
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private void Print(string name, Action prepare)
    {
        var answered = new double[StartCount];
        var resident = new double[StartCount];
        for (var i = 0; i < StartCount; i++)
        {
            prepare();
            (answered[i], resident[i]) = StartOnce();
        }
        Console.WriteLine($"{name,-14} first Metadata answer {Spread(answered)} ms");
        Console.WriteLine($"{name,-14} resident at rest      {Spread(resident)} MiB");
    }

    private (double AnsweredMs, double ResidentMiB) StartOnce()
    {
        var start = Stopwatch.GetTimestamp();
        using var broker = Process.Start(new ProcessStartInfo(command[0],
        [
            .. command.Skip(1), "--override", $"listeners=PLAINTEXT://127.0.0.1:{port}", "--override", $"log.dirs={folder}",
        ])
        { RedirectStandardOutput = true, RedirectStandardError = true })!;
        try
        {
            AwaitAnswer(start);
            var answered = Stopwatch.GetElapsedTime(start);
            Thread.Sleep(Rest);
            return (answered.TotalMilliseconds, ResidentKiB(broker) / 1024.0);
        }
        finally
        {
            // In order, so that the next start on this folder has nothing to recover.
            _ = SendSignal(broker.Id, Sigterm);
            broker.WaitForExit();
        }
    }

    private void AwaitAnswer(long start)
    {
        while (!IsAnswered())
        {
            if (Stopwatch.GetElapsedTime(start) > Deadline)
                throw new TimeoutException($"no answer within {Deadline}");
            Thread.Sleep(TimeSpan.FromMilliseconds(0.2));
        }
    }

    private bool IsAnswered()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Connect(IPAddress.Loopback, port);
        }
        catch (SocketException)
        {
            return false;
        }
        socket.Send(MetadataRequest);
        using var stream = new NetworkStream(socket);
        Span<byte> size = stackalloc byte[4];
        stream.ReadExactly(size);
        var answer = new byte[BinaryPrimitives.ReadInt32BigEndian(size)];
        stream.ReadExactly(answer);
        return BinaryPrimitives.ReadInt32BigEndian(answer.AsSpan(4)) > 0;
    }

    private static double ResidentKiB(Process broker)
        => double.Parse(
            File.ReadLines($"/proc/{broker.Id}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(
                ' ', StringSplitOptions.RemoveEmptyEntries)[1],
            CultureInfo.InvariantCulture);

    private static string Spread(double[] values)
    {
        Array.Sort(values);
        return $"{values[0],7:F1} {values[values.Length / 2],7:F1} {values[^1],7:F1}";
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int processId, int signal);
}
