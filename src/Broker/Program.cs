using KafkaCompatBroker.Broker;
using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Kernel;
using KafkaCompatBroker.Os;

if (CommandLine.Parse(args, out var exitCode) is not { } commandLine)
    return exitCode;

var stopAsked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
using var signals = new ShutdownSignals(() => stopAsked.TrySetResult());
var log = new ConsoleLog(LogLevel.Info);
try
{
    var platform = OsPlatform.Create(log);
    var config = commandLine.LoadConfig(platform.Disk);
    foreach (var warning in config.Warnings)
        log.Warn("config", warning);
    var server = await BrokerServer.Start(config, platform, CancellationToken.None);
    Console.WriteLine(StartupLine.Of(server, config));
    var ended = await Task.WhenAny(stopAsked.Task, server.Failed);
    await server.Stop();
    if (ended == stopAsked.Task)
        return 0;
    Console.Error.WriteLine($"KafkaCompatBroker stopped: {await server.Failed}");
    return 1;
}
catch (StartupError error)
{
    Console.Error.WriteLine($"KafkaCompatBroker cannot start: {error.Message}");
    return 1;
}
