using BenchmarkDotNet.Running;

// dotnet run -c Release --project tests/Bench -- --filter '*'
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
