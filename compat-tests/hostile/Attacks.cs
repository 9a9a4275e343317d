namespace KafkaCompatBroker.CompatTests.Hostile;

/// <summary>What anybody can do to a broker without a password.</summary>
/// <param name="Run">Goes on at the broker of a port until it is stopped.</param>
/// <param name="LeavesState">Whether the broker keeps something of it, as it keeps it for anybody.</param>
/// <param name="Prepare">Makes what the attack needs at the broker of a port, before it begins.</param>
internal sealed record Attack(
    Func<int, CancellationToken, Task> Run, bool LeavesState = false, Action<int>? Prepare = null);

internal static class Attacks
{
    /// <summary>A topic of the broker that attacks use.</summary>
    public const string Topic = "attacked";

    private const int Mebibyte = 1024 * 1024;

    public static readonly IReadOnlyDictionary<string, Attack> All = new Dictionary<string, Attack>
    {
        ["zeros behind fetches that wait for ever"] = new(FrameAttacks.ZerosBehindFetches),
        ["two requests sent by a quarter"] = new((port, stop) => FrameAttacks.HalfSent(2, 26 * Mebibyte, port, stop)),
        ["two hundred requests sent by a hundredth"] = new((port, stop) => FrameAttacks.HalfSent(200, Mebibyte, port, stop)),
        ["thousands of requests begun by a byte or two"] = new((port, stop) => FrameAttacks.Begun(3_000, port, stop)),
        ["answers that are not read"] = new(FrameAttacks.AnswersNotRead),
        ["requests behind a fetch that waits"] = new(FrameAttacks.RequestsBehindFetch),
        ["bad frames"] = new(FrameAttacks.BadFrames),
        ["one broker described twenty thousand times"] = new(FrameAttacks.DescribeAgainAndAgain),
        ["idle connections"] = new((port, stop) => FrameAttacks.Idle(400, port, stop)),
        ["large fetches read slowly"] = new(RecordAttacks.SlowReaders, Prepare: RecordAttacks.FillTopic),
        ["batches that unfold to a thousandfold"] = new(RecordAttacks.Bombs, Prepare: RecordAttacks.CreateRecompressedTopic),
        ["producer ids without end"] = new(RecordAttacks.ProducerIdsWithoutEnd, LeavesState: true),
        ["joins of thirty megabytes"] = new(StateAttacks.LargeJoins, LeavesState: true),
        ["joins without end"] = new(StateAttacks.JoinsWithoutEnd, LeavesState: true),
        ["commits with long metadata"] = new(StateAttacks.CommitsWithoutEnd, LeavesState: true),
        ["fetch sessions of ten thousand partitions"] = new(StateAttacks.FetchSessions, LeavesState: true),
        ["metadata of names that are created"] = new(TopicAttacks.NamesWithoutEnd, LeavesState: true),
        ["metadata of thousands of partitions"] = new(TopicAttacks.MetadataOfManyPartitions, Prepare: TopicAttacks.CreateWideTopic),
        ["coordinators of sixty thousand groups"] = new(AmplifyingAttacks.FindCoordinators),
        ["one group described sixty thousand times"] = new(AmplifyingAttacks.DescribeGroup, LeavesState: true),
        ["one committed offset fetched sixty thousand times"] = new(AmplifyingAttacks.FetchOffset),
        ["all offsets of one group fetched sixty thousand times"] = new(AmplifyingAttacks.FetchAllOffsets),
        ["one partition fetched sixty thousand times"] = new(AmplifyingAttacks.FetchPartition),
        ["offsets of one partition listed sixty thousand times"] = new(AmplifyingAttacks.ListOffsets),
        ["epochs of one partition asked for sixty thousand times"] = new(AmplifyingAttacks.OffsetsForEpoch),
        ["sixty thousand topics that are not there"] = new(AmplifyingAttacks.UnknownTopics),
        ["sixty thousand topics to be created by nobody"] = new(AmplifyingAttacks.ValidateTopics),
        ["sixty thousand groups deleted"] = new(AmplifyingAttacks.DeleteGroups),
        ["sixty thousand partitions produced to"] = new(AmplifyingAttacks.ProduceNothing),
        ["sixty thousand offsets committed"] = new(AmplifyingAttacks.CommitOffsets),
    };
}
