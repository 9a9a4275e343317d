using System.Diagnostics;
using System.Globalization;
using KafkaCompatBroker.Tests.Simulation;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.Faults;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.Run;

// Runs seeds of the whole broker without a test host. "1..2000" says which fail, "17 story" also what happened, and "1..3 trace" prints the
// traces alone, which another process must give too. "only=Slow,Cut" draws faults of these kinds alone, "without=Slow" of all others.
// "on=ensemble" has the broker's znodes in an ensemble.
var (first, last) = Seeds.Parse(args[0]);
var mode = args.Skip(1).FirstOrDefault(arg => !arg.Contains('='));
var onEnsemble = args.Contains("on=ensemble");
var all = onEnsemble ? FaultKinds.OnEnsemble : FaultKinds.Alone;
var kinds = Kinds("only=") is { } only ? only : all.Except(Kinds("without=") ?? []).ToList();
var stats = new RunStats();
var watch = Stopwatch.StartNew();
var failed = 0;
for (var seed = first; seed <= last; seed++)
{
    var run = new BrokerRun(seed, kinds, onEnsemble);
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

List<FaultKind>? Kinds(string option) => Array.Find(args, arg => arg.StartsWith(option, StringComparison.Ordinal)) is { } given
    ? [.. given[option.Length..].Split(',').Select(name => Enum.Parse<FaultKind>(name))]
    : null;
