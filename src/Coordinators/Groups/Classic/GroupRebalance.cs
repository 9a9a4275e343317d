using System.Globalization;
using KafkaCompatBroker.Coordinators.Groups.Records;
using KafkaCompatBroker.Coordinators.Runtime;

namespace KafkaCompatBroker.Coordinators.Groups.Classic;

/// <summary>
/// Takes a group from one generation to the next: calls its members to join, waits for them (longer for a group's first members, so that
/// those who start together form one generation), chooses the protocol, and waits for all to fetch their assignment. KIP-134, KIP-345. On
/// its shard's loop.
/// </summary>
internal sealed class GroupRebalance(GroupOptions options, IShardContext<GroupRecord> context)
{
    /// <summary>Starts a rebalance unless one is under way.</summary>
    public void MaybePrepare(ClassicGroup group, string reason)
    {
        if (group.CanRebalance)
            Prepare(group, reason);
    }

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
    /// Ends the wait for joins when all have come, or one when the time for joins is over; a first rebalance waits out its delay.
    /// </summary>
    public void TryComplete(ClassicGroup group)
    {
        if (group.State != ClassicGroupState.PreparingRebalance || group.InitialDelayRemainingMs is not null)
            return;
        if (group.HasAllMembersJoined)
            Complete(group);
        else if (!group.JoinTimer!.IsArmed && group.AwaitingJoinCount > 0)
            group.JoinTimer.Arm(0);
    }

    /// <summary>Takes a member out and lets the others go on without it.</summary>
    public void RemoveMember(ClassicGroup group, ClassicMember member, string reason)
    {
        // Without a member id the client joins anew instead of insisting on the id that is gone.
        member.AnswerJoin(new JoinReply(KafkaError.UnknownMemberId, ""));
        member.AnswerSync(SyncReply.Failed(KafkaError.UnknownMemberId));
        group.Remove(member.MemberId);
        if (group.State is ClassicGroupState.Stable or ClassicGroupState.CompletingRebalance)
            Prepare(group, reason);
        else
            TryComplete(group);
    }

    public void RemovePending(ClassicGroup group, string memberId)
    {
        group.Remove(memberId);
        TryComplete(group);
    }

    /// <summary>The member has shown that it lives.</summary>
    public void RestartSession(ClassicGroup group, ClassicMember member, int? timeoutMs = null)
    {
        member.SessionTimer ??= context.CreateTimer(() => OnSessionTimer(group, member));
        member.SessionTimer.Arm(timeoutMs ?? member.SessionTimeoutMs);
    }

    /// <summary>Gives every member its assignment and answers those who wait for it.</summary>
    public void DeliverAssignments(ClassicGroup group, IReadOnlyDictionary<string, byte[]> assignments)
    {
        foreach (var member in group.Members)
        {
            member.Assignment = assignments.GetValueOrDefault(member.MemberId, []);
            AnswerSync(group, member, new SyncReply(KafkaError.None, group.ProtocolType, group.ProtocolName, member.Assignment));
        }
    }

    /// <summary>No assignment came about: it is forgotten, and those who wait are told why.</summary>
    public void FailAssignments(ClassicGroup group, KafkaError error)
    {
        foreach (var member in group.Members)
        {
            member.Assignment = [];
            AnswerSync(group, member, SyncReply.Failed(error));
        }
    }

    /// <summary>The member has asked for its assignment; the last one stops the clock.</summary>
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
        group.TransitionTo(state, context.NowMs);
    }

    private void AnswerSync(ClassicGroup group, ClassicMember member, SyncReply reply)
    {
        if (member.AwaitedSync is null)
            return;
        member.AnswerSync(reply);
        RestartSession(group, member);
    }

    private void OnJoinTimer(ClassicGroup group)
    {
        if (group.State != ClassicGroupState.PreparingRebalance)
            return;
        if (group.InitialDelayRemainingMs is { } remainingMs && remainingMs > 0 && group.NewMemberAdded)
        {
            var delayMs = Math.Min(options.InitialRebalanceDelayMs, remainingMs);
            group.NewMemberAdded = false;
            group.InitialDelayRemainingMs = remainingMs - delayMs;
            group.JoinTimer!.Arm(delayMs);
            return;
        }
        Complete(group);
    }

    private void Complete(ClassicGroup group)
    {
        group.JoinTimer!.Cancel();
        group.InitialDelayRemainingMs = null;
        foreach (var member in group.Members.Where(member => member.AwaitedJoin is null && !member.IsStatic).ToList())
            group.Remove(member.MemberId);
        if (!group.ElectJoinedLeader() && group.MemberCount > 0)
        {
            // Only static members are left and none has come back: wait until they do or their sessions end. Without a timeout there is
            // nothing to look for until one has come; Kafka looks without a pause.
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
            // The next coordinator would find the members of the generation before, and drop them when their sessions end.
            if (error != KafkaError.None && group.State != ClassicGroupState.Dead)
                context.Log.Warn("group", $"group={group.GroupId} its record as Empty was not written error={error}");
        });
    }

    private void StartGeneration(ClassicGroup group)
    {
        group.ProtocolName = group.SelectProtocol();
        Transition(group, ClassicGroupState.CompletingRebalance, "members joined");
        foreach (var member in group.Members)
        {
            member.AnswerJoin(new JoinReply(
                KafkaError.None, member.MemberId, group.GenerationId, group.ProtocolType, group.ProtocolName, group.LeaderId!,
                Members: group.IsLeader(member.MemberId) ? group.MembersForLeader() : []));
            member.IsNew = false;
            RestartSession(group, member);
            group.PendingSyncMembers.Add(member.MemberId);
        }
        group.SyncTimer ??= context.CreateTimer(() => OnSyncTimer(group));
        group.SyncTimer.Arm(group.RebalanceTimeoutMs);
    }

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
