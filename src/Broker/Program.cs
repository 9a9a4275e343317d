using KafkaCompatBroker.Broker;
using KafkaCompatBroker.Os;

if (CommandLine.Parse(args, out var exitCode) is not { } commandLine)
    return exitCode;
try
{
    var config = commandLine.LoadConfig(new OsDisk());
    foreach (var warning in config.Warnings)
        Console.Error.WriteLine($"WARN {warning}");
    return 0;
}
catch (StartupError error)
{
    Console.Error.WriteLine(error.Message);
    return 1;
}
