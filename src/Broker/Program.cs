using System.Collections;
using KafkaCompatBroker.Broker.Composition;
using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Broker.Network;
using KafkaCompatBroker.Broker.Tools;
using KafkaCompatBroker.Os.Process;

Func<ToolPlatform, Task<ToolOutcome>>? askedTool = null;
if (CommandLine.Parse(args, out var exitCode, LogCommand.Create(asked => askedTool = asked)) is not { } commandLine)
    return askedTool is null ? exitCode : await RunTool(askedTool);

// Why the broker ends: null when it is asked to.
var end = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
// Ends a start that has not come to its end.
using var cancellation = new CancellationTokenSource();
using var signals = new ShutdownSignals(() =>
{
    end.TrySetResult(null);
    cancellation.Cancel();
});
var logLevels = new LogLevels();
using var log = new ConsoleLog(logLevels);
try
{
    if (HeapLimit.Apply(Environment.GetEnvironmentVariable) is { } problem)
        throw new StartupError(problem);
    var platform = OsPlatform.Create(log) with { LogLevels = logLevels };
    var config = commandLine.LoadConfig(platform.Disk, Variables());
    if (commandLine.ChecksHealth)
        return await CheckHealth(config, platform);
    foreach (var warning in config.Warnings)
        log.Warn("config", warning);
    if (commandLine.ImportsEmbedded)
        await EmbeddedImport.Run(config, platform, cancellation.Token);
    HeapLimit.LeaveRoomFor(RequestMemory.BytesOutsideHeap(NetworkOptions.From(config).RequestBytes(platform.MemoryBytes)));
    var server = await BrokerServer.Start(config, platform, cancellation.Token);
    using var idleMemory = new IdleMemory();
    Console.WriteLine(StartupLine.Of(server, config));
    _ = EndWhenFailed(server);
    var reason = await end.Task;
    await server.Stop();
    if (reason is null)
        return 0;
    Console.Error.WriteLine($"KafkaCompatBroker stopped: {reason}");
    return 1;
}
catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
{
    return 0;
}
catch (StartupError error)
{
    Console.Error.WriteLine($"KafkaCompatBroker cannot start: {error.Message}");
    return 1;
}

static IEnumerable<KeyValuePair<string, string>> Variables()
    => Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().Select(
        variable => KeyValuePair.Create((string)variable.Key, (string?)variable.Value ?? ""));

static async Task<int> RunTool(Func<ToolPlatform, Task<ToolOutcome>> tool)
{
    using var log = new ConsoleLog(new LogLevels());
    await using var output = new StreamWriter(Console.OpenStandardOutput());
    return (int)await tool(new ToolPlatform(OsPlatform.Create(log), output, Console.Error));
}

static async Task<int> CheckHealth(BrokerConfig config, BrokerPlatform platform)
{
    if (await HealthCheck.Run(config, platform.Network, platform.Loops, platform.Random) is not { } problem)
        return 0;
    Console.Error.WriteLine($"KafkaCompatBroker is not healthy: {problem}");
    return 1;
}

async Task EndWhenFailed(BrokerServer server) => end.TrySetResult(await server.Failed);
