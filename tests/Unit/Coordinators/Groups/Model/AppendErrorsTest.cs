using KafkaCompatBroker.Coordinators.Groups.Model;

namespace KafkaCompatBroker.Tests.Unit.Coordinators.Groups.Model;

/// <summary>Kafka's tables: GroupCoordinator.onSyncGroup's and onCommitOffsets' errors of an append.</summary>
public class AppendErrorsTest
{
    [Theory]
    [InlineData(KafkaError.None, KafkaError.None)]
    [InlineData(KafkaError.UnknownTopicOrPartition, KafkaError.CoordinatorNotAvailable)]
    [InlineData(KafkaError.NotEnoughReplicas, KafkaError.CoordinatorNotAvailable)]
    [InlineData(KafkaError.NotEnoughReplicasAfterAppend, KafkaError.CoordinatorNotAvailable)]
    [InlineData(KafkaError.NotLeaderOrFollower, KafkaError.NotCoordinator)]
    [InlineData(KafkaError.KafkaStorageError, KafkaError.NotCoordinator)]
    [InlineData(KafkaError.RequestTimedOut, KafkaError.RebalanceInProgress)]
    [InlineData(KafkaError.MessageTooLarge, KafkaError.UnknownServerError)]
    [InlineData(KafkaError.RecordListTooLarge, KafkaError.UnknownServerError)]
    [InlineData(KafkaError.InvalidFetchSize, KafkaError.UnknownServerError)]
    public void A_groups_record_that_was_not_written_tells_its_member_what_to_do(KafkaError appendError, KafkaError answer)
        => Assert.Equal(answer, AppendErrors.OfGroupRecord(appendError));

    [Theory]
    [InlineData(KafkaError.None, KafkaError.None)]
    [InlineData(KafkaError.UnknownTopicOrPartition, KafkaError.CoordinatorNotAvailable)]
    [InlineData(KafkaError.NotEnoughReplicas, KafkaError.CoordinatorNotAvailable)]
    [InlineData(KafkaError.NotEnoughReplicasAfterAppend, KafkaError.CoordinatorNotAvailable)]
    [InlineData(KafkaError.NotLeaderOrFollower, KafkaError.NotCoordinator)]
    [InlineData(KafkaError.KafkaStorageError, KafkaError.NotCoordinator)]
    [InlineData(KafkaError.RequestTimedOut, KafkaError.RequestTimedOut)]
    [InlineData(KafkaError.MessageTooLarge, KafkaError.InvalidCommitOffsetSize)]
    [InlineData(KafkaError.RecordListTooLarge, KafkaError.InvalidCommitOffsetSize)]
    [InlineData(KafkaError.InvalidFetchSize, KafkaError.InvalidCommitOffsetSize)]
    [InlineData(KafkaError.NetworkException, KafkaError.CoordinatorLoadInProgress)]
    public void Offsets_that_were_not_written_tell_their_committer_why(KafkaError appendError, KafkaError answer)
        => Assert.Equal(answer, AppendErrors.OfOffsetRecords(appendError));
}
