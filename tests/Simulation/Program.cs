using System.Diagnostics;
using System.Globalization;
using KafkaCompatBroker.Tests.Simulation;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.Faults;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.Run;
using KafkaCompatBroker.Tests.Simulation.WholeCluster.Run;

// Runs seeds of the whole broker without a test host. "1..2000" says which fail, "17 story" also what happened, and "1..3 trace" prints the
// traces alone, which another process must give too. "only=Slow,Cut" draws faults of these kinds alone, "without=Slow" of all others.
// "on=ensemble" has the broker's znodes in an ensemble; "on=cluster" runs several brokers on one, "on=transactions" with
// transactional clients. "failures=3" ends with the third.
var (first, last) = Seeds.Parse(args[0]);
var mode = args.Skip(1).FirstOrDefault(arg => !arg.Contains('='));
var (onEnsemble, onCluster) = (args.Contains("on=ensemble"), args.Contains("on=cluster") || args.Contains("on=transactions"));
var all = onCluster ? FaultKinds.OfCluster : onEnsemble ? FaultKinds.OnEnsemble : FaultKinds.Alone;
var kinds = Kinds("only=") is { } only ? only : all.Except(Kinds("without=") ?? []).ToList();
var stats = new RunStats();
var clusterStats = new ClusterStats();
var watch = Stopwatch.StartNew();
var failed = 0;
var failuresMax = Option("failures=") is { } given ? int.Parse(given, CultureInfo.InvariantCulture) : int.MaxValue;
for (var seed = first; seed <= last && failed < failuresMax; seed++)
{
    if (onCluster)
    {
        var run = new ClusterRun(seed, kinds, args.Contains("on=transactions"));
        Try(seed, () => run.Run(clusterStats), () => run.Trace, () => run.Kinds, () => $"{run.Setup}\n{run.Story}");
    }
    else
    {
        var run = new BrokerRun(seed, kinds, onEnsemble);
        Try(seed, () => run.Run(stats), () => run.Trace, () => run.Kinds, () => $"{run.Setup}\n{run.Story}");
    }
}
if (mode != "trace")
    Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture, $"{failed} failed in {watch.Elapsed.TotalSeconds:F0} s; {(onCluster ? clusterStats : stats)}"));
return failed == 0 ? 0 : 1;

void Try(int seed, Action run, Func<string> trace, Func<string> kinds, Func<string> story)
{
    try
    {
        run();
        if (mode == "trace")
            Console.WriteLine(trace());
    }
    catch (Exception exception)
    {
        failed++;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"seed {seed} {kinds()}: {exception.Message}"));
        if (mode == "story")
            Console.WriteLine($"{story()}\n{exception}");
    }
}

List<FaultKind>? Kinds(string option) => Option(option)?.Split(',').Select(name => Enum.Parse<FaultKind>(name)).ToList();

string? Option(string option)
    => Array.Find(args, arg => arg.StartsWith(option, StringComparison.Ordinal)) is { } found ? found[option.Length..] : null;
