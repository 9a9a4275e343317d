namespace KafkaCompatBroker.CompatTests.Hostile;

/// <summary>The check of deliveries finds each kind of fault, and finds none where there is none.</summary>
public sealed class DeliveryCheckTest
{
    private static readonly long?[] ThreeAcknowledged = [0, 1, 2];

    [Fact]
    public void What_was_acknowledged_and_is_read_in_order_is_right()
        => Assert.Empty(DeliveryCheck.Faults(ThreeAcknowledged, [new(0, 0), new(1, 1), new(2, 2)]));

    [Fact]
    public void What_was_not_acknowledged_may_be_read_or_not()
    {
        Assert.Empty(DeliveryCheck.Faults([0, null, 1, null], [new(0, 0), new(1, 2)]));
        Assert.Empty(DeliveryCheck.Faults([0, null, 2, null], [new(0, 0), new(1, 1), new(2, 2), new(3, 3)]));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void An_acknowledged_record_that_is_not_read_is_lost(int lost)
    {
        var reads = Enumerable.Range(0, 3).Where(number => number != lost).Select(number => new ReadRecord(number, number));
        Assert.Equal([$"record {lost}, acknowledged at offset {lost}, is lost"], DeliveryCheck.Faults(ThreeAcknowledged, reads));
    }

    [Fact]
    public void A_record_that_is_stored_twice_is_doubled()
        => Assert.Equal(
            ["record 1 is read at offset 1 and again at 2", "record 1 was acknowledged at offset 1 and is read at 2"],
            DeliveryCheck.Faults([0, 1], [new(0, 0), new(1, 1), new(2, 1)]));

    [Fact]
    public void A_record_that_was_not_acknowledged_may_not_be_doubled_either()
        => Assert.Equal(
            ["record 1 is read at offset 1 and again at 2"],
            DeliveryCheck.Faults([0, null], [new(0, 0), new(1, 1), new(2, 1)]));

    [Fact]
    public void Records_that_changed_places_are_out_of_order()
        => Assert.Equal(
            ["record 1 at offset 2 is read behind record 2"], DeliveryCheck.Faults([0, 2, 1], [new(0, 0), new(1, 2), new(2, 1)]));

    [Fact]
    public void A_record_is_read_where_it_was_acknowledged()
        => Assert.Equal(
            ["record 1 was acknowledged at offset 1 and is read at 5"], DeliveryCheck.Faults([0, 1], [new(0, 0), new(5, 1)]));

    [Fact]
    public void A_reader_goes_forward()
        => Assert.Equal(["offset 0 is read behind offset 1"], DeliveryCheck.Faults([1, 0], [new(1, 0), new(0, 1)]));

    [Theory]
    [InlineData(ReadRecord.NeverSent)]
    [InlineData(3)]
    public void What_nobody_sent_may_not_be_read(int number)
        => Assert.Equal(
            ["at offset 1 there is a record that was never sent"],
            DeliveryCheck.Faults([0, null, 2], [new(0, 0), new(1, number), new(2, 2)]));

    [Fact]
    public void What_is_noted_while_sending_is_what_is_checked()
    {
        var sent = new SentRecords();
        Assert.Equal([0, 1, 2], [sent.Next(), sent.Next(), sent.Next()]);
        sent.Acknowledge(2, 7);
        sent.Acknowledge(0, 5);
        Assert.Equal([5, null, 7], sent.Acknowledged());
        Assert.Equal((3, 2), (sent.Count, sent.AcknowledgedCount));
    }

    [Fact]
    public void A_value_names_its_record_and_a_changed_one_names_none()
    {
        var value = VerifiableValue.Of("topic", 2, 17);
        Assert.Equal(17, VerifiableValue.NumberOf(value, "topic", 2));
        Assert.Equal(ReadRecord.NeverSent, VerifiableValue.NumberOf(value, "topic", 1));
        Assert.Equal(ReadRecord.NeverSent, VerifiableValue.NumberOf(value, "other", 2));
        Assert.Equal(ReadRecord.NeverSent, VerifiableValue.NumberOf(value[..^1], "topic", 2));
        Assert.Equal(ReadRecord.NeverSent, VerifiableValue.NumberOf(null, "topic", 2));
        value[^1] ^= 1;
        Assert.Equal(ReadRecord.NeverSent, VerifiableValue.NumberOf(value, "topic", 2));
    }
}
