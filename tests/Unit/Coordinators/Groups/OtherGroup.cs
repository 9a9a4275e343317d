using KafkaCompatBroker.Coordinators.Groups.Model;
using KafkaCompatBroker.Coordinators.Groups.Records;

namespace KafkaCompatBroker.Tests.Unit.Coordinators.Groups;

/// <summary>A group of a kind of its own, which answers as the test says.</summary>
internal sealed class OtherGroup(string groupId) : IGroup
{
    public string GroupId => groupId;
    public ListedGroup Listed => new() { GroupId = groupId, ProtocolType = "other", State = "Stable", Type = "other" };
    public bool IsUnused { get; set; }
    public KafkaError CommitError { get; set; }
    public KafkaError OffsetDeleteError { get; set; }
    public IReadOnlySet<string>? Topics { get; set; } = new HashSet<string>();
    public OffsetExpirationCondition? Condition { get; set; } = new();

    /// <summary>Who has committed.</summary>
    public List<Committer> Accepted { get; } = [];

    public KafkaError CheckCommit(Committer committer, bool isTransactional) => CommitError;

    public void OnCommitAccepted(Committer committer) => Accepted.Add(committer);

    public KafkaError CheckOffsetDelete() => OffsetDeleteError;

    public IReadOnlySet<string>? SubscribedTopics() => Topics;

    public OffsetExpirationCondition? OffsetExpiration() => Condition;

    public KafkaError CheckDelete() => KafkaError.None;

    public void AddTombstones(List<GroupRecord> tombstones)
    {
    }

    public void Die(KafkaError error)
    {
    }
}
