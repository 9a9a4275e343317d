namespace KafkaCompatBroker.CompatTests.Verifiable;

public sealed class VerifiableValueTest
{
    [Fact]
    public void A_value_names_its_record_and_a_changed_one_names_none()
    {
        var value = VerifiableValue.Of("topic", 2, 17);
        Assert.Equal("topic-2:17", VerifiableValue.NameOf(value, "topic", 2));
        Assert.StartsWith("changed: 17 topic-2 ", VerifiableValue.NameOf(value, "topic", 1), StringComparison.Ordinal);
        Assert.StartsWith("changed: ", VerifiableValue.NameOf(value, "other", 2), StringComparison.Ordinal);
        Assert.StartsWith("changed: ", VerifiableValue.NameOf(value[..^1], "topic", 2), StringComparison.Ordinal);
        Assert.Equal("changed: ", VerifiableValue.NameOf(null, "topic", 2));
        value[^1] ^= 1;
        Assert.StartsWith("changed: ", VerifiableValue.NameOf(value, "topic", 2), StringComparison.Ordinal);
    }
}
