using KafkaCompatBroker.Tests.Histories;

namespace KafkaCompatBroker.Tests.Simulation.WholeBroker.History;

/// <summary>A record that a producer has sent, known by its value.</summary>
internal sealed class SentRecord(string value, string producer, int number, bool isIdempotent) : ISentRecord
{
    private int lastLife;

    public string Value => value;
    public string Producer => producer;
    public int Number => number;

    /// <summary>A retry of it is no second record.</summary>
    public bool IsIdempotent => isIdempotent;

    /// <summary>When it was sent for the first time; null where nobody has noted it.</summary>
    public DateTimeOffset? SentAt { get; private set; }

    /// <summary>How often it was sent: as often may it be there, unless retries are recognised.</summary>
    public int Attempts { get; private set; }

    /// <summary>Whether it was sent in more than one life: what a power loss took may have come back where it was, by chance.</summary>
    public bool WasSentAcrossLives { get; private set; }

    public int CopiesMax => IsIdempotent ? 1 : Attempts;

    /// <summary>Notes that it is sent once more.</summary>
    public void Sending(int life, DateTimeOffset now)
    {
        SentAt ??= now;
        WasSentAcrossLives |= Attempts > 0 && life != lastLife;
        lastLife = life;
        Attempts++;
    }
}
