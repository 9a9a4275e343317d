namespace KafkaCompatBroker.Controller.Model;

/// <summary>Which leader is asked for, by the numbers of ElectLeaders. KIP-460.</summary>
public enum ElectionType : sbyte
{
    /// <summary>The first replica of the assignment.</summary>
    Preferred = 0,
    /// <summary>Any live replica, where the leader is gone and nobody in the ISR is live; records may be lost.</summary>
    Unclean = 1,
}

/// <summary>What became of the election that was asked for: the leader, or an error and its text.</summary>
public readonly record struct ElectionResult(BrokerId Leader, KafkaError Error = KafkaError.None, string? Message = null)
{
    public static ElectionResult Failed(KafkaError error, string? message = null) => new(BrokerId.None, error, message);
}

/// <summary>Whether a reassignment that was asked for has begun, or why not.</summary>
public readonly record struct ReassignmentResult(KafkaError Error = KafkaError.None, string? Message = null);
