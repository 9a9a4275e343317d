using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using KafkaCompatBroker.Tests.Bench.Requests;

// dotnet run -c Release --project tests/Bench -- --filter '*'      time and bytes of every benchmark
// dotnet run -c Release --project tests/Bench -- objects           objects per request, type by type
if (args is ["objects"])
{
    AllocatedObjects.Print();
    return;
}
// In this process, because the projects that BenchmarkDotNet generates would have to obey this repository's build rules.
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly)
    .Run(args, DefaultConfig.Instance.AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance)));
