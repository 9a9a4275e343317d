using KafkaCompatBroker.Tests.Histories;

namespace KafkaCompatBroker.Tests.Unit.Histories;

/// <summary>The check of histories finds each kind of anomaly, and none in what only looks like one.</summary>
public sealed class HistoryCheckTest
{
    private static readonly TopicPartition Partition = new("orders", 0);

    private readonly List<HistoryEvent> events = [];

    [Fact]
    public void What_was_acknowledged_and_is_read_in_order_is_right()
    {
        Send("p", "a@0", "b@1", "c@2");
        Read("r", 0, "a@0", "b@1", "c@2");
        Assert.Empty(HistoryCheck.Anomalies(events, isWhole: true));
    }

    [Fact]
    public void What_nobody_knows_the_fate_of_may_be_read_or_not()
    {
        Send("p", "a@0", "b?", "c?", "d@3");
        Read("r", 0, "a@0", "b@1", "d@3");
        Assert.Empty(HistoryCheck.Anomalies(events, isWhole: true));
    }

    [Fact]
    public void A_record_whose_acknowledgement_is_still_to_come_may_be_read()
    {
        Send("p", "a");
        Read("r", 0, "a@0");
        Assert.Empty(HistoryCheck.Anomalies(events, isWhole: true));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void An_acknowledged_record_that_nobody_finds_is_lost(int lost)
    {
        Send("p", "a@0", "b@1", "c@2");
        Read("r", 0, [.. ((string[])["a@0", "b@1", "c@2"]).Where((_, index) => index != lost)]);
        Expect(AnomalyKind.Lost, $"'{"ab"[lost]}', acknowledged at offset {lost}, is not there, and offsets up to 2 were read");
    }

    [Fact]
    public void An_acknowledged_record_that_no_reader_has_come_to_is_unseen_in_the_end_only()
    {
        Send("p", "a@0", "b@1");
        Read("r", 0, "a@0");
        Assert.Empty(HistoryCheck.Anomalies(events, isWhole: false));
        Expect(AnomalyKind.Unseen, "'b', acknowledged at offset 1, was not read; readers came to 1");
    }

    [Fact]
    public void A_record_at_two_offsets_is_doubled()
    {
        Send("p", "a@0", "b?");
        Read("r", 0, "a@0", "b@1", "b@2");
        Expect(AnomalyKind.Duplicated, "'b' is at offset 1 and again at 2, of 1 allowed");
    }

    [Fact]
    public void A_record_that_is_read_elsewhere_than_where_it_was_acknowledged_is_at_two_places()
    {
        Send("p", "a@0", "b@1");
        Read("r", 0, "a@0", "b@5");
        Expect(AnomalyKind.Duplicated, "'b' is at offset 1 and again at 5, of 1 allowed");
    }

    [Fact]
    public void What_a_producer_without_idempotence_has_sent_again_may_be_there_twice()
    {
        events.Add(new ProduceAttempted("p", Partition, TimeSpan.Zero, "a", MayRepeat: true));
        Read("r", 0, "a@0", "a@1");
        Assert.Empty(HistoryCheck.Anomalies(events, isWhole: true));
    }

    [Fact]
    public void Records_of_one_producer_that_changed_places_are_out_of_order()
    {
        Send("p", "a@0", "b?", "c?");
        Read("r", 0, "a@0", "c@1", "b@2");
        Expect(AnomalyKind.Reordered, "'b' at offset 2 is behind 'c', which was sent after it");
    }

    [Fact]
    public void Records_of_two_producers_have_no_order()
    {
        Send("p", "a@1");
        Send("q", "b@0");
        Read("r", 0, "b@0", "a@1");
        Assert.Empty(HistoryCheck.Anomalies(events, isWhole: true));
    }

    [Fact]
    public void What_nobody_sent_may_not_be_read()
    {
        Send("p", "a@0");
        Read("r", 0, "a@0", "x@1");
        Expect(AnomalyKind.NeverWritten, "'x' at offset 1 was sent by nobody");
    }

    [Fact]
    public void What_was_sent_to_another_partition_was_not_sent_to_this_one()
    {
        events.Add(new ProduceAttempted("p", new TopicPartition("orders", 1), TimeSpan.Zero, "a"));
        Read("r", 0, "a@0");
        Expect(AnomalyKind.NeverWritten, "'a' at offset 0 was sent by nobody");
    }

    [Fact]
    public void A_record_that_was_refused_may_not_be_read()
    {
        Send("p", "a@0", "b!NotEnoughReplicas", "c@1");
        Read("r", 0, "a@0", "c@1");
        Assert.Empty(HistoryCheck.Anomalies(events, isWhole: true));
        Read("r", 2, "b@2");
        Assert.Contains(
            new Anomaly(AnomalyKind.FailedButRead, Partition, "'b' was refused with NotEnoughReplicas, and was read"),
            HistoryCheck.Anomalies(events, isWhole: true));
    }

    [Fact]
    public void An_offset_has_one_value_for_ever_and_for_every_reader()
    {
        Send("p", "a@0", "b?", "c?");
        Read("r", 0, "a@0", "b@1");
        Read("s", 0, "a@0", "c@1");
        Expect(AnomalyKind.Inconsistent, "offset 1 is 'b' to r and 'c' to s");
    }

    [Fact]
    public void An_offset_has_the_value_that_was_acknowledged_there()
    {
        Send("p", "a@0", "b?");
        Read("r", 0, "b@0");
        Assert.Equal(
            [AnomalyKind.Lost, AnomalyKind.Inconsistent],
            HistoryCheck.Anomalies(events, isWhole: true).Select(anomaly => anomaly.Kind).Order());
    }

    [Fact]
    public void A_reader_that_passes_what_others_have_read_skips_it()
    {
        Send("p", "a?", "b?", "c?");
        Read("r", 0, "a@0", "b@1", "c@2");
        Read("s", 0, "a@0", "c@2");
        Expect(AnomalyKind.Skipped, "s came to 3 without offset 1, which is 'b' to r");
    }

    [Fact]
    public void A_reader_that_begins_later_or_has_not_come_as_far_skips_nothing()
    {
        Send("p", "a?", "b?", "c?");
        Read("r", 0, "a@0", "b@1", "c@2");
        Read("s", 1, "b@1");
        Read("s", 2, "c@2");
        Assert.Empty(HistoryCheck.Anomalies(events, isWhole: true));
    }

    [Fact]
    public void A_reader_goes_forward()
    {
        Send("p", "a@0", "b@1");
        Read("r", 0, "a@0", "b@1", "a@0");
        Expect(AnomalyKind.NonMonotonic, "r read offset 0 ('a') having come to 2");
    }

    [Fact]
    public void A_reader_that_begins_anew_may_go_back()
    {
        Send("p", "a@0", "b@1");
        Read("r", 0, "a@0", "b@1");
        Read("r", 0, "a@0", "b@1");
        Assert.Empty(HistoryCheck.Anomalies(events, isWhole: true));
    }

    [Fact]
    public void An_event_that_the_check_does_not_know_is_not_passed_over()
    {
        events.Add(new UnheardOf());
        Assert.Throws<ArgumentException>(() => HistoryCheck.Anomalies(events, isWhole: true));
    }

    private void Expect(AnomalyKind kind, string witness)
        => Assert.Equal([new Anomaly(kind, Partition, witness)], HistoryCheck.Anomalies(events, isWhole: true));

    /// <param name="records">
    /// <c>value@offset</c> for one that is acknowledged, <c>value?</c> for one that is given up, <c>value!error</c> for one that is
    /// refused, and a value alone for one that is under way.
    /// </param>
    private void Send(string producer, params string[] records)
    {
        foreach (var record in records)
        {
            var parts = record.Split('@', '?', '!');
            events.Add(new ProduceAttempted(producer, Partition, TimeSpan.Zero, parts[0]));
            if (record.Contains('@'))
                events.Add(new ProduceAcknowledged(producer, Partition, TimeSpan.Zero, parts[0], long.Parse(parts[1])));
            else if (record.Contains('?'))
                events.Add(new ProduceUnknown(producer, Partition, TimeSpan.Zero, parts[0], "no answer"));
            else if (record.Contains('!'))
                events.Add(new ProduceFailed(producer, Partition, TimeSpan.Zero, parts[0], parts[1]));
        }
    }

    /// <summary>A reader begins at an offset and reads <c>value@offset</c>.</summary>
    private void Read(string reader, long from, params string[] records)
    {
        events.Add(new ReadFrom(reader, Partition, TimeSpan.Zero, from));
        events.AddRange(records.Select(record => record.Split('@')).Select(
            parts => new RecordRead(reader, Partition, TimeSpan.Zero, long.Parse(parts[1]), parts[0])));
    }

    private sealed record UnheardOf() : PartitionEvent("p", HistoryCheckTest.Partition, TimeSpan.Zero);
}
