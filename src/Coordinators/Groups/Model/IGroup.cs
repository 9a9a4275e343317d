using KafkaCompatBroker.Coordinators.Groups.Records;

namespace KafkaCompatBroker.Coordinators.Groups.Model;

/// <summary>
/// What a group answers to the parts of its shard that serve groups of every kind: committed offsets, listing, deletion and expiry. By
/// which protocol its members join and share the work, and how an administrator has it described, is the kind's own affair (see
/// <c>Groups/Classic</c>). On its shard's loop.
/// </summary>
internal interface IGroup
{
    string GroupId { get; }

    /// <summary>The group as ListGroups shows it.</summary>
    ListedGroup Listed { get; }

    /// <summary>
    /// No members, and none that has been given an id to join with: such a group goes when its last offset does.
    /// </summary>
    bool IsUnused { get; }

    /// <summary>
    /// Whether the committer may commit offsets: a member of the current generation may, and anyone as long as there are no members.
    /// </summary>
    /// <param name="isTransactional">
    /// Within a transaction, where old clients do not say that they are members, and a member may go on until it has joined again.
    /// </param>
    KafkaError CheckCommit(Committer committer, bool isTransactional);

    /// <summary>A commit was accepted, which shows that the member that sent it lives.</summary>
    void OnCommitAccepted(Committer committer);

    /// <summary>
    /// Whether offsets may be deleted by an administrator at all; of the topics that members subscribe to they may not. KIP-496.
    /// </summary>
    KafkaError CheckOffsetDelete();

    /// <summary>The topics that members subscribe to; null when that cannot be told: then every topic counts as subscribed to.</summary>
    IReadOnlySet<string>? SubscribedTopics();

    /// <summary>When the group's offsets expire; null while none of them does. KIP-211.</summary>
    OffsetExpirationCondition? OffsetExpiration();

    /// <summary>Whether an administrator may delete the group. KIP-229.</summary>
    KafkaError CheckDelete();

    /// <summary>Adds what deletes the group's own records from the log; its offsets' are not among them.</summary>
    void AddTombstones(List<GroupRecord> tombstones);

    /// <summary>
    /// The group is gone from this shard, deleted or with the leadership: whoever waits in it is answered with the error, and its timers
    /// stop.
    /// </summary>
    void Die(KafkaError error);
}
