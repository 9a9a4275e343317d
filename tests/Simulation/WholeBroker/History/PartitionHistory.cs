namespace KafkaCompatBroker.Tests.Simulation.WholeBroker.History;

/// <summary>
/// One partition as clients saw it: what was sent, and which value was at which offset, by acknowledgements and by reads. Within a life (or
/// over all of them, when the partition is durable) an offset has one value for ever, and the high watermark does not go back.
/// </summary>
/// <param name="endsByEpoch">Whether a leader of an older epoch, which has not heard of its end, may show an earlier end.</param>
internal sealed class PartitionHistory(TopicPartition name, bool isDurable, bool endsByEpoch = false)
{
    private readonly Dictionary<string, SentRecord> sent = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> sentCounts = new(StringComparer.Ordinal);
    private readonly SortedDictionary<int, LifeOfPartition> lives = [];

    public TopicPartition Name => name;

    /// <summary>Everything acknowledged or read survives a power loss, because each append is flushed before anybody sees it.</summary>
    public bool IsDurable => isDurable;

    public IEnumerable<LifeOfPartition> Lives => lives.Values;

    public int AcknowledgedCount { get; private set; }

    public Action<long, IReadOnlyList<SentRecord>> OnAcknowledged { get; init; } = (_, _) => { };

    public Action<long, string> OnRead { get; init; } = (_, _) => { };

    /// <summary>Notes a record before it is sent for the first time.</summary>
    public SentRecord Send(string producer, string value, bool isIdempotent)
    {
        var number = sentCounts.GetValueOrDefault(producer);
        sentCounts[producer] = number + 1;
        var record = new SentRecord(value, producer, number, isIdempotent);
        sent.Add(value, record);
        return record;
    }

    public SentRecord? Find(string value) => sent.GetValueOrDefault(value);

    public void Acknowledged(int life, long baseOffset, IReadOnlyList<SentRecord> records)
    {
        for (var index = 0; index < records.Count; index++)
            Observe(life, baseOffset + index, records[index].Value, "acknowledged");
        AcknowledgedCount += records.Count;
        OnAcknowledged(baseOffset, records);
    }

    public void Read(int life, long offset, string value)
    {
        if (Find(value) is null)
            throw new Violation($"{name} has '{value}' at offset {offset}, which nobody sent there");
        Observe(life, offset, value, "read");
        OnRead(offset, value);
    }

    /// <summary>What the end of the log, as a client may read it, is at least.</summary>
    public long EndFloor(int life) => In(life).EndFloor;

    /// <summary>A high watermark or a latest offset that was asked for when the end was known to be at least so far.</summary>
    public void SawEnd(int life, long end, long floorWhenAsked)
    {
        if (endsByEpoch)
            return;
        if (end < floorWhenAsked)
            throw new Violation($"{name} ends at {end}, having ended at {floorWhenAsked} or beyond before");
        In(life).RaiseEnd(end);
    }

    private void Observe(int life, long offset, string value, string how)
    {
        var known = In(life).Put(offset, value);
        if (known is not null)
            throw new Violation($"{name} offset {offset} was '{known}' and is '{value}' when {how}");
    }

    private LifeOfPartition In(int life)
    {
        var index = isDurable ? 0 : life;
        if (!lives.TryGetValue(index, out var found))
            lives.Add(index, found = new LifeOfPartition());
        return found;
    }
}

/// <summary>What was seen of a partition in one life.</summary>
internal sealed class LifeOfPartition
{
    private readonly SortedDictionary<long, string> values = [];

    public IReadOnlyDictionary<long, string> Values => values;

    public long EndFloor { get; private set; }

    public void RaiseEnd(long end) => EndFloor = Math.Max(EndFloor, end);

    /// <summary>The value that was there before, when it is another.</summary>
    public string? Put(long offset, string value)
    {
        RaiseEnd(offset + 1);
        if (values.TryAdd(offset, value) || string.Equals(values[offset], value, StringComparison.Ordinal))
            return null;
        return values[offset];
    }
}
