namespace KafkaCompatBroker.Tests.Simulation.WholeBroker.History;

/// <summary>A record that a producer has sent, known by its value.</summary>
internal sealed class SentRecord(string value, string producer, int number, bool isIdempotent)
{
    public string Value => value;
    public string Producer => producer;

    /// <summary>Its place in the order in which its producer sent to the partition.</summary>
    public int Number => number;

    /// <summary>A retry of it is no second record.</summary>
    public bool IsIdempotent => isIdempotent;

    /// <summary>How often it was sent: as often may it be there, unless retries are recognised.</summary>
    public int Attempts { get; set; }

    public int CopiesMax => IsIdempotent ? 1 : Attempts;
}
