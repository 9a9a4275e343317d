using System.Globalization;
using KafkaCompatBroker.Coordinators.Groups.Model;
using KafkaCompatBroker.Coordinators.Groups.Records;
using KafkaCompatBroker.Coordinators.Runtime;

namespace KafkaCompatBroker.Coordinators.Groups.Classic;

/// <summary>
/// Takes a classic group from one generation to the next. A rebalance has two halves. While the group is PreparingRebalance, members learn
/// from the errors of their heartbeats that they are to send JoinGroup again; it ends when all have, or after the largest of their
/// rebalance timeouts. While it is CompletingRebalance, all members of the new generation are to send SyncGroup, the leader with
/// everyone's assignment; a member that does not within the rebalance timeout is removed, which starts the next rebalance. The first
/// rebalance of an Empty group lasts for <c>group.initial.rebalance.delay.ms</c> instead, so that members that start together form one
/// generation. Also ends the sessions of members that are not heard of. KIP-134, KIP-345. On its shard's loop.
/// </summary>
internal sealed class GroupRebalance(GroupOptions options, IShardContext<GroupRecord> context)
{
    /// <summary>Starts a rebalance unless one is under way whose members are still joining.</summary>
    public void MaybePrepare(ClassicGroup group, string reason)
    {
        if (group.CanRebalance)
            Prepare(group, reason);
    }

    /// <summary>Starts a rebalance. Members that wait for their assignment are to join again instead.</summary>
    public void Prepare(ClassicGroup group, string reason)
    {
        Invariant.Holds(group.CanRebalance);
        if (group.State == ClassicGroupState.CompletingRebalance)
            FailAssignments(group, KafkaError.RebalanceInProgress);
        group.SyncTimer?.Cancel();
        group.JoinTimer ??= context.CreateTimer(() => OnJoinTimer(group));
        var isFirst = group.State == ClassicGroupState.Empty;
        Transition(group, ClassicGroupState.PreparingRebalance, reason);
        if (isFirst)
        {
            group.NewMemberAdded = false;
            group.InitialDelayRemainingMs = Math.Max(0, group.RebalanceTimeoutMs - options.InitialRebalanceDelayMs);
            group.JoinTimer.Arm(options.InitialRebalanceDelayMs);
        }
        else
        {
            group.InitialDelayRemainingMs = null;
            group.JoinTimer.Arm(group.RebalanceTimeoutMs);
            TryComplete(group);
        }
    }

    /// <summary>
    /// Called whenever a member has joined or is gone: forms the next generation when all members have joined. A first rebalance waits for
    /// its delay to pass all the same.
    /// </summary>
    public void TryComplete(ClassicGroup group)
    {
        if (group.State != ClassicGroupState.PreparingRebalance || group.InitialDelayRemainingMs is not null)
            return;
        if (group.HasAllMembersJoined)
            Complete(group);
        else if (!group.JoinTimer!.IsArmed && group.AwaitingJoinCount > 0)
            // The time for joining had passed without a member; Complete left the group to wait for one. Now that one has joined, the
            // generation is formed in the timer's next turn, without the members that have not.
            group.JoinTimer.Arm(0);
    }

    /// <summary>A member leaves, is removed, or its session has ended: the others form a new generation without it.</summary>
    public void RemoveMember(ClassicGroup group, ClassicMember member, string reason)
    {
        // An empty member id lets the client join as a new member instead of insisting on an id that is gone.
        member.AnswerJoin(JoinReply.Failed(KafkaError.UnknownMemberId, ""));
        member.AnswerSync(SyncReply.Failed(KafkaError.UnknownMemberId));
        group.Remove(member.MemberId);
        if (group.State is ClassicGroupState.Stable or ClassicGroupState.CompletingRebalance)
            Prepare(group, reason);
        else
            TryComplete(group);
    }

    /// <summary>A client that was given a member id did not come back with it, or has left: the others wait for it no longer.</summary>
    public void RemovePending(ClassicGroup group, string memberId)
    {
        group.Remove(memberId);
        TryComplete(group);
    }

    /// <summary>The session of a member that has come into the group begins.</summary>
    /// <param name="timeoutMs">Until the member is first heard of; from then on its session timeout counts.</param>
    public void StartSession(ClassicGroup group, ClassicMember member, int timeoutMs)
    {
        member.SessionTimer ??= context.CreateTimer(() => OnSessionTimer(group, member));
        member.SessionTimer.Arm(timeoutMs);
    }

    /// <summary>The assignment is committed: every member has it from here on, and those whose SyncGroup waits are answered.</summary>
    public void DeliverAssignments(ClassicGroup group, IReadOnlyDictionary<string, byte[]> assignments)
    {
        foreach (var member in group.Members)
        {
            member.Assignment = assignments.GetValueOrDefault(member.MemberId, []);
            AnswerSync(member, group.AssignmentFor(member));
        }
    }

