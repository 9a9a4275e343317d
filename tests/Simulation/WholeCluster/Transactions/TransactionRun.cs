using KafkaCompatBroker.Coordinators.Runtime;
using KafkaCompatBroker.Tests.Histories;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.Run;
using KafkaCompatBroker.Tests.Simulation.WholeCluster.Run;

namespace KafkaCompatBroker.Tests.Simulation.WholeCluster.Transactions;

/// <summary>What the transactional clients of a run share: topics of their own, and the history of what they did and saw.</summary>
internal sealed class TransactionRun(ClusterContext run, int statePartitionCount)
{
    /// <summary>The group in which copiers commit what they have read, and what their transactional ids begin with.</summary>
    public const string Copiers = "copiers";

    private readonly DateTimeOffset begun = run.Now;
    private readonly int firstRaising = run.World.Random.Next(3);

    /// <summary>Where producers write, and abort a part of it.</summary>
    public TopicSetup Ledger { get; } = new("ledger", run.World.Random.Next(1, 4), IsDurable: true);

    /// <summary>Where copiers write for each record of the run's first topic one.</summary>
    public TopicSetup Copies { get; } = new("copies", run.World.Random.Next(1, 3), IsDurable: true);

    public IReadOnlyList<TopicSetup> Topics => [Ledger, Copies];

    public IEnumerable<TopicPartition> Partitions => Topics.SelectMany(topic => topic.Partitions);

    /// <summary>
    /// Whether copiers are as members of a group who get a partition from each other: each has a transactional id of its own, so that no
    /// coordinator fences one for another, and who comes next must wait for what the one before has left open. Otherwise all share one
    /// transactional id and fence each other. KIP-447.
    /// </summary>
    public bool CopiersTakeTurns { get; } = run.World.Random.Next(2) == 0;

    /// <summary>The copier whose turn it is; null when any may take it.</summary>
    public Copier? CopierInTurn { get; set; }

    public TopicSetup Source => run.Settings.Topics[0];

    public ClientHistory History => field ??= new ClientHistory(() => run.Now - begun);

    /// <summary>Whether the producers of a transactional id have transactions of version 2; in each run some do and some do not.</summary>
    public bool RaisesEpoch(string transactionalId) => (transactionalId[^1] + firstRaising) % 3 != 0;

    public int Committed { get; set; }
    public int Aborted { get; set; }
    public int BegunAnew { get; set; }
    public int OfUnknownEnd { get; set; }
    public int Copied { get; set; }

    /// <summary>Told of each transaction whose producer has heard how it ends, of which partitions may not have.</summary>
    public Action<string> Decided { get; set; } = _ => { };

    /// <summary>The partition of <c>__transaction_state</c> that has a transactional id.</summary>
    public TopicPartition HomeOf(string transactionalId)
        => new(InternalTopics.TransactionState, CoordinatorKey.PartitionFor(transactionalId, statePartitionCount));

    /// <summary>The transactional id of a copier, counted from 1.</summary>
    public string CopierId(int number) => CopiersTakeTurns ? $"{Copiers}-{number}" : Copiers;

    public TopicPartition CopyOf(TopicPartition source) => new(Copies.Name, source.Partition % Copies.PartitionCount);
}
