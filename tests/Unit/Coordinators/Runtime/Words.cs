using System.Text;
using KafkaCompatBroker.Coordinators.Runtime;

namespace KafkaCompatBroker.Tests.Unit.Coordinators.Runtime;

/// <summary>A state machine that keeps words; the words "apply" and "outcome" throw when their turn comes.</summary>
internal sealed class Words(IShardContext<string> context) : ICoordinatorState<string>
{
    public IShardContext<string> Context => context;
    public List<string> Applied { get; } = [];
    /// <summary>The record whose replay finds no memory, once.</summary>
    public string? ShortOfMemoryAt { get; set; }

    public bool ThrowsWhenLoaded { get; init; }
    public bool ThrowsWhenUnloaded { get; init; }

    public static CoordinatorSettings<Words, string> Settings(ILoops loops, ILog log, Func<IShardContext<string>, Words> create) => new()
    {
        Name = "words",
        Loops = loops,
        Log = log,
        Codec = new WordCodec(),
        CreateState = create,
        CommitTimeoutMs = 5000,
        LoadBufferBytes = 1000,
    };

    public void Write(string word, Reply<KafkaError> reply) => context.Write([word], error =>
    {
        if (word == "outcome")
            throw new InvalidOperationException("bug");
        reply.Send(error);
    });

    public void Apply(string record, RecordPosition position)
    {
        if (record == ShortOfMemoryAt)
        {
            ShortOfMemoryAt = null;
            throw new OutOfMemoryException();
        }
        if (record == "apply")
            throw new InvalidOperationException("bug");
        Applied.Add(record);
    }

    public void ApplyMarker(ProducerIdAndEpoch producer, bool isCommit, long offset)
    {
    }

    public void OnLoaded()
    {
        if (ThrowsWhenLoaded)
            throw new InvalidOperationException("bug");
    }

    public void OnUnloaded()
    {
        if (ThrowsWhenUnloaded)
            throw new InvalidOperationException("bug");
    }
}

/// <summary>A word is the key of its record; the word "encode" cannot be written.</summary>
internal sealed class WordCodec : ICoordinatorCodec<string>
{
    public KeyedBytes? Encode(string record)
        => record == "encode" ? throw new InvalidOperationException("bug") : new KeyedBytes(Encoding.UTF8.GetBytes(record), null);

    public string? Decode(byte[] key, byte[]? value, out string? unknown)
    {
        unknown = null;
        return Encoding.UTF8.GetString(key);
    }
}
