using KafkaCompatBroker.Broker.Composition;
using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Os.Process;

if (CommandLine.Parse(args, out var exitCode) is not { } commandLine)
    return exitCode;

// Why the broker ends: null when it is asked to.
var end = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
using var signals = new ShutdownSignals(() => end.TrySetResult(null));
using var log = new ConsoleLog(LogLevel.Info);
try
{
    if (HeapLimit.Apply(Environment.GetEnvironmentVariable) is { } problem)
        throw new StartupError(problem);
    var platform = OsPlatform.Create(log);
    var config = commandLine.LoadConfig(platform.Disk);
    foreach (var warning in config.Warnings)
        log.Warn("config", warning);
    if (commandLine.ImportsEmbedded)
        await EmbeddedImport.Run(config, platform);
    var server = await BrokerServer.Start(config, platform, CancellationToken.None);
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
catch (StartupError error)
{
    Console.Error.WriteLine($"KafkaCompatBroker cannot start: {error.Message}");
    return 1;
}

async Task EndWhenFailed(BrokerServer server) => end.TrySetResult(await server.Failed);
