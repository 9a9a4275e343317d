using KafkaCompatBroker.Coordinators.Groups.Classic;

namespace KafkaCompatBroker.Tests.Unit.Coordinators.Groups.Classic;

public class ConsumerSubscriptionTest
{
    private const string Orders = "00000000000100066f7264657273";
    private const string BillsOfALaterVersionWithUserData = "000300000001000562696c6c7300000003aabbcc00000000ffff";

    [Theory]
    [InlineData("orders", Orders)]
    [InlineData("bills orders", Orders, BillsOfALaterVersionWithUserData)]
    [InlineData("", "000000000000")]
    public void Topics_of_all_members_are_read_whatever_the_version(string topics, params string[] subscriptions)
        => Assert.Equal(topics, string.Join(' ', Read(subscriptions)!.Order()));

    [Theory]
    [InlineData("")]
    [InlineData("ffff00000000")]
    [InlineData("0000000000020006")]
    [InlineData("00000000000100066f72646572")]
    [InlineData("000000000001ffff")]
    public void Bytes_of_one_member_that_are_no_subscription_hide_the_topics_of_all(string subscription)
        => Assert.Null(Read(Orders, subscription));

    private static IReadOnlySet<string>? Read(params string[] subscriptions)
        => ConsumerSubscription.TopicsOf(subscriptions.Select(Convert.FromHexString));
}
