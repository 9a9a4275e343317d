using KafkaCompatBroker.CompatTests.Java;
using KafkaCompatBroker.CompatTests.PyClients;

namespace KafkaCompatBroker.CompatTests.Transactions;

/// <summary>
/// A client in a process of its own that copies a topic exactly once, until it is killed, and goes on when it is started again under the
/// same transactional id. It prints each step that it takes.
/// </summary>
/// <param name="name">Which it is; its transactional id and group.</param>
/// <param name="launch">The program, given the topics' names and its own.</param>
internal sealed class CopyingClient(string name, Func<string, string, string, Tool> launch) : IDisposable
{
    public const string Source = "copied";

    /// <summary>What it prints of a transaction that it commits, in this order.</summary>
    public static readonly string[] Steps = ["sent", "offsets", "committed"];

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private Tool? process;
    private readonly List<(string Step, TaskCompletionSource Reached)> awaited = [];

    public string Name => name;

    public string Target => $"copied-by-{name}";

    /// <summary>How often an error had it begin anew, in all its lives.</summary>
    public List<string> BegunAnew { get; } = [];

    public static async Task<CopyingClient> Java()
    {
        var classes = await JavaClasses.Compile("3.9", "compat-tests/transactions/Copy.java");
        return new CopyingClient("java", (servers, target, id) =>
        {
            var tool = Peers.Java("3.9", "Copy", servers, Source, target, id);
            tool.Environment["CLASSES"] = classes;
            return tool;
        });
    }

    public static async Task<CopyingClient> Librdkafka()
    {
        var python = await PythonEnvironment.Python();
        return new CopyingClient("librdkafka", (servers, target, id) => new Tool(
            python, [Repository.At("compat-tests/transactions/copy.py"), servers, Source, target, id]));
    }

    public void Start(string bootstrapServers)
    {
        process = launch(bootstrapServers, Target, name);
        process.LineRead = Note;
        process.Start();
    }

    /// <summary>Waits until it takes a step, from now on.</summary>
    public async Task Reaches(string step)
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (awaited)
            awaited.Add((step, reached));
        await reached.Task.WaitAsync(Patience);
    }

    /// <summary>kill -9.</summary>
    public void Kill()
    {
        Assert.False(process!.HasExited, process.Tail());
        process.Dispose();
        process = null;
    }

    public string Tail() => process?.Tail() ?? "";

    public void Dispose() => process?.Dispose();

    private void Note(string line)
    {
        if (line.StartsWith("again ", StringComparison.Ordinal))
        {
            lock (BegunAnew)
                BegunAnew.Add(line);
        }
        lock (awaited)
        {
            foreach (var (_, reached) in awaited.Where(wanted => wanted.Step == line))
                reached.TrySetResult();
            awaited.RemoveAll(wanted => wanted.Step == line);
        }
    }
}
