using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using KafkaCompatBroker.Testing;

namespace KafkaCompatBroker.Tests.Unit.Broker;

/// <summary>The broker as its operator meets it: a process, its standard streams, its exit code.</summary>
public sealed partial class ProgramTest : IDisposable
{
    private const int Sigterm = 15;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("kafka-program-");
    private Process? started;

    private string DataFolder => Path.Combine(folder.FullName, "data");

    public void Dispose()
    {
        // A test that fails leaves no broker behind.
        started?.Kill();
        started?.WaitForExit();
        started?.Dispose();
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_port_in_use_is_one_line_and_exit_code_1()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var listener = $"PLAINTEXT://127.0.0.1:{((IPEndPoint)taken.LocalEndpoint).Port}";
        Assert.Contains($"listeners={listener}", await Refusal(DataFolder, listener), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_locked_by_another_broker_is_one_line_and_exit_code_1()
    {
        await using var first = await KafkaBroker.StartAsync(new KafkaBrokerOptions { DataFolder = DataFolder }).WaitAsync(Deadline);
        Assert.Contains($"{DataFolder} is in use", await Refusal(DataFolder), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_of_another_cluster_is_one_line_and_exit_code_1()
    {
        await using (await KafkaBroker.StartAsync(new KafkaBrokerOptions { DataFolder = DataFolder }).WaitAsync(Deadline))
        {
        }
        var meta = Path.Combine(DataFolder, "meta.properties");
        File.WriteAllLines(
            meta,
            File.ReadAllLines(meta).Select(line => line.StartsWith("cluster.id=", StringComparison.Ordinal) ? "cluster.id=another" : line));
        Assert.Contains($"{DataFolder} belongs to cluster another", await Refusal(DataFolder), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_that_cannot_be_written_is_one_line_and_exit_code_1()
    {
        // Under a file no user can make a folder, whereas the superuser may write into any that is only marked as not writable.
        File.WriteAllText(DataFolder, "");
        var below = Path.Combine(DataFolder, "logs");
        Assert.Contains($"none of {below} can be used", await Refusal(below), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bad_setting_is_one_line_and_exit_code_1()
        => Assert.Contains(
            "num.partitions", await Refusal(DataFolder, "PLAINTEXT://127.0.0.1:0", "--override", "num.partitions=0"),
            StringComparison.Ordinal);

    [Fact]
    public async Task SIGTERM_ends_the_broker_in_order_with_exit_code_0()
    {
        var broker = Start(DataFolder);
        var errors = broker.StandardError.ReadToEndAsync();
        Assert.Contains(" is ready: ", await broker.StandardOutput.ReadLineAsync().WaitAsync(Deadline), StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(DataFolder, ".kafka_cleanshutdown")));
        Assert.Equal(0, SendSignal(broker.Id, Sigterm));
        await broker.WaitForExitAsync().WaitAsync(Deadline);
        Assert.True(broker.ExitCode == 0, await errors);
        Assert.True(File.Exists(Path.Combine(DataFolder, ".kafka_cleanshutdown")), await errors);
    }

    /// <summary>
    /// What a start that must fail says to its operator: one line besides what it did until then, and nothing on standard output.
    /// </summary>
    private async Task<string> Refusal(string dataFolder, string listener = "PLAINTEXT://127.0.0.1:0", params string[] arguments)
    {
        var broker = Start(dataFolder, listener, arguments);
        var output = broker.StandardOutput.ReadToEndAsync();
        var errors = broker.StandardError.ReadToEndAsync();
        await broker.WaitForExitAsync().WaitAsync(Deadline);
        Assert.Equal((1, ""), (broker.ExitCode, await output));
        var line = Assert.Single((await errors).Split('\n', StringSplitOptions.RemoveEmptyEntries), line => !IsInformation(line));
        Assert.StartsWith("KafkaCompatBroker cannot start: ", line, StringComparison.Ordinal);
        return line;
    }

    /// <summary>An event that tells what goes as it should.</summary>
    private static bool IsInformation(string line) => char.IsAsciiDigit(line[0]) && line.Contains("Z INFO ", StringComparison.Ordinal);

    private Process Start(string dataFolder, string listener = "PLAINTEXT://127.0.0.1:0", params string[] arguments)
    {
        string[] all = [Path.Combine(
            AppContext.BaseDirectory,
            "KafkaCompatBroker.dll"), "--override", $"listeners={listener}", "--override", $"log.dirs={dataFolder}", .. arguments];
        return started = Process.Start(
            new ProcessStartInfo("dotnet", all) { RedirectStandardOutput = true, RedirectStandardError = true })!;
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int processId, int signal);
}