    /// <summary>No member has an assignment any more, and those whose SyncGroup waits are answered with the error.</summary>
    public void FailAssignments(ClassicGroup group, KafkaError error)
    {
        foreach (var member in group.Members)
        {
            member.Assignment = [];
            AnswerSync(member, SyncReply.Failed(error));
        }
    }

    /// <summary>The member has sent its SyncGroup; once all have, none is removed for not sending it.</summary>
    public static void OnSyncReceived(ClassicGroup group, string memberId)
    {
        group.PendingSyncMembers.Remove(memberId);
        if (group.PendingSyncMembers.Count == 0)
            group.SyncTimer?.Cancel();
    }

    public void Transition(ClassicGroup group, ClassicGroupState state, string reason)
    {
        context.Log.Info("group", string.Create(
            CultureInfo.InvariantCulture,
            $"group={group.GroupId} generation={group.GenerationId} members={group.MemberCount} state={group.State}→{state} "
            + $"reason={reason}"));
        group.TransitionTo(state);
    }

    private static void AnswerSync(ClassicMember member, SyncReply reply)
    {
        if (member.AwaitedSync is null)
            return;
        member.AnswerSync(reply);
        // The session did not run while the member waited for the answer.
        member.RestartSession();
    }

    /// <summary>The time for joining has passed; in a first rebalance, a step of its delay.</summary>
    private void OnJoinTimer(ClassicGroup group)
    {
        if (group.State != ClassicGroupState.PreparingRebalance)
            return;
        if (group.InitialDelayRemainingMs is { } remainingMs && remainingMs > 0 && group.NewMemberAdded)
        {
            // More members are starting: the delay goes on, up to the largest rebalance timeout in all.
            var delayMs = Math.Min(options.InitialRebalanceDelayMs, remainingMs);
            group.NewMemberAdded = false;
            group.InitialDelayRemainingMs = remainingMs - delayMs;
            group.JoinTimer!.Arm(delayMs);
            return;
        }
        Complete(group);
    }

    /// <summary>
    /// Forms the next generation of the members that have joined. Dynamic members that have not are removed; static ones stay until their
    /// sessions end, because a restart is to cost no rebalance.
    /// </summary>
    private void Complete(ClassicGroup group)
    {
        group.JoinTimer!.Cancel();
        group.InitialDelayRemainingMs = null;
        foreach (var member in group.Members.Where(member => member.AwaitedJoin is null && !member.IsStatic).ToList())
            group.Remove(member.MemberId);
        if (!group.ElectJoinedLeader() && group.MemberCount > 0)
        {
            // Only static members are left, and none of them has joined, so nobody could lead: the group waits for another rebalance
            // timeout. One of zero would make the timer fire without a pause, as it does in Kafka; here TryComplete arms it when one joins.
            if (group.RebalanceTimeoutMs > 0)
                group.JoinTimer.Arm(group.RebalanceTimeoutMs);
            return;
        }
        group.GenerationId++;
        group.PendingSyncMembers.Clear();
        if (group.MemberCount == 0)
            BecomeEmpty(group);
        else
            StartGeneration(group);
    }

    private void BecomeEmpty(ClassicGroup group)
    {
        group.ProtocolName = null;
        Transition(group, ClassicGroupState.Empty, "no members left");
        context.Write([new GroupMetadataRecord(group.GroupId, group.Snapshot())], error =>
        {
            // The log still holds the previous generation: the next coordinator would load its members, and remove them when their sessions
            // end.
            if (error != KafkaError.None && group.State != ClassicGroupState.Dead)
                context.Log.Warn("group", $"group={group.GroupId} its record as Empty was not written error={error}");
        });
    }

    /// <summary>Answers every member's JoinGroup; from here on they are to send SyncGroup.</summary>
    private void StartGeneration(ClassicGroup group)
    {
        group.ProtocolName = group.SelectProtocol();
        Transition(group, ClassicGroupState.CompletingRebalance, "members joined");
        foreach (var member in group.Members)
        {
            member.AnswerJoin(group.GenerationFor(member));
            member.IsNew = false;
            member.RestartSession();
            group.PendingSyncMembers.Add(member.MemberId);
        }
        group.SyncTimer ??= context.CreateTimer(() => OnSyncTimer(group));
        group.SyncTimer.Arm(group.RebalanceTimeoutMs);
    }

    /// <summary>The time for SyncGroup has passed.</summary>
    private void OnSyncTimer(ClassicGroup group)
    {
        if (group.State is not (ClassicGroupState.CompletingRebalance or ClassicGroupState.Stable) || group.PendingSyncMembers.Count == 0)
            return;
        foreach (var memberId in group.PendingSyncMembers.ToList())
            group.Remove(memberId);
        Prepare(group, "members did not fetch their assignment in time");
    }

    private void OnSessionTimer(ClassicGroup group, ClassicMember member)
    {
        if (group.State == ClassicGroupState.Dead || group.Find(member.MemberId) != member || member.IsHeldByRebalance)
            return;
        context.Log.Info("group", $"group={group.GroupId} member={member.MemberId} session ended");
        RemoveMember(group, member, "a member's session ended");
    }
}
