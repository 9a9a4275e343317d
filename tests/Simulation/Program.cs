using System.Diagnostics;
using System.Globalization;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.Run;

// Runs seeds of the whole broker without a test host: "1..2000" tells which fail, "17 story" also what happened, "1..3 trace" the traces
// alone, which another process must give too.
var (first, last) = KafkaCompatBroker.Tests.Simulation.Seeds.Parse(args[0]);
var mode = args.Length > 1 ? args[1] : "";
var stats = new RunStats();
var watch = Stopwatch.StartNew();
var failed = 0;
for (var seed = first; seed <= last; seed++)
{
    var run = new BrokerRun(seed);
    try
    {
        run.Run(stats);
        if (mode == "trace")
            Console.WriteLine(run.Trace);
    }
    catch (Exception exception)
    {
        failed++;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"seed {seed} {run.Kinds}: {exception.Message}"));
        if (mode == "story")
            Console.WriteLine($"{run.Setup}\n{run.Story}\n{exception}");
    }
}
if (mode != "trace")
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{failed} failed in {watch.Elapsed.TotalSeconds:F0} s; {stats}"));
return failed == 0 ? 0 : 1;
