using KafkaCompatBroker.Tests.Histories;

namespace KafkaCompatBroker.Tests.Unit.Histories;

/// <summary>
/// Histories of a log that keeps its promises, drawn from seeds, have no anomaly; whatever one fault does to one of them is found. So the
/// check is neither too strict for what clients meet nor blind to any of the faults.
/// </summary>
public sealed class HistoryMutationTest
{
    private const int Seeds = 50;
    private static readonly TopicPartition Partition = new("orders", 3);

    private delegate void Mutation(List<HistoryEvent> events, Random random);

    private static readonly Dictionary<string, (Mutation Mutate, AnomalyKind Kind)> Mutations = new()
    {
        ["nobody reads a record that was acknowledged"] = (LoseRecord, AnomalyKind.Lost),
        ["readers end before the last record that was acknowledged"] = (LoseEnd, AnomalyKind.Unseen),
        ["a record is stored once more at the end"] = (Duplicate, AnomalyKind.Duplicated),
        ["two records of a producer change places"] = (Swap, AnomalyKind.Reordered),
        ["a value changes on its way"] = (Corrupt, AnomalyKind.NeverWritten),
        ["a record that is read was refused"] = (Refuse, AnomalyKind.FailedButRead),
        ["one reader sees another record at an offset"] = (Diverge, AnomalyKind.Inconsistent),
        ["one reader passes a record"] = (Skip, AnomalyKind.Skipped),
        ["one reader reads a record again"] = (GoBack, AnomalyKind.NonMonotonic),
    };

    public static TheoryData<string> Names => [.. Mutations.Keys];

    [Fact]
    public void What_a_log_that_keeps_its_promises_shows_is_right()
    {
        for (var seed = 0; seed < Seeds; seed++)
            Assert.Empty(HistoryCheck.Anomalies(Valid(new Random(seed)), isWhole: true));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void One_fault_in_a_right_history_is_found(string name)
    {
        var (mutate, kind) = Mutations[name];
        for (var seed = 0; seed < Seeds; seed++)
        {
            var random = new Random(seed);
            var events = Valid(random);
            mutate(events, random);
            Assert.Contains(HistoryCheck.Anomalies(events, isWhole: true), anomaly => anomaly.Kind == kind);
        }
    }

    /// <summary>Three producers whose records are acknowledged, refused or neither, and three readers, all at once.</summary>
    private static List<HistoryEvent> Valid(Random random)
    {
        var events = new List<HistoryEvent>();
        var log = new List<(long Offset, string Value)>();
        var next = 0L;
        var positions = Enumerable.Range(0, 3).ToDictionary(reader => $"r{reader}", _ => 0);
        foreach (var reader in positions.Keys)
            events.Add(new ReadFrom(reader, Partition, At(), 0));
        for (var number = 0; number < 200; number++)
        {
            var (producer, value) = ($"p{random.Next(3)}", $"v{number}");
            events.Add(new ProduceAttempted(producer, Partition, At(), value));
            var fate = random.Next(10);
            if (fate > 0)
                log.Add((next, value));
            events.Add(fate switch
            {
                0 => new ProduceFailed(producer, Partition, At(), value, "NotLeaderOrFollower"),
                1 => new ProduceUnknown(producer, Partition, At(), value, "no answer"),
                _ => new ProduceAcknowledged(producer, Partition, At(), value, next),
            });
            // Now and then an offset is taken by what no reader is given.
            next += fate > 0 ? 1 + random.Next(20) / 19 : 0;
            Read($"r{random.Next(3)}", random.Next(1, 8));
        }
        // The last one is acknowledged, so that readers have something to miss at the end.
        events.Add(new ProduceAttempted("p0", Partition, At(), "last"));
        log.Add((next, "last"));
        events.Add(new ProduceAcknowledged("p0", Partition, At(), "last", next));
        foreach (var reader in positions.Keys.ToList())
            Read(reader, log.Count);
        return events;

        TimeSpan At() => TimeSpan.FromMilliseconds(events.Count);

        void Read(string reader, int count)
        {
            for (; count > 0 && positions[reader] < log.Count; count--)
            {
                var (offset, value) = log[positions[reader]++];
                events.Add(new RecordRead(reader, Partition, At(), offset, value));
            }
        }
    }

    private static void LoseRecord(List<HistoryEvent> events, Random random)
    {
        var acknowledged = Any<ProduceAcknowledged>(events, random, each => each.Value != "last");
        events.RemoveAll(each => each is RecordRead read && read.Value == acknowledged.Value);
    }

    private static void LoseEnd(List<HistoryEvent> events, Random random)
        => events.RemoveAll(each => each is RecordRead { Value: "last" });

    private static void Duplicate(List<HistoryEvent> events, Random random)
    {
        var end = events.OfType<RecordRead>().Max(read => read.Offset) + 1;
        events.Add(Any<RecordRead>(events, random) with { Client = "r0", Offset = end });
    }

    private static void Swap(List<HistoryEvent> events, Random random)
    {
        // Of records that were not acknowledged nobody knows the offset, but their order.
        var producer = Any<ProduceAttempted>(events, random).Client;
        events.RemoveAll(each => each is ProduceAcknowledged);
        var values = events.OfType<ProduceAttempted>().Where(each => each.Client == producer).Select(each => each.Value)
            .Intersect(events.OfType<RecordRead>().Select(each => each.Value)).ToList();
        var at = random.Next(values.Count - 1);
        for (var index = 0; index < events.Count; index++)
        {
            if (events[index] is RecordRead read && read.Value == values[at])
                events[index] = read with { Value = values[at + 1] };
            else if (events[index] is RecordRead other && other.Value == values[at + 1])
                events[index] = other with { Value = values[at] };
        }
    }

    private static void Corrupt(List<HistoryEvent> events, Random random)
    {
        var read = Any<RecordRead>(events, random);
        for (var index = 0; index < events.Count; index++)
        {
            if (events[index] is RecordRead same && same.Offset == read.Offset)
                events[index] = same with { Value = $"{same.Value}'" };
        }
        events.RemoveAll(each => each is ProduceAcknowledged acknowledged && acknowledged.Offset == read.Offset);
    }

    private static void Refuse(List<HistoryEvent> events, Random random)
    {
        var read = Any<RecordRead>(events, random);
        var index = events.FindIndex(each => each is ProduceAttempted attempted && attempted.Value == read.Value);
        events.Insert(index + 1, new ProduceFailed(events[index].Client, Partition, read.At, read.Value, "NotEnoughReplicas"));
    }

    private static void Diverge(List<HistoryEvent> events, Random random)
    {
        var read = Any<RecordRead>(events, random);
        events[events.IndexOf(read)] = read with { Value = Any<RecordRead>(events, random, each => each.Value != read.Value).Value };
    }

    private static void Skip(List<HistoryEvent> events, Random random)
        => events.Remove(Any<RecordRead>(events, random, each => each.Value != "last"));

    private static void GoBack(List<HistoryEvent> events, Random random)
    {
        var read = Any<RecordRead>(events, random);
        events.Insert(events.IndexOf(read) + 1, read with { });
    }

    private static TEvent Any<TEvent>(List<HistoryEvent> events, Random random, Func<TEvent, bool>? where = null)
        where TEvent : HistoryEvent
    {
        var all = events.OfType<TEvent>().Where(where ?? (_ => true)).ToList();
        return all[random.Next(all.Count)];
    }
}
