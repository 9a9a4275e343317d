namespace KafkaCompatBroker.Tests.Unit.Kernel.Model;

public sealed class TopicNameTest
{
    [Theory]
    [InlineData("orders")]
    [InlineData("Orders_2.eu-west")]
    [InlineData("...")]
    [InlineData("-")]
    public void Letters_digits_dots_underscores_and_dashes_are_allowed(string name) => Assert.Null(TopicName.Problem(name));

    [Theory]
    [InlineData("", "the empty string is not allowed")]
    [InlineData(".", "'.' is not allowed")]
    [InlineData("..", "'..' is not allowed")]
    [InlineData("a/b", "'a/b' contains one or more characters other than")]
    [InlineData("../etc", "contains one or more characters other than")]
    [InlineData("bücher", "contains one or more characters other than")]
    [InlineData("a\0", "contains one or more characters other than")]
    public void A_name_that_could_leave_its_log_dir_is_refused_in_Kafkas_words(string name, string problem)
    {
        Assert.Contains(problem, TopicName.Problem(name), StringComparison.Ordinal);
        Assert.False(TopicName.IsValid(name));
    }

    [Fact]
    public void A_name_has_249_characters_at_most()
    {
        Assert.True(TopicName.IsValid(new string('a', 249)));
        Assert.Contains("longer than the max allowed length 249", TopicName.Problem(new string('a', 250)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a.b", "a_b", true)]
    [InlineData("a.b", "a.b", true)]
    [InlineData("a.b", "a-b", false)]
    [InlineData("a.b", "a.bc", false)]
    public void Names_collide_when_metrics_could_not_tell_them_apart(string name, string other, bool collide)
        => Assert.Equal(collide, TopicName.Collide(name, other));

    [Fact]
    public void Only_the_topics_of_the_coordinators_are_internal()
    {
        Assert.True(InternalTopics.Contains("__consumer_offsets"));
        Assert.True(InternalTopics.Contains("__transaction_state"));
        Assert.False(InternalTopics.Contains("__cluster_metadata"));
        Assert.False(InternalTopics.Contains("orders"));
    }
}
