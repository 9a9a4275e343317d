namespace KafkaCompatBroker.Tests.Unit.Kernel.Model;

public sealed class JavaHashTest
{
    [Theory]
    [InlineData("", 0)]
    [InlineData("a", 97)]
    [InlineData("orders", -1008770331)]
    [InlineData("polygenelubricants", int.MinValue)]
    public void A_string_hashes_as_in_Java(string text, int hash) => Assert.Equal(hash, JavaHash.Of(text));

    [Fact]
    public void A_negative_hash_has_an_index_and_the_smallest_one_too()
    {
        Assert.Equal(2, JavaHash.IndexOf(-7, 5));
        Assert.Equal(0, JavaHash.IndexOf(int.MinValue, 5));
    }
}
