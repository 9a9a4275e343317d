using KafkaCompatBroker.CompatTests.Differential;
using KafkaCompatBroker.CompatTests.Java;
using KafkaCompatBroker.Kernel.Model;
using KafkaCompatBroker.Protocol.Messages;

namespace KafkaCompatBroker.CompatTests.Durability;

/// <summary>
/// Produce while a partition moves to the other log dir: the kill comes somewhere in the copying, or when the copy has just been renamed.
/// </summary>
internal sealed class KilledMoves(BrokerUnderTest broker, JavaDriver driver, string[] logDirs) : KilledProduce(broker, driver, "moved")
{
    private const int CopyingMs = 60;
    private readonly Random random = new(1);

    protected override (string Name, string Value)[] Settings => [("segment.bytes", "100000")];

    public override async Task AwaitMoment(int kill)
    {
        await AwaitAcknowledged(100);
        var name = $"{Topic}-{kill % Partitions}";
        await Admin.Until(
            "the move of before has ended", () => Directories($"{name}.*-future").Length == 0 && Directories(name).Length == 1);
        var target = logDirs.Single(dir => !Directory.Exists(Path.Combine(dir, name)));
        var isForRename = kill % 2 == 1;
        using var moment = isForRename
            ? new DiskMoment(target, name, path => Path.GetFileName(path) == name)
            : new DiskMoment(target, $"{name}.*-future", _ => true);
        Begin(kill % Partitions, target);
        await moment.Await();
        DiskMoment.Pass(isForRename ? random.Next(3) : random.Next(CopyingMs));
    }

    public override IEnumerable<string> Interrupted()
    {
        for (var partition = 0; partition < Partitions; partition++)
        {
            if (Directories($"{Topic}-{partition}.*-future").Length > 0)
                yield return "copy not finished";
            if (Directories($"{Topic}-{partition}").Length > 1)
                yield return "partition in both log dirs";
        }
    }

    private string[] Directories(string pattern) => [.. logDirs.SelectMany(dir => Directory.GetDirectories(dir, pattern))];

    private void Begin(int partition, string target)
    {
        using var talk = new Conversation(Broker.Port);
        var answer = talk.Ask("move", 2, new AlterReplicaLogDirsRequest
        {
            Dirs = [new() { Path = target, Topics = [new() { Name = Topic, Partitions = [partition] }] }],
        })!;
        Assert.Equal(KafkaError.None, answer.Results[0].Partitions[0].ErrorCode);
    }
}
