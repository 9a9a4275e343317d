namespace KafkaCompatBroker.Tests.Simulation.WholeBroker.Clients;

internal enum PeerKind
{
    Any,
    Controller,
    Leader,
    Coordinator,
}

/// <summary>Which broker a request is for.</summary>
internal readonly record struct Peer(PeerKind Kind, TopicPartition Partition = default, string Group = "")
{
    public static readonly Peer Any = new(PeerKind.Any), Controller = new(PeerKind.Controller);

    public static Peer Leader(TopicPartition partition) => new(PeerKind.Leader, partition);

    /// <summary>Known once FindCoordinator has been answered.</summary>
    public static Peer Coordinator(string group) => new(PeerKind.Coordinator, Group: group);

    /// <summary>Known once FindCoordinator has been answered.</summary>
    public static Peer TransactionCoordinator(string transactionalId)
        => new(PeerKind.Coordinator, Group: $"transactions of {transactionalId}");
}
