using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using KafkaCompatBroker.Tests.Bench;
using KafkaCompatBroker.Tests.Bench.Requests;

// dotnet run -c Release --project tests/Bench -- --filter '*'      time and bytes of every benchmark
// dotnet run -c Release --project tests/Bench -- objects           objects per request, type by type
// dotnet run -c Release --project tests/Bench -- start FILE        a broker's start and its memory at rest; FILE is its program
// dotnet run -c Release --project tests/Bench -- flushed HOST:PORT TOPIC PARTITIONS SECONDS DEVICE [COUNTS]   producers of a flushed topic
if (args is ["objects"])
{
    AllocatedObjects.Print();
    return;
}
if (args is ["start", .. var command])
{
    BrokerStart.Print(command);
    return;
}
if (args is ["flushed", .. var where])
{
    FlushedProduces.Print(where);
    return;
}
// In this process, because the projects that BenchmarkDotNet generates would have to obey this repository's build rules.
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly)
    .Run(args, DefaultConfig.Instance.AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance)));
